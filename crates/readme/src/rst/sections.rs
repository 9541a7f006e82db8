//! Section headings, how they are numbered, and tables of contents: plain data.

use super::tree::NodeId;

/// The heading of a section.
#[derive(Debug)]
pub(super) struct SectionHeading {
    /// Zero for the highest level.
    pub(super) depth: usize,
    /// The id of its section.
    pub(super) id: String,
    pub(super) section: NodeId,
    pub(super) title: NodeId,
    /// Its number, if sections are numbered.
    pub(super) number: String,
    /// The id of the table of contents entry that this heading links back to.
    pub(super) entry: Option<String>,
}

/// A table of contents.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) id: String,
    pub(super) title: Option<NodeId>,
    /// For a local one, which lists only the section that it is in: the number of the first heading
    /// in that section, and the depth of the section.
    pub(super) local: Option<(usize, usize)>,
    /// How many levels it lists.
    pub(super) depth: usize,
    /// What the listed headings link back to.
    pub(super) backlinks: Backlinks,
    /// Depth below the first level, number of the heading, id of the entry.
    pub(super) entries: Vec<(usize, usize, String)>,
}

/// What the headings listed in a table of contents link back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backlinks {
    Entry,
    Top,
    None,
}

/// How sections are numbered.
#[derive(Debug)]
pub(super) struct SectionNumbering {
    pub(super) depth: usize,
    pub(super) start: usize,
    pub(super) prefix: String,
    pub(super) suffix: String,
}
