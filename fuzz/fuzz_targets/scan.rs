//! Holds the structural scan against `serde_json`: where it answers, it answers as that does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use session_audit::event::agreement::compare;

fuzz_target!(|bytes: &[u8]| {
    compare(bytes);
});
