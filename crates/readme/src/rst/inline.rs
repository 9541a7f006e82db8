//! Finds inline markup in a piece of text.
//!
//! One pass over the bytes stops at the few that can begin or end markup: asterisks, backquotes,
//! bars, underscores and backslashes. Markup that is not closed stays as it was written.

use super::{
    parser::Parser,
    scanner::{EndString, InlineScanner, note_label},
    tree::{EMPHASIS, ElementType, NodeId, NodeKind, STRONG, Span},
};

/// Bytes that have to be looked at.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"*`|_\\:@";
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
};

impl Parser {
    /// Parses the inline markup of a piece of text and appends its nodes to `parent`.
    pub(super) fn inline(&mut self, span: Span, parent: NodeId) {
        let source_text = std::mem::take(&mut self.tree.text);
        let mut scanner = InlineScanner {
            text: &source_text[span.start as usize..span.end as usize],
            base: span.start,
            parent,
            segment: 0,
            plain: 0,
            may_link: false,
            missing: [false; 6],
        };
        self.scan_inline(&mut scanner);
        self.tree.text = source_text;
    }

    /// Parses lines of text into inline markup.
    pub(super) fn inline_lines(&mut self, lines: &[&str], parent: NodeId) {
        let span = self.tree.store_lines(lines);
        self.inline(span, parent);
    }

    /// Appends an element that holds inline markup.
    pub(super) fn text_element(
        &mut self,
        span: Span,
        parent: NodeId,
        element_type: &'static ElementType,
    ) -> NodeId {
        let node = self.tree.element(parent, element_type);
        self.inline(span, node);
        node
    }

    /// Appends an element that holds a line of text, unless the line is empty.
    pub(super) fn line_element(
        &mut self,
        text: &str,
        element_type: &'static ElementType,
        parent: NodeId,
    ) {
        if !text.is_empty() {
            let span = self.tree.store(text);
            self.text_element(span, parent, element_type);
        }
    }

    fn scan_inline(&mut self, scanner: &mut InlineScanner<'_>) {
        let bytes = scanner.bytes();
        let mut at = 0;
        while let Some(skipped) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&byte| SPECIAL[byte as usize]))
        {
            at += skipped;
            at = match bytes[at] {
                b'\\' => at + 1 + scanner.after(at + 1).map_or(1, char::len_utf8),
                b':' | b'@' => {
                    scanner.may_link = true;
                    at + 1
                }
                b'*' => self.asterisk(scanner, at),
                b'|' => self.bar(scanner, at),
                b'`' => self.backquote(scanner, at),
                _ => self.underscore(scanner, at),
            };
        }
        self.flush_text(scanner, scanner.text.len());
    }

    /// Turns the text since the last markup into a node.
    fn flush_text(&mut self, scanner: &mut InlineScanner<'_>, end: usize) {
        if scanner.plain >= end {
            return;
        }
        if std::mem::take(&mut scanner.may_link) {
            self.link_uris(scanner, end);
        }
        if scanner.plain < end {
            let span = scanner.span(scanner.plain, end);
            self.tree.add(scanner.parent, NodeKind::Text(span));
        }
        scanner.plain = end;
    }

    /// Records that the markup up to `end` has become nodes.
    fn consume(scanner: &mut InlineScanner<'_>, end: usize) -> usize {
        scanner.segment = end;
        scanner.plain = end;
        end
    }

    /// Leaves a start string that ends at `end` in the text.
    fn leave_as_text(scanner: &mut InlineScanner<'_>, end: usize) -> usize {
        scanner.segment = end;
        end
    }

    fn asterisk(&mut self, scanner: &mut InlineScanner<'_>, at: usize) -> usize {
        let double = scanner.bytes().get(at + 1) == Some(&b'*');
        let (end, length, element_type) = if double {
            (EndString::Strong, 2, &STRONG)
        } else {
            (EndString::Emphasis, 1, &EMPHASIS)
        };
        let inside = at + length;
        if scanner.text[..at].ends_with('[') && scanner.text[inside..].starts_with("]_") {
            return inside;
        }
        if !scanner.starts(at) || scanner.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if scanner.quoted(at, inside) {
            return Self::leave_as_text(scanner, inside);
        }
        let Some(close) = scanner.find(end, inside) else {
            return Self::leave_as_text(scanner, inside);
        };
        self.flush_text(scanner, at);
        let node = self.tree.element(scanner.parent, element_type);
        let span = scanner.span(inside, close);
        self.tree.add(node, NodeKind::Text(span));
        Self::consume(scanner, close + length)
    }

    fn bar(&mut self, scanner: &mut InlineScanner<'_>, at: usize) -> usize {
        let inside = at + 1;
        let next = scanner.after(inside);
        if !scanner.starts(at) || next == Some('|') || next.is_some_and(char::is_whitespace) {
            return inside;
        }
        if scanner.quoted(at, inside) {
            return Self::leave_as_text(scanner, inside);
        }
        let Some(close) = scanner.find(EndString::Substitution, inside) else {
            return Self::leave_as_text(scanner, inside);
        };
        self.flush_text(scanner, at);
        let end = scanner.underscores(close + 1).unwrap_or(close + 1);
        self.substitution_reference(scanner, &scanner.text[inside..close], end - close - 1);
        Self::consume(scanner, end)
    }

    fn backquote(&mut self, scanner: &mut InlineScanner<'_>, at: usize) -> usize {
        if scanner.bytes().get(at + 1) == Some(&b'`') {
            return self.inline_literal(scanner, at);
        }
        let inside = at + 1;
        if scanner.after(inside).is_some_and(char::is_whitespace) {
            return inside;
        }
        let role = (at > scanner.segment + 2 && scanner.bytes()[at - 1] == b':')
            .then(|| {
                let is_role = |start: usize| {
                    start > scanner.segment
                        && scanner.bytes()[start - 1] == b':'
                        && scanner.starts(start - 1)
                };
                scanner.name_before(at - 1, scanner.segment, is_role)
            })
            .flatten();
        let start = role.map_or(at, |role| role - 1);
        if role.is_none() {
            if !scanner.starts(at) {
                return inside;
            }
            if scanner.quoted(at, inside) {
                return Self::leave_as_text(scanner, inside);
            }
        }
        let Some(close) = scanner.find(EndString::Interpreted, inside) else {
            return Self::leave_as_text(scanner, inside);
        };
        let end = scanner.interpreted_suffix(close + 1).unwrap_or(close + 1);
        let suffix = &scanner.text[close + 1..end];
        let role = role.map(|role| &scanner.text[role..at - 1]);
        self.flush_text(scanner, start);
        match (role, suffix) {
            (_, "_" | "__") => self.phrase_reference(scanner, inside, close, suffix.len() == 2),
            (Some(role), _) => self.interpreted(scanner, role, inside, close),
            (None, _) => {
                let role = suffix.trim_matches(':');
                self.interpreted(scanner, role, inside, close);
            }
        }
        Self::consume(scanner, end)
    }

    fn inline_literal(&mut self, scanner: &mut InlineScanner<'_>, at: usize) -> usize {
        let inside = at + 2;
        if !scanner.starts(at) || scanner.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if scanner.quoted(at, inside) {
            return Self::leave_as_text(scanner, inside);
        }
        let Some(close) = scanner.find(EndString::Literal, inside) else {
            return Self::leave_as_text(scanner, inside);
        };
        self.flush_text(scanner, at);
        let span = scanner.span(inside, close);
        self.tree.add(scanner.parent, NodeKind::Literal(span));
        Self::consume(scanner, close + 2)
    }

    /// An underscore ends a reference or begins a target.
    fn underscore(&mut self, scanner: &mut InlineScanner<'_>, at: usize) -> usize {
        if scanner.bytes().get(at + 1) == Some(&b'`') && scanner.starts(at) {
            let inside = at + 2;
            if scanner.after(inside).is_some_and(char::is_whitespace) {
                return inside;
            }
            if scanner.quoted(at, inside) {
                return Self::leave_as_text(scanner, inside);
            }
            let Some(close) = scanner.find(EndString::Target, inside) else {
                return Self::leave_as_text(scanner, inside);
            };
            self.flush_text(scanner, at);
            self.inline_target(scanner, inside, close);
            return Self::consume(scanner, close + 1);
        }
        if at == scanner.segment {
            return at + 1;
        }
        if scanner.bytes()[at - 1] == b']' && scanner.ends(at + 1) {
            let Some((start, label)) = note_label(scanner, at - 1) else {
                return at + 1;
            };
            self.flush_text(scanner, start);
            self.note_reference(scanner, label);
            return Self::consume(scanner, at + 1);
        }
        let double = scanner.bytes().get(at + 1) == Some(&b'_');
        let end = if double && scanner.ends(at + 2) {
            at + 2
        } else if scanner.ends(at + 1) {
            at + 1
        } else {
            return at + 1;
        };
        let start = scanner.name_before(at, scanner.segment, |start| scanner.starts(start));
        let Some(start) = start else {
            return at + 1;
        };
        self.flush_text(scanner, start);
        self.simple_reference(scanner, start, at, end - at == 2);
        Self::consume(scanner, end)
    }
}
