//! Finds the file that handles a directive.
//!
//! A name that docutils does not define belongs to Sphinx or another program; its arguments and
//! content are shown as text. No files are read, and raw HTML is dropped.

use crate::rst::{
    directive::{Directive, unicode},
    names::normalised,
    parser::{BlockContext, Nesting, Parser},
    source::Block,
    tree::{Destination, NodeId, NodeKind},
};

/// Whether a directive takes arguments; if not, text before its options is content.
fn takes_arguments(name: &str) -> bool {
    !matches!(
        name,
        "attention"
            | "caution"
            | "danger"
            | "error"
            | "hint"
            | "important"
            | "note"
            | "tip"
            | "warning"
            | "seealso"
            | "compound"
            | "parsed-literal"
            | "math"
            | "line-block"
            | "todo"
            | "toctree"
            | "hlist"
            | "only"
    )
}

/// Whether the apparent options of an admonition are a field list in its text.
fn has_field_list_as_text(name: &str, directive: &Directive<'_>) -> bool {
    !takes_arguments(name)
        && name != "toctree"
        && directive.options.iter().any(|(option, _)| {
            !matches!(
                *option,
                "class" | "name" | "label" | "nowrap" | "number-lines" | "columns" | "collapsible"
            )
        })
}

impl Parser {
    /// Appends the nodes of a directive.
    pub(in crate::rst) fn directive(
        &mut self,
        name: &str,
        block: &Block<'_>,
        context: &mut BlockContext,
        nesting: Nesting,
    ) {
        let name = name.to_lowercase();
        let name = name.strip_prefix("docutils:").unwrap_or(&name);
        let mut directive = Directive::parse(block, takes_arguments(name));
        if matches!(
            name,
            "epigraph" | "highlights" | "pull-quote" | "replace" | "header" | "footer" | "meta"
        ) || has_field_list_as_text(name, &directive)
        {
            directive = Directive::only_content(block);
        }
        let parent = context.parent;
        let before = self.tree.last_child(parent);
        let handled = self.body_directive(name, &directive, parent, nesting)
            || self.image_directive(name, &directive, parent, nesting)
            || self.table_directive(name, &directive, parent, nesting)
            || self.misc_directive(name, &directive, context, nesting);
        if !handled {
            self.unknown_directive(name, &directive, parent, nesting);
        }
        let added = match before {
            Some(before) => self.tree.next(before),
            None => self.tree.first_child(parent),
        };
        if let (Some(name), Some(added)) = (directive.option("name"), added) {
            let destination = |id: &str| Destination::Element(id.to_owned());
            let id = self
                .names
                .declare(&normalised(&name), "target", true, destination);
            self.tree.attributes_mut(added).ids.push(id);
        }
    }

    /// Appends the nodes of a directive in a substitution definition.
    pub(in crate::rst) fn embedded_directive(
        &mut self,
        (name, substituted): (&str, &str),
        block: &Block<'_>,
        node: NodeId,
        nesting: Nesting,
    ) {
        match name.to_lowercase().as_str() {
            "replace" => self.inline_lines(&block.lines, node),
            "unicode" => {
                let directive = Directive::parse(block, true);
                let text = unicode(&directive.argument());
                let span = self.tree.store(&text);
                self.tree.add(node, NodeKind::Verbatim(span));
            }
            "date" => {}
            other => {
                let mut directive = Directive::parse(block, true);
                if !directive.has("alt") {
                    directive.options.push(("alt", vec![substituted]));
                }
                if !self.image_directive(other, &directive, node, nesting) {
                    self.inline_lines(&block.lines, node);
                }
            }
        }
    }
}
