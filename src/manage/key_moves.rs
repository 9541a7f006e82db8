//! Search-only keys on another server: created again there, because no server shows a value twice.
//!
//! A key that is there already with the same rights, names, end and description is left as it is,
//! so the move can be repeated; keys that can do more than search stay behind.

use secrecy::SecretString;
use serde::Serialize;

use super::{ManageError, SearchKey, ServerPair, is_search_only};
use crate::search::{ApiKey, NewApiKey};

/// From here on an end is so far away that there is none: the servers' own default.
const NEVER: u64 = 64_723_363_199;

/// A key of the source that is to be made, or is, at the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyMove {
    /// Its number at the source.
    pub id: u64,
    pub description: String,
    pub actions: Vec<String>,
    /// The patterns of names that it opens.
    pub collections: Vec<String>,
    /// Unix seconds; `None` where it never ends.
    pub expires_at: Option<u64>,
}

/// What becomes of the keys of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KeyMoves {
    /// Have to be made.
    pub to_make: Vec<KeyMove>,
    /// Equal ones are at the target.
    pub there: Vec<KeyMove>,
    /// Have ended.
    pub expired: u64,
    /// Can do more than search.
    pub mightier: u64,
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
    pub(super) async fn plan_key_moves(&self) -> Result<KeyMoves, ManageError> {
        let mut keys = self.from.workspace.search.list_keys().await?;
        keys.sort_by_key(|key| key.id);
        let mut known: Vec<KeyMove> = self
            .to
            .workspace
            .search
            .list_keys()
            .await?
            .into_iter()
            .map(KeyMove::of)
            .collect();
        Ok(sorted(
            keys,
            &mut known,
            jiff::Timestamp::now().as_second().cast_unsigned(),
        ))
    }

    /// Makes one key at the target. Its value is in nobody's hands but the caller's.
    pub async fn make_key(&self, key: &KeyMove) -> Result<SearchKey, ManageError> {
        let made = self
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
            id: made.id,
            value: made.value,
            collections: key.collections.clone(),
            description: key.description.clone(),
            expires_at: key.expires_at,
            collection: None,
            not_opened: Vec::new(),
        })
    }
}

/// Tells the keys apart; each of `known` stands for one key of the source.
fn sorted(keys: Vec<ApiKey>, known: &mut Vec<KeyMove>, now: u64) -> KeyMoves {
    let mut moves = KeyMoves::default();
    for key in keys {
        if !is_search_only(&key) {
            moves.mightier += 1;
            continue;
        }
        let key = KeyMove::of(key);
        if key.expires_at.is_some_and(|end| end <= now) {
            moves.expired += 1;
        } else if let Some(twin) = known.iter().position(|one| one.is_like(&key)) {
            known.swap_remove(twin);
            moves.there.push(key);
        } else {
            moves.to_make.push(key);
        }
    }
    moves
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{KeyMove, NEVER, sorted};
    use crate::search::ApiKey;

    fn key(id: u64, description: &str, action: &str, expires_at: u64) -> ApiKey {
        serde_json::from_value(json!({
            "id": id, "description": description, "actions": [action],
            "collections": ["plone(-[0-9]+)?"], "expires_at": expires_at,
        }))
        .unwrap()
    }

    #[test]
    fn each_key_there_stands_for_one_here() {
        let search = "documents:search";
        let here = vec![
            key(1, "one", search, NEVER),
            key(2, "one", search, NEVER),
            key(3, "old", search, 5),
            key(4, "admin", "*", NEVER),
            key(5, "next", search, 50),
        ];
        let mut there = vec![
            KeyMove::of(key(9, "one", search, 0)),
            KeyMove::of(key(8, "next", search, 60)),
        ];
        let moves = sorted(here, &mut there, 10);
        let ids = |keys: &[KeyMove]| keys.iter().map(|key| key.id).collect::<Vec<_>>();
        assert_eq!(
            (ids(&moves.there), ids(&moves.to_make)),
            (vec![1], vec![2, 5])
        );
        assert_eq!((moves.expired, moves.mightier), (1, 1));
    }
}
