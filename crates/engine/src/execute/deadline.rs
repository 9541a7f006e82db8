//! When a search ends with what it has.
//!
//! One [`Deadline`] goes with one search, on one thread, into everything that it does: what walks
//! over documents, words, values, positions or bytes counts them here as steps, and the clock is read
//! once in [`STEPS`] of them, so that counting costs next to nothing. What takes long by itself (a
//! look into the store, a text of a dictionary) asks the clock each time, with
//! [`Deadline::is_over`]. Once it was too late it stays so, and nobody gets another step.
//!
//! What was found has to be put in order and shown as well, which takes time, too. For that a late
//! search gets an [extension](Deadline::extend), short and of a fixed length.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Steps between two looks at the clock; a step takes less than a microsecond. Tests look at small
/// indexes.
pub(crate) const STEPS: usize = if cfg!(test) { 64 } else { 4_096 };
/// Parts of its time that a late search gets for counting values, and for its page of documents.
const EXTENSIONS: u32 = 10;
/// No extension is longer, or shorter.
const LONGEST: Duration = Duration::from_millis(500);
const SHORTEST: Duration = Duration::from_millis(20);

/// Where the time comes from.
pub(crate) trait Clock {
    /// The time now.
    fn now(&self) -> Instant;
}

/// The time by which a search has to be over.
#[derive(Default)]
pub(crate) struct Deadline {
    /// `None`: never.
    end: Cell<Option<Instant>>,
    extension: Duration,
    steps: Cell<usize>,
    over: Cell<bool>,
    missed: Cell<bool>,
    /// `None`: the system's.
    clock: Option<Rc<dyn Clock>>,
}

impl std::fmt::Debug for Deadline {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Deadline")
            .field("end", &self.end)
            .field("missed", &self.missed)
            .finish_non_exhaustive()
    }
}

impl Deadline {
    /// For work that has to be done to its end.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self::default()
    }

    /// A time from now on.
    #[must_use]
    pub(crate) fn after(time: Duration) -> Self {
        Self::of(Instant::now(), time, None)
    }

    /// A time from now on, by another clock.
    #[cfg(test)]
    pub(crate) fn by(clock: Rc<dyn Clock>, time: Duration) -> Self {
        Self::of(clock.now(), time, Some(clock))
    }

    fn of(now: Instant, time: Duration, clock: Option<Rc<dyn Clock>>) -> Self {
        Self {
            end: Cell::new(now.checked_add(time)),
            extension: (time / EXTENSIONS).clamp(SHORTEST, LONGEST),
            clock,
            ..Self::default()
        }
    }

    /// Counts a step; true if it is time to stop.
    #[inline]
    pub(crate) fn step(&self) -> bool {
        self.spend(1)
    }

    /// Counts a number of steps; true if it is time to stop.
    #[inline]
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let total = self.steps.get().saturating_add(steps);
        self.steps.set(total);
        if total >= STEPS {
            return self.is_over();
        }
        self.over.get()
    }

    /// Looks at the clock; true if it is time to stop.
    pub(crate) fn is_over(&self) -> bool {
        self.steps.set(0);
        if !self.over.get()
            && let Some(end) = self.end.get()
        {
            let now = self
                .clock
                .as_ref()
                .map_or_else(Instant::now, |clock| clock.now());
            self.over.set(now >= end);
            self.missed.set(self.missed.get() || self.over.get());
        }
        self.over.get()
    }

    /// Whether time ran out before the work was done.
    #[must_use]
    pub(crate) fn was_missed(&self) -> bool {
        self.missed.get()
    }

    /// Gives a search that is late a little more time for what comes next; that it was late is
    /// remembered.
    pub(crate) fn extend(&self) {
        if self.is_over() {
            let now = self
                .clock
                .as_ref()
                .map_or_else(Instant::now, |clock| clock.now());
            self.end.set(now.checked_add(self.extension));
            self.over.set(false);
        }
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    use super::{Clock, Deadline};

    /// A clock that stands still for a number of readings, then is late.
    pub(crate) struct Fake {
        start: Instant,
        pub(crate) asked: Cell<usize>,
        late_at: Cell<usize>,
        /// Whether it goes on from then on, so that no extension is of use.
        stays_late: bool,
    }

    impl Fake {
        /// A search's deadline of a second, which the clock has reached when it is asked for the
        /// `late_at`th time.
        pub(crate) fn deadline(late_at: usize, stays_late: bool) -> (Rc<Self>, Deadline) {
            let clock = Rc::new(Self {
                start: Instant::now(),
                asked: Cell::new(0),
                late_at: Cell::new(usize::MAX),
                stays_late,
            });
            let deadline = Deadline::by(Rc::clone(&clock) as Rc<dyn Clock>, Duration::from_secs(1));
            clock.asked.set(0);
            clock.late_at.set(late_at);
            (clock, deadline)
        }
    }

    impl Clock for Fake {
        fn now(&self) -> Instant {
            let asked = self.asked.get() + 1;
            self.asked.set(asked);
            let late = match asked.checked_sub(self.late_at.get()) {
                None => 0,
                Some(_) if !self.stays_late => 1,
                Some(more) => 1 + u64::try_from(more).unwrap_or(u64::MAX),
            };
            self.start + Duration::from_secs(late)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Fake;
    use super::*;

    #[test]
    fn the_clock_is_asked_once_in_so_many_steps_and_too_late_stays_too_late() {
        let (clock, late) = Fake::deadline(2, true);
        assert_eq!((1..=3 * STEPS).find(|_| late.step()), Some(2 * STEPS));
        assert_eq!(clock.asked.get(), 2);
        assert!(late.step() && late.spend(0) && late.is_over() && late.was_missed());
        let never = Deadline::never();
        assert!(!(0..3 * STEPS).any(|_| never.step()));
        assert!(!never.spend(usize::MAX) && !never.is_over() && !never.was_missed());
    }

    #[test]
    fn an_extension_is_short_and_only_for_those_who_are_late() {
        let (_, late) = Fake::deadline(1, false);
        late.extend();
        assert!(!late.is_over() && late.was_missed());
        let (_, in_time) = Fake::deadline(9, true);
        in_time.extend();
        assert!(!in_time.was_missed());
        assert_eq!((0..20).position(|_| in_time.is_over()), Some(7));
        for (time, extension) in [(1_000, 100), (30_000, 500), (1, 20)] {
            let deadline = Deadline::after(Duration::from_millis(time));
            assert_eq!(deadline.extension, Duration::from_millis(extension));
        }
    }
}
