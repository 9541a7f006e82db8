//! What the parser knows about a document while it reads it.
//!
//! Parsing is recursive: a list item holds blocks, which may hold lists. [`Parser`] is created
//! with the function that parses blocks and hands it to everything below through
//! [`Parser::parse_blocks`], so no block parser depends on the one that calls it. The methods
//! that read the individual constructs are in the files named after them.

use std::collections::HashMap;

use super::{
    budget::StepBudget,
    enumerator::Enumerator,
    names::Names,
    notes::Notes,
    roles::Role,
    sections::{Contents, SectionHeading, SectionNumbering},
    tree::{Destination, NodeId, NodeKind, Tree},
};

/// Blocks nested deeper than this are shown as written.
const MAX_DEPTH: u8 = 40;

/// Parses `lines` into blocks and appends them to a node.
type BlockParser = fn(&mut Parser, lines: &[&str], parent: NodeId, nesting: Nesting);

/// A document that is being parsed.
pub(super) struct Parser {
    pub(super) tree: Tree,
    pub(super) names: Names,
    pub(super) notes: Notes,
    /// The destinations of anonymous references, in order.
    pub(super) anonymous_targets: Vec<Destination>,
    pub(super) anonymous_references: u32,
    /// Substitution definitions: a name and the node whose children replace it.
    pub(super) substitutions: HashMap<String, NodeId>,
    pub(super) roles: HashMap<String, Role>,
    pub(super) default_role: Role,
    /// The title styles met so far, highest level first: overline and underline characters.
    pub(super) title_styles: Vec<(u8, u8)>,
    pub(super) headings: Vec<SectionHeading>,
    pub(super) contents: Vec<Contents>,
    /// How to number sections, if a `sectnum` directive asks for it.
    pub(super) numbering: Option<SectionNumbering>,
    /// Classes for the next block.
    pub(super) pending_classes: Vec<String>,
    pub(super) budget: StepBudget,
    parse_blocks: BlockParser,
}

/// Where a list of lines stands in the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nesting {
    pub(super) depth: u8,
    /// Whether section titles are allowed here.
    pub(super) allows_titles: bool,
}

impl Nesting {
    pub(super) fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            allows_titles: false,
        }
    }
}

/// The list that the next item may continue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OpenList {
    None,
    Bullets(char, NodeId),
    Enumerated(Enumerator, NodeId),
    Definitions(NodeId),
    Fields(NodeId),
    Options(NodeId),
}

/// Where a block begins, and the list that it may continue.
#[derive(Clone, Copy)]
pub(super) struct BlockStart<'s> {
    pub(super) lines: &'s [&'s str],
    /// The line that the block begins in.
    pub(super) at: usize,
    pub(super) open_list: &'s OpenList,
    pub(super) nesting: Nesting,
}

/// The state that the blocks of one list of lines share.
pub(super) struct BlockContext {
    /// The node that blocks are appended to: the innermost open section.
    pub(super) parent: NodeId,
    /// The open sections, outermost first.
    pub(super) open_sections: Vec<NodeId>,
    pub(super) open_list: OpenList,
    /// Names and ids of the targets that point at the next block.
    pub(super) pending_targets: Vec<(String, String)>,
}

impl Parser {
    /// An empty document with room for a source of `size` bytes.
    pub(super) fn new(size: usize, parse_blocks: BlockParser) -> Self {
        Self {
            tree: Tree::new(size),
            names: Names::default(),
            notes: Notes::default(),
            anonymous_targets: Vec::new(),
            anonymous_references: 0,
            substitutions: HashMap::new(),
            roles: HashMap::new(),
            default_role: Role::known("").unwrap_or(Role::Literal),
            title_styles: Vec::new(),
            headings: Vec::new(),
            contents: Vec::new(),
            numbering: None,
            pending_classes: Vec::new(),
            budget: StepBudget::new(size.saturating_mul(64).saturating_add(100_000)),
            parse_blocks,
        }
    }

    /// Parses `lines` and appends the blocks to `parent`.
    pub(super) fn parse_blocks(&mut self, lines: &[&str], parent: NodeId, nesting: Nesting) {
        if nesting.depth > MAX_DEPTH {
            self.literal_block(lines, parent);
        } else {
            (self.parse_blocks)(self, lines, parent, nesting);
        }
    }

    /// Appends lines as they are.
    pub(super) fn literal_block(&mut self, lines: &[&str], parent: NodeId) {
        if lines.iter().all(|line| line.is_empty()) {
            return;
        }
        let span = self.tree.store_lines(lines);
        self.tree.add(parent, NodeKind::LiteralBlock(span));
    }
}
