//! Makes the exports that are measured, and audits them.

use std::fs;
use std::path::PathBuf;

use session_audit::audit::Report;
use session_audit::input::Decompress;
use session_audit::progress::Progress;
use session_audit::rules::RuleSet;
use session_audit::{Contract, Identity, MemoryLimit, Options};
use tempfile::TempDir;

use super::generate::Plan;

/// The bytes of an export.
pub(crate) fn bytes(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    plan.write(&mut bytes).expect("memory takes everything");
    bytes
}

/// An export in a file that goes with it.
pub(crate) struct ExportFile {
    /// The file's size in bytes.
    pub(crate) size: u64,
    path: PathBuf,
    _folder: TempDir,
}

impl ExportFile {
    pub(crate) fn new(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the export");
        let path = folder.path().join("export.jsonl");
        let bytes = bytes(plan);
        fs::write(&path, &bytes).expect("the export can be written");
        Self { size: bytes.len() as u64, path, _folder: folder }
    }

    /// Audits the file as the command line does by default.
    pub(crate) fn audit(&self, threads: usize) -> Report {
        let found = session_audit::discover(std::slice::from_ref(&self.path));
        session_audit::check(&options(threads), &found, &Progress::none()).expect("threads start").report
    }
}

fn options(threads: usize) -> Options {
    Options {
        decompress: Decompress::default(),
        fields: Vec::new(),
        session_key: None,
        identity: Identity::default(),
        tolerance_us: 0,
        contract: Contract::default(),
        rules: RuleSet::ALL,
        threads,
        show_users: false,
        links: None,
        memory: MemoryLimit::default(),
    }
}
