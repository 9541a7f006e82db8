//! Headings, their numbers, and tables of contents.

use super::{
    parser::Parser,
    tree::{Id, Kind},
};

/// No document lists its headings more often.
const MOST_TABLES: usize = 4;

/// A section's heading.
#[derive(Debug)]
pub(super) struct Heading {
    /// Zero for the highest level.
    pub(super) depth: usize,
    /// The id of its section.
    pub(super) id: String,
    pub(super) section: Id,
    pub(super) title: Id,
    /// Its number, where sections have numbers.
    pub(super) number: String,
    /// The id of the entry that leads here, for the way back.
    pub(super) entry: Option<String>,
}

/// A table of contents.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) id: String,
    pub(super) title: Option<Id>,
    /// It lists the parts of the section that it stands in, whose headings begin with this number
    /// and are so many levels down.
    pub(super) own: Option<(usize, usize)>,
    /// How many levels it lists.
    pub(super) depth: usize,
    /// Where headings lead back to.
    pub(super) backlinks: Backlinks,
    /// Depth below the first level, number of the heading, id of the entry.
    pub(super) entries: Vec<(usize, usize, String)>,
}

/// Where the headings that a table of contents lists lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backlinks {
    Entry,
    Top,
    Nowhere,
}

/// How sections are numbered.
#[derive(Debug)]
pub(super) struct Numbering {
    pub(super) depth: usize,
    pub(super) start: usize,
    pub(super) prefix: String,
    pub(super) suffix: String,
}

impl Parser {
    /// Numbers sections and fills tables of contents.
    pub(super) fn outline(&mut self) {
        self.number_sections();
        // A document of nothing but titles and tables of contents would grow with its square.
        let mut room = MOST_TABLES * self.headings.len();
        for number in 0..self.contents.len() {
            self.fill(number, room);
            room -= self.contents[number].entries.len();
        }
    }

    fn number_sections(&mut self) {
        let Some(numbering) = &self.numbering else {
            return;
        };
        let mut counters: Vec<usize> = Vec::new();
        for heading in &mut self.headings {
            counters.resize(heading.depth + 1, 0);
            if let Some(counter) = counters.last_mut() {
                *counter += 1;
            }
            if heading.depth < numbering.depth {
                let parts: Vec<String> = counters
                    .iter()
                    .enumerate()
                    .map(|(depth, counter)| {
                        let start = if depth == 0 { numbering.start } else { 1 };
                        (counter + start).saturating_sub(1).to_string()
                    })
                    .collect();
                heading.number = format!(
                    "{}{}{}",
                    numbering.prefix,
                    parts.join("."),
                    numbering.suffix
                );
            }
        }
    }

    fn fill(&mut self, number: usize, room: usize) {
        let contents = &self.contents[number];
        let (first, base) = contents.own.unwrap_or_default();
        let (depth, backlinks) = (contents.depth, contents.backlinks);
        let top = contents.id.clone();
        let mut entries = Vec::new();
        for at in first..self.headings.len() {
            if entries.len() == room || !self.steps.take(1) {
                break;
            }
            let Some(below) = self.headings[at].depth.checked_sub(base) else {
                break;
            };
            if below >= depth {
                continue;
            }
            let id = self.names.fresh("toc-entry");
            entries.push((below, at, id.clone()));
            let title = self.headings[at].title;
            let has_link = self
                .tree
                .children(title)
                .any(|child| matches!(self.tree.kind(child), Kind::Reference(_)));
            if !has_link {
                self.headings[at].entry = match backlinks {
                    Backlinks::Entry => Some(id),
                    Backlinks::Top => Some(top.clone()),
                    Backlinks::Nowhere => None,
                };
            }
        }
        self.contents[number].entries = entries;
    }
}
