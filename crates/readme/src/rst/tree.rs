//! The parsed document: nodes in one list, their text in one string.
//!
//! A node knows its first and last child and its next sibling by index, a piece of text is a
//! range of the document's text. Text is kept as written, backslashes included; [`unescaped`]
//! and the writer take them out. Nothing here is resolved: references hold names.

use std::borrow::Cow;

use super::enumerator::Numerals;

/// The index of a node.
pub(super) type Id = u32;

/// Stands for "no node" and for "no attributes".
const NONE: u32 = u32::MAX;

/// A piece of the document's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// An element of HTML that holds nodes and needs no thought.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) tag: &'static str,
    pub(super) class: &'static str,
    /// Its content is one run of text: quotation marks in it belong together.
    pub(super) is_text: bool,
    /// A line ends after it.
    pub(super) is_block: bool,
}

impl Shape {
    const fn block(tag: &'static str, class: &'static str) -> Self {
        Self {
            tag,
            class,
            is_text: false,
            is_block: true,
        }
    }

    const fn text(tag: &'static str, class: &'static str) -> Self {
        Self {
            tag,
            class,
            is_text: true,
            is_block: true,
        }
    }

    const fn inline(tag: &'static str, class: &'static str) -> Self {
        Self {
            tag,
            class,
            is_text: false,
            is_block: false,
        }
    }
}

pub(super) static PARAGRAPH: Shape = Shape::text("p", "");
pub(super) static ATTRIBUTION: Shape = Shape::text("p", "attribution");
pub(super) static RUBRIC: Shape = Shape::text("p", "rubric");
pub(super) static TOPIC_TITLE: Shape = Shape::text("p", "topic-title");
pub(super) static SIDEBAR_TITLE: Shape = Shape::text("p", "sidebar-title");
pub(super) static SIDEBAR_SUBTITLE: Shape = Shape::text("p", "sidebar-subtitle");
pub(super) static ADMONITION_TITLE: Shape = Shape::text("p", "admonition-title");
pub(super) static TERM: Shape = Shape::text("dt", "");
pub(super) static FIELD_NAME: Shape = Shape::text("dt", "");
pub(super) static DOCINFO_TEXT: Shape = Shape::text("dd", "");
pub(super) static LINE: Shape = Shape::text("div", "line");
pub(super) static TABLE_TITLE: Shape = Shape::text("caption", "");
pub(super) static LITERAL_BLOCK: Shape = Shape::text("pre", "literal-block");
pub(super) static BLOCK_QUOTE: Shape = Shape::block("blockquote", "");
pub(super) static BULLET_LIST: Shape = Shape::block("ul", "");
pub(super) static LIST_ITEM: Shape = Shape::block("li", "");
pub(super) static DEFINITION_LIST: Shape = Shape::block("dl", "");
pub(super) static FIELD_LIST: Shape = Shape::block("dl", "field-list");
pub(super) static DOCINFO: Shape = Shape::block("dl", "docinfo");
pub(super) static OPTION_LIST: Shape = Shape::block("dl", "option-list");
pub(super) static OPTION_GROUP: Shape = Shape::block("dt", "option-group");
pub(super) static DEFINITION: Shape = Shape::block("dd", "");
pub(super) static LINE_BLOCK: Shape = Shape::block("div", "line-block");
pub(super) static CONTAINER: Shape = Shape::block("div", "docutils container");
pub(super) static COMPOUND: Shape = Shape::block("div", "compound");
pub(super) static ADMONITION: Shape = Shape::block("aside", "admonition");
pub(super) static TOPIC: Shape = Shape::block("aside", "topic");
pub(super) static ABSTRACT: Shape = Shape::block("div", "topic");
pub(super) static SIDEBAR: Shape = Shape::block("aside", "sidebar");
pub(super) static FIGURE: Shape = Shape::block("figure", "");
pub(super) static CAPTION: Shape = Shape::block("figcaption", "");
pub(super) static LEGEND: Shape = Shape::block("div", "legend");
pub(super) static TABLE: Shape = Shape::block("table", "");
pub(super) static TABLE_HEAD: Shape = Shape::block("thead", "");
pub(super) static TABLE_BODY: Shape = Shape::block("tbody", "");
pub(super) static ROW: Shape = Shape::block("tr", "");
pub(super) static EMPHASIS: Shape = Shape::inline("em", "");
pub(super) static STRONG: Shape = Shape::inline("strong", "");
pub(super) static TITLE_REFERENCE: Shape = Shape::inline("cite", "");
pub(super) static SUBSCRIPT: Shape = Shape::inline("sub", "");
pub(super) static SUPERSCRIPT: Shape = Shape::inline("sup", "");
pub(super) static ABBREVIATION: Shape = Shape::inline("abbr", "");
pub(super) static INLINE: Shape = Shape::inline("span", "");
pub(super) static CLASSIFIER: Shape = Shape::inline("span", "classifier");
pub(super) static TARGET: Shape = Shape::inline("span", "target");

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Goal {
    Uri(String),
    /// A normalised name.
    Name(String),
    /// The anonymous target with this number, from zero.
    Anonymous(u32),
    /// An element by its id.
    Element(String),
}

/// An image, block or inline.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    pub(super) uri: String,
    pub(super) alt: Option<String>,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) align: String,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Shows its children and nothing else; at the root the document.
    Group,
    Section,
    /// A section's title, by its number in the list of headings.
    Title(u32),
    Element(&'static Shape),
    EnumeratedList(Numerals, u32),
    /// Cells that it spans, and whether it is a heading.
    Entry {
        columns: u16,
        rows: u32,
        heading: bool,
    },
    /// A literal block, as it is.
    LiteralBlock(Span),
    /// A block of code in a language.
    Code(Span),
    Doctest(Span),
    Math(Span),
    MathBlock(Span),
    Option(Span),
    Transition,
    /// A footnote or citation by its number in the list of notes.
    Note(u32),
    Image(Box<Image>),
    Text(Span),
    /// Text in which nothing is replaced: an inline literal.
    Literal(Span),
    /// Text in which nothing is replaced and which has no markup of its own.
    Verbatim(Span),
    InlineCode(Span),
    /// Text that stands in no source.
    Fixed(&'static &'static str),
    Reference(Box<Goal>),
    /// A reference to a note by its number in the list of references to notes.
    NoteReference(u32),
    /// Stands for what is defined under a name, by the name's number in the tree's list.
    Substitution(u32),
    /// The place of a table of contents, by its number in the list of them.
    Contents(u32),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    first: u32,
    last: u32,
    next: u32,
    attributes: u32,
}

// Two nodes in a cache line: large documents are bound by memory.
const _: () = assert!(size_of::<Node>() <= 32);

/// What few nodes have.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) ids: Vec<String>,
    pub(super) classes: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Tree {
    pub(super) text: String,
    nodes: Vec<Node>,
    attributes: Vec<Attributes>,
    /// The names that stand between bars.
    pub(super) substituted: Vec<String>,
}

/// The document's own node.
pub(super) const ROOT: Id = 0;

impl Tree {
    /// A tree of nothing but the root, with room for a source of `size` bytes.
    pub(super) fn new(size: usize) -> Self {
        let mut tree = Self {
            text: String::with_capacity(size),
            nodes: Vec::with_capacity(size / 24 + 16),
            attributes: Vec::new(),
            substituted: Vec::new(),
        };
        tree.detached(Kind::Group);
        tree
    }

    /// A node that has no parent yet.
    pub(super) fn detached(&mut self, kind: Kind) -> Id {
        let id = index(self.nodes.len());
        self.nodes.push(Node {
            kind,
            first: NONE,
            last: NONE,
            next: NONE,
            attributes: NONE,
        });
        id
    }

    pub(super) fn append(&mut self, parent: Id, child: Id) {
        let last = std::mem::replace(&mut self.nodes[parent as usize].last, child);
        if last == NONE {
            self.nodes[parent as usize].first = child;
        } else {
            self.nodes[last as usize].next = child;
        }
    }

    /// Adds a node at the end of another.
    pub(super) fn add(&mut self, parent: Id, kind: Kind) -> Id {
        let child = self.detached(kind);
        self.append(parent, child);
        child
    }

    pub(super) fn element(&mut self, parent: Id, shape: &'static Shape) -> Id {
        self.add(parent, Kind::Element(shape))
    }

    /// Leaves a node without children.
    pub(super) fn cut(&mut self, id: Id) {
        let node = &mut self.nodes[id as usize];
        (node.first, node.last) = (NONE, NONE);
    }

    /// Adds a node that was somewhere else, without what followed it there.
    pub(super) fn adopt(&mut self, parent: Id, child: Id) {
        self.nodes[child as usize].next = NONE;
        self.append(parent, child);
    }

    /// Moves all children of one node to the end of another.
    pub(super) fn move_children(&mut self, from: Id, to: Id) {
        let mut child = self.first_child(from);
        self.nodes[from as usize].first = NONE;
        self.nodes[from as usize].last = NONE;
        while let Some(id) = child {
            child = self.next(id);
            self.nodes[id as usize].next = NONE;
            self.append(to, id);
        }
    }

    pub(super) fn kind(&self, id: Id) -> &Kind {
        &self.nodes[id as usize].kind
    }

    pub(super) fn set_kind(&mut self, id: Id, kind: Kind) {
        self.nodes[id as usize].kind = kind;
    }

    pub(super) fn is(&self, id: Id, shape: &'static Shape) -> bool {
        matches!(self.kind(id), Kind::Element(own) if std::ptr::eq(*own, shape))
    }

    pub(super) fn first_child(&self, id: Id) -> Option<Id> {
        some(self.nodes[id as usize].first)
    }

    pub(super) fn last_child(&self, id: Id) -> Option<Id> {
        some(self.nodes[id as usize].last)
    }

    pub(super) fn next(&self, id: Id) -> Option<Id> {
        some(self.nodes[id as usize].next)
    }

    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.first_child(id), |&child| self.next(child))
    }

    pub(super) fn attributes(&self, id: Id) -> Option<&Attributes> {
        self.attributes
            .get(self.nodes[id as usize].attributes as usize)
    }

    pub(super) fn attributes_mut(&mut self, id: Id) -> &mut Attributes {
        let node = &mut self.nodes[id as usize];
        if node.attributes == NONE {
            node.attributes = index(self.attributes.len());
            self.attributes.push(Attributes::default());
        }
        &mut self.attributes[node.attributes as usize]
    }

    pub(super) fn add_classes(&mut self, id: Id, classes: &[String]) {
        if !classes.is_empty() {
            self.attributes_mut(id).classes.extend_from_slice(classes);
        }
    }

    /// Adds a text to the document's own, for a node to refer to.
    pub(super) fn store(&mut self, text: &str) -> Span {
        let start = index(self.text.len());
        self.text.push_str(text);
        Span {
            start,
            end: index(self.text.len()),
        }
    }

    /// Adds lines to the document's text, joined by line ends.
    pub(super) fn store_lines(&mut self, lines: &[&str]) -> Span {
        let start = index(self.text.len());
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                self.text.push('\n');
            }
            self.text.push_str(line);
        }
        Span {
            start,
            end: index(self.text.len()),
        }
    }

    pub(super) fn str(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The text of a node and everything in it, without markup.
    pub(super) fn plain(&self, id: Id) -> String {
        let mut plain = String::new();
        self.push_plain(id, &mut plain);
        plain
    }

    fn push_plain(&self, id: Id, plain: &mut String) {
        match self.kind(id) {
            Kind::Text(span) => plain.push_str(&unescaped(self.str(*span))),
            Kind::Fixed(text) => plain.push_str(text),
            Kind::Literal(span)
            | Kind::Verbatim(span)
            | Kind::InlineCode(span)
            | Kind::Math(span)
            | Kind::Code(span)
            | Kind::LiteralBlock(span)
            | Kind::Doctest(span)
            | Kind::MathBlock(span) => plain.push_str(self.str(*span)),
            Kind::Substitution(name) => {
                plain.push_str(
                    self.substituted
                        .get(*name as usize)
                        .map_or("", String::as_str),
                );
            }
            Kind::Image(image) => plain.push_str(image.alt.as_deref().unwrap_or_default()),
            _ => {
                for child in self.children(id) {
                    self.push_plain(child, plain);
                }
            }
        }
    }
}

fn some(id: u32) -> Option<Id> {
    (id != NONE).then_some(id)
}

/// Sources are far below four gigabytes; [`super::to_html`] refuses longer ones.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE - 1)
}

/// Text without its backslashes: an escaped blank vanishes, everything else stays as it is.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some(' ' | '\n') | None => {}
            Some(escaped) => plain.push(escaped),
        }
    }
    Cow::Owned(plain)
}
