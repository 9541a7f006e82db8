//! What an enricher has to provide, so that the driver can do everything else.
//!
//! The driver finds, reads and locks the collection, compares what an enricher knows with what
//! documents carry, writes the difference, and counts. An enricher declares which documents it
//! needs, asks its source for many packages at a time, and keeps what it learns until the report.
//! Implemented by the other folders and files here; called by the driver.

use jiff::Timestamp;
use pyfa_http::DiskCache;
use serde::Serialize;

use super::document_updates::{PackageFields, UpdateCounts};
use super::error::EnrichError;
use super::packages::{ExtraFields, Package};
use crate::model::{PackageKey, RegistryKind};
use crate::progress::{Progress, Stop};
use crate::search;

/// One source of facts about packages. A value serves one run: it collects what the run learns.
///
/// The driver calls the methods in this order: `needs`, `see_collection`, `load_known`, `ask`,
/// `fields` for every package, and `finish`. In a dry run `ask` is left out.
pub trait Enricher {
    type Report: EnricherReport + 'static;

    /// The verb of the command line; also names the holder of the lock, and the part of a report
    /// about several enrichers.
    const NAME: &'static str;
    /// The heading of its summary.
    const TITLE: &'static str;
    /// Whether `ask` takes long enough to look at [`RunContext::stop`]. If not, an interrupt ends the
    /// process at once.
    const CAN_STOP: bool = false;

    /// Which documents are read, and when other writers are kept away.
    fn needs(&self) -> DocumentNeeds;

    /// Takes what it needs of all packages in the collection, before those that the user did not
    /// ask for are dropped.
    fn see_collection(&mut self, _packages: &[Package]) {}

    /// Loads what is known without asking the source: from the disk cache, and from documents.
    fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> impl Future<Output = Result<(), EnrichError>>;

    /// Asks the source about everything that is not known, and caches the answers. A source that
    /// fails goes into the report.
    fn ask(
        &mut self,
        _context: &RunContext<'_>,
        _packages: &[Package],
    ) -> impl Future<Output = Result<(), EnrichError>> {
        async { Ok(()) }
    }

    /// The fields that the documents of a package should carry, by what is known now: null removes a
    /// value. `None` leaves them alone and counts them nowhere.
    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>>;

    /// Decides whether a failure to write ends the run with this error, or in its report.
    fn note_write_error(&mut self, error: EnrichError) -> Result<(), EnrichError> {
        Err(error)
    }

    /// After documents were written: waits until the source can be asked for the rest, and says
    /// whether to do so.
    fn wait_for_rest(&mut self, _context: &RunContext<'_>) -> impl Future<Output = bool> {
        async { false }
    }

    /// The report, with what the driver did.
    fn finish(self, outcome: RunOutcome) -> Result<Self::Report, EnrichError>;
}

/// Which documents an enricher needs, and which of their fields.
#[derive(Debug, Clone)]
pub struct DocumentNeeds {
    /// Fields that are read of each document; those of [`Enricher::fields`] are among them.
    pub fields: Vec<&'static str>,
    /// Fields whose change alone is no reason to write a document.
    pub insignificant: &'static [&'static str],
    /// What is read of each document besides `fields`.
    pub extra: ExtraFields,
    /// Only documents from this registry.
    pub registry: Option<RegistryKind>,
    /// Whether all packages are read, even if the user asked for one.
    pub whole_collection: bool,
    pub locking: Locking,
}

impl DocumentNeeds {
    /// These fields of the packages that the user asked for, from every registry.
    #[must_use]
    pub fn new(fields: &[&'static str], locking: Locking) -> Self {
        Self {
            fields: fields.to_vec(),
            insignificant: &[],
            extra: ExtraFields::None,
            registry: None,
            whole_collection: false,
            locking,
        }
    }
}

/// When other writers are kept away, and how far documents that were read before are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    /// While documents are written. What was read before the source was asked is still believed,
    /// unless the collection was rebuilt.
    Writing,
    /// While documents are written, after they were read again: the fields depend on what others
    /// have written to them.
    ReadingAndWriting,
    /// During the whole run: the fields depend on whole documents.
    WholeRun,
}

/// What an enricher can use while it runs.
pub struct RunContext<'r> {
    /// Real name of the collection.
    pub collection: &'r str,
    pub search: &'r search::Client,
    pub cache: &'r DiskCache,
    pub progress: &'r dyn Progress,
    /// Whether to finish early; what was learned is written.
    pub stop: &'r Stop,
    pub dry_run: bool,
}

/// What the driver did: the part that all reports have.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RunOutcome {
    /// Address of the search server.
    pub server: String,
    /// Real name of the collection.
    pub collection: String,
    /// Nothing was asked and nothing was written; the counts say what would have been.
    pub dry_run: bool,
    /// Documents by outcome.
    pub documents: UpdateCounts,
    /// Wall time of the run.
    pub seconds: f64,
}

impl RunOutcome {
    /// Whether all documents could be written.
    pub(super) fn is_complete(&self) -> bool {
        self.documents.rejected == 0
    }

    /// What became of the documents, for people.
    pub(super) fn document_lines(&self, label: &str) -> Vec<String> {
        let UpdateCounts {
            written,
            unchanged,
            vanished,
            rejected,
            reasons,
        } = &self.documents;
        let would = if self.dry_run { "would be " } else { "" };
        let mut lines = vec![format!(
            "{label}{written} {would}written, {unchanged} unchanged, {vanished} vanished, \
             {rejected} rejected"
        )];
        lines.extend(reasons.iter().map(|reason| format!("  {reason}")));
        lines
    }
}

/// What a run did, as plain data: printed as JSON for machines, and as a summary for people.
pub trait EnricherReport: std::fmt::Debug + erased_serde::Serialize {
    /// Whether everything that was asked for is done: exit code 0 instead of 3.
    fn is_complete(&self) -> bool;

    /// Why the run failed in a way that running it again does not mend.
    fn failure(&self) -> Option<String> {
        None
    }

    /// When the run can go on, and why not earlier, if it has ended at a limit of its source.
    fn wait(&self) -> Option<(Timestamp, String)> {
        None
    }

    /// The report for people.
    fn summary(&self) -> Vec<SummaryPart>;
}

erased_serde::serialize_trait_object!(EnricherReport);

/// A part of a summary, which `cli` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummaryPart {
    Line(String),
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
}

/// The last line of a summary.
#[must_use]
pub fn closing_line(is_complete: bool, seconds: f64) -> String {
    let end = if is_complete { "done" } else { "done in part" };
    format!("{end} in {seconds:.1} s")
}
