//! Finds inline markup in a run of text.
//!
//! One pass over the bytes stops at the few that can begin or end markup: asterisks, backquotes,
//! bars, underscores and backslashes. Where an end is missing, that is remembered, so that no
//! text is searched twice; markup that is not closed stays as it was written.

use super::{
    chars::{is_quoted, is_word, may_follow, may_precede},
    parser::Parser,
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

/// Kinds of end strings, for remembering which of them there are no more of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Emphasis,
    Strong,
    Literal,
    Interpreted,
    Target,
    Substitution,
}

impl End {
    fn mark(self) -> &'static [u8] {
        match self {
            Self::Emphasis => b"*",
            Self::Strong => b"**",
            Self::Literal => b"``",
            Self::Interpreted | Self::Target => b"`",
            Self::Substitution => b"|",
        }
    }
}

/// A run of text and how far it has been read. Positions are bytes in `text`.
pub(super) struct Scan<'t> {
    pub(super) text: &'t str,
    /// Where the run begins in the document's text.
    base: u32,
    pub(super) parent: Id,
    /// Where the text begins that follows the markup found last; markup may begin there whatever
    /// stands before it.
    segment: usize,
    /// Where the text begins that no node has taken yet.
    pub(super) plain: usize,
    /// That text may have addresses in it.
    may_link: bool,
    /// No end of this kind follows.
    missing: [bool; 6],
}

impl<'t> Scan<'t> {
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let shift = |at: usize| self.base + u32::try_from(at).unwrap_or_default();
        Span {
            start: shift(start),
            end: shift(end),
        }
    }

    /// The same text, with other nodes to add to.
    pub(super) fn within(&self, parent: Id) -> Self {
        Self { parent, ..*self }
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    pub(super) fn after(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Whether markup may begin here, going by what stands before.
    fn starts(&self, at: usize) -> bool {
        at == self.segment || self.before(at).is_none_or(may_precede)
    }

    /// Whether markup may end here, going by what follows.
    pub(super) fn ends(&self, at: usize) -> bool {
        self.after(at).is_none_or(may_follow)
    }

    /// Whether a start string is in quotation marks or brackets of its own.
    fn quoted(&self, start: usize, end: usize) -> bool {
        start != self.segment
            && match (self.before(start), self.after(end)) {
                (Some(before), Some(after)) => is_quoted(before, after),
                (_, None) => true,
                (None, Some(_)) => false,
            }
    }

    /// Where the end string begins that closes what began before `from`.
    fn find(&mut self, end: End, from: usize) -> Option<usize> {
        if self.missing[end as usize] {
            return None;
        }
        let (bytes, mark) = (self.bytes(), end.mark());
        let mut at = from;
        while at < bytes.len() {
            if bytes[at] == b'\\' && end != End::Literal {
                at += 1 + self.after(at + 1).map_or(1, char::len_utf8);
                continue;
            }
            if bytes[at] == mark[0] && bytes[at..].starts_with(mark) {
                if at == from && self.closes(end, at) {
                    return None;
                }
                let before = self.before(at).unwrap_or(' ');
                // An escaped blank may stand before the end of interpreted text.
                let escaped = end == End::Interpreted
                    && at >= from + 2
                    && bytes[at - 2] == b'\\'
                    && before.is_ascii_whitespace();
                if (!before.is_whitespace() || escaped) && self.closes(end, at) {
                    return Some(at);
                }
            }
            at += 1;
        }
        self.missing[end as usize] = true;
        None
    }

    fn closes(&self, end: End, at: usize) -> bool {
        match end {
            End::Interpreted => self.interpreted_suffix(at + 1).is_some(),
            End::Substitution => self.underscores(at + 1).is_some(),
            _ => self.ends(at + end.mark().len()),
        }
    }

    /// Up to two underscores and the end of markup: the position after them.
    fn underscores(&self, at: usize) -> Option<usize> {
        let count = self.bytes()[at..]
            .iter()
            .take(2)
            .take_while(|&&byte| byte == b'_')
            .count();
        (0..=count)
            .rev()
            .map(|count| at + count)
            .find(|&end| self.ends(end))
    }

    /// What may follow the closing backquote: a role or underscores. The position after it.
    pub(super) fn interpreted_suffix(&self, at: usize) -> Option<usize> {
        if self.bytes().get(at) == Some(&b':') {
            let name = simple_name(&self.text[at + 1..]);
            let colon = at + 1 + name;
            if name > 0 && self.bytes().get(colon) == Some(&b':') && self.ends(colon + 1) {
                return Some(colon + 1);
            }
        }
        self.underscores(at)
    }

    /// Where a simple name that ends at `end` begins, not before `from`; `may_start` has the
    /// last word on it.
    fn name_before(
        &self,
        end: usize,
        from: usize,
        starts: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mut start = end;
        loop {
            let rest = &self.text[from..start];
            let word: usize = rest
                .chars()
                .rev()
                .take_while(|&character| is_word(character))
                .map(char::len_utf8)
                .sum();
            if word == 0 {
                // A mark with no word before it is no part of the name.
                if start < end {
                    start += 1;
                }
                break;
            }
            start -= word;
            match self.bytes().get(start.wrapping_sub(1)) {
                Some(b'-' | b'.' | b'_' | b'+' | b':') if start > from => start -= 1,
                _ => break,
            }
        }
        // The longest name that may stand here.
        while start < end {
            if starts(start) {
                return Some(start);
            }
            let mark = self.bytes()[start..end]
                .iter()
                .position(|byte| matches!(byte, b'-' | b'.' | b'_' | b'+' | b':'))?;
            start += mark + 1;
        }
        None
    }
}

/// How long the simple name is that `text` begins with: words joined by single marks.
pub(super) fn simple_name(text: &str) -> usize {
    let mut length = 0;
    let mut joint = 0;
    for (at, character) in text.char_indices() {
        if is_word(character) {
            length = at + character.len_utf8();
            joint = 0;
        } else if matches!(character, '-' | '.' | '_' | '+' | ':') && joint == 0 && length > 0 {
            joint = 1;
        } else {
            break;
        }
    }
    length
}

impl Parser {
    /// Adds the nodes of a run of text to `parent`.
    pub(super) fn inline(&mut self, span: Span, parent: Id) {
        let whole = std::mem::take(&mut self.tree.text);
        let mut scan = Scan {
            text: &whole[span.start as usize..span.end as usize],
            base: span.start,
            parent,
            segment: 0,
            plain: 0,
            may_link: false,
            missing: [false; 6],
        };
        self.scan(&mut scan);
        self.tree.text = whole;
    }

    fn scan(&mut self, scan: &mut Scan<'_>) {
        let bytes = scan.bytes();
        let mut at = 0;
        while let Some(skipped) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&byte| SPECIAL[byte as usize]))
        {
            at += skipped;
            at = match bytes[at] {
                b'\\' => at + 1 + scan.after(at + 1).map_or(1, char::len_utf8),
                b':' | b'@' => {
                    scan.may_link = true;
                    at + 1
                }
                b'*' => self.asterisk(scan, at),
                b'|' => self.bar(scan, at),
                b'`' => self.backquote(scan, at),
                _ => self.underscore(scan, at),
            };
        }
        self.flush(scan, scan.text.len());
    }

    /// Makes a node of the text that has none yet.
    pub(super) fn flush(&mut self, scan: &mut Scan<'_>, end: usize) {
        if scan.plain >= end {
            return;
        }
        if std::mem::take(&mut scan.may_link) {
            self.link_addresses(scan, end);
        }
        if scan.plain < end {
            let span = scan.span(scan.plain, end);
            self.tree.add(scan.parent, Kind::Text(span));
        }
        scan.plain = end;
    }

    /// Notes that markup from `start` to `end` has become nodes.
    fn taken(scan: &mut Scan<'_>, end: usize) -> usize {
        scan.segment = end;
        scan.plain = end;
        end
    }

    /// Leaves a start string as it is.
    fn left(scan: &mut Scan<'_>, end: usize) -> usize {
        scan.segment = end;
        end
    }

    fn asterisk(&mut self, scan: &mut Scan<'_>, at: usize) -> usize {
        let double = scan.bytes().get(at + 1) == Some(&b'*');
        let (end, length, shape) = if double {
            (End::Strong, 2, &STRONG)
        } else {
            (End::Emphasis, 1, &EMPHASIS)
        };
        let inside = at + length;
        if scan.text[..at].ends_with('[') && scan.text[inside..].starts_with("]_") {
            return inside;
        }
        if !scan.starts(at) || scan.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if scan.quoted(at, inside) {
            return Self::left(scan, inside);
        }
        let Some(close) = scan.find(end, inside) else {
            return Self::left(scan, inside);
        };
        self.flush(scan, at);
        let node = self.tree.element(scan.parent, shape);
        let span = scan.span(inside, close);
        self.tree.add(node, Kind::Text(span));
        Self::taken(scan, close + length)
    }

    fn bar(&mut self, scan: &mut Scan<'_>, at: usize) -> usize {
        let inside = at + 1;
        let next = scan.after(inside);
        if !scan.starts(at) || next == Some('|') || next.is_some_and(char::is_whitespace) {
            return inside;
        }
        if scan.quoted(at, inside) {
            return Self::left(scan, inside);
        }
        let Some(close) = scan.find(End::Substitution, inside) else {
            return Self::left(scan, inside);
        };
        self.flush(scan, at);
        let end = scan.underscores(close + 1).unwrap_or(close + 1);
        self.substitution_reference(scan, &scan.text[inside..close], end - close - 1);
        Self::taken(scan, end)
    }

    fn backquote(&mut self, scan: &mut Scan<'_>, at: usize) -> usize {
        if scan.bytes().get(at + 1) == Some(&b'`') {
            return self.inline_literal(scan, at);
        }
        let inside = at + 1;
        if scan.after(inside).is_some_and(char::is_whitespace) {
            return inside;
        }
        let role = (at > scan.segment + 2 && scan.bytes()[at - 1] == b':')
            .then(|| {
                let is_role = |start: usize| {
                    start > scan.segment
                        && scan.bytes()[start - 1] == b':'
                        && scan.starts(start - 1)
                };
                scan.name_before(at - 1, scan.segment, is_role)
            })
            .flatten();
        let start = role.map_or(at, |role| role - 1);
        if role.is_none() {
            if !scan.starts(at) {
                return inside;
            }
            if scan.quoted(at, inside) {
                return Self::left(scan, inside);
            }
        }
        let Some(close) = scan.find(End::Interpreted, inside) else {
            return Self::left(scan, inside);
        };
        let end = scan.interpreted_suffix(close + 1).unwrap_or(close + 1);
        let suffix = &scan.text[close + 1..end];
        let role = role.map(|role| &scan.text[role..at - 1]);
        self.flush(scan, start);
        match (role, suffix) {
            (_, "_" | "__") => self.phrase_reference(scan, inside, close, suffix.len() == 2),
            (Some(role), _) => self.interpreted(scan, role, inside, close),
            (None, _) => {
                let role = suffix.trim_matches(':');
                self.interpreted(scan, role, inside, close);
            }
        }
        Self::taken(scan, end)
    }

    fn inline_literal(&mut self, scan: &mut Scan<'_>, at: usize) -> usize {
        let inside = at + 2;
        if !scan.starts(at) || scan.after(inside).is_some_and(char::is_whitespace) {
            return at + 1;
        }
        if scan.quoted(at, inside) {
            return Self::left(scan, inside);
        }
        let Some(close) = scan.find(End::Literal, inside) else {
            return Self::left(scan, inside);
        };
        self.flush(scan, at);
        let span = scan.span(inside, close);
        self.tree.add(scan.parent, Kind::Literal(span));
        Self::taken(scan, close + 2)
    }

    /// An underscore ends a reference or begins a target.
    fn underscore(&mut self, scan: &mut Scan<'_>, at: usize) -> usize {
        if scan.bytes().get(at + 1) == Some(&b'`') && scan.starts(at) {
            let inside = at + 2;
            if scan.after(inside).is_some_and(char::is_whitespace) {
                return inside;
            }
            if scan.quoted(at, inside) {
                return Self::left(scan, inside);
            }
            let Some(close) = scan.find(End::Target, inside) else {
                return Self::left(scan, inside);
            };
            self.flush(scan, at);
            self.inline_target(scan, inside, close);
            return Self::taken(scan, close + 1);
        }
        if at == scan.segment {
            return at + 1;
        }
        if scan.bytes()[at - 1] == b']' && scan.ends(at + 1) {
            let Some((start, label)) = note_label(scan, at - 1) else {
                return at + 1;
            };
            self.flush(scan, start);
            self.note_reference(scan, label);
            return Self::taken(scan, at + 1);
        }
        let double = scan.bytes().get(at + 1) == Some(&b'_');
        let end = if double && scan.ends(at + 2) {
            at + 2
        } else if scan.ends(at + 1) {
            at + 1
        } else {
            return at + 1;
        };
        let start = scan.name_before(at, scan.segment, |start| scan.starts(start));
        let Some(start) = start else {
            return at + 1;
        };
        self.flush(scan, start);
        self.simple_reference(scan, start, at, end - at == 2);
        Self::taken(scan, end)
    }
}

/// The start of a bracket and the label in it that closes at `close`.
fn note_label<'t>(scan: &Scan<'t>, close: usize) -> Option<(usize, &'t str)> {
    let text = scan.text;
    let from = scan.segment;
    let open = text[from..close]
        .char_indices()
        .rev()
        .take_while(|&(_, character)| {
            is_word(character) || matches!(character, '[' | '-' | '.' | '_' | '+' | ':' | '#' | '*')
        })
        .find(|&(_, character)| character == '[')
        .map(|(at, _)| from + at)?;
    let label = &text[open + 1..close];
    let name = label.strip_prefix('#').unwrap_or(label);
    let valid = label == "*"
        || (name.is_empty() && label == "#")
        || (!name.is_empty() && simple_name(name) == name.len());
    (valid && scan.starts(open)).then_some((open, label))
}
