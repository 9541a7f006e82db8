//! Fakes of the services with download counts: [`FakeClickHouse`] and [`FakePyPiStats`] for `PyPI`,
//! [`FakeNpmDownloads`] for npm.

mod clickhouse;
mod npm;
mod pypistats;

pub use clickhouse::{ClickHouseTables, FakeClickHouse};
pub use npm::{FakeNpmDownloads, NpmDownloadCounts};
pub use pypistats::{FakePyPiStats, PyPiStatsCounts};

/// The download counts of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Downloads {
    /// On the newest day.
    pub last_day: u64,
    /// In the seven days up to then.
    pub last_week: u64,
    /// In the thirty days up to then.
    pub last_month: u64,
    /// In total, as far as the service knows.
    pub total: u64,
}
