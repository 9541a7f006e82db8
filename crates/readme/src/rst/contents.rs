//! Numbers sections and fills in tables of contents once the whole document is parsed.

use super::{parser::Parser, sections::Backlinks, tree::NodeKind};

/// How often, on average, a heading may be listed in tables of contents.
const MAX_TABLES_OF_CONTENTS: usize = 4;

impl Parser {
    /// Numbers sections and fills in tables of contents.
    pub(super) fn resolve_sections(&mut self) {
        self.number_sections();
        // Without a limit, a document of titles and tables of contents would grow quadratically.
        let mut remaining = MAX_TABLES_OF_CONTENTS * self.headings.len();
        for number in 0..self.contents.len() {
            self.fill_contents(number, remaining);
            remaining -= self.contents[number].entries.len();
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

    fn fill_contents(&mut self, number: usize, remaining: usize) {
        let contents = &self.contents[number];
        let (first, base) = contents.local.unwrap_or_default();
        let (depth, backlinks) = (contents.depth, contents.backlinks);
        let top = contents.id.clone();
        let mut entries = Vec::new();
        for at in first..self.headings.len() {
            if entries.len() == remaining || !self.budget.spend(1) {
                break;
            }
            let Some(below) = self.headings[at].depth.checked_sub(base) else {
                break;
            };
            if below >= depth {
                continue;
            }
            let id = self.names.new_id("toc-entry");
            entries.push((below, at, id.clone()));
            let title = self.headings[at].title;
            let has_link = self
                .tree
                .children(title)
                .any(|child| matches!(self.tree.kind(child), NodeKind::Reference(_)));
            if !has_link {
                self.headings[at].entry = match backlinks {
                    Backlinks::Entry => Some(id),
                    Backlinks::Top => Some(top.clone()),
                    Backlinks::None => None,
                };
            }
        }
        self.contents[number].entries = entries;
    }
}
