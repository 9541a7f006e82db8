//! Tells which markup a README is plainly written in, whatever its content type says.
//!
//! Only what is written in one markup without any sign of the other is recognised; everything in
//! between is what its author declared it to be.

use crate::Format;

/// Longer READMEs show what they are before this.
const READ: usize = 1 << 16;

/// Signs of Markdown and of reStructuredText in a text, examples in code left out.
#[derive(Debug, Default)]
struct Signs {
    headings: usize,
    fences: usize,
    links: usize,
    explicit: usize,
    references: usize,
    announcements: usize,
    /// Titles that are underlined with `=` or `-`, which both have.
    underlined: usize,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self::default();
        let mut fence: Option<&str> = None;
        let mut previous = "";
        for line in text[..text.floor_char_boundary(READ)].lines() {
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
                // reStructuredText underlines titles with tildes, too.
                let underlines = line.trim_end().bytes().all(|byte| byte == b'~');
                if underlines && !previous.trim().is_empty() {
                    fence = None;
                } else {
                    signs.fences += 1;
                }
                previous = line;
                continue;
            }
            signs.read(line, previous);
            previous = line;
        }
        signs
    }

    fn read(&mut self, line: &str, previous: &str) {
        if line.starts_with("    ") || line.starts_with('\t') {
            return;
        }
        let marks = line.bytes().take_while(|&byte| byte == b'#').count();
        if (1..=6).contains(&marks) && line[marks..].starts_with(' ') {
            self.headings += 1;
        }
        let line_end = line.trim_end();
        let is_rule = |mark: u8| line_end.len() >= 3 && line_end.bytes().all(|byte| byte == mark);
        self.underlined +=
            usize::from(!previous.trim().is_empty() && (is_rule(b'=') || is_rule(b'-')));
        let (links, references) = inline_signs(line.as_bytes());
        self.links += links;
        self.references += references;
        self.explicit += usize::from(
            line.starts_with(".. _") || (line.starts_with(".. ") && line.contains("::")),
        );
        self.announcements +=
            usize::from(line.ends_with("::") && !line.trim_start().starts_with(['#', '/', '*']));
    }

    /// No sign of Markdown, and several of reStructuredText or one several times.
    fn are_restructured(&self) -> bool {
        let kinds = [self.explicit, self.references, self.announcements];
        self.headings + self.fences + self.links == 0
            && (count(&kinds) >= 2 || self.explicit >= 3 || self.references >= 3)
    }

    /// No sign of reStructuredText, and several of Markdown or one several times. Where titles are
    /// underlined, a line after a `#` may be a comment that is shown.
    fn are_markdown(&self) -> bool {
        let headings = if self.underlined == 0 {
            self.headings
        } else {
            0
        };
        let kinds = [headings, self.fences, self.links];
        self.explicit + self.references + self.announcements == 0
            && (count(&kinds) >= 2 || headings >= 3 || self.fences >= 3)
    }
}

/// How often `](` stands in a line, and how often ``>`_`` or ``\`__``: each line of each README is
/// looked at, most of them have none, and a search for each would cost more than one look.
fn inline_signs(line: &[u8]) -> (usize, usize) {
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

fn count(kinds: &[usize]) -> usize {
    kinds.iter().filter(|&&count| count > 0).count()
}

/// The markup that `text` is plainly written in, when it is plainly not the declared one.
pub(crate) fn other_format(text: &str, declared: Format) -> Option<Format> {
    match declared {
        Format::PlainText => None,
        Format::Markdown { .. } => Signs::of(text)
            .are_restructured()
            .then_some(Format::ReStructuredText),
        Format::ReStructuredText => Signs::of(text)
            .are_markdown()
            .then_some(Format::Markdown { github: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, other_format};

    const MARKDOWN: Format = Format::Markdown { github: true };

    #[test]
    fn plain_cases_are_recognised() {
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
            // An underlined title is no sign of either.
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
                other_format(text, declared),
                expected,
                "{text} {declared:?}"
            );
        }
        let mixed = format!("{markdown}{restructured}");
        assert_eq!(other_format(&mixed, MARKDOWN), None);
        assert_eq!(other_format(&mixed, Format::ReStructuredText), None);
    }
}
