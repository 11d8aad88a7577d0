//! Knows the ids that are everybody's, and so nobody's.

/// Ids that are everybody's, in any case.
pub(crate) const GENERIC_IN_ANY_CASE: [&str; 10] = [
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
];

/// Ids that are everybody's as they stand.
pub(crate) const GENERIC_IN_THIS_CASE: [&str; 6] = ["[object Object]", "NaN", "None", "none", "null", "0"];

/// Whether PostHog refuses to merge by this id, because it stems from a mistake and is everybody's
/// (`isDistinctIdIllegal` in PostHog's `person-utils.ts`).
pub(super) fn is_generic(id: &str) -> bool {
    const LONGEST: usize = "not_authenticated".len();
    if id.len() > LONGEST + 2 {
        return id.trim().is_empty();
    }
    let quoted = |quote| id.strip_prefix(quote).and_then(|id| id.strip_suffix(quote));
    let bare = quoted('"').or_else(|| quoted('\'')).unwrap_or(id);
    id.trim().is_empty()
        || GENERIC_IN_ANY_CASE.iter().any(|known| known.eq_ignore_ascii_case(bare))
        || GENERIC_IN_THIS_CASE.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_ids() {
        for id in [
            "anonymous",
            "GUEST",
            "'Id'",
            "\"undefined\"",
            "uNdEfInEd",
            "NaN",
            "'None'",
            "none",
            "null",
            "0",
            "\"[object Object]\"",
            "",
            " ",
            "\u{a0}\t",
        ] {
            assert!(is_generic(id), "{id:?}");
        }
        for id in [
            "nan",
            "NULL",
            "NONE",
            "00",
            "anonymous1",
            " anonymous",
            "'anonymous\"",
            "''anonymous''",
            "[Object object]",
            "user",
            "'",
        ] {
            assert!(!is_generic(id), "{id:?}");
        }
    }
}
