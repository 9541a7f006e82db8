//! Images and figures.

use crate::rst::{
    directive::Directive,
    explicit::written_goal,
    parser::{Level, Parser},
    phrase::address,
    tree::{CAPTION, FIGURE, Id, Image, Kind, LEGEND, PARAGRAPH},
};

impl Parser {
    /// Makes nodes of an image or figure; false when it is none.
    pub(in crate::rst) fn media_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: Id,
        level: Level,
    ) -> bool {
        match name {
            "image" => {
                let align = directive.option("align").unwrap_or_default();
                self.image(directive, align, parent);
                self.blocks(&directive.content, parent, level.deeper());
            }
            "figure" => self.figure(directive, parent, level),
            _ => return false,
        }
        true
    }

    fn image(&mut self, directive: &Directive<'_>, align: String, parent: Id) {
        let parent = match directive.option("target") {
            Some(target) if !target.is_empty() => match written_goal(&[&target]) {
                Some(goal) => self.tree.add(parent, Kind::Reference(Box::new(goal))),
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
            uri: address(&directive.arguments.join(" ")),
            alt: directive.option("alt"),
            width: size("width"),
            height: size("height"),
            align,
        };
        let node = self.tree.add(parent, Kind::Image(Box::new(image)));
        self.tree.add_classes(node, &directive.classes("class"));
    }

    fn figure(&mut self, directive: &Directive<'_>, parent: Id, level: Level) {
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
        let group = self.tree.detached(Kind::Group);
        self.blocks(&directive.content, group, level.deeper());
        let children: Vec<Id> = self.tree.children(group).collect();
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
