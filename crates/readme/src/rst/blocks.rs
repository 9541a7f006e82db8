//! Splits a document into blocks by what their first lines look like.
//!
//! [`parse_document`] is the entry point. Every line ends up in some node: where docutils reports
//! an error and drops text, the text stays and is shown in the most readable way.

use super::{
    parser::{BlockContext, BlockStart, Nesting, OpenList, Parser},
    source::{indented, next_text},
    titles::is_line,
    tree::{NodeId, NodeKind, PARAGRAPH, ROOT, TARGET},
};

/// Parses a whole document, given as normalised lines.
pub(super) fn parse_document(lines: &[&str], size: usize) -> Parser {
    let mut parser = Parser::new(size, Parser::blocks);
    let nesting = Nesting {
        depth: 0,
        allows_titles: true,
    };
    parser.parse_blocks(lines, ROOT, nesting);
    parser
}

impl Parser {
    /// Parses `lines` and appends the blocks to `parent`.
    fn blocks(&mut self, lines: &[&str], parent: NodeId, nesting: Nesting) {
        let mut context = BlockContext {
            parent,
            open_sections: Vec::new(),
            open_list: OpenList::None,
            pending_targets: Vec::new(),
        };
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if line.is_empty() {
                at += 1;
                continue;
            }
            let before = (context.parent, self.tree.last_child(context.parent));
            let has_pending =
                !context.pending_targets.is_empty() || !self.pending_classes.is_empty();
            let next = self.block(lines, at, &mut context, nesting);
            debug_assert!(next > at, "no progress at {line}");
            at = next.max(at + 1);
            if has_pending {
                self.attach_pending(&mut context, before);
            }
        }
        for (_, id) in std::mem::take(&mut context.pending_targets) {
            let node = self.tree.element(context.parent, &TARGET);
            self.tree.attributes_mut(node).ids.push(id);
        }
    }

    /// Attaches the pending targets and classes to the block just added, if there is one.
    fn attach_pending(&mut self, context: &mut BlockContext, before: (NodeId, Option<NodeId>)) {
        let (parent, last) = before;
        let added = if context.parent == parent {
            match last {
                Some(last) => self.tree.next(last),
                None => self.tree.first_child(parent),
            }
        } else {
            Some(context.parent)
        };
        let Some(added) = added else { return };
        for (_, id) in context.pending_targets.drain(..) {
            self.tree.attributes_mut(added).ids.push(id);
        }
        let classes = std::mem::take(&mut self.pending_classes);
        self.tree.add_classes(added, &classes);
    }

    /// Reads the block that begins at line `at`, which is not blank; returns the line after it.
    fn block(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> usize {
        let line = lines[at];
        let first = line.as_bytes()[0];
        let open_list = std::mem::replace(&mut context.open_list, OpenList::None);
        if first == b' ' {
            return self.quote(lines, at, context, nesting);
        }
        let start = BlockStart {
            lines,
            at,
            open_list: &open_list,
            nesting,
        };
        if let Some(next) = self.list_item(start, context) {
            return next;
        }
        match first {
            b'>' if line == ">>>" || line.starts_with(">>> ") => {
                return self.doctest(lines, at, context);
            }
            b'|' if line == "|" || line.starts_with("| ") => {
                return self.line_block(lines, at, context, nesting);
            }
            b'+' | b'=' => {
                if let Some(next) = self.drawn_table(lines, at, context, nesting) {
                    return next;
                }
            }
            b'.' if line == ".." || line.starts_with(".. ") => {
                context.open_list = OpenList::None;
                return self.explicit_markup(lines, at, context, nesting);
            }
            b'_' if line == "__" || line.starts_with("__ ") => {
                return self.anonymous_target(lines, at, context);
            }
            _ => {}
        }
        if is_line(line)
            && let Some(next) = self.overlined_title_or_transition(lines, at, context, nesting)
        {
            return next;
        }
        self.text(start, context)
    }

    /// Reads a block that begins with ordinary text: a title, a definition or a paragraph.
    fn text(&mut self, start: BlockStart<'_>, context: &mut BlockContext) -> usize {
        let BlockStart {
            lines, at, nesting, ..
        } = start;
        let line = lines[at];
        let mut end = at + 1;
        match lines.get(end) {
            Some(next) if next.starts_with(' ') => {
                return self.definition(start, context);
            }
            Some(next) if is_line(next) => {
                if let Some(next) = self.underlined_title(line, next, at, context, nesting) {
                    return next;
                }
                end += 1;
            }
            _ => {}
        }
        while lines
            .get(end)
            .is_some_and(|line| !line.is_empty() && !line.starts_with(' '))
        {
            end += 1;
        }
        if self.paragraph(&lines[at..end], context.parent) {
            return self.parse_literal_block(lines, end, context.parent);
        }
        end
    }

    /// Appends a paragraph; true if it ends with `::`, which announces a literal block.
    fn paragraph(&mut self, lines: &[&str], parent: NodeId) -> bool {
        let last = lines.last().copied().unwrap_or_default();
        let announces = last.strip_suffix("::").is_some_and(|rest| {
            let backslashes = rest.len() - rest.trim_end_matches('\\').len();
            backslashes % 2 == 0
        });
        let mut span = self.tree.store_lines(lines);
        if announces {
            let text = self.tree.str(span);
            let shown = &text[..text.len() - 2];
            let kept = match shown.trim_end() {
                kept if kept.len() == shown.len() && !kept.is_empty() => kept.len() + 1,
                kept => kept.len(),
            };
            span.end = span.start + u32::try_from(kept).unwrap_or_default();
        }
        if span.start < span.end {
            let node = self.tree.element(parent, &PARAGRAPH);
            self.inline(span, node);
        }
        announces
    }

    /// Reads the literal block that may begin at or after line `at`.
    fn parse_literal_block(&mut self, lines: &[&str], at: usize, parent: NodeId) -> usize {
        let start = next_text(lines, at);
        let Some(line) = lines.get(start) else {
            return at;
        };
        if line.starts_with(' ') {
            let block = indented(lines, start, None, None, false);
            self.literal_block(&block.lines, parent);
            return block.end;
        }
        // A quoted literal block: every line begins with the same punctuation mark.
        let mark = line.as_bytes()[0];
        if start == at || !mark.is_ascii_punctuation() {
            return at;
        }
        let count = lines[start..]
            .iter()
            .take_while(|line| line.as_bytes().first() == Some(&mark))
            .count();
        self.literal_block(&lines[start..start + count], parent);
        start + count
    }

    fn doctest(&mut self, lines: &[&str], at: usize, context: &mut BlockContext) -> usize {
        let count = lines[at..]
            .iter()
            .take_while(|line| !line.is_empty())
            .count();
        let span = self.tree.store_lines(&lines[at..at + count]);
        self.tree.add(context.parent, NodeKind::Doctest(span));
        at + count
    }

    fn quote(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> usize {
        let block = indented(lines, at, None, None, false);
        self.quotes(&block.lines, context.parent, nesting, &[]);
        block.end
    }
}
