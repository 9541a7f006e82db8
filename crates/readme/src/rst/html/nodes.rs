//! Writes a parsed document as HTML.
//!
//! The elements and classes are those of docutils' HTML 5 writer as the Python Package Index uses
//! it. The result is well-formed; the sanitiser checks its URLs. Substitutions are made here, as
//! long as they do not make the HTML much longer than the source.

use std::fmt::Write as _;

use super::{smart_quotes::push_escaped, writer::Writer};
use crate::rst::{
    options,
    parser::Parser,
    tree::{
        ElementType, FIELD_NAME, LINE, LIST_ITEM, LITERAL_BLOCK, NodeId, NodeKind, PARAGRAPH, ROOT,
        TARGET,
    },
};

/// The document as HTML; `size` is the length of its source.
pub(in crate::rst) fn write_document(document: &Parser, size: usize) -> String {
    let mut writer = Writer::new(document, size, Writer::children);
    writer.write_children(ROOT);
    writer.html
}

impl Writer<'_> {
    /// Writes the children of a node.
    fn children(&mut self, id: NodeId) {
        let tree = &self.document.tree;
        let mut open: Option<bool> = None;
        for child in tree.children(id) {
            // Consecutive footnotes or citations form one list.
            let citation = match tree.kind(child) {
                NodeKind::Note(number) => self
                    .document
                    .notes
                    .notes
                    .get(*number as usize)
                    .map(|note| note.label.is_citation()),
                _ => None,
            };
            if citation != open {
                self.close_notes(open);
                match citation {
                    Some(true) => self.html.push_str("<div class=\"citation-list\">\n"),
                    Some(false) => self
                        .html
                        .push_str("<aside class=\"footnote-list brackets\">\n"),
                    None => {}
                }
                open = citation;
            }
            self.node(child);
        }
        self.close_notes(open);
    }

    fn close_notes(&mut self, open: Option<bool>) {
        self.html.push_str(match open {
            Some(true) => "</div>\n",
            Some(false) => "</aside>\n",
            None => "",
        });
    }

    fn node(&mut self, id: NodeId) {
        let document = self.document;
        let tree = &document.tree;
        match tree.kind(id) {
            NodeKind::Text(span) => self.smart_quotes.text(tree.str(*span), &mut self.html),
            NodeKind::Element(element_type) => self.element(id, element_type),
            NodeKind::Group => {
                self.ids(id);
                self.write_children(id);
            }
            NodeKind::Section => {
                self.open("section", "", id);
                self.html.push('\n');
                self.section_depth += 1;
                self.write_children(id);
                self.section_depth -= 1;
                self.html.push_str("</section>\n");
            }
            NodeKind::Title(number) => self.title(id, *number as usize),
            NodeKind::EnumeratedList(numerals, start) => {
                self.enumerated_list(id, numerals.class(), *start);
            }
            NodeKind::Entry {
                columns,
                rows,
                heading,
            } => self.table_cell(id, u32::from(*columns), *rows, *heading),
            NodeKind::Code(span) => {
                self.open("pre", "code", id);
                self.html.push_str("<code>");
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("</code></pre>\n");
            }
            NodeKind::LiteralBlock(span) => {
                self.open("pre", LITERAL_BLOCK.class, id);
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("</pre>\n");
            }
            NodeKind::Doctest(span) => {
                self.open("pre", "code python doctest", id);
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("\n</pre>\n");
            }
            NodeKind::Math(span) => {
                self.html.push_str("<span class=\"math\">\\(");
                self.smart_quotes.literal(tree.str(*span), &mut self.html);
                self.html.push_str("\\)</span>");
            }
            NodeKind::MathBlock(span) => self.math_block(id, tree.str(*span)),
            NodeKind::Option(span) => self.option(id, tree.str(*span)),
            NodeKind::Transition => {
                self.html.push_str("<hr class=\"docutils\"");
                self.id_attribute(id);
                self.html.push_str(">\n");
            }
            NodeKind::Note(number) => self.note(id, *number as usize),
            NodeKind::Image(image) => self.image(id, image),
            NodeKind::Literal(span) => {
                self.html.push_str("<span class=\"docutils literal\">");
                self.smart_quotes
                    .literal(&tree.str(*span).replace('\n', " "), &mut self.html);
                self.html.push_str("</span>");
            }
            NodeKind::Verbatim(span) => self.smart_quotes.literal(tree.str(*span), &mut self.html),
            NodeKind::InlineCode(span) => {
                self.html.push_str("<code>");
                self.smart_quotes.literal(tree.str(*span), &mut self.html);
                self.html.push_str("</code>");
            }
            NodeKind::Fixed(text) => self.smart_quotes.literal(text, &mut self.html),
            NodeKind::Reference(_) => self.reference(id),
            NodeKind::NoteReference(number) => self.note_reference(*number as usize),
            NodeKind::Substitution(number) => {
                if let Some(name) = tree.substituted.get(*number as usize) {
                    self.substitution(name);
                }
            }
            NodeKind::Contents(number) => self.contents(id, *number as usize),
        }
    }

    fn element(&mut self, id: NodeId, element_type: &'static ElementType) {
        let tree = &self.document.tree;
        let compact =
            std::mem::take(&mut self.compact) && std::ptr::eq(element_type, &raw const PARAGRAPH);
        self.open(element_type.tag, element_type.class, id);
        if element_type.is_block
            && !element_type.is_text
            && !matches!(element_type.tag, "li" | "dd" | "dt" | "tr")
        {
            self.html.push('\n');
        }
        if std::ptr::eq(element_type, &raw const LIST_ITEM) {
            self.compact = self.has_one_paragraph(id);
        }
        let is_fixed = std::ptr::eq(element_type, &raw const LITERAL_BLOCK)
            || std::ptr::eq(element_type, &raw const TARGET);
        if element_type.is_text {
            self.begin_text();
        }
        if is_fixed {
            self.smart_quotes.active = false;
        }
        if element_type.class == "option-group" {
            self.html.push_str("<kbd>");
        }
        self.write_children(id);
        if std::ptr::eq(element_type, &raw const FIELD_NAME) {
            self.html.push_str("<span class=\"colon\">:</span>");
        }
        if element_type.class == "option-group" {
            self.html.push_str("</kbd>");
        }
        if is_fixed {
            self.smart_quotes.active = true;
        }
        if element_type.is_text {
            self.text_depth -= 1;
        }
        if std::ptr::eq(element_type, &raw const LINE) && tree.first_child(id).is_none() {
            self.html.push_str("<br>");
        }
        self.close(element_type.tag, element_type.is_block && !compact);
    }

    fn has_one_paragraph(&self, id: NodeId) -> bool {
        let tree = &self.document.tree;
        let mut children = tree.children(id);
        children
            .next()
            .is_some_and(|only| tree.is(only, &PARAGRAPH))
            && children.next().is_none()
    }

    fn title(&mut self, id: NodeId, number: usize) {
        let level = self.section_depth.clamp(1, 6);
        let Some(heading) = self.document.headings.get(number) else {
            return;
        };
        self.open(&format!("h{level}"), "", id);
        if let Some(entry) = &heading.entry {
            let _ = write!(self.html, "<a class=\"toc-backref\" href=\"#{entry}\">");
        }
        self.heading_text(id, &heading.number);
        if heading.entry.is_some() {
            self.html.push_str("</a>");
        }
        let attributes = self.document.tree.attributes(heading.section);
        let link = attributes.and_then(|attributes| attributes.ids.last());
        let link = link.unwrap_or(&heading.id);
        let _ = writeln!(
            self.html,
            "<a class=\"self-link\" title=\"link to this section\" href=\"#{link}\"></a></h{level}>"
        );
    }

    fn enumerated_list(&mut self, id: NodeId, class: &str, start: u32) {
        let start = if start == 1 {
            String::new()
        } else {
            format!(" start=\"{start}\"")
        };
        self.open_with("ol", class, id, &start);
        self.html.push('\n');
        self.write_children(id);
        self.html.push_str("</ol>\n");
    }

    fn table_cell(&mut self, id: NodeId, columns: u32, rows: u32, heading: bool) {
        let tag = if heading { "th" } else { "td" };
        self.html.push('<');
        self.html.push_str(tag);
        if heading {
            self.html.push_str(" class=\"head\"");
        }
        for (name, count) in [("colspan", columns), ("rowspan", rows)] {
            if count > 1 {
                let _ = write!(self.html, " {name}=\"{count}\"");
            }
        }
        self.html.push('>');
        self.compact = self.has_one_paragraph(id);
        self.write_children(id);
        self.compact = false;
        self.close(tag, true);
    }

    fn math_block(&mut self, id: NodeId, text: &str) {
        let environment = if text.contains("\\\\") {
            "align*"
        } else {
            "equation*"
        };
        self.open("div", "math", id);
        self.html.push('\n');
        let has_environment = text.contains("\\begin{align") || text.contains("\\begin{equation");
        if !has_environment {
            let _ = writeln!(self.html, "\\begin{{{environment}}}");
        }
        push_escaped(text, &mut self.html);
        self.html.push('\n');
        if !has_environment {
            let _ = writeln!(self.html, "\\end{{{environment}}}");
        }
        self.html.push_str("</div>\n");
    }

    fn option(&mut self, id: NodeId, option: &str) {
        let (name, delimiter, argument) = options::split_option(option);
        self.html.push_str("<span class=\"option\">");
        push_escaped(name, &mut self.html);
        if !argument.is_empty() {
            push_escaped(delimiter, &mut self.html);
            self.html.push_str("<var>");
            push_escaped(argument, &mut self.html);
            self.html.push_str("</var>");
        }
        self.html.push_str("</span>");
        if self.document.tree.next(id).is_some() {
            self.html.push_str(", ");
        }
    }
}
