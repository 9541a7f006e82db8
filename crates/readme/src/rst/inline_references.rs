//! Inline references, targets, footnote references and substitution references.
//!
//! A target may be defined later in the document, so a reference keeps the name it was given.

use super::{
    destinations::{EmbeddedUri, clean_uri, embedded_uri},
    names::normalised,
    notes::NoteLabel,
    parser::Parser,
    scanner::InlineScanner,
    tree::{Destination, NodeKind, TARGET, unescaped},
    uri::is_uri,
};

impl Parser {
    /// A phrase reference: `` `a phrase`_ ``.
    pub(super) fn phrase_reference(
        &mut self,
        scanner: &InlineScanner<'_>,
        start: usize,
        close: usize,
        anonymous: bool,
    ) {
        let content = &scanner.text[start..close];
        let mut shown = scanner.span(start, close);
        let destination = if let Some(EmbeddedUri {
            text_length,
            target,
        }) = embedded_uri(content)
        {
            let is_name = target.ends_with('_') && !target.ends_with("\\_") && !is_uri(target);
            let destination = if is_name {
                Destination::Name(normalised(&unescaped(&target[..target.len() - 1])))
            } else {
                Destination::Uri(clean_uri(target))
            };
            shown = if text_length == 0 {
                scanner.span(close - 1 - target.len(), close - 1 - usize::from(is_name))
            } else {
                scanner.span(start, start + text_length)
            };
            if !anonymous {
                let name = normalised(&unescaped(if text_length == 0 {
                    target
                } else {
                    &content[..text_length]
                }));
                self.names
                    .declare(&name, "target", false, |_| destination.clone());
            }
            destination
        } else if anonymous {
            self.next_anonymous()
        } else {
            Destination::Name(normalised(&unescaped(content)))
        };
        let node = self
            .tree
            .add(scanner.parent, NodeKind::Reference(Box::new(destination)));
        self.tree.add(node, NodeKind::Text(shown));
    }

    /// A simple reference: `name_`.
    pub(super) fn simple_reference(
        &mut self,
        scanner: &InlineScanner<'_>,
        start: usize,
        end: usize,
        anonymous: bool,
    ) {
        let destination = if anonymous {
            self.next_anonymous()
        } else {
            Destination::Name(normalised(&scanner.text[start..end]))
        };
        let node = self
            .tree
            .add(scanner.parent, NodeKind::Reference(Box::new(destination)));
        self.tree
            .add(node, NodeKind::Text(scanner.span(start, end)));
    }

    fn next_anonymous(&mut self) -> Destination {
        let number = self.anonymous_references;
        self.anonymous_references += 1;
        Destination::Anonymous(number)
    }

    /// A substitution reference, `|name|`, followed by that many underscores.
    pub(super) fn substitution_reference(
        &mut self,
        scanner: &InlineScanner<'_>,
        name: &str,
        underscores: usize,
    ) {
        let name = unescaped(name);
        let parent = match underscores {
            0 => scanner.parent,
            1 => {
                let destination = Destination::Name(normalised(&name));
                self.tree
                    .add(scanner.parent, NodeKind::Reference(Box::new(destination)))
            }
            _ => {
                let destination = self.next_anonymous();
                self.tree
                    .add(scanner.parent, NodeKind::Reference(Box::new(destination)))
            }
        };
        let words: Vec<&str> = name.split_whitespace().collect();
        let number = u32::try_from(self.tree.substituted.len()).unwrap_or_default();
        self.tree.substituted.push(words.join(" "));
        self.tree.add(parent, NodeKind::Substitution(number));
    }

    /// An inline target: `` _`a phrase` ``.
    pub(super) fn inline_target(
        &mut self,
        scanner: &InlineScanner<'_>,
        start: usize,
        close: usize,
    ) {
        let name = normalised(&unescaped(&scanner.text[start..close]));
        let id = self.names.declare(&name, "target", true, |id| {
            Destination::Element(id.to_owned())
        });
        let node = self.tree.element(scanner.parent, &TARGET);
        self.tree.attributes_mut(node).ids.push(id);
        self.tree
            .add(node, NodeKind::Text(scanner.span(start, close)));
    }

    /// A footnote or citation reference: `[label]_`.
    pub(super) fn note_reference(&mut self, scanner: &InlineScanner<'_>, label: &str) {
        let label = NoteLabel::of(label);
        let id = self.names.new_id(label.reference_kind());
        let number = self.notes.refer(label, id);
        self.tree
            .add(scanner.parent, NodeKind::NoteReference(number));
    }
}
