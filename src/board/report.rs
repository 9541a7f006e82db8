//! What a run has done, for people and programs.

use serde::Serialize;

use super::plan::Plan;

/// What was changed, and what was left for a later run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BoardReport {
    pub title: String,
    pub url: String,
    pub added: u64,
    pub changed: u64,
    pub removed: u64,
    /// Fields that were written or emptied.
    pub fields: u64,
    pub unchanged: u64,
    pub left_alone: u64,
    pub kept: u64,
    /// Why something may be missing, so that nothing was removed.
    pub incomplete: Vec<String>,
    /// What GitHub has refused.
    pub problems: Vec<BoardTrouble>,
    /// Issues and pull requests that the activity database has told of.
    pub stored: u64,
    /// Requests that read.
    pub queries: u64,
    /// Requests that changed the project.
    pub mutations: u64,
    /// Passes of an update loop.
    pub passes: u64,
}

/// What GitHub has refused for one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoardTrouble {
    pub of: String,
    pub why: String,
}

impl BoardReport {
    /// Whether the project is as the rules want it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty() && self.problems.is_empty()
    }

    pub(super) fn count_plan(&mut self, plan: &Plan) {
        self.unchanged = plan.unchanged;
        self.left_alone = plan.left_alone;
        self.kept = plan.kept;
        self.incomplete.clone_from(&plan.incomplete);
    }

    pub(super) fn add_incomplete(&mut self, incomplete: &[String]) {
        for why in incomplete {
            if !self.incomplete.contains(why) {
                self.incomplete.push(why.clone());
            }
        }
    }

    pub(super) fn add_problem(&mut self, of: &str, why: &str) {
        self.problems.push(BoardTrouble {
            of: of.to_owned(),
            why: why.to_owned(),
        });
    }
}
