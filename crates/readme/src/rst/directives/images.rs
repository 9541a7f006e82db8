//! Images and figures.

use crate::rst::{
    destinations::{clean_uri, parse_destination},
    directive::Directive,
    parser::{Nesting, Parser},
    tree::{CAPTION, FIGURE, Image, LEGEND, NodeId, NodeKind, PARAGRAPH},
};

impl Parser {
    /// Appends an image or figure; false if `name` is neither.
    pub(in crate::rst) fn image_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: NodeId,
        nesting: Nesting,
    ) -> bool {
        match name {
            "image" => {
                let align = directive.option("align").unwrap_or_default();
                self.image(directive, align, parent);
                self.parse_blocks(&directive.content, parent, nesting.deeper());
            }
            "figure" => self.figure(directive, parent, nesting),
            _ => return false,
        }
        true
    }

    fn image(&mut self, directive: &Directive<'_>, align: String, parent: NodeId) {
        let parent = match directive.option("target") {
            Some(target) if !target.is_empty() => match parse_destination(&[&target]) {
                Some(destination) => self
                    .tree
                    .add(parent, NodeKind::Reference(Box::new(destination))),
                None => parent,
            },
            _ => parent,
        };
        let size = |name| {
            let length = directive.option(name).unwrap_or_default();
            let length = length.replace(' ', "");
            if length.starts_with(|first: char| first.is_ascii_digit()) {
                length
            } else {
                String::new()
            }
        };
        let image = Image {
            uri: clean_uri(&directive.arguments.join(" ")),
            alt: directive.option("alt"),
            width: size("width"),
            height: size("height"),
            align,
        };
        let node = self.tree.add(parent, NodeKind::Image(Box::new(image)));
        self.tree.add_classes(node, &directive.classes("class"));
    }

    fn figure(&mut self, directive: &Directive<'_>, parent: NodeId, nesting: Nesting) {
        let figure = self.tree.element(parent, &FIGURE);
        let align = directive.option("align").unwrap_or_default();
        if !align.is_empty() {
            self.tree.add_classes(figure, &[format!("align-{align}")]);
        }
        self.tree
            .add_classes(figure, &directive.classes("figclass"));
        self.image(directive, String::new(), figure);
        if directive.content.is_empty() {
            return;
        }
        let group = self.tree.detached(NodeKind::Group);
        self.parse_blocks(&directive.content, group, nesting.deeper());
        let children: Vec<NodeId> = self.tree.children(group).collect();
        let Some((&first, rest)) = children.split_first() else {
            return;
        };
        let caption = self.tree.element(figure, &CAPTION);
        let mut legend = rest;
        if self.tree.is(first, &PARAGRAPH) {
            self.tree.adopt(caption, first);
        } else {
            legend = &children;
        }
        if !legend.is_empty() {
            let node = self.tree.element(caption, &LEGEND);
            for &child in legend {
                self.tree.adopt(node, child);
            }
        }
    }
}
