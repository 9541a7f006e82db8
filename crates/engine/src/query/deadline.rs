//! When a search ends with what it has.
//!
//! Whoever walks over documents, values or words counts them here; the clock is read once in
//! [`STEPS`] of them, so counting costs next to nothing, and a search that is late still gets so
//! many steps in each of its parts. Belongs to one search on one thread.

use std::cell::Cell;
use std::time::Instant;

/// Steps between two looks at the clock.
const STEPS: u32 = 4_096;

/// The time by which a search has to be over.
#[derive(Debug, Default)]
pub struct Deadline {
    at: Option<Instant>,
    steps: Cell<u32>,
    missed: Cell<bool>,
}

impl Deadline {
    /// For work that has to be done to its end.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Until a moment.
    #[must_use]
    pub fn at(moment: Instant) -> Self {
        Self {
            at: Some(moment),
            ..Self::default()
        }
    }

    /// The moment itself.
    #[must_use]
    pub fn moment(&self) -> Option<Instant> {
        self.at
    }

    /// Counts a step; true if it is time to stop, which then is remembered.
    #[inline]
    pub fn step(&self) -> bool {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        steps >= STEPS && self.is_over()
    }

    /// Looks at the clock; true if it is time to stop, which then is remembered.
    pub fn is_over(&self) -> bool {
        self.steps.set(0);
        let over = past(self.at);
        self.missed.set(self.missed.get() || over);
        over
    }

    /// Whether anybody was told to stop.
    #[must_use]
    pub fn was_missed(&self) -> bool {
        self.missed.get()
    }
}

/// Whether a moment is over.
pub(crate) fn past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_late_has_some_steps_left_and_then_none() {
        let late = Deadline::at(Instant::now());
        for _ in 0..2 {
            let done = (1..=2 * STEPS).find(|_| late.step());
            assert_eq!(done, Some(STEPS));
        }
        assert!(late.was_missed());
        let never = Deadline::never();
        assert!(!(0..3 * STEPS).any(|_| never.step()));
        assert!(!never.is_over() && !never.was_missed());
    }
}
