//! reStructuredText to HTML, as docutils and the Python Package Index render it.
//!
//! [`to_html`] parses a document in one pass into a tree of blocks and inline markup, resolves
//! references, and writes the tree. It supports all of docutils' syntax and the directives and roles
//! that make sense in a README; those of Sphinx and other programs become the text that they hold.
//! It reads no files and passes no raw HTML through.
//!
//! No input is an error. Where docutils would report one and drop text, the text is shown in the
//! most readable way. The time taken grows in proportion to the length of the text: a search for a
//! missing end string is made once, drawn tables have a limited number of steps, substitutions a
//! limited length, and nested blocks a limited depth.
//!
//! From the text to HTML:
//!
//! - [`source`] splits the text into lines.
//! - [`blocks`] splits lines into blocks. [`titles`], [`block_quotes`], [`lists`], [`tables`] and
//!   [`explicit`] read their kinds, [`directives`] what [`directive`] has taken apart.
//! - [`inline`] finds inline markup with a [`scanner`]; [`inline_references`],
//!   [`interpreted_text`] and [`uri`] turn it into nodes.
//! - [`parser`] is the state that all of these share: the [`tree`], and the [`names`], [`notes`],
//!   [`roles`] and [`sections`] met so far.
//! - [`docinfo`] and [`contents`] finish the tree, [`html`] writes it.

mod block_quotes;
mod blocks;
mod budget;
mod chars;
mod contents;
mod destinations;
mod directive;
mod directives;
mod docinfo;
mod enumerator;
mod explicit;
mod html;
mod inline;
mod inline_references;
mod interpreted_text;
mod lists;
mod names;
mod notes;
mod options;
mod parser;
mod roles;
mod scanner;
mod sections;
mod source;
mod tables;
mod titles;
mod tree;
mod uri;

/// Longer texts are rejected: positions are kept in 32 bits.
const MAX_SOURCE_BYTES: usize = 1 << 28;

/// The HTML of a reStructuredText document; none if it is longer than a quarter of a gibibyte.
///
/// Headings begin at `h1`. The HTML is well-formed but not safe: URLs are as the author wrote
/// them, so pass it through [`sanitize`](crate::sanitize()).
#[must_use]
pub fn to_html(text: &str) -> Option<String> {
    if text.len() > MAX_SOURCE_BYTES {
        return None;
    }
    let source = source::normalise(text);
    let lines = source::split_lines(&source);
    let mut document = blocks::parse_document(&lines, source.len());
    document
        .notes
        .resolve(|number| document.names.contains(number));
    document.resolve_docinfo();
    document.resolve_sections();
    Some(html::write_document(&document, source.len()))
}
