//! Makes nodes of inline markup that names something: references, targets, notes, substitutions.
//!
//! Where a reference leads is not known yet; it keeps the name it was given.

use super::{
    names::normalised,
    notes::NoteLabel,
    parser::Parser,
    run::Scan,
    tree::{Goal, Kind, TARGET, unescaped},
    uri::{is_email, is_uri},
};

/// A piece of a phrase reference that names its target: the address or name in angle brackets.
struct Embedded<'t> {
    /// How long the text before it is.
    text: usize,
    target: &'t str,
}

/// Splits `title <target>`.
fn embedded(content: &str) -> Option<Embedded<'_>> {
    let inside = content.strip_suffix('>')?;
    if inside.ends_with('\\') || inside.ends_with(char::is_whitespace) {
        return None;
    }
    let escaped = |at: usize| inside[..at].ends_with('\\');
    let open = inside
        .rmatch_indices(['<', '>'])
        .find(|&(at, _)| !escaped(at))
        .filter(|&(_, bracket)| bracket == "<")?
        .0;
    let target = &inside[open + 1..];
    let text = inside[..open].trim_end_matches([' ', '\n']);
    let separated = text.len() < open || open == 0;
    (separated && !target.is_empty() && !target.starts_with(char::is_whitespace)).then_some(
        Embedded {
            text: text.len(),
            target,
        },
    )
}

/// An address as written, over several lines perhaps: blanks vanish unless they are escaped.
pub(super) fn address(written: &str) -> String {
    let mut address = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\n') | None => address.push(' '),
                Some(escaped) => address.push(escaped),
            },
            _ if character.is_whitespace() => {}
            _ => address.push(character),
        }
    }
    if is_email(&address) {
        address.insert_str(0, "mailto:");
    }
    address
}

impl Parser {
    /// A phrase in backquotes with an underscore after it.
    pub(super) fn phrase_reference(
        &mut self,
        run: &Scan<'_>,
        start: usize,
        close: usize,
        anonymous: bool,
    ) {
        let content = &run.text[start..close];
        let mut shown = run.span(start, close);
        let goal = if let Some(Embedded { text, target }) = embedded(content) {
            let is_name = target.ends_with('_') && !target.ends_with("\\_") && !is_uri(target);
            let goal = if is_name {
                Goal::Name(normalised(&unescaped(&target[..target.len() - 1])))
            } else {
                Goal::Uri(address(target))
            };
            shown = if text == 0 {
                run.span(close - 1 - target.len(), close - 1 - usize::from(is_name))
            } else {
                run.span(start, start + text)
            };
            if !anonymous {
                let name = normalised(&unescaped(if text == 0 {
                    target
                } else {
                    &content[..text]
                }));
                self.names.declare(&name, "target", false, |_| goal.clone());
            }
            goal
        } else if anonymous {
            self.next_anonymous()
        } else {
            Goal::Name(normalised(&unescaped(content)))
        };
        let node = self.tree.add(run.parent, Kind::Reference(Box::new(goal)));
        self.tree.add(node, Kind::Text(shown));
    }

    /// A word with an underscore after it.
    pub(super) fn simple_reference(
        &mut self,
        run: &Scan<'_>,
        start: usize,
        end: usize,
        anonymous: bool,
    ) {
        let goal = if anonymous {
            self.next_anonymous()
        } else {
            Goal::Name(normalised(&run.text[start..end]))
        };
        let node = self.tree.add(run.parent, Kind::Reference(Box::new(goal)));
        self.tree.add(node, Kind::Text(run.span(start, end)));
    }

    fn next_anonymous(&mut self) -> Goal {
        let number = self.anonymous_references;
        self.anonymous_references += 1;
        Goal::Anonymous(number)
    }

    /// A name between bars, and how many underscores follow.
    pub(super) fn substitution_reference(
        &mut self,
        run: &Scan<'_>,
        name: &str,
        underscores: usize,
    ) {
        let name = unescaped(name);
        let parent = match underscores {
            0 => run.parent,
            1 => {
                let goal = Goal::Name(normalised(&name));
                self.tree.add(run.parent, Kind::Reference(Box::new(goal)))
            }
            _ => {
                let goal = self.next_anonymous();
                self.tree.add(run.parent, Kind::Reference(Box::new(goal)))
            }
        };
        let words: Vec<&str> = name.split_whitespace().collect();
        let number = u32::try_from(self.tree.substituted.len()).unwrap_or_default();
        self.tree.substituted.push(words.join(" "));
        self.tree.add(parent, Kind::Substitution(number));
    }

    /// A phrase that links lead to.
    pub(super) fn inline_target(&mut self, run: &Scan<'_>, start: usize, close: usize) {
        let name = normalised(&unescaped(&run.text[start..close]));
        let id = self
            .names
            .declare(&name, "target", true, |id| Goal::Element(id.to_owned()));
        let node = self.tree.element(run.parent, &TARGET);
        self.tree.attributes_mut(node).ids.push(id);
        self.tree.add(node, Kind::Text(run.span(start, close)));
    }

    /// A label in brackets with an underscore after it.
    pub(super) fn note_reference(&mut self, run: &Scan<'_>, label: &str) {
        let label = NoteLabel::of(label);
        let id = self.names.fresh(label.reference_kind());
        let number = self.notes.refer(label, id);
        self.tree.add(run.parent, Kind::NoteReference(number));
    }
}

#[cfg(test)]
mod tests {
    use super::{address, embedded};

    #[test]
    fn targets_in_angle_brackets() {
        for (content, expected) in [
            ("a b <http://x>", Some((3, "http://x"))),
            ("a\n<x\ny>", Some((1, "x\ny"))),
            ("<x>", Some((0, "x"))),
            ("a<x>", None),
            ("a < x>", None),
            ("a <x >", None),
            ("a <x\\>", None),
            ("a <b> <c_>", Some((5, "c_"))),
            ("a <>", None),
            ("a > b", None),
        ] {
            let found = embedded(content).map(|found| (found.text, found.target));
            assert_eq!(found, expected, "{content}");
        }
        assert_eq!(address("http://a\n  b\\ c\\_"), "http://ab c_");
        assert_eq!(address("a@example.org"), "mailto:a@example.org");
    }
}
