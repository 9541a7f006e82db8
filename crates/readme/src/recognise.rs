//! Tells which markup a README is plainly written in, whatever its content type says.
//!
//! Only what is written in one markup without any sign of the other is recognised; everything in
//! between is what its author declared it to be.

use crate::Format;

/// Longer READMEs show what they are before this.
const READ: usize = 1 << 16;

/// Signs of Markdown and of reStructuredText in a text.
#[derive(Debug, Default)]
struct Signs {
    markdown: [usize; 3],
    restructured: [usize; 3],
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self::default();
        let [headings, fences, links] = &mut signs.markdown;
        let [explicit, references, announcements] = &mut signs.restructured;
        for line in text[..text.floor_char_boundary(READ)].lines() {
            let marks = line.bytes().take_while(|&byte| byte == b'#').count();
            if (1..=6).contains(&marks) && line[marks..].starts_with(' ') {
                *headings += 1;
            }
            *fences += usize::from(line.starts_with("```"));
            *links += line.matches("](").count();
            *explicit += usize::from(
                line.starts_with(".. _") || (line.starts_with(".. ") && line.contains("::")),
            );
            *references += line.matches(">`_").count() + line.matches("`__").count();
            *announcements += usize::from(
                line.ends_with("::") && !line.trim_start().starts_with(['#', '/', '*']),
            );
        }
        signs
    }

    /// Several signs of one, or one sign several times.
    fn are_plain(signs: [usize; 3]) -> bool {
        signs.iter().filter(|&&count| count > 0).count() >= 2
            || signs[..2].iter().any(|&count| count >= 3)
    }
}

/// The markup that `text` is plainly written in, when it is not the declared one.
pub(crate) fn other_format(text: &str, declared: Format) -> Option<Format> {
    let (own, other, format) = match declared {
        Format::PlainText => return None,
        Format::Markdown { .. } => {
            let signs = Signs::of(text);
            (signs.markdown, signs.restructured, Format::ReStructuredText)
        }
        Format::ReStructuredText => {
            let signs = Signs::of(text);
            let markdown = Format::Markdown { github: true };
            (signs.restructured, signs.markdown, markdown)
        }
    };
    (own == [0; 3] && Signs::are_plain(other)).then_some(format)
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
