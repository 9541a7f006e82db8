//! A run of text while it is searched for inline markup: where markup may begin and end.
//!
//! Nothing is searched twice: that there is no end of a kind is remembered.

use super::{
    chars::{is_quoted, is_word, may_follow, may_precede},
    tree::{Id, Span},
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
    pub(super) base: u32,
    pub(super) parent: Id,
    /// Where the text begins that follows the markup found last; markup may begin there whatever
    /// stands before it.
    pub(super) segment: usize,
    /// Where the text begins that no node has taken yet.
    pub(super) plain: usize,
    /// That text may have addresses in it.
    pub(super) may_link: bool,
    /// No end of this kind follows.
    pub(super) missing: [bool; 6],
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

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    pub(super) fn after(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Whether markup may begin here, going by what stands before.
    pub(super) fn starts(&self, at: usize) -> bool {
        at == self.segment || self.before(at).is_none_or(may_precede)
    }

    /// Whether markup may end here, going by what follows.
    pub(super) fn ends(&self, at: usize) -> bool {
        self.after(at).is_none_or(may_follow)
    }

    /// Whether a start string is in quotation marks or brackets of its own.
    pub(super) fn quoted(&self, start: usize, end: usize) -> bool {
        start != self.segment
            && match (self.before(start), self.after(end)) {
                (Some(before), Some(after)) => is_quoted(before, after),
                (_, None) => true,
                (None, Some(_)) => false,
            }
    }

    /// Where the end string begins that closes what began before `from`.
    pub(super) fn find(&mut self, end: End, from: usize) -> Option<usize> {
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

/// The start of a bracket and the label in it that closes at `close`.
pub(super) fn note_label<'t>(run: &Scan<'t>, close: usize) -> Option<(usize, &'t str)> {
    let text = run.text;
    let from = run.segment;
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
    (valid && run.starts(open)).then_some((open, label))
}
