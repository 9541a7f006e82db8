//! The names and ids of a document.
//!
//! Ids are made as docutils makes them, so that existing links to them keep working. If a name is
//! used twice, it means the first element, but an explicit target comes before an implicit one such
//! as a title.

use std::collections::{HashMap, HashSet};

use super::tree::Destination;
use crate::sanitize::ID_PREFIX;

/// How many targets a reference may be followed through.
const MAX_TARGET_CHAIN: usize = 32;

#[derive(Debug)]
struct Named {
    destination: Destination,
    explicit: bool,
}

/// All names and ids of a document.
#[derive(Debug, Default)]
pub(super) struct Names {
    named: HashMap<String, Named>,
    ids: HashSet<String>,
    counters: HashMap<String, u32>,
}

impl Names {
    /// Declares `name` and returns its new id, from which `make_destination` makes the
    /// destination of the name.
    /// `kind` is the base of the id if the name has no usable characters.
    pub(super) fn declare(
        &mut self,
        name: &str,
        kind: &str,
        explicit: bool,
        make_destination: impl FnOnce(&str) -> Destination,
    ) -> String {
        let is_new = !self.named.contains_key(name);
        let base = id_of(name);
        let mut id = format!("{ID_PREFIX}{base}");
        let overrides = explicit && self.named.get(name).is_some_and(|old| !old.explicit);
        if base.is_empty() {
            id = self.numbered(&format!("{ID_PREFIX}{kind}-"));
        } else if !(is_new || overrides) {
            let plain = id_of_unprefixed(name);
            id = if plain.is_empty() {
                self.numbered(&format!("{ID_PREFIX}{kind}-"))
            } else {
                self.numbered(&format!("{plain}-"))
            };
        } else if self.ids.contains(&id) {
            id = self.numbered(&format!("{id}-"));
        } else {
            self.ids.insert(id.clone());
        }
        if is_new || overrides {
            let destination = make_destination(&id);
            self.named.insert(
                name.to_owned(),
                Named {
                    destination,
                    explicit,
                },
            );
        }
        id
    }

    /// The next free id with this prefix and a number.
    fn numbered(&mut self, prefix: &str) -> String {
        let counter = self.counters.entry(prefix.to_owned()).or_default();
        loop {
            *counter += 1;
            let id = format!("{prefix}{counter}");
            if self.ids.insert(id.clone()) {
                return id;
            }
        }
    }

    /// A new id for an element without a name.
    pub(super) fn new_id(&mut self, kind: &str) -> String {
        self.numbered(&format!("{ID_PREFIX}{kind}-"))
    }

    /// Whether this name is declared.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    /// Changes the destination of `name`.
    pub(super) fn redirect(&mut self, name: &str, destination: Destination) {
        if let Some(named) = self.named.get_mut(name) {
            named.destination = destination;
        }
    }

    /// The URI that a reference leads to, if its target exists.
    pub(super) fn resolve(
        &self,
        destination: &Destination,
        anonymous: &[Destination],
    ) -> Option<String> {
        let mut destination = destination;
        for _ in 0..MAX_TARGET_CHAIN {
            destination = match destination {
                Destination::Uri(uri) => return Some(uri.clone()),
                Destination::Element(id) => return Some(format!("#{id}")),
                Destination::Name(name) => &self.named.get(name)?.destination,
                Destination::Anonymous(number) => anonymous.get(*number as usize)?,
            };
        }
        None
    }
}

/// A name as references are compared: lower case, single blanks.
pub(super) fn normalised(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        if word.is_ascii() {
            normal.push_str(word);
        } else {
            normal.push_str(&word.to_lowercase());
        }
    }
    normal.make_ascii_lowercase();
    normal
}

/// The id of a name after a prefix: lower-case letters and digits, single hyphens.
fn id_of(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    let mut gap = false;
    let mut push = |piece: &str| {
        for character in piece.chars() {
            if character.is_ascii_alphanumeric() {
                // Hyphens at the start stay, because the prefix comes before them.
                if gap {
                    id.push('-');
                }
                gap = false;
                id.push(character.to_ascii_lowercase());
            } else {
                gap = true;
            }
        }
    };
    for character in name.chars() {
        if character.is_ascii() {
            push(character.encode_utf8(&mut [0; 4]));
        } else {
            for lower in character.to_lowercase() {
                match plain_letters(lower) {
                    Some(letters) => push(letters),
                    None if lower.is_whitespace() => push(" "),
                    None => {}
                }
            }
        }
    }
    id
}

/// The id of a name without a prefix: it begins with a letter.
pub(super) fn id_of_unprefixed(name: &str) -> String {
    id_of(name)
        .trim_start_matches(|first: char| first.is_ascii_digit() || first == '-')
        .to_owned()
}

/// The ASCII letters for a letter of the Latin script.
fn plain_letters(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'º' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "sz",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '…' => "...",
        '²' => "2",
        '³' => "3",
        '¹' => "1",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        '™' => "tm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Destination, Names, id_of, id_of_unprefixed, normalised};

    #[test]
    fn names_make_ids() {
        for (name, id) in [
            ("Change Log", "change-log"),
            ("1.0 (2020-01-01)", "1-0-2020-01-01"),
            ("Was ist neu? – Übersicht", "was-ist-neu-ubersicht"),
            ("__init__", "-init"),
            ("日本", ""),
        ] {
            assert_eq!(id_of(name), id, "{name}");
        }
        assert_eq!(id_of_unprefixed("1.0 final"), "final");
        assert_eq!(normalised(" A  b\nÇ "), "a b ç");
    }

    #[test]
    fn names_that_come_twice_make_numbered_ids() {
        let mut names = Names::default();
        let mut declare = |name: &str, explicit| {
            names.declare(name, "section", explicit, |id| {
                Destination::Element(id.to_owned())
            })
        };
        assert_eq!(declare("usage", false), "user-content-usage");
        assert_eq!(declare("usage", false), "usage-1");
        assert_eq!(declare("usage", true), "user-content-usage-1");
        assert_eq!(declare("日本", false), "user-content-section-1");
        let usage = Destination::Name("usage".to_owned());
        assert_eq!(
            names.resolve(&usage, &[]).as_deref(),
            Some("#user-content-usage-1")
        );
        names.redirect("usage", Destination::Name("usage".to_owned()));
        assert_eq!(names.resolve(&usage, &[]), None);
    }
}
