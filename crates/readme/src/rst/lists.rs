//! Lists: bullets, enumerations, definitions, fields, options; and line blocks.
//!
//! One call reads one item and appends it to the open list if that is of the same kind, so blank
//! lines between items do not matter.

use super::{
    enumerator::{EnumeratedItem, read_item},
    options::{option_marker, split_options},
    parser::{BlockContext, BlockStart, Nesting, OpenList, Parser},
    source::{indent_of, indented},
    tree::{
        BULLET_LIST, CLASSIFIER, DEFINITION, DEFINITION_LIST, FIELD_LIST, FIELD_NAME, LINE,
        LINE_BLOCK, LIST_ITEM, NodeId, NodeKind, OPTION_GROUP, OPTION_LIST, Span, TERM,
    },
};

/// The bullet at the start of a line, and how many bytes and columns come before its text.
fn bullet(line: &str) -> Option<(char, usize, usize)> {
    let mark = line.chars().next()?;
    if !matches!(mark, '-' | '+' | '*' | '•' | '‣' | '⁃') {
        return None;
    }
    let blanks = indent_of(&line[mark.len_utf8()..]);
    let length = mark.len_utf8() + blanks;
    (blanks > 0 || line.len() == length).then_some((mark, length, 1 + blanks))
}

/// The length of the field marker at the start of a line, and where the name in it ends.
pub(super) fn field_marker(line: &str) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    if bytes.first() != Some(&b':') || matches!(bytes.get(1), None | Some(b':' | b' ')) {
        return None;
    }
    let mut at = 1;
    while let Some(found) = bytes
        .get(at..)?
        .iter()
        .position(|&byte| matches!(byte, b':' | b'\\'))
    {
        at += found;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        match bytes.get(at + 1) {
            None | Some(b' ') => {
                let end = at + 1 + indent_of(line.get(at + 1..)?);
                return (bytes[at - 1] != b' ').then_some((end, at));
            }
            Some(b'`') => return None,
            Some(_) => at += 1,
        }
    }
    None
}

impl Parser {
    /// Reads a list item, if one begins here; returns the line after it.
    pub(super) fn list_item(
        &mut self,
        start: BlockStart<'_>,
        context: &mut BlockContext,
    ) -> Option<usize> {
        let first = start.lines[start.at].as_bytes()[0];
        match first {
            b'-' | b'+' | b'*' | 0xe2 => {
                if let Some(next) = self.bullet_item(start, context) {
                    return Some(next);
                }
            }
            b':' => return self.field_item(start, context),
            b'(' | b'#' => return self.enumerated_item(start, context),
            byte if byte.is_ascii_alphanumeric() => return self.enumerated_item(start, context),
            _ => {}
        }
        match first {
            b'-' | b'+' | b'/' => self.option_item(start, context),
            _ => None,
        }
    }

    fn bullet_item(&mut self, start: BlockStart<'_>, context: &mut BlockContext) -> Option<usize> {
        let (mark, length, columns) = bullet(start.lines[start.at])?;
        let list = match start.open_list {
            OpenList::Bullets(known, list) if *known == mark => *list,
            _ => self.tree.element(context.parent, &BULLET_LIST),
        };
        context.open_list = OpenList::Bullets(mark, list);
        Some(self.item(start, (length, columns), list))
    }

    fn enumerated_item(
        &mut self,
        start: BlockStart<'_>,
        context: &mut BlockContext,
    ) -> Option<usize> {
        let BlockStart { lines, at, .. } = start;
        let (previous, open) = match start.open_list {
            OpenList::Enumerated(previous, open) => (Some(previous), Some(*open)),
            _ => (None, None),
        };
        let EnumeratedItem {
            enumerator,
            continues,
            text_start,
        } = read_item(lines[at], lines.get(at + 1).copied(), previous)?;
        let list = open.filter(|_| continues).unwrap_or_else(|| {
            let kind = NodeKind::EnumeratedList(enumerator.numerals, enumerator.ordinal);
            self.tree.add(context.parent, kind)
        });
        context.open_list = OpenList::Enumerated(enumerator, list);
        Some(self.item(start, (text_start, text_start), list))
    }

    /// Reads a list item whose text begins after `length` bytes and `columns` columns.
    fn item(
        &mut self,
        start: BlockStart<'_>,
        (length, columns): (usize, usize),
        list: NodeId,
    ) -> usize {
        let BlockStart { lines, at, .. } = start;
        let indent = (length < lines[at].len()).then_some(columns);
        let block = indented(lines, at, Some(length), indent, false);
        let item = self.tree.element(list, &LIST_ITEM);
        self.parse_blocks(&block.lines, item, start.nesting.deeper());
        block.end
    }

    /// Reads a term and its definition, the indented block below it.
    pub(super) fn definition(
        &mut self,
        start: BlockStart<'_>,
        context: &mut BlockContext,
    ) -> usize {
        let BlockStart { lines, at, .. } = start;
        let list = match start.open_list {
            OpenList::Definitions(list) => *list,
            _ => self.tree.element(context.parent, &DEFINITION_LIST),
        };
        context.open_list = OpenList::Definitions(list);
        let term = self.tree.element(list, &TERM);
        let span = self.tree.store(lines[at]);
        self.inline(span, term);
        self.split_classifiers(term);
        let block = indented(lines, at + 1, None, None, false);
        let definition = self.tree.element(list, &DEFINITION);
        self.parse_blocks(&block.lines, definition, start.nesting.deeper());
        block.end
    }

    /// Splits classifiers, which follow ` : `, off the text of a term.
    fn split_classifiers(&mut self, term: NodeId) {
        let has_any = self.tree.children(term).any(|child| {
            matches!(self.tree.kind(child), NodeKind::Text(span)
                if self.tree.str(*span).contains(" : "))
        });
        if !has_any {
            return;
        }
        let old = self.tree.detached(NodeKind::Group);
        self.tree.move_children(term, old);
        let children: Vec<NodeId> = self.tree.children(old).collect();
        self.tree.remove_children(old);
        let mut parent = term;
        for child in children {
            let NodeKind::Text(span) = *self.tree.kind(child) else {
                self.tree.adopt(parent, child);
                continue;
            };
            let text = self.tree.str(span);
            let mut pieces = Vec::new();
            let mut from = 0;
            for (at, _) in text.match_indices(" : ") {
                if at >= from {
                    pieces.push((from, text[..at].trim_end().len().max(from)));
                    from = text.len() - text[at + 3..].trim_start().len();
                }
            }
            pieces.push((from, text.len()));
            for (number, (start, end)) in pieces.into_iter().enumerate() {
                if number > 0 {
                    parent = self.tree.element(term, &CLASSIFIER);
                }
                let piece = Span {
                    start: span.start + u32::try_from(start).unwrap_or_default(),
                    end: span.start + u32::try_from(end).unwrap_or_default(),
                };
                self.tree.add(parent, NodeKind::Text(piece));
            }
        }
    }

    fn field_item(&mut self, start: BlockStart<'_>, context: &mut BlockContext) -> Option<usize> {
        let BlockStart { lines, at, .. } = start;
        let (length, name_end) = field_marker(lines[at])?;
        let list = match start.open_list {
            OpenList::Fields(list) => *list,
            _ => self.tree.element(context.parent, &FIELD_LIST),
        };
        context.open_list = OpenList::Fields(list);
        let span = self.tree.store(&lines[at][1..name_end]);
        let name = self.tree.element(list, &FIELD_NAME);
        self.inline(span, name);
        let block = indented(lines, at, Some(length), None, false);
        let body = self.tree.element(list, &DEFINITION);
        self.parse_blocks(&block.lines, body, start.nesting.deeper());
        Some(block.end)
    }

    fn option_item(&mut self, start: BlockStart<'_>, context: &mut BlockContext) -> Option<usize> {
        let BlockStart { lines, at, .. } = start;
        let (length, group) = option_marker(lines[at])?;
        let block = indented(lines, at, Some(length), None, false);
        if block.lines.is_empty() {
            return None;
        }
        let list = match start.open_list {
            OpenList::Options(list) => *list,
            _ => self.tree.element(context.parent, &OPTION_LIST),
        };
        context.open_list = OpenList::Options(list);
        let node = self.tree.element(list, &OPTION_GROUP);
        for option in split_options(&lines[at][..group]) {
            let span = self.tree.store(option);
            self.tree.add(node, NodeKind::Option(span));
        }
        let body = self.tree.element(list, &DEFINITION);
        self.parse_blocks(&block.lines, body, start.nesting.deeper());
        Some(block.end)
    }

    /// Reads lines that begin with a bar; an indented line continues the one before it.
    pub(super) fn line_block(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> usize {
        let mut end = at;
        let mut block: Vec<(Option<usize>, Vec<&str>)> = Vec::new();
        while let Some(line) = lines.get(end) {
            if let Some(text) = line.strip_prefix('|')
                && (text.is_empty() || text.starts_with(' '))
            {
                let indent = (!text.is_empty()).then(|| indent_of(text));
                block.push((indent, vec![text.trim_start()]));
            } else if line.starts_with(' ')
                && let Some((_, text)) = block.last_mut()
            {
                text.push(line.trim_start());
            } else {
                break;
            }
            end += 1;
        }
        // An empty line has the depth of the line before it; at the start, of the line after it.
        let mut depth = block
            .iter()
            .find_map(|(indent, _)| *indent)
            .unwrap_or_default();
        let rows: Vec<(usize, Vec<&str>)> = block
            .into_iter()
            .map(|(indent, text)| {
                depth = indent.unwrap_or(depth);
                (depth, text)
            })
            .collect();
        self.nested_lines(&rows, context.parent, nesting);
        end
    }

    fn nested_lines(&mut self, rows: &[(usize, Vec<&str>)], parent: NodeId, nesting: Nesting) {
        let node = self.tree.element(parent, &LINE_BLOCK);
        let least = rows
            .iter()
            .map(|(indent, _)| *indent)
            .min()
            .unwrap_or_default();
        let flat = nesting.depth > 20;
        let mut rest = rows;
        while let Some((indent, text)) = rest.first() {
            if *indent > least && !flat {
                let count = rest
                    .iter()
                    .take_while(|(indent, _)| *indent > least)
                    .count();
                self.nested_lines(&rest[..count], node, nesting.deeper());
                rest = &rest[count..];
            } else {
                let span = self.tree.store_lines(text);
                self.text_element(span, node, &LINE);
                rest = &rest[1..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bullet, field_marker};

    #[test]
    fn markers() {
        assert_eq!(bullet("-   a"), Some(('-', 4, 4)));
        assert_eq!(bullet("• a"), Some(('•', 4, 2)));
        assert_eq!(bullet("*"), Some(('*', 1, 1)));
        assert_eq!(bullet("-a"), None);
        for (line, expected) in [
            (":a: b", Some((4, 2))),
            (":a b:", Some((5, 4))),
            (":a:b: c", Some((6, 4))),
            (":a\\: b: c", Some((8, 6))),
            (":role:`x`: c", None),
            (":a :", None),
            ("::", None),
            (": a:", None),
            (":a", None),
            (":a\\", None),
        ] {
            assert_eq!(field_marker(line), expected, "{line}");
        }
    }
}
