//! Interpreted text: turns the text of a role into nodes.

use super::{
    parser::Parser,
    roles::{Markup, Role},
    scanner::InlineScanner,
    tree::{Destination, INLINE, NodeKind},
};

impl Parser {
    /// Appends the nodes of the text between `start` and `close` in this role.
    pub(super) fn interpreted(
        &mut self,
        scanner: &InlineScanner<'_>,
        role: &str,
        start: usize,
        close: usize,
    ) {
        let name = role.to_lowercase();
        let role = match self.roles.get(&name) {
            Some(role) => role.clone(),
            None if name.is_empty() => self.default_role.clone(),
            None => Role::known(&name).unwrap_or_else(|| Role::unknown(&name)),
        };
        self.apply(scanner, &role, start, close);
    }

    fn apply(&mut self, scanner: &InlineScanner<'_>, role: &Role, start: usize, close: usize) {
        let content = &scanner.text[start..close];
        let span = scanner.span(start, close);
        match role {
            Role::Inline(Markup(element_type)) => {
                let node = self.tree.element(scanner.parent, element_type);
                self.tree.add(node, NodeKind::Text(span));
            }
            Role::Literal => {
                self.tree.add(scanner.parent, NodeKind::Literal(span));
            }
            Role::Code => {
                self.tree.add(scanner.parent, NodeKind::InlineCode(span));
            }
            Role::Math => {
                self.tree.add(scanner.parent, NodeKind::Math(span));
            }
            Role::Pep | Role::Rfc => {
                let (label, uri) = numbered_document(role == &Role::Pep, content);
                match uri {
                    Some(uri) => {
                        let destination = Box::new(Destination::Uri(uri));
                        let node = self
                            .tree
                            .add(scanner.parent, NodeKind::Reference(destination));
                        self.tree.add(node, NodeKind::Fixed(label));
                        let shown = content.find('#').filter(|_| role == &Role::Rfc);
                        let shown = shown.map_or(span, |end| scanner.span(start, start + end));
                        self.tree.add(node, NodeKind::Text(shown));
                    }
                    None => {
                        self.tree.add(scanner.parent, NodeKind::Text(span));
                    }
                }
            }
            Role::Raw => {}
            Role::Custom(base, classes) => {
                let node = self.tree.element(scanner.parent, &INLINE);
                self.tree.add_classes(node, classes);
                if **base == Role::PLAIN {
                    self.tree.add(node, NodeKind::Text(span));
                } else {
                    let inner = scanner.within(node);
                    self.apply(&inner, base, start, close);
                }
            }
            Role::Unknown { code } => {
                let (from, to) = readable(content);
                let span = scanner.span(start + from, start + to);
                self.tree.add(
                    scanner.parent,
                    if *code {
                        NodeKind::Literal(span)
                    } else {
                        NodeKind::Text(span)
                    },
                );
            }
        }
    }
}

/// The label and URL of a numbered document such as `8` or `8#fragment`.
fn numbered_document(is_pep: bool, content: &str) -> (&'static &'static str, Option<String>) {
    let (number, fragment) = content.split_at(content.find('#').unwrap_or(content.len()));
    let number = number
        .parse::<u32>()
        .ok()
        .filter(|number| *number < 100_000);
    if is_pep {
        let uri = number.map(|number| format!("https://peps.python.org/pep-{number:04}{fragment}"));
        (&"PEP ", uri)
    } else {
        let uri =
            number.map(|number| format!("https://tools.ietf.org/html/rfc{number}.html{fragment}"));
        (&"RFC ", uri)
    }
}

/// The range that a reader sees of `title <target>`, `~module.Name` or `!name`.
fn readable(content: &str) -> (usize, usize) {
    if let Some(inside) = content.strip_suffix('>')
        && let Some(open) = inside.rfind('<').filter(|&open| open > 0)
    {
        let title = inside[..open].trim_end();
        if !title.is_empty() {
            return (0, title.len());
        }
    }
    let start = match content.as_bytes().first() {
        Some(b'~') => content.rfind('.').map_or(1, |dot| dot + 1),
        Some(b'!') => 1,
        _ => 0,
    };
    if start < content.len() {
        (start, content.len())
    } else {
        (0, content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{numbered_document, readable};

    #[test]
    fn foreign_references_become_their_text() {
        for (content, shown) in [
            ("the title <a.b>", "the title"),
            ("~a.b.C", "C"),
            ("!a", "a"),
            ("a.b", "a.b"),
            ("<a>", "<a>"),
            ("~a.", "~a."),
        ] {
            let (start, end) = readable(content);
            assert_eq!(&content[start..end], shown);
        }
        assert_eq!(
            numbered_document(true, "8#x").1.as_deref(),
            Some("https://peps.python.org/pep-0008#x")
        );
        assert_eq!(numbered_document(false, "x").1, None);
    }
}
