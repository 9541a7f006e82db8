//! Keys that can only search: made for an alias and its versions, listed, derived, deleted.
//!
//! A server compares a key with the name in the address, not with the collection behind it. So a
//! key is made for the name that front ends use, and for the versions behind it.

use std::io::{ErrorKind, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fs_err as fs;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::{ManageError, Manager};
use crate::search::{ApiKey, NewApiKey, SearchError};

/// The one action of a search-only key.
const SEARCH: &str = "documents:search";
/// Shorter values are guessed too easily.
const SHORTEST: usize = 16;
/// The part of a value that the server shows.
const PREFIX: usize = 4;

/// What a search-only key is made from.
#[derive(Debug)]
pub struct KeyRequest {
    /// The name that front ends use: an alias or a collection.
    pub target: String,
    /// A value of one's own; the server invents one otherwise.
    pub value: Option<SecretString>,
    /// Unix seconds.
    pub expires_at: Option<u64>,
    /// For people.
    pub description: Option<String>,
}

/// A new key; its value is never shown again.
#[derive(Debug)]
pub struct SearchKey {
    pub id: u64,
    pub value: SecretString,
    /// The patterns of names that it opens.
    pub collections: Vec<String>,
    pub description: String,
    /// Unix seconds.
    pub expires_at: Option<u64>,
    /// The real collection behind the target, if there is one yet.
    pub collection: Option<String>,
    /// Other names of that collection, which the key does not open.
    pub not_opened: Vec<String>,
}

/// Whether a key can search and nothing else.
#[must_use]
pub fn is_search_only(key: &ApiKey) -> bool {
    key.actions == [SEARCH]
}

/// A key that searches only what `filter_by` lets through, derived from the value of a search-only
/// key; the server need not know of it.
///
/// It narrows what an honest front end finds. Version 0.24 joins the filters of key and visitor as
/// text, so a visitor's unclosed quote can swallow the key's: whatever must not be seen belongs in a
/// collection of its own.
#[must_use]
pub fn scoped(parent: &SecretString, filter_by: &str, expires_at: Option<u64>) -> SecretString {
    let mut parameters = Map::new();
    parameters.insert("filter_by".to_owned(), filter_by.into());
    if let Some(expires_at) = expires_at {
        parameters.insert("expires_at".to_owned(), expires_at.into());
    }
    let parameters = Value::Object(parameters).to_string();
    let parent = parent.expose_secret();
    let mut digest = match Hmac::<Sha256>::new_from_slice(parent.as_bytes()) {
        Ok(digest) => digest,
        Err(never) => unreachable!("keys of any length will do: {never}"),
    };
    digest.update(parameters.as_bytes());
    let digest = STANDARD.encode(digest.finalize().into_bytes());
    let prefix: String = parent.chars().take(PREFIX).collect();
    STANDARD
        .encode(format!("{digest}{prefix}{parameters}"))
        .into()
}

impl Manager {
    /// Makes a key for the target and its versions.
    ///
    /// # Errors
    ///
    /// [`ManageError::KeyValue`] for a value that is too short, cannot travel in a header, or is
    /// in use.
    pub async fn create_search_key(&self, request: KeyRequest) -> Result<SearchKey, ManageError> {
        if let Some(value) = &request.value {
            check_key(value)?;
        }
        let collection = self
            .workspace
            .search
            .fetch_collection(&request.target)
            .await?;
        let collection = collection.map(|collection| collection.name);
        let not_opened = match &collection {
            Some(name) => {
                let mut names = self.find_aliases_of(name).await?;
                names.retain(|name| !opens(&request.target, name));
                names
            }
            None => Vec::new(),
        };
        let key = NewApiKey {
            description: request
                .description
                .unwrap_or_else(|| format!("Search only: {}", request.target)),
            actions: vec![SEARCH.to_owned()],
            collections: patterns(&request.target),
            value: request.value,
            expires_at: request.expires_at,
        };
        let created = self
            .workspace
            .search
            .create_key(&key)
            .await
            .map_err(in_use)?;
        Ok(SearchKey {
            id: created.id,
            value: created.value,
            collections: key.collections,
            description: key.description,
            expires_at: key.expires_at,
            collection,
            not_opened,
        })
    }

    /// The key that front ends of an embedded engine may use for all of its collections: kept in a
    /// file beside it, and made anew if somebody has deleted it.
    pub async fn folder_search_key(&self, file: &Path) -> Result<SecretString, ManageError> {
        let kept = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ManageError::KeyFile(error)),
        };
        if let Some((id, value)) = kept.trim().split_once(' ')
            && let Ok(id) = id.parse::<u64>()
            && self
                .list_search_keys()
                .await?
                .iter()
                .any(|key| key.id == id)
        {
            return Ok(value.into());
        }
        let key = NewApiKey {
            description: "Search only: everything".to_owned(),
            actions: vec![SEARCH.to_owned()],
            collections: vec![".*".to_owned()],
            value: None,
            expires_at: None,
        };
        let created = self.workspace.search.create_key(&key).await?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut temporary| {
            writeln!(
                temporary,
                "{} {}",
                created.id,
                created.value.expose_secret()
            )?;
            temporary.as_file().sync_all()?;
            temporary.persist(file).map_err(|error| error.error)
        });
        written.map_err(ManageError::KeyFile)?;
        Ok(created.value)
    }

    /// The keys that can only search, by number.
    pub async fn list_search_keys(&self) -> Result<Vec<ApiKey>, ManageError> {
        let mut keys = self.workspace.search.list_keys().await?;
        keys.retain(is_search_only);
        keys.sort_by_key(|key| key.id);
        Ok(keys)
    }

    /// The key with this number, whatever it may do.
    pub async fn key(&self, id: u64) -> Result<ApiKey, ManageError> {
        let keys = self.workspace.search.list_keys().await?;
        keys.into_iter()
            .find(|key| key.id == id)
            .ok_or(ManageError::NoKey { id })
    }

    /// Deletes a key.
    pub async fn delete_key(&self, id: u64) -> Result<(), ManageError> {
        if self.workspace.search.delete_key(id).await? {
            Ok(())
        } else {
            Err(ManageError::NoKey { id })
        }
    }
}

/// The names that a key for `target` opens, as the server compares them: the whole name.
fn patterns(target: &str) -> Vec<String> {
    let mut literal = String::with_capacity(target.len());
    for character in target.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            literal.push('\\');
        }
        literal.push(character);
    }
    vec![format!("{literal}(-[0-9]+)?")]
}

/// Whether a key for `target` opens `name`.
fn opens(target: &str, name: &str) -> bool {
    let version = name.strip_prefix(target);
    version.is_some_and(|version| {
        version.is_empty()
            || version.strip_prefix('-').is_some_and(|digits| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

/// Whether a key may have this value.
///
/// # Errors
///
/// [`ManageError::KeyValue`], without the value.
pub fn check_key(value: &SecretString) -> Result<(), ManageError> {
    let value = value.expose_secret();
    let refuse = |why: String| Err(ManageError::KeyValue { why });
    if value.chars().count() < SHORTEST {
        return refuse(format!(
            "it has fewer than {SHORTEST} characters; without a value, the server generates one"
        ));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("use printable ASCII characters only, without spaces".to_owned());
    }
    Ok(())
}

fn in_use(error: SearchError) -> ManageError {
    match error {
        SearchError::Refused {
            status: Some(409), ..
        } => ManageError::KeyValue {
            why: "another key has it already; use a different value, or none".to_owned(),
        },
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{check_key, opens, patterns, scoped};

    #[test]
    fn a_key_opens_the_name_and_its_versions() {
        assert_eq!(patterns("plone"), ["plone(-[0-9]+)?"]);
        assert_eq!(patterns("a.b (c)"), [r"a\.b \(c\)(-[0-9]+)?"]);
        assert!(opens("plone", "plone") && opens("plone", "plone-12"));
        assert!(!opens("plone", "plone-") && !opens("plone", "plone-v2-1"));
    }

    #[test]
    fn values_that_cannot_be_used_are_refused() {
        assert!(check_key(&"0123456789abcdef".into()).is_ok());
        for value in ["short", "0123456789 abcdef", "0123456789abcdéf", ""] {
            assert!(check_key(&value.into()).is_err(), "{value}");
        }
    }

    /// The value was made with Python's `hmac` from the rule in the server's documentation.
    #[test]
    fn scoped_keys_are_those_of_other_clients() {
        let parent = "RN23GFr1s6jQ9kgSNg2O7fYcAUXU7127".to_owned().into();
        assert_eq!(
            scoped(&parent, "company_id:124", None).expose_secret(),
            "SC9sT0hncHFwTHNFc3U3d3psRDZBUGNXQUViQUdDNmRHSmJFQnNnczJ4VT1S\
             TjIzeyJmaWx0ZXJfYnkiOiJjb21wYW55X2lkOjEyNCJ9"
        );
    }
}
