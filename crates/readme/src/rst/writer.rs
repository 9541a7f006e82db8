//! Writes a parsed document as HTML.
//!
//! The elements and classes are those of docutils' HTML 5 writer as the Python Package Index
//! uses it. The result is well-formed; whether its addresses are harmless is the sanitiser's to
//! judge. Names between bars are replaced here, as often as the length of the source allows.

use std::fmt::Write as _;

use super::{
    options,
    parser::Parser,
    smart::{Typesetter, push_escaped},
    tree::{Id, Kind, LINE, LIST_ITEM, LITERAL_BLOCK, PARAGRAPH, ROOT, Shape},
};

pub(super) struct Writer<'p> {
    pub(super) parser: &'p Parser,
    pub(super) html: String,
    pub(super) typesetter: Typesetter,
    /// How many sections are open.
    pub(super) sections: usize,
    /// How many runs of text are open: only the outermost one begins anew.
    pub(super) runs: usize,
    /// The names that are being replaced.
    pub(super) replacing: Vec<&'p str>,
    /// How many bytes replacements may still write.
    pub(super) room: usize,
    /// Links and ids are left out: a title in a table of contents.
    pub(super) bare: bool,
    /// No line ends after the next paragraph.
    pub(super) tight: bool,
}

/// The document as HTML.
pub(super) fn write(parser: &Parser, size: usize) -> String {
    let mut writer = Writer {
        parser,
        html: String::with_capacity(size + size / 2),
        typesetter: Typesetter::new(),
        sections: 0,
        runs: 0,
        replacing: Vec::new(),
        room: size.saturating_mul(2).saturating_add(1 << 16),
        bare: false,
        tight: false,
    };
    writer.children(ROOT);
    writer.html
}

impl Writer<'_> {
    pub(super) fn children(&mut self, id: Id) {
        let tree = &self.parser.tree;
        let mut open: Option<bool> = None;
        for child in tree.children(id) {
            // Notes that follow each other are in one list.
            let citation = match tree.kind(child) {
                Kind::Note(number) => self
                    .parser
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

    fn node(&mut self, id: Id) {
        let parser = self.parser;
        let tree = &parser.tree;
        match tree.kind(id) {
            Kind::Text(span) => self.typesetter.text(tree.str(*span), &mut self.html),
            Kind::Element(shape) => self.element(id, shape),
            Kind::Group => {
                self.ids(id);
                self.children(id);
            }
            Kind::Section => {
                self.open("section", "", id);
                self.html.push('\n');
                self.sections += 1;
                self.children(id);
                self.sections -= 1;
                self.html.push_str("</section>\n");
            }
            Kind::Title(number) => self.title(id, *number as usize),
            Kind::EnumeratedList(numerals, start) => self.enumerated(id, numerals.class(), *start),
            Kind::Entry {
                columns,
                rows,
                heading,
            } => self.entry(id, u32::from(*columns), *rows, *heading),
            Kind::Code(span) => {
                self.open("pre", "code", id);
                self.html.push_str("<code>");
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("</code></pre>\n");
            }
            Kind::LiteralBlock(span) => {
                self.open("pre", LITERAL_BLOCK.class, id);
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("</pre>\n");
            }
            Kind::Doctest(span) => {
                self.open("pre", "code python doctest", id);
                push_escaped(tree.str(*span), &mut self.html);
                self.html.push_str("\n</pre>\n");
            }
            Kind::Math(span) => {
                self.html.push_str("<span class=\"math\">\\(");
                self.typesetter.literal(tree.str(*span), &mut self.html);
                self.html.push_str("\\)</span>");
            }
            Kind::MathBlock(span) => self.math_block(id, tree.str(*span)),
            Kind::Option(span) => self.option(id, tree.str(*span)),
            Kind::Transition => {
                self.html.push_str("<hr class=\"docutils\"");
                self.id_attribute(id);
                self.html.push_str(">\n");
            }
            Kind::Note(number) => self.note(id, *number as usize),
            Kind::Image(image) => self.image(id, image),
            Kind::Literal(span) => {
                self.html.push_str("<span class=\"docutils literal\">");
                self.typesetter
                    .literal(&tree.str(*span).replace('\n', " "), &mut self.html);
                self.html.push_str("</span>");
            }
            Kind::Verbatim(span) => self.typesetter.literal(tree.str(*span), &mut self.html),
            Kind::InlineCode(span) => {
                self.html.push_str("<code>");
                self.typesetter.literal(tree.str(*span), &mut self.html);
                self.html.push_str("</code>");
            }
            Kind::Fixed(text) => self.typesetter.literal(text, &mut self.html),
            Kind::Reference(_) => self.reference(id),
            Kind::NoteReference(number) => self.note_reference(*number as usize),
            Kind::Substitution(number) => {
                if let Some(name) = tree.substituted.get(*number as usize) {
                    self.substitution(name);
                }
            }
            Kind::Contents(number) => self.contents(id, *number as usize),
        }
    }

    /// Writes a start tag with the classes and ids of a node.
    fn open(&mut self, tag: &str, class: &str, id: Id) {
        self.open_with(tag, class, id, "");
    }

    /// The same with other attributes.
    fn open_with(&mut self, tag: &str, class: &str, id: Id, more: &str) {
        self.html.push('<');
        self.html.push_str(tag);
        let attributes = self.parser.tree.attributes(id);
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
        self.html.push_str(more);
        self.id_attribute(id);
        self.html.push('>');
        let more = attributes.and_then(|attributes| attributes.ids.get(1..));
        for id in more.unwrap_or_default() {
            let _ = write!(self.html, "<span id=\"{id}\"></span>");
        }
    }

    pub(super) fn id_attribute(&mut self, id: Id) {
        let attributes = self.parser.tree.attributes(id);
        if let Some(id) = attributes.and_then(|attributes| attributes.ids.first())
            && !self.bare
        {
            let _ = write!(self.html, " id=\"{id}\"");
        }
    }

    /// Writes the ids of a node that has no tag of its own.
    pub(super) fn ids(&mut self, id: Id) {
        let attributes = self.parser.tree.attributes(id);
        for id in attributes.map_or(&[][..], |attributes| &attributes.ids) {
            let _ = write!(self.html, "<span id=\"{id}\"></span>");
        }
    }

    pub(super) fn close(&mut self, tag: &str, ends_line: bool) {
        self.html.push_str("</");
        self.html.push_str(tag);
        self.html.push_str(if ends_line { ">\n" } else { ">" });
    }

    fn element(&mut self, id: Id, shape: &'static Shape) {
        let tree = &self.parser.tree;
        let tight = std::mem::take(&mut self.tight) && std::ptr::eq(shape, &raw const PARAGRAPH);
        self.open(shape.tag, shape.class, id);
        if shape.is_block && !shape.is_text && !matches!(shape.tag, "li" | "dd" | "dt" | "tr") {
            self.html.push('\n');
        }
        if std::ptr::eq(shape, &raw const LIST_ITEM) {
            self.tight = self.has_one_paragraph(id);
        }
        let is_fixed = std::ptr::eq(shape, &raw const LITERAL_BLOCK)
            || std::ptr::eq(shape, &raw const super::tree::TARGET);
        if shape.is_text {
            self.begin_run();
        }
        if is_fixed {
            self.typesetter.active = false;
        }
        if shape.class == "option-group" {
            self.html.push_str("<kbd>");
        }
        self.children(id);
        if std::ptr::eq(shape, &raw const super::tree::FIELD_NAME) {
            self.html.push_str("<span class=\"colon\">:</span>");
        }
        if shape.class == "option-group" {
            self.html.push_str("</kbd>");
        }
        if is_fixed {
            self.typesetter.active = true;
        }
        if shape.is_text {
            self.runs -= 1;
        }
        if std::ptr::eq(shape, &raw const LINE) && tree.first_child(id).is_none() {
            self.html.push_str("<br>");
        }
        self.close(shape.tag, shape.is_block && !tight);
    }

    pub(super) fn begin_run(&mut self) {
        if self.runs == 0 {
            self.typesetter.begin();
        }
        self.runs += 1;
    }

    fn has_one_paragraph(&self, id: Id) -> bool {
        let tree = &self.parser.tree;
        let mut children = tree.children(id);
        children
            .next()
            .is_some_and(|only| tree.is(only, &PARAGRAPH))
            && children.next().is_none()
    }

    fn title(&mut self, id: Id, number: usize) {
        let level = self.sections.clamp(1, 6);
        let Some(heading) = self.parser.headings.get(number) else {
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
        let attributes = self.parser.tree.attributes(heading.section);
        let link = attributes.and_then(|attributes| attributes.ids.last());
        let link = link.unwrap_or(&heading.id);
        let _ = writeln!(
            self.html,
            "<a class=\"self-link\" title=\"link to this section\" href=\"#{link}\"></a></h{level}>"
        );
    }

    pub(super) fn heading_text(&mut self, title: Id, number: &str) {
        if !number.is_empty() {
            self.html.push_str("<span class=\"sectnum\">");
            push_escaped(number, &mut self.html);
            self.html.push_str(" </span>");
        }
        self.begin_run();
        self.children(title);
        self.runs -= 1;
    }

    fn enumerated(&mut self, id: Id, class: &str, start: u32) {
        let start = if start == 1 {
            String::new()
        } else {
            format!(" start=\"{start}\"")
        };
        self.open_with("ol", class, id, &start);
        self.html.push('\n');
        self.children(id);
        self.html.push_str("</ol>\n");
    }

    fn entry(&mut self, id: Id, columns: u32, rows: u32, heading: bool) {
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
        self.tight = self.has_one_paragraph(id);
        self.children(id);
        self.tight = false;
        self.close(tag, true);
    }

    fn math_block(&mut self, id: Id, text: &str) {
        let environment = if text.contains("\\\\") {
            "align*"
        } else {
            "equation*"
        };
        self.open("div", "math", id);
        self.html.push('\n');
        let own = text.contains("\\begin{align") || text.contains("\\begin{equation");
        if !own {
            let _ = writeln!(self.html, "\\begin{{{environment}}}");
        }
        push_escaped(text, &mut self.html);
        self.html.push('\n');
        if !own {
            let _ = writeln!(self.html, "\\end{{{environment}}}");
        }
        self.html.push_str("</div>\n");
    }

    fn option(&mut self, id: Id, option: &str) {
        let (name, delimiter, argument) = options::parts(option);
        self.html.push_str("<span class=\"option\">");
        push_escaped(name, &mut self.html);
        if !argument.is_empty() {
            push_escaped(delimiter, &mut self.html);
            self.html.push_str("<var>");
            push_escaped(argument, &mut self.html);
            self.html.push_str("</var>");
        }
        self.html.push_str("</span>");
        if self.parser.tree.next(id).is_some() {
            self.html.push_str(", ");
        }
    }
}
