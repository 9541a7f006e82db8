//! README text to safe HTML, and HTML to chapters.
//!
//! [`render`] turns a README into HTML that is safe to insert into a page: Markdown and
//! reStructuredText are rendered as the Python Package Index renders them, plain text is escaped,
//! and everything passes a sanitiser with an allow-list of elements and attributes. [`chapters()`]
//! splits that HTML into title, first chapter, main content and changelog, so that a search engine
//! can weight them separately; [`visible_text`] is the text to search. [`for_page`] prepares it for a
//! page that makes no request to strangers.
//!
//! Nothing here reads files, opens connections or follows links. Input may be hostile: rendering
//! takes time in proportion to its length, and text that would cost an HTML parser more than that
//! is shown as plain text.

mod changelog_entry;
mod changelog_titles;
mod chapters;
mod complexity;
mod detect;
mod format;
mod headings;
mod links;
mod markdown;
mod outline;
mod page;
mod plain;
mod rst;
mod sanitize;
mod tokens;

pub use changelog_entry::changelog_entry;
pub use chapters::{Chapters, chapters};
pub use format::Format;
pub use links::{ForgeLayout, RepositoryLinks};
pub use page::{Heading, Images, PageReadme, for_page};
pub use plain::{escape, strip_tags, visible_text};
pub use rst::to_html as rst_to_html;
pub use sanitize::sanitize;

/// A README as HTML that is safe to insert into a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Well-formed, sanitised HTML. Headings are one level lower than in the source, so that the
    /// page can have its own `h1`. Every `id` and every link to one starts with `user-content-`.
    pub html: String,
    /// The format that the text was rendered as.
    pub format: Format,
    /// The format that the content type declares. It differs from `format` if the text is clearly
    /// written in another one.
    pub declared: Format,
    /// Whether the text was longer than the given maximum and was cut.
    pub truncated: bool,
    /// Whether the source is shown as plain text, because its markup is nested too deeply or its
    /// HTML would be too long.
    pub as_written: bool,
}

/// HTML may be this many times as long as the longest source. A few bytes of Markdown can make a
/// whole row of table cells; a source that grows more than this is shown as plain text.
const MAX_GROWTH: usize = 4;

/// Renders the first `maximum` bytes of `text` according to its `content_type`.
///
/// The content type may have parameters and any case. An absent or unknown one means
/// reStructuredText. A text that is clearly written in another format than declared is rendered in
/// that one.
#[must_use]
pub fn render(text: &str, content_type: Option<&str>, maximum: usize) -> Rendered {
    let declared = Format::from_content_type(content_type);
    let source = &text[..text.floor_char_boundary(maximum)];
    let format = detect::detect_other_format(source, declared).unwrap_or(declared);
    let unsafe_html = match format {
        Format::Markdown { github } => Some(markdown::to_html(source, github)),
        Format::ReStructuredText => rst::to_html(source),
        Format::PlainText => None,
    };
    let rendered = unsafe_html
        .and_then(|html| sanitize(&html))
        .filter(|html| html.len() <= maximum.saturating_mul(MAX_GROWTH));
    Rendered {
        as_written: rendered.is_none() && format != Format::PlainText,
        html: rendered.map_or_else(
            || plain::to_html(source),
            |html| headings::lower_headings(&html),
        ),
        format,
        declared,
        truncated: source.len() < text.len(),
    }
}

impl Rendered {
    /// The same with relative links and images pointing into `repository`.
    #[must_use]
    pub fn in_repository(self, repository: &RepositoryLinks) -> Self {
        Self {
            html: repository.resolve(&self.html),
            ..self
        }
    }
}
