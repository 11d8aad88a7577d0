//! Joins ids that are linked to users, as a forest.

use super::id_table::{number_at, place};
use super::marks::Marks;

/// Each id's parent, by shard; a root is its own.
#[derive(Debug)]
pub(super) struct Forest(Vec<Vec<u32>>);

impl Forest {
    /// Every id by itself; there are so many in each shard.
    pub(super) fn new(shards: &[Vec<Marks>]) -> Self {
        let ids =
            |(shard, marks): (usize, &Vec<Marks>)| (0..marks.len()).map(|local| number_at(shard, local)).collect();
        Self(shards.iter().enumerate().map(ids).collect())
    }

    fn parent(&self, id: u32) -> u32 {
        let (shard, local) = place(id);
        self.0[shard][local]
    }

    fn set_parent(&mut self, id: u32, parent: u32) {
        let (shard, local) = place(id);
        self.0[shard][local] = parent;
    }

    /// The root of the tree that an id is in; the way there gets shorter.
    pub(super) fn root(&mut self, mut id: u32) -> u32 {
        loop {
            let parent = self.parent(id);
            if parent == id {
                return id;
            }
            let grandparent = self.parent(parent);
            self.set_parent(id, grandparent);
            id = grandparent;
        }
    }

    /// Makes two ids one user.
    pub(super) fn join(&mut self, one: u32, other: u32) {
        let one = self.root(one);
        let other = self.root(other);
        self.set_parent(one.max(other), one.min(other));
    }

    /// Each id's root, by shard.
    pub(super) fn into_roots(mut self) -> Vec<Vec<u32>> {
        for shard in 0..self.0.len() {
            for local in 0..self.0[shard].len() {
                let id = number_at(shard, local);
                let root = self.root(id);
                self.set_parent(id, root);
            }
        }
        self.0
    }
}
