//! Entries of GitHub's lists that cannot be read as what they should be. No I/O.
//!
//! A list goes on without them, so they are counted for the report instead of ending the sync.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

/// How much of an entry is shown.
const SHOWN: usize = 120;

/// What could not be read, by the repository or organisation it is about.
#[derive(Debug, Default)]
pub(super) struct Unreadable {
    entries: BTreeMap<String, UnreadableEntries>,
}

/// The entries of one place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnreadableEntries {
    count: u64,
    /// The beginning of the first one.
    first: String,
}

impl Unreadable {
    pub(super) fn add(&mut self, of: &str, entry: &Json) {
        let entries = self.entries.entry(of.to_owned());
        let entries = entries.or_insert_with(|| UnreadableEntries {
            count: 0,
            first: entry.to_string().chars().take(SHOWN).collect(),
        });
        entries.count += 1;
    }

    pub(super) fn by_place(self) -> impl Iterator<Item = (String, UnreadableEntries)> {
        self.entries.into_iter()
    }
}

impl fmt::Display for UnreadableEntries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, first } = self;
        let entries = if *count == 1 { "entry" } else { "entries" };
        write!(
            formatter,
            "GitHub has sent {count} {entries} that cannot be read, such as {first}"
        )
    }
}
