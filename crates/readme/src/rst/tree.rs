//! The parsed document: nodes in one list, their text in one string.
//!
//! A node holds the indexes of its first and last child and its next sibling; a piece of text is a
//! range of the document's text. Text is kept as written; [`unescaped`] and the writer remove the
//! backslashes. References hold names, which are resolved when the document is written.

use std::borrow::Cow;

use super::enumerator::Numerals;

/// The index of a node.
pub(super) type NodeId = u32;

/// Stands for "no node" and for "no attributes".
const NONE: u32 = u32::MAX;

/// A piece of the document's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// An HTML element that is written with its children and nothing else.
#[derive(Debug)]
pub(super) struct ElementType {
    pub(super) tag: &'static str,
    pub(super) class: &'static str,
    /// Whether it holds text, within which quotes are matched.
    pub(super) is_text: bool,
    /// Whether a line ends after it.
    pub(super) is_block: bool,
}

impl ElementType {
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

pub(super) static PARAGRAPH: ElementType = ElementType::text("p", "");
pub(super) static ATTRIBUTION: ElementType = ElementType::text("p", "attribution");
pub(super) static RUBRIC: ElementType = ElementType::text("p", "rubric");
pub(super) static TOPIC_TITLE: ElementType = ElementType::text("p", "topic-title");
pub(super) static SIDEBAR_TITLE: ElementType = ElementType::text("p", "sidebar-title");
pub(super) static SIDEBAR_SUBTITLE: ElementType = ElementType::text("p", "sidebar-subtitle");
pub(super) static ADMONITION_TITLE: ElementType = ElementType::text("p", "admonition-title");
pub(super) static TERM: ElementType = ElementType::text("dt", "");
pub(super) static FIELD_NAME: ElementType = ElementType::text("dt", "");
pub(super) static DOCINFO_TEXT: ElementType = ElementType::text("dd", "");
pub(super) static LINE: ElementType = ElementType::text("div", "line");
pub(super) static TABLE_TITLE: ElementType = ElementType::text("caption", "");
pub(super) static LITERAL_BLOCK: ElementType = ElementType::text("pre", "literal-block");
pub(super) static BLOCK_QUOTE: ElementType = ElementType::block("blockquote", "");
pub(super) static BULLET_LIST: ElementType = ElementType::block("ul", "");
pub(super) static LIST_ITEM: ElementType = ElementType::block("li", "");
pub(super) static DEFINITION_LIST: ElementType = ElementType::block("dl", "");
pub(super) static FIELD_LIST: ElementType = ElementType::block("dl", "field-list");
pub(super) static DOCINFO: ElementType = ElementType::block("dl", "docinfo");
pub(super) static OPTION_LIST: ElementType = ElementType::block("dl", "option-list");
pub(super) static OPTION_GROUP: ElementType = ElementType::block("dt", "option-group");
pub(super) static DEFINITION: ElementType = ElementType::block("dd", "");
pub(super) static LINE_BLOCK: ElementType = ElementType::block("div", "line-block");
pub(super) static CONTAINER: ElementType = ElementType::block("div", "docutils container");
pub(super) static COMPOUND: ElementType = ElementType::block("div", "compound");
pub(super) static ADMONITION: ElementType = ElementType::block("aside", "admonition");
pub(super) static TOPIC: ElementType = ElementType::block("aside", "topic");
pub(super) static ABSTRACT: ElementType = ElementType::block("div", "topic");
pub(super) static SIDEBAR: ElementType = ElementType::block("aside", "sidebar");
pub(super) static FIGURE: ElementType = ElementType::block("figure", "");
pub(super) static CAPTION: ElementType = ElementType::block("figcaption", "");
pub(super) static LEGEND: ElementType = ElementType::block("div", "legend");
pub(super) static TABLE: ElementType = ElementType::block("table", "");
pub(super) static TABLE_HEAD: ElementType = ElementType::block("thead", "");
pub(super) static TABLE_BODY: ElementType = ElementType::block("tbody", "");
pub(super) static ROW: ElementType = ElementType::block("tr", "");
pub(super) static EMPHASIS: ElementType = ElementType::inline("em", "");
pub(super) static STRONG: ElementType = ElementType::inline("strong", "");
pub(super) static TITLE_REFERENCE: ElementType = ElementType::inline("cite", "");
pub(super) static SUBSCRIPT: ElementType = ElementType::inline("sub", "");
pub(super) static SUPERSCRIPT: ElementType = ElementType::inline("sup", "");
pub(super) static ABBREVIATION: ElementType = ElementType::inline("abbr", "");
pub(super) static INLINE: ElementType = ElementType::inline("span", "");
pub(super) static CLASSIFIER: ElementType = ElementType::inline("span", "classifier");
pub(super) static TARGET: ElementType = ElementType::inline("span", "target");

/// Where a reference or target leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
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
pub(super) enum NodeKind {
    /// A node without an element of its own; the root is one.
    Group,
    Section,
    /// The title of a section, by the number of its heading.
    Title(u32),
    Element(&'static ElementType),
    EnumeratedList(Numerals, u32),
    /// A table cell.
    Entry {
        columns: u16,
        rows: u32,
        heading: bool,
    },
    /// A literal block.
    LiteralBlock(Span),
    /// A block of code; its language is a class.
    Code(Span),
    Doctest(Span),
    Math(Span),
    MathBlock(Span),
    Option(Span),
    Transition,
    /// A footnote or citation, by its number in the list of notes.
    Note(u32),
    Image(Box<Image>),
    Text(Span),
    /// An inline literal.
    Literal(Span),
    /// Text in which nothing is replaced and that has no element.
    Verbatim(Span),
    InlineCode(Span),
    /// Text that is not in the source.
    Fixed(&'static &'static str),
    Reference(Box<Destination>),
    /// A reference to a note, by its number in the list of note references.
    NoteReference(u32),
    /// A substitution reference, by the number of its name in [`Tree::substituted`].
    Substitution(u32),
    /// A table of contents, by its number.
    Contents(u32),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    first: u32,
    last: u32,
    next: u32,
    attributes: u32,
}

// Two nodes fit in a cache line: large documents are limited by memory access.
const _: () = assert!(size_of::<Node>() <= 32);

/// Ids and classes, which few nodes have.
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
    /// The names of substitution references.
    pub(super) substituted: Vec<String>,
}

/// The root node.
pub(super) const ROOT: NodeId = 0;

impl Tree {
    /// A tree with only the root, with room for a source of `size` bytes.
    pub(super) fn new(size: usize) -> Self {
        let mut tree = Self {
            text: String::with_capacity(size),
            nodes: Vec::with_capacity(size / 24 + 16),
            attributes: Vec::new(),
            substituted: Vec::new(),
        };
        tree.detached(NodeKind::Group);
        tree
    }

    /// A node that has no parent yet.
    pub(super) fn detached(&mut self, kind: NodeKind) -> NodeId {
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

    pub(super) fn append(&mut self, parent: NodeId, child: NodeId) {
        let last = std::mem::replace(&mut self.nodes[parent as usize].last, child);
        if last == NONE {
            self.nodes[parent as usize].first = child;
        } else {
            self.nodes[last as usize].next = child;
        }
    }

    /// Adds a node at the end of another.
    pub(super) fn add(&mut self, parent: NodeId, kind: NodeKind) -> NodeId {
        let child = self.detached(kind);
        self.append(parent, child);
        child
    }

    pub(super) fn element(&mut self, parent: NodeId, element_type: &'static ElementType) -> NodeId {
        self.add(parent, NodeKind::Element(element_type))
    }

    /// Removes the children of a node.
    pub(super) fn remove_children(&mut self, id: NodeId) {
        let node = &mut self.nodes[id as usize];
        (node.first, node.last) = (NONE, NONE);
    }

    /// Appends a node that was a child of another.
    pub(super) fn adopt(&mut self, parent: NodeId, child: NodeId) {
        self.nodes[child as usize].next = NONE;
        self.append(parent, child);
    }

    /// Moves all children of one node to the end of another.
    pub(super) fn move_children(&mut self, from: NodeId, to: NodeId) {
        let mut child = self.first_child(from);
        self.nodes[from as usize].first = NONE;
        self.nodes[from as usize].last = NONE;
        while let Some(id) = child {
            child = self.next(id);
            self.nodes[id as usize].next = NONE;
            self.append(to, id);
        }
    }

    pub(super) fn kind(&self, id: NodeId) -> &NodeKind {
        &self.nodes[id as usize].kind
    }

    pub(super) fn set_kind(&mut self, id: NodeId, kind: NodeKind) {
        self.nodes[id as usize].kind = kind;
    }

    pub(super) fn is(&self, id: NodeId, element_type: &'static ElementType) -> bool {
        matches!(self.kind(id), NodeKind::Element(own) if std::ptr::eq(*own, element_type))
    }

    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        some(self.nodes[id as usize].first)
    }

    pub(super) fn last_child(&self, id: NodeId) -> Option<NodeId> {
        some(self.nodes[id as usize].last)
    }

    pub(super) fn next(&self, id: NodeId) -> Option<NodeId> {
        some(self.nodes[id as usize].next)
    }

    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(id), |&child| self.next(child))
    }

    pub(super) fn attributes(&self, id: NodeId) -> Option<&Attributes> {
        self.attributes
            .get(self.nodes[id as usize].attributes as usize)
    }

    pub(super) fn attributes_mut(&mut self, id: NodeId) -> &mut Attributes {
        let node = &mut self.nodes[id as usize];
        if node.attributes == NONE {
            node.attributes = index(self.attributes.len());
            self.attributes.push(Attributes::default());
        }
        &mut self.attributes[node.attributes as usize]
    }

    pub(super) fn add_classes(&mut self, id: NodeId, classes: &[String]) {
        if !classes.is_empty() {
            self.attributes_mut(id).classes.extend_from_slice(classes);
        }
    }

    /// Adds text to the document's text, for a node to refer to.
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
    pub(super) fn plain(&self, id: NodeId) -> String {
        let mut plain = String::new();
        self.push_plain(id, &mut plain);
        plain
    }

    fn push_plain(&self, id: NodeId, plain: &mut String) {
        match self.kind(id) {
            NodeKind::Text(span) => plain.push_str(&unescaped(self.str(*span))),
            NodeKind::Fixed(text) => plain.push_str(text),
            NodeKind::Literal(span)
            | NodeKind::Verbatim(span)
            | NodeKind::InlineCode(span)
            | NodeKind::Math(span)
            | NodeKind::Code(span)
            | NodeKind::LiteralBlock(span)
            | NodeKind::Doctest(span)
            | NodeKind::MathBlock(span) => plain.push_str(self.str(*span)),
            NodeKind::Substitution(name) => {
                plain.push_str(
                    self.substituted
                        .get(*name as usize)
                        .map_or("", String::as_str),
                );
            }
            NodeKind::Image(image) => plain.push_str(image.alt.as_deref().unwrap_or_default()),
            _ => {
                for child in self.children(id) {
                    self.push_plain(child, plain);
                }
            }
        }
    }
}

fn some(id: u32) -> Option<NodeId> {
    (id != NONE).then_some(id)
}

/// Sources are far below four gigabytes: `to_html` rejects longer ones.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE - 1)
}

/// Text without its backslashes. An escaped blank is removed, any other escaped character stays.
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
