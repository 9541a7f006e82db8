//! Interpreted text: what a role makes of it.
//!
//! Roles of docutils mean what they mean there, those that an author defined are classes, and
//! all others, most of them Sphinx's, become the text that a reader would have seen.

use super::{
    parser::Parser,
    run::Scan,
    tree::{
        ABBREVIATION, EMPHASIS, Goal, INLINE, Kind, STRONG, SUBSCRIPT, SUPERSCRIPT, Shape,
        TITLE_REFERENCE,
    },
};

/// What interpreted text becomes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Role {
    Inline(Markup),
    Literal,
    Code,
    Math,
    Pep,
    Rfc,
    /// Text for other formats than this one.
    Raw,
    /// An author's role: classes around another.
    Custom(Box<Role>, Vec<String>),
    /// A reference that only Sphinx can follow; whether its text is code.
    Foreign {
        code: bool,
    },
}

/// The shape of an element, compared by its tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup(&'static Shape);

impl PartialEq for Markup {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Role {
    /// A role without anything around its text.
    pub(super) const PLAIN: Self = Self::Inline(Markup(&INLINE));

    pub(super) fn known(name: &str) -> Option<Self> {
        let inline = |shape| Self::Inline(Markup(shape));
        Some(match name {
            "emphasis" => inline(&EMPHASIS),
            "strong" => inline(&STRONG),
            "sub" | "subscript" => inline(&SUBSCRIPT),
            "sup" | "superscript" => inline(&SUPERSCRIPT),
            "" | "title" | "title-reference" | "t" => inline(&TITLE_REFERENCE),
            "ab" | "abbreviation" | "ac" | "acronym" => inline(&ABBREVIATION),
            "literal" => Self::Literal,
            "code" => Self::Code,
            "math" => Self::Math,
            "pep" | "pep-reference" => Self::Pep,
            "rfc" | "rfc-reference" => Self::Rfc,
            "raw" => Self::Raw,
            _ => return None,
        })
    }

    fn foreign(name: &str) -> Self {
        let own = name.rsplit(':').next().unwrap_or_default();
        let code = !matches!(
            own,
            "ref"
                | "doc"
                | "term"
                | "numref"
                | "any"
                | "download"
                | "guilabel"
                | "menuselection"
                | "abbr"
                | "dfn"
                | "issue"
                | "pr"
                | "pull"
                | "user"
                | "cve"
                | "cwe"
                | "gh"
                | "bug"
        );
        Self::Foreign { code }
    }
}

impl Parser {
    /// Adds what `role` makes of the text between `start` and `close`.
    pub(super) fn interpreted(&mut self, run: &Scan<'_>, role: &str, start: usize, close: usize) {
        let name = role.to_lowercase();
        let role = match self.roles.get(&name) {
            Some(role) => role.clone(),
            None if name.is_empty() => self.default_role.clone(),
            None => Role::known(&name).unwrap_or_else(|| Role::foreign(&name)),
        };
        self.apply(run, &role, start, close);
    }

    fn apply(&mut self, run: &Scan<'_>, role: &Role, start: usize, close: usize) {
        let content = &run.text[start..close];
        let span = run.span(start, close);
        match role {
            Role::Inline(Markup(shape)) => {
                let node = self.tree.element(run.parent, shape);
                self.tree.add(node, Kind::Text(span));
            }
            Role::Literal => {
                self.tree.add(run.parent, Kind::Literal(span));
            }
            Role::Code => {
                self.tree.add(run.parent, Kind::InlineCode(span));
            }
            Role::Math => {
                self.tree.add(run.parent, Kind::Math(span));
            }
            Role::Pep | Role::Rfc => {
                let (label, uri) = numbered(role == &Role::Pep, content);
                match uri {
                    Some(uri) => {
                        let goal = Box::new(Goal::Uri(uri));
                        let node = self.tree.add(run.parent, Kind::Reference(goal));
                        self.tree.add(node, Kind::Fixed(label));
                        let shown = content.find('#').filter(|_| role == &Role::Rfc);
                        let shown = shown.map_or(span, |end| run.span(start, start + end));
                        self.tree.add(node, Kind::Text(shown));
                    }
                    None => {
                        self.tree.add(run.parent, Kind::Text(span));
                    }
                }
            }
            Role::Raw => {}
            Role::Custom(base, classes) => {
                let node = self.tree.element(run.parent, &INLINE);
                self.tree.add_classes(node, classes);
                if **base == Role::PLAIN {
                    self.tree.add(node, Kind::Text(span));
                } else {
                    let inner = run.within(node);
                    self.apply(&inner, base, start, close);
                }
            }
            Role::Foreign { code } => {
                let (from, to) = readable(content);
                let span = run.span(start + from, start + to);
                self.tree.add(
                    run.parent,
                    if *code {
                        Kind::Literal(span)
                    } else {
                        Kind::Text(span)
                    },
                );
            }
        }
    }
}

/// The label and address of a numbered document such as `8` or `8#fragment`.
fn numbered(is_pep: bool, content: &str) -> (&'static &'static str, Option<String>) {
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

/// What a reader sees of `title <target>`, `~module.Name` or `!name`.
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
    use super::{numbered, readable};

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
            numbered(true, "8#x").1.as_deref(),
            Some("https://peps.python.org/pep-0008#x")
        );
        assert_eq!(numbered(false, "x").1, None);
    }
}
