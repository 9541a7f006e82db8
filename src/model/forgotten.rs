//! Who asked to be forgotten, as digests of names and ids of GitHub, and what of a document names
//! them. No I/O.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Document, RegistryKind, is_login};

/// Bytes of the longest name outside GitHub.
const LONGEST_NAME: usize = 200;
/// The texts of a document that hold names and addresses of people.
const TEXTS: [&str; 4] = ["author", "author_email", "maintainer", "maintainer_email"];

/// What somebody is known by: an account somewhere, or the name in the metadata of packages. It is read
/// and written as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A login on GitHub.
    GitHub(String),
    /// A user of a registry, as in `pypi:NAME`.
    Account(RegistryKind, String),
    /// A name or an address of an author, as in `name:Ada Example`.
    Name(String),
}

/// A text names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text} names nobody; use a login of GitHub such as `octocat`, `pypi:NAME`, `npm:NAME`, or \
     `name:NAME` for the name of an author"
)]
pub struct NobodyNamed {
    text: String,
}

/// Digests and ids of those who asked to be forgotten.
#[derive(Debug, Clone, Default)]
pub struct Forgotten {
    digests: HashSet<[u8; 32]>,
    ids: HashSet<i64>,
    is_everybody: bool,
}

impl Identity {
    /// The SHA-256 of what [`Display`](fmt::Display) writes, in lower case, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let digest = digest_of(&self.to_string());
        digest.iter().fold(String::new(), |mut digits, byte| {
            // Writing to a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitHub(login) => formatter.write_str(login),
            Self::Account(registry, name) => write!(formatter, "{registry}:{name}"),
            Self::Name(name) => write!(formatter, "name:{name}"),
        }
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Identity {
    type Err = NobodyNamed;

    fn from_str(text: &str) -> Result<Self, NobodyNamed> {
        let nobody = || NobodyNamed {
            text: text
                .chars()
                .filter(|one| !one.is_control())
                .take(80)
                .collect(),
        };
        let Some((kind, name)) = text.split_once(':') else {
            return is_login(text)
                .then(|| Self::GitHub(text.to_owned()))
                .ok_or_else(nobody);
        };
        let name = name.trim();
        let is_name = !name.is_empty() && name.len() <= LONGEST_NAME;
        if !is_name || name.chars().any(char::is_control) {
            return Err(nobody());
        }
        if kind == "name" {
            return Ok(Self::Name(name.to_owned()));
        }
        let mut registries = [RegistryKind::PyPi, RegistryKind::Npm].into_iter();
        let registry = registries.find(|registry| registry.as_str() == kind);
        let registry = registry.ok_or_else(nobody)?;
        Ok(Self::Account(registry, name.to_owned()))
    }
}

impl Forgotten {
    /// A list that everybody is on, for where nobody knows who is.
    #[must_use]
    pub fn everybody() -> Self {
        Self {
            is_everybody: true,
            ..Self::default()
        }
    }

    /// Adds an [`Identity`] by its digest; what is none is left out.
    pub fn add_digest(&mut self, digits: &str) {
        self.digests.extend(read_digest(digits));
    }

    /// Adds an account on GitHub by its id.
    pub fn add_id(&mut self, id: i64) {
        self.ids.insert(id);
    }

    /// Adds somebody by the name itself.
    pub fn add(&mut self, identity: &Identity) {
        self.digests.insert(digest_of(&identity.to_string()));
    }

    /// Whether nobody is on the list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty() && self.ids.is_empty() && !self.is_everybody
    }

    /// Whether somebody with this login on GitHub is on the list.
    #[must_use]
    pub fn has_login(&self, login: &str) -> bool {
        self.has(login)
    }

    /// Whether somebody with this id of GitHub's is on the list.
    #[must_use]
    pub fn has_id(&self, id: i64) -> bool {
        self.is_everybody || self.ids.contains(&id)
    }

    /// Whether a user of a registry is on the list.
    #[must_use]
    pub fn has_account(&self, registry: RegistryKind, name: &str) -> bool {
        self.has(&format!("{registry}:{name}"))
    }

    /// Whether the name of an author is on the list, as such or as that of an account.
    #[must_use]
    pub fn has_author(&self, registry: RegistryKind, name: &str) -> bool {
        self.has(&format!("name:{name}"))
            || self.has_account(registry, name)
            || self.has_login(name)
    }

    fn has(&self, text: &str) -> bool {
        self.is_everybody || (!self.digests.is_empty() && self.digests.contains(&digest_of(text)))
    }

    /// Leaves out of a document who is on the list: users of the registry, authors, contributors. What
    /// the package itself says in its texts and addresses stays.
    pub fn conceal(&self, document: &mut Document) {
        if self.is_empty() {
            return;
        }
        let registry = RegistryKind::named(&document.registry).unwrap_or_default();
        document
            .maintainers
            .retain(|name| !self.has_account(registry, name));
        for text in [
            &mut document.author,
            &mut document.author_email,
            &mut document.maintainer,
            &mut document.maintainer_email,
        ] {
            self.conceal_text(registry, text);
        }
        self.conceal_contributors(&mut document.facts);
    }

    /// The same for a document that is JSON.
    pub fn conceal_json(&self, document: &mut Map<String, Value>) {
        if self.is_empty() {
            return;
        }
        let registry = document.get("registry").and_then(Value::as_str);
        let registry = registry.and_then(RegistryKind::named).unwrap_or_default();
        if let Some(Value::Array(names)) = document.get_mut("maintainers") {
            let is_kept = |name: &str| !self.has_account(registry, name);
            names.retain(|name| name.as_str().is_none_or(is_kept));
        }
        for field in TEXTS {
            if let Some(Value::String(text)) = document.get_mut(field) {
                self.conceal_text(registry, text);
            }
        }
        self.conceal_contributors(document);
    }

    fn conceal_contributors(&self, facts: &mut Map<String, Value>) {
        if let Some(Value::Array(people)) = facts.get_mut("contributors") {
            let is_kept = |person: &Value| {
                contributor_login(person).is_none_or(|login| !self.has_login(login))
            };
            people.retain(is_kept);
        }
    }

    /// Leaves out names and addresses of a list such as `Ada <ada@example.org>, Ben`.
    fn conceal_text(&self, registry: RegistryKind, text: &mut String) {
        if text.is_empty() {
            return;
        }
        // A single name may have a comma in it.
        if self.names_somebody(registry, text) {
            text.clear();
            return;
        }
        let parts: Vec<&str> = text.split(',').collect();
        let kept: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !self.names_somebody(registry, part))
            .collect();
        if kept.len() < parts.len() {
            let kept = kept.join(",");
            kept.trim().clone_into(text);
        }
    }

    /// Whether a name, an address, or `Name <address>` is that of somebody on the list.
    fn names_somebody(&self, registry: RegistryKind, text: &str) -> bool {
        let (name, address) = text.split_once('<').unwrap_or((text, ""));
        // There are several.
        if address.contains('<') {
            return false;
        }
        let address = address.trim_end().trim_end_matches('>');
        let name = name.trim().trim_matches('"');
        [name, address.trim()]
            .into_iter()
            .any(|one| !one.is_empty() && self.has_author(registry, one))
    }
}

/// The login in an entry of a document's contributors, whatever wrote it.
#[must_use]
pub fn contributor_login(contributor: &Value) -> Option<&str> {
    let names = ["username", "login", "name"];
    let mut names = names
        .iter()
        .filter_map(|key| contributor.get(key)?.as_str());
    names.find(|name| !name.is_empty())
}

fn digest_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.to_lowercase()).into()
}

/// A digest in hexadecimal digits.
fn read_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, Forgotten, Identity, NobodyNamed, RegistryKind, read_digest};

    fn forgotten(names: &[&str]) -> Result<Forgotten, NobodyNamed> {
        let mut list = Forgotten::default();
        for name in names {
            // As the database keeps it.
            list.add_digest(&name.parse::<Identity>()?.digest());
        }
        Ok(list)
    }

    #[test]
    fn everybody_is_known_by_a_digest_in_any_spelling() -> Result<(), NobodyNamed> {
        assert_eq!(
            "Ada".parse::<Identity>()?.digest(),
            "fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029"
        );
        let mut list = forgotten(&["Ada", "pypi:Ben", "name:Cleo Example"])?;
        list.add_id(7);
        assert!(list.has_login("aDa") && list.has_id(7));
        assert!(!list.has_login("ben") && !list.has_id(8));
        assert!(list.has_account(RegistryKind::PyPi, "ben"));
        assert!(!list.has_account(RegistryKind::Npm, "ben"));
        assert!(list.has_author(RegistryKind::Npm, "CLEO example"));
        for wrong in [
            "",
            "a b",
            "a/b",
            ":ada",
            "pypi:",
            "gem:ada",
            "name:a\nb",
            "pypi: ",
        ] {
            assert!(wrong.parse::<Identity>().is_err(), "{wrong}");
        }
        for wrong in ["", "zz", &"é".repeat(32), &"0".repeat(63)] {
            assert_eq!(read_digest(wrong), None, "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_document_names_nobody_who_is_on_the_list() -> Result<(), NobodyNamed> {
        let mut document = Document {
            maintainers: vec!["ada".to_owned(), "Ben".to_owned()],
            author: "Cleo Example, Dan".to_owned(),
            author_email: "\"Cleo Example\" <c@example.org>, Dan <d@example.org>".to_owned(),
            maintainer: "ben".to_owned(),
            maintainer_email: "e@example.org".to_owned(),
            ..Document::default()
        };
        let contributors = json!([{"username": "ada"}, {"login": "eve"}, 7]);
        document
            .facts
            .insert("contributors".to_owned(), contributors);
        let list = forgotten(&["ada", "pypi:ben", "name:cleo example", "name:e@example.org"])?;
        let json = serde_json::to_value(&document).unwrap_or_default();
        let mut json = json.as_object().cloned().unwrap_or_default();
        list.conceal(&mut document);
        // A login on GitHub says nothing about the same name on the registry.
        assert_eq!(document.maintainers, ["ada"]);
        assert_eq!(document.author, "Dan");
        assert_eq!(document.author_email, "Dan <d@example.org>");
        assert_eq!(
            (&*document.maintainer, &*document.maintainer_email),
            ("", "")
        );
        assert_eq!(
            document.facts.get("contributors"),
            Some(&json!([{"login": "eve"}, 7]))
        );
        list.conceal_json(&mut json);
        assert_eq!(
            json!(json),
            serde_json::to_value(&document).unwrap_or_default()
        );
        Forgotten::everybody().conceal(&mut document);
        assert!(document.maintainers.is_empty() && document.author.is_empty());
        Ok(())
    }
}
