//! Which jobs a worker can run. What its host lacks, another one may have. No I/O.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::JobKind;

/// The jobs that a worker takes, and why it leaves the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// The names of the kinds that it takes. Those that only a newer version knows are missing.
    kinds: BTreeSet<String>,
    /// Those of them that it takes only if the job names a target.
    only_with_target: BTreeSet<String>,
    lacks: Vec<Lack>,
}

/// What a host lacks for a kind of job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    pub kind: String,
    /// Whether jobs that name a target can be run all the same.
    pub only_without_target: bool,
    /// Such as "`GITHUB_TOKEN` is not set".
    pub why: String,
}

impl Abilities {
    /// Of a worker whose host lacks nothing.
    #[must_use]
    pub fn all() -> Self {
        Self {
            kinds: JobKind::ALL.map(|kind| kind.name().to_owned()).into(),
            ..Self::default()
        }
    }

    /// Leaves the jobs of a kind to others.
    #[must_use]
    pub fn without(mut self, kind: JobKind, why: &str) -> Self {
        self.kinds.remove(kind.name());
        self.lack(kind, false, why)
    }

    /// Leaves the jobs of a kind to others, unless they name a target.
    #[must_use]
    pub fn only_with_target(mut self, kind: JobKind, why: &str) -> Self {
        self.only_with_target.insert(kind.name().to_owned());
        self.lack(kind, true, why)
    }

    fn lack(mut self, kind: JobKind, only_without_target: bool, why: &str) -> Self {
        self.lacks.push(Lack {
            kind: kind.name().to_owned(),
            only_without_target,
            why: why.to_owned(),
        });
        self
    }

    /// Whether it takes such a job.
    #[must_use]
    pub fn include(&self, kind: &str, target: &str) -> bool {
        self.kinds.contains(kind) && !(target.is_empty() && self.only_with_target.contains(kind))
    }

    /// Why it leaves such a job to others; `None` if it does not say.
    #[must_use]
    pub fn reason(&self, kind: &str, target: &str) -> Option<&str> {
        let mut lacks = self.lacks.iter();
        let found = lacks
            .find(|lack| lack.kind == kind && (target.is_empty() || !lack.only_without_target));
        found.map(|lack| lack.why.as_str())
    }

    #[must_use]
    pub fn lacks(&self) -> &[Lack] {
        &self.lacks
    }

    /// What it lacks, as a list for people; `None` if it lacks nothing.
    #[must_use]
    pub fn lacks_in_words(&self) -> Option<String> {
        let mut reasons: Vec<(&str, bool, Vec<&str>)> = Vec::new();
        for lack in &self.lacks {
            let same = reasons
                .iter_mut()
                .find(|(why, only, _)| *why == lack.why && *only == lack.only_without_target);
            match same {
                Some((_, _, kinds)) => kinds.push(&lack.kind),
                None => reasons.push((&lack.why, lack.only_without_target, vec![&lack.kind])),
            }
        }
        let parts: Vec<String> = reasons
            .iter()
            .map(|(why, only_without_target, kinds)| {
                let condition = if *only_without_target {
                    " without a target"
                } else {
                    ""
                };
                format!("{}{condition} ({why})", kinds.join(", "))
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// The kinds that it takes with, and without a target.
    pub(super) fn known_kinds(&self) -> [Vec<JobKind>; 2] {
        ["x", ""].map(|target| {
            let all = JobKind::ALL.into_iter();
            all.filter(|kind| self.include(kind.name(), target))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Abilities;
    use crate::jobs::JobKind;

    #[test]
    fn what_a_host_lacks_is_left_to_others() {
        let abilities = Abilities::all()
            .without(JobKind::GitHub, "no token")
            .only_with_target(JobKind::ActivityDaily, "no file")
            .only_with_target(JobKind::ActivityEvents, "no file");
        assert!(abilities.include("health", "plone"));
        assert!(!abilities.include("github", "plone"));
        assert!(abilities.include("activity-daily", "a/b"));
        assert!(!abilities.include("activity-daily", ""));
        assert!(!abilities.include("of-a-newer-version", "x"));
        assert_eq!(abilities.reason("activity-daily", "a/b"), None);
        assert_eq!(abilities.reason("activity-daily", ""), Some("no file"));
        assert_eq!(
            abilities.lacks_in_words().as_deref(),
            Some("github (no token); activity-daily, activity-events without a target (no file)")
        );
        assert_eq!(Abilities::all().lacks_in_words(), None);
    }
}
