//! Titles and transitions: lines of punctuation and the text above, below or between them.
//!
//! Which level an adornment means follows from the order in which adornments come. Where no
//! title may stand, in a list or a quote, one becomes a heading that makes no section.

use super::{
    chars::columns,
    names::normalised,
    outline::Heading,
    parser::{Flow, Level, Parser, is_line},
    tree::{Goal, Kind, ROOT, RUBRIC},
};

/// Shorter lines of punctuation are text, unless they are as long as the title.
const SHORTEST: usize = 4;

impl Parser {
    /// Reads a title with a line below it; nothing when the line is too short for that.
    pub(super) fn underlined(
        &mut self,
        title: &str,
        line: &str,
        at: usize,
        flow: &mut Flow,
        level: Level,
    ) -> Option<usize> {
        if line.len() < SHORTEST && columns(title) > line.len() {
            return None;
        }
        self.title(title, (0, line.as_bytes()[0]), flow, level);
        Some(at + 2)
    }

    /// Reads what begins with a line of punctuation: a transition or a title with a line above
    /// it; nothing when it is text.
    pub(super) fn adornment(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        level: Level,
    ) -> Option<usize> {
        let over = lines[at];
        let long = over.len() >= SHORTEST;
        let title = lines.get(at + 1).copied().unwrap_or_default();
        if title.is_empty() {
            if !long {
                return None;
            }
            self.tree.add(flow.parent, Kind::Transition);
            return Some(at + 1);
        }
        let under = lines.get(at + 2).copied().unwrap_or_default();
        let is_title = !is_line(title)
            && is_line(under)
            && under.as_bytes()[0] == over.as_bytes()[0]
            && (long || (under == over && columns(title) <= over.len()));
        if is_title {
            let mark = over.as_bytes()[0];
            self.title(title.trim_start(), (mark, mark), flow, level);
            return Some(at + 3);
        }
        if !long || (!level.titles && over == "::") {
            return None;
        }
        self.tree.add(flow.parent, Kind::Transition);
        Some(at + 1)
    }

    /// Opens the section that a title begins.
    fn title(&mut self, text: &str, style: (u8, u8), flow: &mut Flow, level: Level) {
        let span = self.tree.store(text);
        if !level.titles {
            let node = self.tree.element(flow.parent, &RUBRIC);
            self.inline(span, node);
            return;
        }
        let known = self.styles.iter().position(|known| *known == style);
        let depth = if let Some(depth) = known {
            depth.min(flow.open.len())
        } else {
            if self.styles.len() == flow.open.len() {
                self.styles.push(style);
            }
            flow.open.len()
        };
        flow.open.truncate(depth);
        let parent = flow.open.last().copied().unwrap_or(ROOT);
        let section = self.tree.add(parent, Kind::Section);
        let number = u32::try_from(self.headings.len()).unwrap_or_default();
        let title = self.tree.add(section, Kind::Title(number));
        self.inline(span, title);
        let name = normalised(&self.tree.plain(title));
        let id = self
            .names
            .declare(&name, "section", false, |id| Goal::Element(id.to_owned()));
        self.tree.attributes_mut(section).ids.push(id.clone());
        self.headings.push(Heading {
            depth,
            id,
            section,
            title,
            number: String::new(),
            entry: None,
        });
        flow.open.push(section);
        flow.parent = section;
    }
}
