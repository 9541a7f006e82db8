//! reStructuredText to HTML, as docutils and the Python Package Index render it.
//!
//! [`to_html`] reads a document in one pass into a tree of blocks and inline markup, resolves
//! what refers to what, and writes the tree. It knows all of docutils' syntax and the directives
//! and roles that make sense in a README; those of Sphinx and others become the text that they
//! hold. It reads no files and passes no raw HTML on.
//!
//! No text is an error. Where docutils would report one and leave text out, the text is shown as
//! it would read best. The time taken grows in proportion to the length of the text: searches
//! for ends that are missing are made once, drawings of tables have a limited number of steps,
//! substitutions a limited length, and blocks in blocks a limited depth.
//!
//! The modules, in the order in which text walks through them: [`source`] cuts it into lines,
//! [`parser`] into blocks, with [`titles`], [`lists`], [`enumerator`], [`options`], [`table`] and
//! [`explicit`] for the kinds of them and [`directive`] for what authors name; [`inline`] finds
//! markup in a [`run`] of text, [`phrase`], [`roles`] and [`uri`] make nodes of it in the [`tree`];
//! [`names`], [`notes`] and [`outline`] know who refers to whom; [`writer`], [`crosslinks`] and
//! [`smart`] write.

mod chars;
mod crosslinks;
mod directive;
mod directives;
mod docinfo;
mod enumerator;
mod explicit;
mod grid;
mod inline;
mod lists;
mod names;
mod notes;
mod options;
mod outline;
mod parser;
mod phrase;
mod roles;
mod run;
mod simple_table;
mod smart;
mod source;
mod table;
mod titles;
mod tree;
mod uri;
mod writer;

use parser::Parser;

/// Longer texts are not read: positions in them would not fit.
const LONGEST: usize = 1 << 28;

/// The HTML of a reStructuredText document; nothing when it is longer than a quarter of a gigabyte.
///
/// Headings begin at `h1`. The HTML is well-formed but not safe: addresses are as the author wrote
/// them, so pass it through [`sanitize`](crate::sanitize()).
#[must_use]
pub fn to_html(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let text = source::normalise(text);
    let lines = source::lines(&text);
    let mut parser = Parser::new(text.len());
    parser.document(&lines);
    parser.notes.resolve(|number| parser.names.knows(number));
    parser.docinfo();
    parser.outline();
    Some(writer::write(&parser, text.len()))
}
