//! Section titles and transitions: lines of punctuation, and the text above, below or between them.
//!
//! The level of a title follows from the order in which title styles first occur. Where no section
//! may begin, in a list or a quote, a title becomes a rubric.

use super::{
    chars::text_width,
    names::normalised,
    parser::{BlockContext, Nesting, Parser},
    sections::SectionHeading,
    tree::{Destination, NodeKind, ROOT, RUBRIC},
};

/// A shorter line of punctuation is text, unless it is as long as the title.
const MIN_ADORNMENT: usize = 4;

/// Whether a line is one punctuation mark repeated: an adornment or a transition.
pub(super) fn is_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_punctuation)
        && bytes.iter().all(|&byte| byte == bytes[0])
}

impl Parser {
    /// Reads a title with an underline, if the line is long enough to be one.
    pub(super) fn underlined_title(
        &mut self,
        title: &str,
        line: &str,
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> Option<usize> {
        if line.len() < MIN_ADORNMENT && text_width(title) > line.len() {
            return None;
        }
        self.title(title, (0, line.as_bytes()[0]), context, nesting);
        Some(at + 2)
    }

    /// Reads a transition or a title with an overline, if the line of punctuation begins one.
    pub(super) fn overlined_title_or_transition(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> Option<usize> {
        let over = lines[at];
        let long = over.len() >= MIN_ADORNMENT;
        let title = lines.get(at + 1).copied().unwrap_or_default();
        if title.is_empty() {
            if !long {
                return None;
            }
            self.tree.add(context.parent, NodeKind::Transition);
            return Some(at + 1);
        }
        let under = lines.get(at + 2).copied().unwrap_or_default();
        let is_title = !is_line(title)
            && is_line(under)
            && under.as_bytes()[0] == over.as_bytes()[0]
            && (long || (under == over && text_width(title) <= over.len()));
        if is_title {
            let mark = over.as_bytes()[0];
            self.title(title.trim_start(), (mark, mark), context, nesting);
            return Some(at + 3);
        }
        if !long || (!nesting.allows_titles && over == "::") {
            return None;
        }
        self.tree.add(context.parent, NodeKind::Transition);
        Some(at + 1)
    }

    /// Opens the section of a title.
    fn title(&mut self, text: &str, style: (u8, u8), context: &mut BlockContext, nesting: Nesting) {
        let span = self.tree.store(text);
        if !nesting.allows_titles {
            let node = self.tree.element(context.parent, &RUBRIC);
            self.inline(span, node);
            return;
        }
        let known = self.title_styles.iter().position(|known| *known == style);
        let depth = if let Some(depth) = known {
            depth.min(context.open_sections.len())
        } else {
            if self.title_styles.len() == context.open_sections.len() {
                self.title_styles.push(style);
            }
            context.open_sections.len()
        };
        context.open_sections.truncate(depth);
        let parent = context.open_sections.last().copied().unwrap_or(ROOT);
        let section = self.tree.add(parent, NodeKind::Section);
        let number = u32::try_from(self.headings.len()).unwrap_or_default();
        let title = self.tree.add(section, NodeKind::Title(number));
        self.inline(span, title);
        let name = normalised(&self.tree.plain(title));
        let id = self.names.declare(&name, "section", false, |id| {
            Destination::Element(id.to_owned())
        });
        self.tree.attributes_mut(section).ids.push(id.clone());
        self.headings.push(SectionHeading {
            depth,
            id,
            section,
            title,
            number: String::new(),
            entry: None,
        });
        context.open_sections.push(section);
        context.parent = section;
    }
}
