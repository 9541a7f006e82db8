//! Block quotes and their attributions.

use super::{
    parser::{Nesting, Parser},
    source::{indent_of, next_text},
    tree::{ATTRIBUTION, BLOCK_QUOTE, NodeId, NodeKind},
};

impl Parser {
    /// Adds block quotes: an attribution ends one, and another may follow.
    pub(super) fn quotes(
        &mut self,
        lines: &[&str],
        parent: NodeId,
        nesting: Nesting,
        classes: &[String],
    ) {
        let mut rest = lines;
        while !rest.is_empty() {
            let quote = self.tree.element(parent, &BLOCK_QUOTE);
            self.tree.add_classes(quote, classes);
            let Some(found) = attribution(rest) else {
                self.parse_blocks(rest, quote, nesting.deeper());
                return;
            };
            self.parse_blocks(&rest[..found.start], quote, nesting.deeper());
            let mut text = vec![rest[found.start].get(found.mark..).unwrap_or_default()];
            text.extend(
                rest[found.start + 1..found.end]
                    .iter()
                    .map(|line| line.trim_start()),
            );
            let span = self.tree.store_lines(&text);
            let node = self.tree.element(quote, &ATTRIBUTION);
            self.tree.add(node, NodeKind::Fixed(&"—"));
            self.inline(span, node);
            rest = &rest[next_text(rest, found.end)..];
        }
    }
}

/// The lines of an attribution, and how long its mark is.
struct Attribution {
    start: usize,
    end: usize,
    mark: usize,
}

/// The first attribution: after a blank line, with a dash before it and even indentation after.
fn attribution(lines: &[&str]) -> Option<Attribution> {
    let mut seen = false;
    for (start, line) in lines.iter().enumerate() {
        if line.is_empty() {
            continue;
        }
        if seen
            && lines[start - 1].is_empty()
            && let Some(mark) = attribution_mark(line)
        {
            let rest = lines[start + 1..]
                .iter()
                .take_while(|line| !line.is_empty());
            let mut indents = rest.map(|line| indent_of(line));
            let first = indents.next();
            let count = indents.clone().count() + usize::from(first.is_some());
            if first.is_none_or(|first| indents.all(|indent| indent == first)) {
                let end = start + 1 + count;
                return Some(Attribution { start, end, mark });
            }
        }
        seen = true;
    }
    None
}

fn attribution_mark(line: &str) -> Option<usize> {
    let rest = line.strip_prefix('—').or_else(|| {
        let dashes = line.bytes().take_while(|&byte| byte == b'-').count();
        matches!(dashes, 2 | 3).then(|| &line[dashes..])
    })?;
    let text = rest.trim_start_matches(' ');
    (!text.is_empty()).then_some(line.len() - text.len())
}
