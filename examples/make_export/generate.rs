//! Generates an export file in the shape of real ones, event by event, in bounded memory.
//!
//! Include it in a test with `#[path = "../examples/make_export/generate.rs"] mod generate;`.

mod broken;
mod export;
mod identity;
mod json;
mod line;
mod mobile;
mod model;
mod planted;
mod planted_times;
mod planted_users;
mod rng;
mod server;
mod session;
mod visitor;
mod web;
mod web_values;

use std::io::{self, Write};

pub(crate) use broken::{Made, Shares};

use export::Export;

const FLUSH_AT: usize = 1 << 16;

/// What to generate. The same plan gives the same bytes everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) events: u64,
    /// Made smaller where there are fewer events.
    pub(crate) sessions: u64,
    pub(crate) seed: u64,
    pub(crate) broken: Shares,
    /// Properties are strings that hold JSON.
    pub(crate) strings: bool,
    /// About 300 bytes an event.
    pub(crate) small: bool,
    /// Events carry a `checkout_id`.
    pub(crate) checkout: bool,
    /// How many sessions of every known cause are planted, beside the events and sessions above.
    pub(crate) causes: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            events: 10_000,
            sessions: 800,
            seed: 1,
            broken: Shares::default(),
            strings: false,
            small: false,
            checkout: false,
            causes: 0,
        }
    }
}

impl Plan {
    /// Writes the whole export and says what is in it.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<Made> {
        let mut export = self.start();
        let mut bytes = Vec::with_capacity(2 * FLUSH_AT);
        while export.line(&mut bytes) {
            if bytes.len() >= FLUSH_AT {
                out.write_all(&bytes)?;
                bytes.clear();
            }
        }
        out.write_all(&bytes)?;
        Ok(export.made())
    }

    /// The export line by line, for a caller who splits it over files.
    pub(crate) fn start(&self) -> Export {
        Export::new(self)
    }
}
