//! Search-only keys: created for an alias and its versions, listed, derived and deleted.
//!
//! A server checks a key against the name in the request, not against the collection that it
//! resolves to. So a key is created for the name that front ends use and for its versions.

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

/// The only action of a search-only key.
const SEARCH: &str = "documents:search";
/// Characters of a key's value; shorter ones are too easy to guess.
const SHORTEST: usize = 16;
/// How many characters of a value the server shows; scoped keys contain them.
const PREFIX: usize = 4;

/// A request for a new search-only key.
#[derive(Debug)]
pub struct KeyRequest {
    /// The name that front ends use: an alias or a collection.
    pub target: String,
    /// The key's value; the server generates one if it is `None`.
    pub value: Option<SecretString>,
    /// Unix seconds.
    pub expires_at: Option<u64>,
    /// Shown in lists of keys; a default is used if it is `None`.
    pub description: Option<String>,
}

/// A new key. The server never shows its value again.
#[derive(Debug)]
pub struct SearchKey {
    pub id: u64,
    pub value: SecretString,
    /// Patterns of the collection names that it can search.
    pub collections: Vec<String>,
    pub description: String,
    /// Unix seconds.
    pub expires_at: Option<u64>,
    /// The own name of the target's collection, if it exists yet.
    pub collection: Option<String>,
    /// Other aliases of that collection, which the key cannot search.
    pub not_opened: Vec<String>,
}

/// Whether a key can search and nothing else.
#[must_use]
pub fn is_search_only(key: &ApiKey) -> bool {
    key.actions == [SEARCH]
}

/// Derives a scoped key, which only finds documents that match `filter_by`, from the value of a
/// search-only key. The server does not store scoped keys.
///
/// It is not a security boundary: Typesense 0.24 concatenates the filters of the key and of the
/// request, so an unclosed quote in the request can disable the key's filter. Documents that must
/// stay hidden belong in a collection of their own.
#[must_use]
pub fn scoped(parent: &SecretString, filter_by: &str, expires_at: Option<u64>) -> SecretString {
    let mut parameters = Map::new();
    parameters.insert("filter_by".to_owned(), filter_by.into());
    if let Some(expires_at) = expires_at {
        parameters.insert("expires_at".to_owned(), expires_at.into());
    }
    let json = Value::Object(parameters).to_string();
    let secret = parent.expose_secret();
    let mut hmac = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(hmac) => hmac,
        Err(never) => unreachable!("HMAC takes keys of any length: {never}"),
    };
    hmac.update(json.as_bytes());
    let digest = STANDARD.encode(hmac.finalize().into_bytes());
    let prefix: String = secret.chars().take(PREFIX).collect();
    STANDARD.encode(format!("{digest}{prefix}{json}")).into()
}

impl Manager {
    /// Creates a key for the target and its versions.
    ///
    /// # Errors
    ///
    /// [`ManageError::KeyValue`] if the value is too short, cannot be sent in a header, or is in
    /// use.
    pub async fn create_search_key(&self, request: KeyRequest) -> Result<SearchKey, ManageError> {
        if let Some(value) = &request.value {
            check_key(value)?;
        }
        let found = self
            .workspace
            .search
            .fetch_collection(&request.target)
            .await?;
        let collection = found.map(|found| found.name);
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

    /// Loads the search-only key for all collections of an embedded engine from `file`, or creates
    /// the key and the file if either is missing.
    pub async fn load_or_create_folder_key(
        &self,
        file: &Path,
    ) -> Result<SecretString, ManageError> {
        let stored = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ManageError::KeyFile(error)),
        };
        if let Some((id, value)) = stored.trim().split_once(' ')
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

    /// Lists the search-only keys, by id.
    pub async fn list_search_keys(&self) -> Result<Vec<ApiKey>, ManageError> {
        let mut keys = self.workspace.search.list_keys().await?;
        keys.retain(is_search_only);
        keys.sort_by_key(|key| key.id);
        Ok(keys)
    }

    /// Fetches the key with this id, whatever its actions are.
    pub async fn fetch_key(&self, id: u64) -> Result<ApiKey, ManageError> {
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

/// Regular expressions of the names that a key for `target` can search. The server matches them
/// against the whole name.
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

/// Whether a key for `target` can search `name`.
fn opens(target: &str, name: &str) -> bool {
    name.strip_prefix(target).is_some_and(|suffix| {
        suffix.is_empty()
            || suffix.strip_prefix('-').is_some_and(|digits| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

/// Checks that a key may have this value.
///
/// # Errors
///
/// [`ManageError::KeyValue`], without the value.
pub fn check_key(value: &SecretString) -> Result<(), ManageError> {
    let secret = value.expose_secret();
    let refuse = |why: String| Err(ManageError::KeyValue { why });
    if secret.chars().count() < SHORTEST {
        return refuse(format!(
            "it has fewer than {SHORTEST} characters; without a value, the server generates one"
        ));
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
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

    /// The expected value was computed with Python's `hmac`, as the server's documentation says.
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
