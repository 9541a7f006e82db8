//! The formats of READMEs.

use std::fmt;

/// The format that a content type names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `text/markdown`.
    Markdown {
        /// Whether GitHub's extensions (tables, task lists, …) are enabled: unless the content type
        /// says `variant=CommonMark`.
        github: bool,
    },
    /// `text/plain`.
    PlainText,
    /// Also an absent or unknown content type, as in the registry.
    ReStructuredText,
}

impl Format {
    /// Reads a content type such as `text/markdown; charset=UTF-8; variant=GFM`.
    #[must_use]
    pub fn from_content_type(content_type: Option<&str>) -> Self {
        let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        if media_type.eq_ignore_ascii_case("text/markdown") {
            let commonmark = parts
                .filter_map(|part| part.split_once('='))
                .any(|(name, value)| {
                    name.trim().eq_ignore_ascii_case("variant")
                        && value
                            .trim()
                            .trim_matches('"')
                            .eq_ignore_ascii_case("CommonMark")
                });
            Self::Markdown {
                github: !commonmark,
            }
        } else if media_type.eq_ignore_ascii_case("text/plain") {
            Self::PlainText
        } else {
            Self::ReStructuredText
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Markdown { .. } => "Markdown",
            Self::PlainText => "plain text",
            Self::ReStructuredText => "reStructuredText",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn parameters_and_case_do_not_matter() {
        let github = Format::Markdown { github: true };
        for (content_type, format) in [
            (Some("text/markdown"), github),
            (Some("Text/Markdown; charset=UTF-8"), github),
            (Some(" text/markdown;variant=GFM"), github),
            (
                Some("text/markdown; variant=\"commonmark\""),
                Format::Markdown { github: false },
            ),
            (Some("TEXT/PLAIN; charset=us-ascii"), Format::PlainText),
            (Some("text/x-rst"), Format::ReStructuredText),
            (Some("text/html"), Format::ReStructuredText),
            (Some(""), Format::ReStructuredText),
            (None, Format::ReStructuredText),
        ] {
            assert_eq!(
                Format::from_content_type(content_type),
                format,
                "{content_type:?}"
            );
        }
    }
}
