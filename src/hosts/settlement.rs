//! What answers said of the quota and has not been written down yet.
//!
//! While one write is on its way, the answers that arrive meanwhile are added up for the next one.
//! No I/O; filled and emptied by [`quota`](super::quota), written by [`quota_rows`](super::quota_rows).

use std::collections::BTreeMap;

use crate::forge::github::{QuotaReading, Reservation};

/// Points to give back, and the newest readings.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// By resource and window.
    points: BTreeMap<(&'static str, i64), SettledPoints>,
    /// By resource and end of the window: the least that an answer has said.
    readings: BTreeMap<(&'static str, i64), QuotaReading>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SettledPoints {
    pub(super) given_back: u64,
    /// Of these, what requests without an answer may have cost.
    pub(super) spent: u64,
}

impl Settlement {
    /// Adds what came of a reservation: what its answer said, or `None` if it had none.
    pub(super) fn add(&mut self, reservation: Reservation, seen: Option<QuotaReading>) {
        let resource = reservation.resource.name();
        if let Some(window) = reservation.window {
            let points = self.points.entry((resource, window)).or_default();
            points.given_back += reservation.cost;
            if seen.is_none() {
                points.spent += reservation.cost;
            }
        }
        if let Some(seen) = seen {
            let reading = self.readings.entry((resource, seen.reset)).or_insert(seen);
            if seen.remaining < reading.remaining {
                *reading = seen;
            }
        }
    }

    /// Gives points back that no request has used.
    pub(super) fn give_back(&mut self, resource: &'static str, window: i64, points: u64) {
        let settled = self.points.entry((resource, window)).or_default();
        settled.given_back += points;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty() && self.readings.is_empty()
    }

    pub(super) fn points(&self) -> impl Iterator<Item = (&'static str, i64, SettledPoints)> {
        self.points
            .iter()
            .map(|(&(resource, window), &points)| (resource, window, points))
    }

    /// Earlier windows first.
    pub(super) fn readings(&self) -> impl Iterator<Item = (&'static str, QuotaReading)> {
        self.readings
            .iter()
            .map(|(&(resource, _), &reading)| (resource, reading))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::forge::github::Resource;

    fn reading(remaining: u64, reset: i64) -> QuotaReading {
        QuotaReading {
            limit: 5_000,
            remaining,
            reset,
            after: Duration::from_mins(1),
        }
    }

    #[test]
    fn answers_add_up_and_the_least_of_a_window_counts() {
        let one = Reservation {
            resource: Resource::Rest,
            cost: 1,
            window: Some(10),
        };
        let mut settlement = Settlement::default();
        assert!(settlement.is_empty());
        for seen in [Some(7), Some(5), None, Some(6)] {
            settlement.add(one, seen.map(|remaining| reading(remaining, 10)));
        }
        settlement.add(
            Reservation {
                window: None,
                ..one
            },
            Some(reading(4_999, 20)),
        );
        settlement.give_back("core", 10, 20);
        let points = SettledPoints {
            given_back: 24,
            spent: 1,
        };
        assert_eq!(
            settlement.points().collect::<Vec<_>>(),
            [("core", 10, points)]
        );
        let readings: Vec<_> = settlement
            .readings()
            .map(|(_, reading)| (reading.reset, reading.remaining))
            .collect();
        assert_eq!(readings, [(10, 5), (20, 4_999)]);
    }
}
