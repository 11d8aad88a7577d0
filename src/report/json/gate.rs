//! Shows what the limits say to other programs, and reads it back; these types are the format, and they change only with
//! `schema_version`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::gate::{FailOn, Gate, Limits};

#[derive(Serialize, Deserialize)]
pub(super) struct GateResult {
    passed: bool,
    exit_code: u8,
    problems: Vec<String>,
    exceeded: Vec<String>,
    limits: LimitsResult,
}

#[derive(Serialize, Deserialize)]
struct LimitsResult {
    max_malformed: String,
    max_dropped: Option<u64>,
    max_dropped_percent: Option<f64>,
    fail_on: Cow<'static, str>,
    exit_zero: bool,
    allow_empty: bool,
}

impl GateResult {
    pub(super) fn new(gate: &Gate) -> Self {
        let limits = &gate.limits;
        Self {
            passed: gate.passed(),
            exit_code: gate.exit_code(),
            problems: gate.problems.clone(),
            exceeded: gate.exceeded.clone(),
            limits: LimitsResult {
                max_malformed: limits.max_malformed.to_string(),
                max_dropped: limits.max_dropped(),
                max_dropped_percent: limits.max_dropped_percent,
                fail_on: limits.fail_on.name().into(),
                exit_zero: limits.exit_zero,
                allow_empty: limits.allow_empty,
            },
        }
    }

    /// The gate that this shows.
    pub(super) fn restore(self) -> Result<Gate, String> {
        let limits = self.limits;
        let fail_on = [FailOn::Dropped, FailOn::AtRisk].into_iter().find(|fail_on| fail_on.name() == limits.fail_on);
        let limits = Limits {
            max_malformed: limits.max_malformed.parse()?,
            max_dropped: limits.max_dropped,
            max_dropped_percent: limits.max_dropped_percent,
            min_linked: None,
            fail_on: fail_on.ok_or_else(|| format!("{:?} is nothing to fail on", limits.fail_on))?,
            exit_zero: limits.exit_zero,
            allow_empty: limits.allow_empty,
        };
        Ok(Gate { limits, problems: self.problems, exceeded: self.exceeded })
    }
}
