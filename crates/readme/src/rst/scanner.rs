//! Scans text for inline markup: where it may begin and where it ends.
//!
//! A search for an end string that is missing is made once: its failure is remembered.

use super::{
    chars::{is_quoted, is_word, may_follow, may_precede},
    tree::{NodeId, Span},
};

/// The end strings of inline markup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EndString {
    Emphasis,
    Strong,
    Literal,
    Interpreted,
    Target,
    Substitution,
}

impl EndString {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Emphasis => b"*",
            Self::Strong => b"**",
            Self::Literal => b"``",
            Self::Interpreted | Self::Target => b"`",
            Self::Substitution => b"|",
        }
    }
}

/// A piece of text and how far it has been scanned. Positions are bytes in `text`.
pub(super) struct InlineScanner<'t> {
    pub(super) text: &'t str,
    /// Where `text` begins in the document's text.
    pub(super) base: u32,
    pub(super) parent: NodeId,
    /// The end of the last markup. New markup may begin right there, whatever comes before it.
    pub(super) segment: usize,
    /// The start of the text that is not in a node yet.
    pub(super) plain: usize,
    /// Whether that text may contain URLs or e-mail addresses.
    pub(super) may_link: bool,
    /// The end strings that do not occur in the rest of the text.
    pub(super) missing: [bool; 6],
}

impl<'t> InlineScanner<'t> {
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let shift = |at: usize| self.base + u32::try_from(at).unwrap_or_default();
        Span {
            start: shift(start),
            end: shift(end),
        }
    }

    /// The same text, appending to another node.
    pub(super) fn within(&self, parent: NodeId) -> Self {
        Self { parent, ..*self }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    pub(super) fn after(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Whether markup may begin here, going by the character before.
    pub(super) fn starts(&self, at: usize) -> bool {
        at == self.segment || self.before(at).is_none_or(may_precede)
    }

    /// Whether markup may end here, going by the character after.
    pub(super) fn ends(&self, at: usize) -> bool {
        self.after(at).is_none_or(may_follow)
    }

    /// Whether a start string is enclosed in quotes or brackets, so that it is plain text.
    pub(super) fn quoted(&self, start: usize, end: usize) -> bool {
        start != self.segment
            && match (self.before(start), self.after(end)) {
                (Some(before), Some(after)) => is_quoted(before, after),
                (_, None) => true,
                (None, Some(_)) => false,
            }
    }

    /// Where the end string of the markup whose text begins at `from` begins.
    pub(super) fn find(&mut self, end: EndString, from: usize) -> Option<usize> {
        if self.missing[end as usize] {
            return None;
        }
        let (bytes, mark) = (self.bytes(), end.text());
        let mut at = from;
        while at < bytes.len() {
            if bytes[at] == b'\\' && end != EndString::Literal {
                at += 1 + self.after(at + 1).map_or(1, char::len_utf8);
                continue;
            }
            if bytes[at] == mark[0] && bytes[at..].starts_with(mark) {
                if at == from && self.closes(end, at) {
                    return None;
                }
                let previous = self.before(at).unwrap_or(' ');
                // Interpreted text may end with an escaped blank.
                let escaped = end == EndString::Interpreted
                    && at >= from + 2
                    && bytes[at - 2] == b'\\'
                    && previous.is_ascii_whitespace();
                if (!previous.is_whitespace() || escaped) && self.closes(end, at) {
                    return Some(at);
                }
            }
            at += 1;
        }
        self.missing[end as usize] = true;
        None
    }

    fn closes(&self, end: EndString, at: usize) -> bool {
        match end {
            EndString::Interpreted => self.interpreted_suffix(at + 1).is_some(),
            EndString::Substitution => self.underscores(at + 1).is_some(),
            _ => self.ends(at + end.text().len()),
        }
    }

    /// Up to two underscores and the end of markup: the position after them.
    pub(super) fn underscores(&self, at: usize) -> Option<usize> {
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

    /// The position after what may follow the closing backquote: a role or underscores.
    pub(super) fn interpreted_suffix(&self, at: usize) -> Option<usize> {
        if self.bytes().get(at) == Some(&b':') {
            let length = simple_name_length(&self.text[at + 1..]);
            let colon = at + 1 + length;
            if length > 0 && self.bytes().get(colon) == Some(&b':') && self.ends(colon + 1) {
                return Some(colon + 1);
            }
        }
        self.underscores(at)
    }

    /// Where the simple name that ends at `end` begins: at or after `from`, and where `starts`
    /// allows it.
    pub(super) fn name_before(
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
                // A mark without a word before it is not part of the name.
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
        // The longest name that `starts` allows.
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

/// The length of the simple name at the start of `text`: words joined by single marks.
pub(super) fn simple_name_length(text: &str) -> usize {
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

/// The start and the label of the bracket that closes at `close`.
pub(super) fn note_label<'t>(
    scanner: &InlineScanner<'t>,
    close: usize,
) -> Option<(usize, &'t str)> {
    let text = scanner.text;
    let from = scanner.segment;
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
        || (!name.is_empty() && simple_name_length(name) == name.len());
    (valid && scanner.starts(open)).then_some((open, label))
}
