//! Makes small hostile exports and the options to judge them with, from a seed.

mod files;
mod ids;
mod json;
mod places;
mod shapes;
mod times;
mod world;

use super::Source;
use super::options::{Identity, Options};
use super::rules::RULES;
use fastrand::Rng;
use world::World;

/// One export and the options of one run.
pub(crate) struct Case {
    pub(crate) sources: Vec<Source>,
    pub(crate) options: Options,
}

/// The case of a seed: dozens to hundreds of events.
pub(crate) fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let options = options(&mut rng);
    let events = [0, 1, 3, 30, 100, 300][ids::weighted(&mut rng, &[1, 2, 10, 30, 30, 10])];
    let mut world = World::new(rng, &options);
    Case { sources: files::sources(&mut world, events, 0), options }
}

/// A case whose files are some megabytes long, so that a reader has to cut them.
pub(crate) fn long_case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let options = options(&mut rng);
    let mut world = World::new(rng, &options);
    Case { sources: files::sources(&mut world, 1500, 4_000), options }
}

/// Whether something happens that happens in so many of a hundred cases.
fn chance(rng: &mut Rng, percent: u32) -> bool {
    rng.u32(0..100) < percent
}

/// One of some things.
fn pick<T: Clone>(rng: &mut Rng, things: &[T]) -> T {
    things[rng.usize(..things.len())].clone()
}

fn options(rng: &mut Rng) -> Options {
    let tolerances = [("", 0), ("", 0), ("1s", 1_000_000), ("250ms", 250_000), ("0s", 0)];
    let identities = [Identity::Graph, Identity::Graph, Identity::Person, Identity::Distinct];
    let mut rules = |percent| {
        let some = chance(rng, percent);
        let names = RULES.iter().map(|(rule, _)| *rule);
        names.filter(|_| some && rng.bool()).collect::<Vec<_>>()
    };
    Options {
        select: rules(15),
        ignore: rules(20),
        tolerance: pick(rng, &tolerances),
        identity: pick(rng, &identities),
        observed: chance(rng, 30),
        session_key: chance(rng, 40).then(|| pick(rng, &["checkout", "a.b", "$conversation", "distinct_id"])),
        allow_empty: rng.bool(),
        any_malformed: rng.bool(),
        max_dropped: chance(rng, 30).then(|| rng.u64(0..10)),
        max_dropped_percent: chance(rng, 30).then(|| pick(rng, &[0, 10, 33, 50, 100])),
    }
}
