//! A limit on the work whose cost grows faster than the text.
//!
//! Tables and tables of contents take a step for each character or entry they look at. When none
//! are left, the parser shows the rest as written.

/// The steps that are left for one document.
#[derive(Debug)]
pub(super) struct StepBudget(usize);

impl StepBudget {
    pub(super) fn new(steps: usize) -> Self {
        Self(steps)
    }

    /// Spends `count` steps; false when none are left.
    pub(super) fn spend(&mut self, count: usize) -> bool {
        self.0 = self.0.saturating_sub(count);
        self.0 > 0
    }
}
