//! The limits that keep a request from taking more than its share, with their defaults.
//!
//! Parsers, searches and the server read the [`EngineSettings`] that the engine was opened with; no
//! request can change them.

use std::time::Duration;

use crate::open_files;

/// What one request may ask for, and how long it is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Bytes of a request's body; imports have no limit but that of their lines.
    pub body_bytes: usize,
    /// Bytes of the bodies of all requests together, and of what is parsed of them; beyond, a request
    /// is refused for now.
    pub bodies_bytes: usize,
    /// The same of a request that has shown no valid key yet: that of a `multi_search` may hold keys.
    pub stranger_body_bytes: usize,
    /// Bytes of one line of an import.
    pub line_bytes: usize,
    /// Bytes of a query string.
    pub query_bytes: usize,
    /// Bytes of what a search looks for: `q`, `facet_query`.
    pub text_bytes: usize,
    /// Searches of one request that says no number of its own.
    pub searches: usize,
    /// The greatest number of searches that a request or its key may say.
    pub most_searches: usize,
    /// Names in a list of fields to search, count, group or mark: `query_by`, `facet_by` and so on.
    pub fields: usize,
    /// Names or ids in one of the other lists of a search: `include_fields`, `hidden_hits`.
    pub list_items: usize,
    /// Bytes of what stands before and behind a marked word.
    pub tag_bytes: usize,
    /// Hits on one page.
    pub page_size: usize,
    /// Hits that can be reached by turning pages, where more are found.
    pub result_window: usize,
    /// Hits of one group.
    pub group_size: usize,
    /// Values of one facet.
    pub facet_values: usize,
    /// Bytes of the stored documents of one answer, whichever of its searches they are for.
    pub answer_bytes: usize,
    /// Bytes of all answers together that are being made or sent; beyond, a request is refused for
    /// now.
    pub answers_bytes: usize,
    /// Bytes of a filter.
    pub filter_bytes: usize,
    /// `&&`, `||` and parentheses of a filter, and filters of a search.
    pub filter_operators: usize,
    /// Parentheses within parentheses in a filter.
    pub filter_depth: usize,
    /// After which a search answers with what it has.
    pub search_cutoff: Duration,
    /// Connections at once, fewer where the system allows fewer open files; others wait until one
    /// ends. Strangers who keep the server waiting make room for them.
    pub connections: usize,
    /// Files that this process may have open at once, connections among them.
    pub open_files: usize,
    /// How long a connection may take to send the head of its next request.
    pub head_patience: Duration,
    /// The same for one that has shown a key, while others wait for its place.
    pub crowded_patience: Duration,
    /// How long a client may leave a body unfinished, or an answer unread, without a byte.
    pub body_patience: Duration,
    /// How long the whole body of a request may take that has shown no valid key yet.
    pub stranger_body_patience: Duration,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            body_bytes: 64 << 20,
            bodies_bytes: 512 << 20,
            stranger_body_bytes: 64 << 10,
            line_bytes: 64 << 20,
            query_bytes: 4_000,
            text_bytes: 16_000,
            searches: 50,
            most_searches: 250,
            fields: 100,
            list_items: 1_000,
            tag_bytes: 250,
            page_size: 250,
            result_window: 100_000,
            group_size: 99,
            facet_values: 10_000,
            answer_bytes: 128 << 20,
            answers_bytes: 512 << 20,
            filter_bytes: 1 << 20,
            filter_operators: 500,
            filter_depth: 64,
            search_cutoff: Duration::from_secs(30),
            connections: 1_000,
            open_files: open_files::most(),
            // Longer than clients keep a connection that they do not use.
            head_patience: Duration::from_mins(2),
            crowded_patience: Duration::from_secs(5),
            body_patience: Duration::from_mins(1),
            stranger_body_patience: Duration::from_secs(10),
        }
    }
}

/// Files besides connections and collections: catalogue, readers of requests, long answers.
const OTHER_FILES: usize = 256;
/// From this many on, more readers are kept open between requests.
const MANY_FILES: usize = 1 << 16;

impl EngineSettings {
    /// Connections of one listener at once: as many as [`Self::connections`] says, or as fit.
    #[must_use]
    pub fn places(&self) -> usize {
        // A program may listen at two addresses.
        self.connections.min(self.shared_files() / 4).max(1)
    }

    /// Collections that there can be at once: each has files open.
    #[must_use]
    pub fn collections(&self) -> usize {
        let files = 6 + 2 * self.idle_readers();
        (self.shared_files() / 2 / files).max(1)
    }

    /// Readers of one collection that are kept open between requests.
    pub(crate) fn idle_readers(&self) -> usize {
        if self.open_files < MANY_FILES { 1 } else { 8 }
    }

    fn shared_files(&self) -> usize {
        self.open_files.saturating_sub(OTHER_FILES)
    }
}
