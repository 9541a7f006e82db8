//! The projects that a release requires, from requirements in the form of PEP 508.
//!
//! Requirements are untrusted and often old: what is none is left out. Nothing here fails.

use std::collections::BTreeSet;

use crate::model::ProjectName;

/// Normalised names of the required projects, sorted, each once, without those that only an extra
/// requires.
#[must_use]
pub fn requires_names(requirements: &[String]) -> Vec<String> {
    let names: BTreeSet<ProjectName> = requirements
        .iter()
        .filter_map(|requirement| required_name(requirement))
        .collect();
    names
        .into_iter()
        .map(|name| name.as_str().to_owned())
        .collect()
}

/// `None` for what is no requirement, or applies only to an extra.
fn required_name(requirement: &str) -> Option<ProjectName> {
    let text = requirement.trim_start();
    let is_of_name =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let end = text.find(|character| !is_of_name(character));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start();
    let is_ended =
        rest.is_empty() || rest.starts_with(['[', '(', '<', '>', '=', '!', '~', ';', '@']);
    let has_ends = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric());
    if !is_ended || !has_ends || !applies_without_extra(marker(rest)) {
        return None;
    }
    ProjectName::read(name)
}

/// What stands behind the semicolon of a requirement; `rest` is what follows its name. The address
/// of a requirement may hold semicolons of its own, and ends at a blank.
fn marker(rest: &str) -> &str {
    let extras_end = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let rest = extras_end.map_or(rest, |(_, rest)| rest.trim_start());
    let rest = match rest.strip_prefix('@') {
        Some(address) => {
            let address = address.trim_start();
            let end = address.find(char::is_whitespace);
            end.and_then(|end| address.get(end..)).unwrap_or_default()
        }
        None => rest,
    };
    rest.split_once(';').map_or("", |(_, marker)| marker)
}

/// Whether a marker can be true where no extra was asked for. Every condition on something else than
/// an extra may be true somewhere, and markers have no negation, so those are taken as true.
fn applies_without_extra(marker: &str) -> bool {
    // Of the alternatives so far, and of the conditions of the current one; those of the groups
    // around this one are on the stack.
    let mut group = (false, true);
    let mut outer = Vec::new();
    let mut condition = Condition::default();
    for token in Tokens(marker) {
        match token {
            "and" => group.1 &= condition.take(),
            "or" => {
                group.1 &= condition.take();
                group = (group.0 || group.1, true);
            }
            "(" => outer.push(std::mem::replace(&mut group, (false, true))),
            ")" => {
                group.1 &= condition.take();
                let inner = group.0 || group.1;
                group = outer.pop().unwrap_or((false, true));
                group.1 &= inner;
            }
            token => condition.add(token),
        }
    }
    for around in outer.into_iter().rev() {
        // A group that is not closed ends with the marker.
        group.1 &= condition.take();
        group = (around.0, around.1 && (group.0 || group.1));
    }
    group.0 || (group.1 && condition.take())
}

/// A comparison, as far as it was read.
#[derive(Default)]
struct Condition {
    is_about_extra: bool,
    is_negated: bool,
}

impl Condition {
    fn add(&mut self, token: &str) {
        self.is_about_extra |= matches!(token, "extra" | "extras");
        self.is_negated |= matches!(token, "!=" | "not");
    }

    /// Whether the comparison may be true without an extra; the next one begins.
    fn take(&mut self) -> bool {
        let Self {
            is_about_extra,
            is_negated,
        } = std::mem::take(self);
        !is_about_extra || is_negated
    }
}

/// Words, operators, brackets and quoted texts (with their quotes) of a marker.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let is_word = |character: char| character.is_alphanumeric() || "_.".contains(character);
        let is_operator = |character: char| "<>=!~".contains(character);
        let length_while = |belongs: &dyn Fn(char) -> bool| {
            text.find(|character| !belongs(character))
                .unwrap_or(text.len())
        };
        let length = match first {
            '\'' | '"' => {
                let closing = text.get(1..).and_then(|rest| rest.find(first));
                closing.map_or(text.len(), |closing| closing + 2)
            }
            _ if is_word(first) => length_while(&is_word),
            _ if is_operator(first) => length_while(&is_operator),
            _ => first.len_utf8(),
        };
        let (token, rest) = text.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{applies_without_extra, requires_names};

    fn names(requirements: &[&str]) -> Vec<String> {
        let requirements: Vec<String> = requirements.iter().map(ToString::to_string).collect();
        requires_names(&requirements)
    }

    #[test]
    fn names_are_normalised_sorted_and_unique() {
        let required = [
            "zope.interface>=3",
            "Plone_API",
            "plone.api (>=1.8)",
            "  A",
            "setuptools",
            "b[one,two]>=1; python_version < '3'",
            "c~=1.0",
            "d !=2,<3",
            "e===x",
            "f@ https://example.org/f.zip",
            "g @ git+https://example.org/g;x=extra=='y'",
            "h @ https://example.org/h.zip ; sys_platform == 'win32'",
            "i [x] @ file:///i",
            "j;",
        ];
        let expected = [
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "j",
            "plone-api",
            "setuptools",
            "zope-interface",
        ];
        assert_eq!(names(&required), expected);
    }

    #[test]
    fn what_is_no_requirement_is_left_out() {
        let long = "a".repeat(256);
        let brackets = format!("{}a", "(".repeat(4_000));
        for text in [
            "",
            " ",
            "https://example.org/a.zip",
            "git+https://example.org/a",
            "-r requirements.txt",
            "a-",
            ".a",
            "_a>=1",
            "two words",
            "é>=1",
            "a\u{0}b",
            "a\u{202e}",
            "a, b",
            "[x]",
            ";a",
            "(a)",
            &long,
            &brackets,
        ] {
            assert_eq!(names(&[text]), [""; 0], "{text}");
        }
        assert_eq!(names(&[&long[1..]]), [&long[1..]]);
    }

    #[test]
    fn requirements_of_extras_are_left_out() {
        for marker in [
            "extra == 'test'",
            "extra=='test'",
            "\"test\" == extra",
            "python_version < '3' and extra == 'test'",
            "extra == 'a' or extra == \"b\"",
            "(extra == 'a' or extra == 'b') and python_version > '3'",
            "python_version > '3' and (os_name == 'nt' and (extra == 'a'))",
            "((extra == 'a') or (extra == 'b' and os_name == 'nt'))",
            "'cli' in extras",
            "extra == 'a",
            "(extra == 'a'",
            "extra == 'a' and os_name == ')'",
            "extra == 'x or y' and (os_name == 'nt'",
        ] {
            assert!(!applies_without_extra(marker), "{marker}");
            assert_eq!(names(&[&format!("a ; {marker}")]), [""; 0], "{marker}");
        }
        for marker in [
            "",
            "python_version < '3'",
            "extra != 'minimal'",
            "'a' not in extras",
            "extra == 'a' or python_version < '3'",
            "python_version < '3' or extra == 'a'",
            "os_name == 'nt' and (extra == 'a' or platform_system == 'extra')",
            "os_name == 'extra'",
            "os_name == \"extra == 'a'\"",
            "(os_name == 'nt'",
            ")))",
            "nonsense ! %",
        ] {
            assert!(applies_without_extra(marker), "{marker}");
            assert_eq!(names(&[&format!("a ; {marker}")]), ["a"], "{marker}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[a-z(\\[;@'\" =<>!é]{0,40}", other in ".{0,40}") {
            for name in requires_names(&[text, other]) {
                prop_assert!(!name.is_empty());
            }
        }
    }
}
