//! What the stored activity says about how a repository is looked after: how soon people get an
//! answer, how much is left open, who takes part.
//!
//! The definitions are CHAOSS's; `docs/activity.md` names them. Everything is counted, sorted and cut
//! by the database, through the views of its migrations, so that memory grows with repositories, weeks
//! and people, and never with events. Asks nobody but the database, and writes nothing to it but the
//! list of bots. Called by `cli`, by the enricher of activity, and by `web`.

mod bots;
mod chart;

mod facts;
mod fetch;
mod measures;
mod period;
mod persons;
mod report;
mod repositories;
mod statements;
mod tables;
mod words;

pub(super) use bots::store_bots;
pub use facts::{FACT_DAYS, RepositoryFacts, fetch_facts};
pub use fetch::fetch_metrics;
pub use measures::{Counts, Group, Measures, Spread};
pub use period::{MetricsPeriod, TimeSpan};
pub use persons::{PersonActivity, PersonMetrics, fetch_person_activity, fetch_persons};
pub use report::{GROUP_HEADS, PERSON_HEADS, Report, ReportFile, group_cells, person_cells};
pub use repositories::{KnownRepository, fetch_repositories, find_repositories};
pub use statements::{Grouping, Population};
pub use tables::{groups_as_csv, persons_as_csv};
pub use words::age;
