//! The HTML writer: its state, and how it writes tags.
//!
//! Like parsing, writing is recursive: [`Writer`] is created with the function that writes a
//! node's children, so the code for references does not depend on the code for all nodes.

use std::fmt::Write as _;

use super::smart_quotes::{SmartQuotes, push_escaped};
use crate::rst::{parser::Parser, tree::NodeId};

/// Writes the children of a node.
type ChildrenWriter<'d> = fn(&mut Writer<'d>, NodeId);

pub(in crate::rst) struct Writer<'d> {
    pub(in crate::rst) document: &'d Parser,
    pub(in crate::rst) html: String,
    pub(in crate::rst) smart_quotes: SmartQuotes,
    /// How many sections are open.
    pub(in crate::rst) section_depth: usize,
    /// How many elements of text are open; quotes are matched within the outermost one.
    pub(in crate::rst) text_depth: usize,
    /// The names of the substitutions that are being written.
    pub(in crate::rst) open_substitutions: Vec<&'d str>,
    /// How many bytes substitutions may still write.
    pub(in crate::rst) substitution_budget: usize,
    /// Whether links and ids are left out, as for a title in a table of contents.
    pub(in crate::rst) omit_links: bool,
    /// Whether no line ends after the next paragraph.
    pub(in crate::rst) compact: bool,
    write_children_of: ChildrenWriter<'d>,
}

impl<'d> Writer<'d> {
    /// A writer for a document whose source is `size` bytes long.
    pub(in crate::rst) fn new(
        document: &'d Parser,
        size: usize,
        write_children_of: ChildrenWriter<'d>,
    ) -> Self {
        Self {
            document,
            html: String::with_capacity(size + size / 2),
            smart_quotes: SmartQuotes::new(),
            section_depth: 0,
            text_depth: 0,
            open_substitutions: Vec::new(),
            substitution_budget: size.saturating_mul(2).saturating_add(1 << 16),
            omit_links: false,
            compact: false,
            write_children_of,
        }
    }

    pub(in crate::rst) fn write_children(&mut self, id: NodeId) {
        (self.write_children_of)(self, id);
    }

    pub(in crate::rst) fn attribute(&mut self, start: &str, value: &str) {
        self.html.push_str(start);
        push_escaped(value, &mut self.html);
        self.html.push('"');
    }

    /// Writes a start tag with the classes and ids of a node.
    pub(in crate::rst) fn open(&mut self, tag: &str, class: &str, id: NodeId) {
        self.open_with(tag, class, id, "");
    }

    /// The same with more attributes.
    pub(in crate::rst) fn open_with(
        &mut self,
        tag: &str,
        class: &str,
        id: NodeId,
        more_attributes: &str,
    ) {
        self.html.push('<');
        self.html.push_str(tag);
        let attributes = self.document.tree.attributes(id);
        let classes = attributes.map_or(&[][..], |attributes| &attributes.classes);
        if !class.is_empty() || !classes.is_empty() {
            self.html.push_str(" class=\"");
            self.html.push_str(class);
            for (number, name) in classes.iter().enumerate() {
                if number > 0 || !class.is_empty() {
                    self.html.push(' ');
                }
                push_escaped(name, &mut self.html);
            }
            self.html.push('"');
        }
        self.html.push_str(more_attributes);
        self.id_attribute(id);
        self.html.push('>');
        let other_ids = attributes.and_then(|attributes| attributes.ids.get(1..));
        for id in other_ids.unwrap_or_default() {
            let _ = write!(self.html, "<span id=\"{id}\"></span>");
        }
    }

    pub(in crate::rst) fn id_attribute(&mut self, id: NodeId) {
        let attributes = self.document.tree.attributes(id);
        if let Some(id) = attributes.and_then(|attributes| attributes.ids.first())
            && !self.omit_links
        {
            let _ = write!(self.html, " id=\"{id}\"");
        }
    }

    /// Writes the ids of a node that has no tag.
    pub(in crate::rst) fn ids(&mut self, id: NodeId) {
        let attributes = self.document.tree.attributes(id);
        for id in attributes.map_or(&[][..], |attributes| &attributes.ids) {
            let _ = write!(self.html, "<span id=\"{id}\"></span>");
        }
    }

    pub(in crate::rst) fn close(&mut self, tag: &str, ends_line: bool) {
        self.html.push_str("</");
        self.html.push_str(tag);
        self.html.push_str(if ends_line { ">\n" } else { ">" });
    }

    pub(in crate::rst) fn begin_text(&mut self) {
        if self.text_depth == 0 {
            self.smart_quotes.begin();
        }
        self.text_depth += 1;
    }

    pub(in crate::rst) fn heading_text(&mut self, title: NodeId, number: &str) {
        if !number.is_empty() {
            self.html.push_str("<span class=\"sectnum\">");
            push_escaped(number, &mut self.html);
            self.html.push_str(" </span>");
        }
        self.begin_text();
        self.write_children(title);
        self.text_depth -= 1;
    }
}
