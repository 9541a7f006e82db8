//! README text to safe HTML, and HTML to chapters.
//!
//! [`render`] turns what a package author wrote into HTML that a front end may insert as it
//! is: Markdown and reStructuredText are rendered as the Python Package Index renders them, plain
//! text is escaped, and everything passes a sanitiser with a list of allowed elements and
//! attributes. [`chapters()`] cuts such HTML into title, first chapter, main content and
//! changelog, so that a search engine can weigh them apart; [`visible_text`] is what it searches.
//!
//! Nothing here reads files, opens connections or follows links, and nothing here knows what a
//! package is. Input may be hostile: the time taken grows in proportion to its length, and
//! text that would cost an HTML parser more than that is shown as plain text instead.

mod changelog;
mod chapters;
mod format;
mod guard;
mod headings;
mod links;
mod markdown;
mod outline;
mod plain;
mod recognise;
mod rst;
mod sanitize;
mod tokens;

pub use chapters::{Chapters, chapters};
pub use format::Format;
pub use links::{Layout, Repository};
pub use plain::{escape, strip_tags, visible_text};
pub use rst::to_html as rst_to_html;
pub use sanitize::sanitize;

/// A README as HTML that is safe to insert into a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Well-formed, sanitised HTML. Headings are one level lower than in the source, so that a
    /// page can keep its own `h1`. Every `id` and every link to one starts with `user-content-`.
    pub html: String,
    /// What the text was rendered as.
    pub format: Format,
    /// What the content type said; another than `format` where the text is plainly written in
    /// that one.
    pub declared: Format,
    /// The text was longer than the given maximum; the rest of it is missing.
    pub cut: bool,
    /// The source is shown as written, because its markup is too deep or grows too large to be
    /// worth it.
    pub as_written: bool,
}

/// HTML may be this many times as long as the longest source. A few bytes of Markdown can ask for
/// a whole row of table cells; what grows more than this is shown as written.
const LARGEST_GROWTH: usize = 4;

/// Renders `text` according to its `content_type`, of which at most `maximum` bytes are read.
///
/// The content type may carry parameters and any case. An absent or unknown one means
/// reStructuredText. A text that is plainly written in another markup than it is declared to be
/// is rendered as what it is.
#[must_use]
pub fn render(text: &str, content_type: Option<&str>, maximum: usize) -> Rendered {
    let declared = Format::of(content_type);
    let cut = text.len() > maximum;
    let text = &text[..text.floor_char_boundary(maximum)];
    let format = recognise::other_format(text, declared).unwrap_or(declared);
    let unsafe_html = match format {
        Format::Markdown { github } => Some(markdown::to_html(text, github)),
        Format::ReStructuredText => rst::to_html(text),
        Format::PlainText => None,
    };
    let rendered = unsafe_html
        .and_then(|html| sanitize(&html))
        .filter(|html| html.len() <= maximum.saturating_mul(LARGEST_GROWTH));
    Rendered {
        as_written: rendered.is_none() && format != Format::PlainText,
        html: rendered.map_or_else(|| plain::to_html(text), |html| headings::lower(&html)),
        format,
        declared,
        cut,
    }
}

impl Rendered {
    /// The same with relative links and images leading into `repository`.
    #[must_use]
    pub fn in_repository(self, repository: &Repository) -> Self {
        Self {
            html: repository.resolve(&self.html),
            ..self
        }
    }
}
