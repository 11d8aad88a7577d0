//! Names the options of a run that change its answer, and spells them for the command line.

/// How users are told apart (section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Graph,
    Person,
    Distinct,
}

/// The options that the reference knows.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The text given (empty: the option is left out) and what it means in microseconds.
    pub(crate) tolerance: (&'static str, i64),
    pub(crate) identity: Identity,
    pub(crate) observed: bool,
    pub(crate) session_key: Option<&'static str>,
    /// Empty means every rule.
    pub(crate) select: Vec<&'static str>,
    pub(crate) ignore: Vec<&'static str>,
    pub(crate) allow_empty: bool,
    pub(crate) any_malformed: bool,
    pub(crate) max_dropped: Option<u64>,
    pub(crate) max_dropped_percent: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tolerance: ("", 0),
            identity: Identity::Graph,
            observed: false,
            session_key: None,
            select: Vec::new(),
            ignore: Vec::new(),
            allow_empty: false,
            any_malformed: false,
            max_dropped: None,
            max_dropped_percent: None,
        }
    }
}

impl Options {
    /// Whether a rule takes part.
    pub(crate) fn judges(&self, rule: &str) -> bool {
        (self.select.is_empty() || self.select.contains(&rule)) && !self.ignore.contains(&rule)
    }

    /// These options as arguments of `check`.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: &str| arguments.extend([name.into(), value.into()]);
        if !self.tolerance.0.is_empty() {
            add("--tolerance", self.tolerance.0);
        }
        match self.identity {
            Identity::Graph => {}
            Identity::Person => add("--identity", "person"),
            Identity::Distinct => add("--identity", "distinct"),
        }
        self.session_key.iter().for_each(|key| add("--session-key", key));
        self.select.iter().for_each(|rule| add("--select", rule));
        self.ignore.iter().for_each(|rule| add("--ignore", rule));
        if let Some(limit) = self.max_dropped {
            add("--max-dropped", &limit.to_string());
        }
        if let Some(percent) = self.max_dropped_percent {
            add("--max-dropped-percent", &percent.to_string());
        }
        if self.observed {
            add("--contract", "observed");
        }
        if self.any_malformed {
            add("--max-malformed", "100%");
        }
        if self.allow_empty {
            arguments.push("--allow-empty".into());
        }
        arguments
    }
}
