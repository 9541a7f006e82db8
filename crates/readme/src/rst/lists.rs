//! Lists of all kinds but enumerated ones: bullets, definitions, fields, options, line blocks.
//!
//! One call reads one item. It joins the list before it when that is of the same kind, so that
//! blank lines between items do not matter.

use super::{
    options::{option_marker, options},
    parser::{Flow, Level, Parser, Previous},
    source::{indent_of, indented},
    tree::{
        BULLET_LIST, CLASSIFIER, DEFINITION, DEFINITION_LIST, FIELD_LIST, FIELD_NAME, Id, Kind,
        LINE, LINE_BLOCK, LIST_ITEM, OPTION_GROUP, OPTION_LIST, Shape, Span, TERM,
    },
};

/// The bullet that a line begins with, and how many bytes and columns lie before its text.
fn bullet(line: &str) -> Option<(char, usize, usize)> {
    let mark = line.chars().next()?;
    if !matches!(mark, '-' | '+' | '*' | '•' | '‣' | '⁃') {
        return None;
    }
    let blanks = indent_of(&line[mark.len_utf8()..]);
    let length = mark.len_utf8() + blanks;
    (blanks > 0 || line.len() == length).then_some((mark, length, 1 + blanks))
}

/// How long the field marker is that a line begins with, and the end of the name in it.
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
    /// Reads a list item, if there is one at line `at`; returns the line after it.
    pub(super) fn list(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> Option<usize> {
        let line = lines[at];
        match line.as_bytes()[0] {
            b'-' | b'+' | b'*' | 0xe2 => {
                if let Some(next) = self.bullet(lines, at, flow, previous, level) {
                    return Some(next);
                }
            }
            b':' => return self.field(lines, at, flow, previous, level),
            b'(' | b'#' => return self.enumerated(lines, at, flow, previous, level),
            byte if byte.is_ascii_alphanumeric() => {
                return self.enumerated(lines, at, flow, previous, level);
            }
            _ => {}
        }
        match line.as_bytes()[0] {
            b'-' | b'+' | b'/' => self.option(lines, at, flow, previous, level),
            _ => None,
        }
    }

    fn bullet(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> Option<usize> {
        let (mark, length, columns) = bullet(lines[at])?;
        let list = match previous {
            Previous::Bullets(known, list) if *known == mark => *list,
            _ => self.tree.element(flow.parent, &BULLET_LIST),
        };
        flow.previous = Previous::Bullets(mark, list);
        Some(self.item(lines, at, (length, columns), list, level))
    }

    /// Reads a list item whose text begins after so many bytes and columns.
    pub(super) fn item(
        &mut self,
        lines: &[&str],
        at: usize,
        (length, columns): (usize, usize),
        list: Id,
        level: Level,
    ) -> usize {
        let indent = (length < lines[at].len()).then_some(columns);
        let block = indented(lines, at, Some(length), indent, false);
        let item = self.tree.element(list, &LIST_ITEM);
        self.blocks(&block.lines, item, level.deeper());
        block.end
    }

    /// Reads a term and its definition, which is the indented block in the next line.
    pub(super) fn definition(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> usize {
        let list = match previous {
            Previous::Definitions(list) => *list,
            _ => self.tree.element(flow.parent, &DEFINITION_LIST),
        };
        flow.previous = Previous::Definitions(list);
        let term = self.tree.element(list, &TERM);
        let span = self.tree.store(lines[at]);
        self.inline(span, term);
        self.split_classifiers(term);
        let block = indented(lines, at + 1, None, None, false);
        let definition = self.tree.element(list, &DEFINITION);
        self.blocks(&block.lines, definition, level.deeper());
        block.end
    }

    /// Makes classifiers of what follows a colon between blanks in the text of a term.
    fn split_classifiers(&mut self, term: Id) {
        let has_any = self.tree.children(term).any(|child| {
            matches!(self.tree.kind(child), Kind::Text(span)
                if self.tree.str(*span).contains(" : "))
        });
        if !has_any {
            return;
        }
        let old = self.tree.detached(Kind::Group);
        self.tree.move_children(term, old);
        let children: Vec<Id> = self.tree.children(old).collect();
        self.tree.cut(old);
        let mut parent = term;
        for child in children {
            let Kind::Text(span) = *self.tree.kind(child) else {
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
                self.tree.add(parent, Kind::Text(piece));
            }
        }
    }

    fn field(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> Option<usize> {
        let (length, name_end) = field_marker(lines[at])?;
        let list = match previous {
            Previous::Fields(list) => *list,
            _ => self.tree.element(flow.parent, &FIELD_LIST),
        };
        flow.previous = Previous::Fields(list);
        let span = self.tree.store(&lines[at][1..name_end]);
        let name = self.tree.element(list, &FIELD_NAME);
        self.inline(span, name);
        let block = indented(lines, at, Some(length), None, false);
        let body = self.tree.element(list, &DEFINITION);
        self.blocks(&block.lines, body, level.deeper());
        Some(block.end)
    }

    fn option(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> Option<usize> {
        let (length, group) = option_marker(lines[at])?;
        let block = indented(lines, at, Some(length), None, false);
        if block.lines.is_empty() {
            return None;
        }
        let list = match previous {
            Previous::Options(list) => *list,
            _ => self.tree.element(flow.parent, &OPTION_LIST),
        };
        flow.previous = Previous::Options(list);
        let node = self.tree.element(list, &OPTION_GROUP);
        for option in options(&lines[at][..group]) {
            let span = self.tree.store(option);
            self.tree.add(node, Kind::Option(span));
        }
        let body = self.tree.element(list, &DEFINITION);
        self.blocks(&block.lines, body, level.deeper());
        Some(block.end)
    }

    /// Reads lines that begin with a bar; what is indented continues the line before it.
    pub(super) fn line_block(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        level: Level,
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
        // An empty line is as deep as the one before it, the first as the one after it.
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
        self.nested_lines(&rows, flow.parent, level);
        end
    }

    fn nested_lines(&mut self, rows: &[(usize, Vec<&str>)], parent: Id, level: Level) {
        let node = self.tree.element(parent, &LINE_BLOCK);
        let least = rows
            .iter()
            .map(|(indent, _)| *indent)
            .min()
            .unwrap_or_default();
        let flat = level.depth > 20;
        let mut rest = rows;
        while let Some((indent, text)) = rest.first() {
            if *indent > least && !flat {
                let count = rest
                    .iter()
                    .take_while(|(indent, _)| *indent > least)
                    .count();
                self.nested_lines(&rest[..count], node, level.deeper());
                rest = &rest[count..];
            } else {
                let span = self.tree.store_lines(text);
                self.run(span, node, &LINE);
                rest = &rest[1..];
            }
        }
    }

    /// Adds an element with a run of text in it.
    pub(super) fn run(&mut self, span: Span, parent: Id, shape: &'static Shape) -> Id {
        let node = self.tree.element(parent, shape);
        self.inline(span, node);
        node
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
