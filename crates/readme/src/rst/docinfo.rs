//! Bibliographic fields: a field list at the start of a document, with its author and version.

use super::{
    parser::Parser,
    tree::{
        ABSTRACT, DEFINITION, DOCINFO, DOCINFO_TEXT, FIELD_LIST, NodeId, NodeKind, PARAGRAPH, ROOT,
        TOPIC_TITLE,
    },
};

/// The label of a bibliographic field.
fn label(name: &str) -> Option<&'static &'static str> {
    Some(match name {
        "author" => &"Author",
        "organization" => &"Organization",
        "address" => &"Address",
        "contact" => &"Contact",
        "version" => &"Version",
        "revision" => &"Revision",
        "status" => &"Status",
        "date" => &"Date",
        "copyright" => &"Copyright",
        _ => return None,
    })
}

impl Parser {
    /// Turns a field list at the start of the document into bibliographic fields.
    pub(super) fn resolve_docinfo(&mut self) {
        let Some(list) = self
            .tree
            .first_child(ROOT)
            .filter(|&list| self.tree.is(list, &FIELD_LIST))
        else {
            return;
        };
        self.tree.set_kind(list, NodeKind::Element(&DOCINFO));
        let fields: Vec<NodeId> = self.tree.children(list).collect();
        let rest = self.tree.detached(NodeKind::Group);
        let old = self.tree.detached(NodeKind::Group);
        self.tree.move_children(list, old);
        for pair in fields.chunks(2) {
            let &[name, body] = pair else { continue };
            let known = self.tree.plain(name).to_lowercase();
            if matches!(known.as_str(), "abstract" | "dedication") {
                let topic = self.tree.element(rest, &ABSTRACT);
                let title = self.tree.element(topic, &TOPIC_TITLE);
                let shown: &'static &'static str = if known == "abstract" {
                    &"Abstract"
                } else {
                    &"Dedication"
                };
                self.tree.add(title, NodeKind::Fixed(shown));
                self.tree.move_children(body, topic);
                continue;
            }
            let only = self.only_paragraph(body);
            if let (Some(label), Some(paragraph)) = (label(&known), only) {
                self.tree.remove_children(name);
                self.tree.add(name, NodeKind::Fixed(label));
                self.tree.set_kind(paragraph, NodeKind::Group);
                self.tree.set_kind(body, NodeKind::Element(&DOCINFO_TEXT));
            }
            self.tree.adopt(list, name);
            self.tree.adopt(list, body);
        }
        self.insert_after_first(rest);
    }

    fn only_paragraph(&self, body: NodeId) -> Option<NodeId> {
        let mut children = self.tree.children(body);
        let first = children.next()?;
        let alone = children.next().is_none();
        (alone && self.tree.is(body, &DEFINITION) && self.tree.is(first, &PARAGRAPH))
            .then_some(first)
    }

    /// Inserts `group` after the first block of the document.
    fn insert_after_first(&mut self, group: NodeId) {
        if self.tree.first_child(group).is_none() {
            return;
        }
        let all: Vec<NodeId> = self.tree.children(ROOT).collect();
        self.tree.remove_children(ROOT);
        let Some((&first, others)) = all.split_first() else {
            return;
        };
        self.tree.adopt(ROOT, first);
        self.tree.adopt(ROOT, group);
        for &other in others {
            self.tree.adopt(ROOT, other);
        }
    }
}
