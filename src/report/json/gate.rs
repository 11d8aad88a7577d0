//! Shows what the limits say to other programs, and reads it back; these types are the format, and they change only with
//! `schema_version`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::baseline::BaselineResult;
use super::saved::{percent, unknown};
use crate::bounds::{Bound, Bounds};
use crate::causes;
use crate::gate::{FailOn, Gate, Limits};
use crate::rules::RULES;

#[derive(Serialize, Deserialize)]
pub(super) struct GateResult {
    passed: bool,
    exit_code: u8,
    problems: Vec<String>,
    exceeded: Vec<String>,
    limits: LimitsResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineResult>,
}

#[derive(Serialize, Deserialize)]
struct LimitsResult {
    max_malformed: String,
    max_dropped: Option<u64>,
    max_dropped_percent: Option<f64>,
    fail_on: Cow<'static, str>,
    exit_zero: bool,
    allow_empty: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rules: BTreeMap<Cow<'static, str>, BoundResult>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    causes: BTreeMap<Cow<'static, str>, BoundResult>,
}

/// What holds for one rule or cause; those of which nothing is said are left out.
#[derive(Serialize, Deserialize)]
struct BoundResult {
    severity: Cow<'static, str>,
    max: Option<u64>,
    max_percent: Option<f64>,
}

fn bounds(bounds: &[Bound]) -> BTreeMap<Cow<'static, str>, BoundResult> {
    let result = |bound: &Bound| BoundResult {
        severity: if bound.is_off { "off" } else { "error" }.into(),
        max: bound.max,
        max_percent: bound.max_percent,
    };
    bounds.iter().map(|bound| (bound.name.into(), result(bound))).collect()
}

/// What holds for rules or causes, in the order of their table.
fn restored(
    what: &str,
    names: impl Iterator<Item = &'static str>,
    mut bounds: BTreeMap<Cow<'static, str>, BoundResult>,
) -> Result<Vec<Bound>, String> {
    let known: Vec<_> = names.filter_map(|name| Some((name, bounds.remove(name)?))).collect();
    if let Some(name) = bounds.into_keys().next() {
        return Err(unknown(what, &name));
    }
    known.into_iter().map(|(name, bound)| bound.restore(name)).collect()
}

impl BoundResult {
    fn restore(self, name: &'static str) -> Result<Bound, String> {
        let max_percent = percent("max_percent", self.max_percent)?;
        Ok(Bound { name, is_off: self.severity == "off", max: self.max, max_percent })
    }
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
                rules: bounds(&limits.bounds.rules),
                causes: bounds(&limits.bounds.causes),
            },
            baseline: gate.baseline.as_ref().map(|held| BaselineResult::new(held, limits)),
        }
    }

    /// The gate that this shows.
    pub(super) fn restore(self) -> Result<Gate, String> {
        let limits = self.limits;
        let fail_on = [FailOn::Dropped, FailOn::AtRisk].into_iter().find(|fail_on| fail_on.name() == limits.fail_on);
        let bounds = Bounds {
            rules: restored("rule", RULES.iter().map(|rule| rule.name), limits.rules)?,
            causes: restored("cause", causes::all().map(|cause| cause.name), limits.causes)?,
        };
        let limits = Limits {
            bounds,
            max_malformed: limits.max_malformed.parse()?,
            max_dropped: limits.max_dropped,
            max_dropped_percent: percent("max_dropped_percent", limits.max_dropped_percent)?,
            fail_on: fail_on.ok_or_else(|| format!("{:?} is nothing to fail on", limits.fail_on))?,
            exit_zero: limits.exit_zero,
            allow_empty: limits.allow_empty,
            ..Limits::default()
        };
        let (baseline, limits) = match self.baseline {
            None => (None, limits),
            Some(baseline) => baseline.restore(limits).map(|(held, limits)| (Some(held), limits))?,
        };
        Ok(Gate { limits, problems: self.problems, exceeded: self.exceeded, baseline })
    }
}
