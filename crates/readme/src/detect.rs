//! Detects READMEs that are written in another format than their content type says.
//!
//! Only a text with signs of one format and none of the other counts; in doubt, the declared format
//! is used.

use crate::Format;

/// How much of a README is examined.
const MAX_BYTES: usize = 1 << 16;

/// How often the constructs of each format occur, code blocks excluded.
#[derive(Debug, Default)]
struct MarkupCounts {
    headings: usize,
    fences: usize,
    links: usize,
    explicit_markup: usize,
    references: usize,
    literal_blocks: usize,
    /// Titles underlined with `=` or `-`, which both formats have.
    underlined_titles: usize,
}

impl MarkupCounts {
    fn of(text: &str) -> Self {
        let mut counts = Self::default();
        let mut fence: Option<&str> = None;
        let mut previous = "";
        for line in text[..text.floor_char_boundary(MAX_BYTES)].lines() {
            if let Some(open) = fence {
                if line.trim_start().starts_with(open) {
                    fence = None;
                }
                continue;
            }
            fence = ["```", "~~~"]
                .into_iter()
                .find(|mark| line.starts_with(mark));
            if fence.is_some() {
                // In reStructuredText, tildes may also underline a title.
                let underlines = line.trim_end().bytes().all(|byte| byte == b'~');
                if underlines && !previous.trim().is_empty() {
                    fence = None;
                } else {
                    counts.fences += 1;
                }
                previous = line;
                continue;
            }
            counts.count_line(line, previous);
            previous = line;
        }
        counts
    }

    fn count_line(&mut self, line: &str, previous: &str) {
        if line.starts_with("    ") || line.starts_with('\t') {
            return;
        }
        let marks = line.bytes().take_while(|&byte| byte == b'#').count();
        if (1..=6).contains(&marks) && line[marks..].starts_with(' ') {
            self.headings += 1;
        }
        let line_end = line.trim_end();
        let is_rule = |mark: u8| line_end.len() >= 3 && line_end.bytes().all(|byte| byte == mark);
        self.underlined_titles +=
            usize::from(!previous.trim().is_empty() && (is_rule(b'=') || is_rule(b'-')));
        let (links, references) = count_inline_marks(line.as_bytes());
        self.links += links;
        self.references += references;
        self.explicit_markup += usize::from(
            line.starts_with(".. _") || (line.starts_with(".. ") && line.contains("::")),
        );
        self.literal_blocks +=
            usize::from(line.ends_with("::") && !line.trim_start().starts_with(['#', '/', '*']));
    }

    /// No sign of Markdown, and either several signs of reStructuredText or one of them often.
    fn are_restructured(&self) -> bool {
        let kinds = [self.explicit_markup, self.references, self.literal_blocks];
        self.headings + self.fences + self.links == 0
            && (count_nonzero(&kinds) >= 2 || self.explicit_markup >= 3 || self.references >= 3)
    }

    /// No sign of reStructuredText, and either several signs of Markdown or one of them often. If
    /// titles are underlined, lines that begin with `#` may be comments.
    fn are_markdown(&self) -> bool {
        let headings = if self.underlined_titles == 0 {
            self.headings
        } else {
            0
        };
        let kinds = [headings, self.fences, self.links];
        self.explicit_markup + self.references + self.literal_blocks == 0
            && (count_nonzero(&kinds) >= 2 || headings >= 3 || self.fences >= 3)
    }
}

/// Counts `](`, and ``>`_`` and ``\`__``, in a line. One pass: a search for each costs more, and every
/// line of every README is read.
fn count_inline_marks(line: &[u8]) -> (usize, usize) {
    let (mut links, mut references) = (0, 0);
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b']' => links += usize::from(line[at..].starts_with(b"](")),
            b'>' => references += usize::from(line[at..].starts_with(b">`_")),
            b'`' => references += usize::from(line[at..].starts_with(b"`__")),
            _ => {}
        }
    }
    (links, references)
}

fn count_nonzero(counts: &[usize]) -> usize {
    counts.iter().filter(|&&count| count > 0).count()
}

/// The format that `text` is clearly written in, if it is not the declared one.
pub(crate) fn detect_other_format(text: &str, declared: Format) -> Option<Format> {
    match declared {
        Format::PlainText => None,
        Format::Markdown { .. } => MarkupCounts::of(text)
            .are_restructured()
            .then_some(Format::ReStructuredText),
        Format::ReStructuredText => MarkupCounts::of(text)
            .are_markdown()
            .then_some(Format::Markdown { github: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, detect_other_format};

    const MARKDOWN: Format = Format::Markdown { github: true };

    #[test]
    fn clear_cases_are_detected() {
        let markdown = "# Title\n\nSee [this](https://example.org).\n\n## Use\n";
        let restructured =
            "Title\n=====\n\n.. image:: a.png\n\nSee `this <https://example.org>`_.\n";
        for (text, declared, expected) in [
            (markdown, Format::ReStructuredText, Some(MARKDOWN)),
            (markdown, MARKDOWN, None),
            (markdown, Format::PlainText, None),
            (restructured, MARKDOWN, Some(Format::ReStructuredText)),
            (restructured, Format::ReStructuredText, None),
            ("Title\n=====\n\nText.\n", MARKDOWN, None),
            ("# Title\n", Format::ReStructuredText, None),
            // Examples of the other markup in code.
            (
                "Title\n=====\n\nWrite:\n\n~~~rst\n.. note:: a\n\nSo::\n~~~\n",
                MARKDOWN,
                None,
            ),
            (
                "Write:\n\n```\n.. note:: a\n.. _b: c\n.. tip:: d\n\nSo::\n```\n",
                MARKDOWN,
                None,
            ),
            (
                "Title\n=====\n\n# one\n# two\n# three\n\n[text](target)\n",
                Format::ReStructuredText,
                None,
            ),
            (
                "Write::\n\n    # Title\n    ## Use\n    [a](b)\n",
                Format::ReStructuredText,
                None,
            ),
            // An underlined title is a sign of neither.
            (
                "Title\n-----\n\nSee [this](https://example.org).\n\n```sh\nls\n```\n",
                Format::ReStructuredText,
                Some(MARKDOWN),
            ),
            (
                "Title\n~~~~~\n\n.. note:: a\n\nSo::\n\n    b\n",
                MARKDOWN,
                Some(Format::ReStructuredText),
            ),
        ] {
            assert_eq!(
                detect_other_format(text, declared),
                expected,
                "{text} {declared:?}"
            );
        }
        let mixed = format!("{markdown}{restructured}");
        assert_eq!(detect_other_format(&mixed, MARKDOWN), None);
        assert_eq!(detect_other_format(&mixed, Format::ReStructuredText), None);
    }
}
