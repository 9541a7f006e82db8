//! A field list at the start of a document tells who wrote it and when.

use super::{
    parser::Parser,
    tree::{
        ABSTRACT, DEFINITION, DOCINFO, DOCINFO_TEXT, FIELD_LIST, Id, Kind, PARAGRAPH, ROOT,
        TOPIC_TITLE,
    },
};

/// The label that a bibliographic field gets.
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
    /// Makes bibliographic data of a field list that comes first.
    pub(super) fn docinfo(&mut self) {
        let Some(list) = self
            .tree
            .first_child(ROOT)
            .filter(|&list| self.tree.is(list, &FIELD_LIST))
        else {
            return;
        };
        self.tree.set_kind(list, Kind::Element(&DOCINFO));
        let fields: Vec<Id> = self.tree.children(list).collect();
        let rest = self.tree.detached(Kind::Group);
        let old = self.tree.detached(Kind::Group);
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
                self.tree.add(title, Kind::Fixed(shown));
                self.tree.move_children(body, topic);
                continue;
            }
            let only = self.only_paragraph(body);
            if let (Some(label), Some(paragraph)) = (label(&known), only) {
                self.tree.cut(name);
                self.tree.add(name, Kind::Fixed(label));
                self.tree.set_kind(paragraph, Kind::Group);
                self.tree.set_kind(body, Kind::Element(&DOCINFO_TEXT));
            }
            self.tree.adopt(list, name);
            self.tree.adopt(list, body);
        }
        self.insert_after_first(rest);
    }

    fn only_paragraph(&self, body: Id) -> Option<Id> {
        let mut children = self.tree.children(body);
        let first = children.next()?;
        let alone = children.next().is_none();
        (alone && self.tree.is(body, &DEFINITION) && self.tree.is(first, &PARAGRAPH))
            .then_some(first)
    }

    /// Puts the children of `group` behind the first block of the document.
    fn insert_after_first(&mut self, group: Id) {
        if self.tree.first_child(group).is_none() {
            return;
        }
        let all: Vec<Id> = self.tree.children(ROOT).collect();
        self.tree.cut(ROOT);
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
