//! Search-only keys on another server: created again there, because no server shows a value twice.
//!
//! A key that the target already has with the same actions, collections, expiry and description is
//! left as it is, so the command can be repeated. Keys that can do more than search are not copied.

use secrecy::SecretString;
use serde::Serialize;

use super::{ManageError, SearchKey, ServerPair, is_search_only};
use crate::search::{ApiKey, NewApiKey};

/// An expiry from here on means "never": the servers' own default, in Unix seconds.
const NEVER: u64 = 64_723_363_199;

/// A key of the source that the target has or needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyMove {
    /// Its id on the source.
    pub id: u64,
    pub description: String,
    pub actions: Vec<String>,
    /// Patterns of the collection names that it can search.
    pub collections: Vec<String>,
    /// Unix seconds; `None` if it never expires.
    pub expires_at: Option<u64>,
}

/// The plan for the keys of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KeyMoves {
    /// Keys to create on the target.
    pub to_create: Vec<KeyMove>,
    /// Keys that the target already has.
    pub existing: Vec<KeyMove>,
    /// How many have expired.
    pub expired: u64,
    /// How many can do more than search.
    pub not_search_only: u64,
}

impl KeyMove {
    fn of(key: ApiKey) -> Self {
        Self {
            id: key.id,
            description: key.description,
            actions: key.actions,
            collections: key.collections,
            expires_at: (key.expires_at > 0 && key.expires_at < NEVER).then_some(key.expires_at),
        }
    }

    /// Whether both can do the same; each server has its own numbers.
    fn is_like(&self, other: &Self) -> bool {
        (
            &self.description,
            &self.actions,
            &self.collections,
            self.expires_at,
        ) == (
            &other.description,
            &other.actions,
            &other.collections,
            other.expires_at,
        )
    }
}

impl ServerPair {
    /// Plans which keys of the source to create on the target.
    pub(super) async fn plan_key_moves(&self) -> Result<KeyMoves, ManageError> {
        let mut keys = self.from.workspace.search.list_keys().await?;
        keys.sort_by_key(|key| key.id);
        let mut existing: Vec<KeyMove> = self
            .to
            .workspace
            .search
            .list_keys()
            .await?
            .into_iter()
            .map(KeyMove::of)
            .collect();
        Ok(classify(
            keys,
            &mut existing,
            jiff::Timestamp::now().as_second().cast_unsigned(),
        ))
    }

    /// Creates one key on the target. The value is only returned, and cannot be fetched again.
    pub async fn make_key(&self, key: &KeyMove) -> Result<SearchKey, ManageError> {
        let created = self
            .to
            .workspace
            .search
            .create_key(&NewApiKey {
                description: key.description.clone(),
                actions: key.actions.clone(),
                collections: key.collections.clone(),
                value: None::<SecretString>,
                expires_at: key.expires_at,
            })
            .await?;
        Ok(SearchKey {
            id: created.id,
            value: created.value,
            collections: key.collections.clone(),
            description: key.description.clone(),
            expires_at: key.expires_at,
            collection: None,
            not_opened: Vec::new(),
        })
    }
}

/// Sorts the source's keys by what to do with them. Each of the target's `existing` keys counts for
/// one key of the source, and is removed from the list.
fn classify(keys: Vec<ApiKey>, existing: &mut Vec<KeyMove>, now: u64) -> KeyMoves {
    let mut moves = KeyMoves::default();
    for key in keys {
        if !is_search_only(&key) {
            moves.not_search_only += 1;
            continue;
        }
        let planned = KeyMove::of(key);
        if planned.expires_at.is_some_and(|end| end <= now) {
            moves.expired += 1;
        } else if let Some(equal) = existing.iter().position(|one| one.is_like(&planned)) {
            existing.swap_remove(equal);
            moves.existing.push(planned);
        } else {
            moves.to_create.push(planned);
        }
    }
    moves
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{KeyMove, NEVER, classify};
    use crate::search::ApiKey;

    fn key(id: u64, description: &str, action: &str, expires_at: u64) -> ApiKey {
        serde_json::from_value(json!({
            "id": id, "description": description, "actions": [action],
            "collections": ["plone(-[0-9]+)?"], "expires_at": expires_at,
        }))
        .unwrap()
    }

    #[test]
    fn each_key_of_the_target_counts_for_one_of_the_source() {
        let search = "documents:search";
        let source_keys = vec![
            key(1, "one", search, NEVER),
            key(2, "one", search, NEVER),
            key(3, "old", search, 5),
            key(4, "admin", "*", NEVER),
            key(5, "next", search, 50),
        ];
        let mut target_keys = vec![
            KeyMove::of(key(9, "one", search, 0)),
            KeyMove::of(key(8, "next", search, 60)),
        ];
        let moves = classify(source_keys, &mut target_keys, 10);
        let ids = |keys: &[KeyMove]| keys.iter().map(|key| key.id).collect::<Vec<_>>();
        assert_eq!(
            (ids(&moves.existing), ids(&moves.to_create)),
            (vec![1], vec![2, 5])
        );
        assert_eq!((moves.expired, moves.not_search_only), (1, 1));
    }
}
