//! Finds inline markup in a run of text.
//!
//! One pass over the bytes stops at the few that can begin or end markup: asterisks, backquotes,
//! bars, underscores and backslashes. Markup that is not closed stays as it was written.

use super::{
    parser::Parser,
    run::{End, Scan, note_label},
    tree::{EMPHASIS, Id, Kind, STRONG, Span},
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
    /// Adds the nodes of a run of text to `parent`.
    pub(super) fn inline(&mut self, span: Span, parent: Id) {
        let whole = std::mem::take(&mut self.tree.text);
        let mut run = Scan {
            text: &whole[span.start as usize..span.end as usize],
            base: span.start,
            parent,
            segment: 0,
            plain: 0,
            may_link: false,
            missing: [false; 6],
        };
        self.scan(&mut run);
        self.tree.text = whole;
    }

    fn scan(&mut self, run: &mut Scan<'_>) {
        let bytes = run.bytes();
        let mut at = 0;
        while let Some(skipped) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&byte| SPECIAL[byte as usize]))
        {
            at += skipped;
            at = match bytes[at] {
                b'\\' => at + 1 + run.after(at + 1).map_or(1, char::len_utf8),
                b':' | b'@' => {
                    run.may_link = true;
                    at + 1
                }
                b'*' => self.asterisk(run, at),
                b'|' => self.bar(run, at),
                b'`' => self.backquote(run, at),
                _ => self.underscore(run, at),
            };
        }
        self.flush(run, run.text.len());
    }

    /// Makes a node of the text that has none yet.
    pub(super) fn flush(&mut self, run: &mut Scan<'_>, end: usize) {
        if run.plain >= end {
            return;
        }
        if std::mem::take(&mut run.may_link) {
            self.link_addresses(run, end);
        }
        if run.plain < end {
            let span = run.span(run.plain, end);
            self.tree.add(run.parent, Kind::Text(span));
        }
        run.plain = end;
    }

    /// Notes that markup from `start` to `end` has become nodes.
    fn taken(run: &mut Scan<'_>, end: usize) -> usize {
        run.segment = end;
        run.plain = end;
        end
    }

    /// Leaves a start string as it is.
    fn left(run: &mut Scan<'_>, end: usize) -> usize {
        run.segment = end;
        end
    }

    fn asterisk(&mut self, run: &mut Scan<'_>, at: usize) -> usize {
        let double = run.bytes().get(at + 1) == Some(&b'*');
        let (end, length, shape) = if double {
            (End::Strong, 2, &STRONG)
        } else {
            (End::Emphasis, 1, &EMPHASIS)
        };
        let inside = at + length;
        if run.text[..at].ends_with('[') && run.text[inside..].starts_with("]_") {
            return inside;
        }
        if !run.starts(at) || run.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if run.quoted(at, inside) {
            return Self::left(run, inside);
        }
        let Some(close) = run.find(end, inside) else {
            return Self::left(run, inside);
        };
        self.flush(run, at);
        let node = self.tree.element(run.parent, shape);
        let span = run.span(inside, close);
        self.tree.add(node, Kind::Text(span));
        Self::taken(run, close + length)
    }

    fn bar(&mut self, run: &mut Scan<'_>, at: usize) -> usize {
        let inside = at + 1;
        let next = run.after(inside);
        if !run.starts(at) || next == Some('|') || next.is_some_and(char::is_whitespace) {
            return inside;
        }
        if run.quoted(at, inside) {
            return Self::left(run, inside);
        }
        let Some(close) = run.find(End::Substitution, inside) else {
            return Self::left(run, inside);
        };
        self.flush(run, at);
        let end = run.underscores(close + 1).unwrap_or(close + 1);
        self.substitution_reference(run, &run.text[inside..close], end - close - 1);
        Self::taken(run, end)
    }

    fn backquote(&mut self, run: &mut Scan<'_>, at: usize) -> usize {
        if run.bytes().get(at + 1) == Some(&b'`') {
            return self.inline_literal(run, at);
        }
        let inside = at + 1;
        if run.after(inside).is_some_and(char::is_whitespace) {
            return inside;
        }
        let role = (at > run.segment + 2 && run.bytes()[at - 1] == b':')
            .then(|| {
                let is_role = |start: usize| {
                    start > run.segment && run.bytes()[start - 1] == b':' && run.starts(start - 1)
                };
                run.name_before(at - 1, run.segment, is_role)
            })
            .flatten();
        let start = role.map_or(at, |role| role - 1);
        if role.is_none() {
            if !run.starts(at) {
                return inside;
            }
            if run.quoted(at, inside) {
                return Self::left(run, inside);
            }
        }
        let Some(close) = run.find(End::Interpreted, inside) else {
            return Self::left(run, inside);
        };
        let end = run.interpreted_suffix(close + 1).unwrap_or(close + 1);
        let suffix = &run.text[close + 1..end];
        let role = role.map(|role| &run.text[role..at - 1]);
        self.flush(run, start);
        match (role, suffix) {
            (_, "_" | "__") => self.phrase_reference(run, inside, close, suffix.len() == 2),
            (Some(role), _) => self.interpreted(run, role, inside, close),
            (None, _) => {
                let role = suffix.trim_matches(':');
                self.interpreted(run, role, inside, close);
            }
        }
        Self::taken(run, end)
    }

    fn inline_literal(&mut self, run: &mut Scan<'_>, at: usize) -> usize {
        let inside = at + 2;
        if !run.starts(at) || run.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if run.quoted(at, inside) {
            return Self::left(run, inside);
        }
        let Some(close) = run.find(End::Literal, inside) else {
            return Self::left(run, inside);
        };
        self.flush(run, at);
        let span = run.span(inside, close);
        self.tree.add(run.parent, Kind::Literal(span));
        Self::taken(run, close + 2)
    }

    /// An underscore ends a reference or begins a target.
    fn underscore(&mut self, run: &mut Scan<'_>, at: usize) -> usize {
        if run.bytes().get(at + 1) == Some(&b'`') && run.starts(at) {
            let inside = at + 2;
            if run.after(inside).is_some_and(char::is_whitespace) {
                return inside;
            }
            if run.quoted(at, inside) {
                return Self::left(run, inside);
            }
            let Some(close) = run.find(End::Target, inside) else {
                return Self::left(run, inside);
            };
            self.flush(run, at);
            self.inline_target(run, inside, close);
            return Self::taken(run, close + 1);
        }
        if at == run.segment {
            return at + 1;
        }
        if run.bytes()[at - 1] == b']' && run.ends(at + 1) {
            let Some((start, label)) = note_label(run, at - 1) else {
                return at + 1;
            };
            self.flush(run, start);
            self.note_reference(run, label);
            return Self::taken(run, at + 1);
        }
        let double = run.bytes().get(at + 1) == Some(&b'_');
        let end = if double && run.ends(at + 2) {
            at + 2
        } else if run.ends(at + 1) {
            at + 1
        } else {
            return at + 1;
        };
        let start = run.name_before(at, run.segment, |start| run.starts(start));
        let Some(start) = start else {
            return at + 1;
        };
        self.flush(run, start);
        self.simple_reference(run, start, at, end - at == 2);
        Self::taken(run, end)
    }
}
