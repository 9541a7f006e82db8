//! All keys of an engine: made, found by their value, listed and removed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::key_error::KeyError;
use crate::engine::Engine;
use crate::error::EngineResult;

use super::access::{Grant, HolderReach, KeyHolder};
use super::api_key::{AccessRequest, Key, KeyRecord};
use super::secrets::{digest, fill, random_key};
use super::{api_key, scoped_key};

/// How many keys there may be: each is looked at for every scoped key.
const MOST_KEYS: usize = 10_000;
/// Characters of a value that nobody guesses.
const SHORTEST: usize = 16;
/// All keys of an engine.
#[derive(Debug)]
pub(crate) struct KeyRing {
    engine: Arc<Engine>,
    /// Fresh in every process: digests under it say nothing about values, so that the time of a
    /// comparison says nothing either.
    secret: [u8; 32],
    admins: Vec<[u8; 32]>,
    table: RwLock<KeyTable>,
}

#[derive(Debug, Default)]
struct KeyTable {
    /// In the order in which they were made.
    keys: Vec<Arc<Key>>,
    by_digest: HashMap<[u8; 32], usize>,
}

impl KeyRing {
    /// Reads the keys of an engine; those in `admins` may do everything and are not kept.
    ///
    /// # Errors
    ///
    /// If there is no admin key or an empty one, there is no randomness, or the catalogue cannot be read.
    pub(crate) fn open(engine: Arc<Engine>, admins: &[&str]) -> EngineResult<Self> {
        if admins.is_empty() || admins.contains(&"") {
            return Err(KeyError::NoAdminKey.into());
        }
        if admins.iter().any(|admin| is_short(admin)) {
            tracing::warn!(
                "an admin key has fewer than {SHORTEST} characters and may be guessed: set a longer one"
            );
        }
        let mut secret = [0; 32];
        fill(&mut secret)?;
        let stored = engine.keys()?.into_iter();
        let keys = stored.map(|(number, record)| {
            let id = id_of(number);
            Ok(Arc::new(Key::new(id, KeyRecord::from_stored(id, record)?)))
        });
        let mut table = KeyTable {
            keys: keys.collect::<Result<_, KeyError>>()?,
            by_digest: HashMap::new(),
        };
        table.index(&secret);
        Ok(Self {
            engine,
            admins: admins.iter().map(|admin| digest(&secret, admin)).collect(),
            secret,
            table: RwLock::new(table),
        })
    }

    /// Makes a key as the body of `POST /keys` wants it, if the maker's own key permits as much;
    /// the answer is the only one with the value.
    pub(crate) fn create(&self, maker: &KeyHolder, body: &Value) -> EngineResult<Value> {
        let mut record = api_key::read(body)?;
        if !maker.may_make(&record) {
            return Err(KeyError::Forbidden.into());
        }
        if record.value.is_empty() {
            record.value = random_key()?;
        } else if is_short(&record.value) && !record.only_searches() {
            tracing::warn!(
                "a key that may do more than search is created with fewer than {SHORTEST} characters \
                 and may be guessed: let the engine choose its value"
            );
        }
        let wanted = digest(&self.secret, &record.value);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if self.admins.contains(&wanted) || table.by_digest.contains_key(&wanted) {
            return Err(KeyError::Conflict.into());
        }
        if table.keys.len() >= MOST_KEYS {
            return Err(KeyError::TooMany { most: MOST_KEYS }.into());
        }
        let id = id_of(self.engine.insert_key(&record.to_stored()?)?);
        let key = Key::new(id, record);
        let answer = key.with_value();
        table.keys.push(Arc::new(key));
        table.index(&self.secret);
        Ok(answer)
    }

    /// The keys whose collections are within reach, without their values.
    pub(crate) fn list(&self, holder: &KeyHolder) -> EngineResult<Value> {
        self.sweep()?;
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let seen = table.keys.iter().filter(|key| holder.oversees(key));
        let keys: Vec<Value> = seen.map(|key| key.without_value()).collect();
        Ok(json!({ "keys": keys }))
    }

    /// One of them, without its value; for others as if there were none.
    pub(crate) fn get(&self, holder: &KeyHolder, id_text: &str) -> EngineResult<Value> {
        let id = parse_id(id_text)?;
        self.sweep()?;
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let found = table.find(holder, id).ok_or(KeyError::NotFound)?;
        Ok(found.without_value())
    }

    /// Removes one of them for ever.
    pub(crate) fn delete(&self, holder: &KeyHolder, id_text: &str) -> EngineResult<Value> {
        let id = parse_id(id_text)?;
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.find(holder, id).is_none() || !self.engine.delete_key(number_of(id))? {
            return Err(KeyError::NotFound.into());
        }
        table.keys.retain(|key| key.id() != id);
        table.index(&self.secret);
        Ok(json!({ "id": id }))
    }

    /// Whether this is the value of an admin key.
    pub(crate) fn is_admin(&self, presented: &str) -> bool {
        self.admins.contains(&digest(&self.secret, presented))
    }

    /// Whether the holder of a value may do this; `None` is the answer 401.
    pub(crate) fn permit(&self, presented: &str, request: AccessRequest<'_>) -> Option<Grant> {
        if presented.is_empty() {
            return None;
        }
        let presented_digest = digest(&self.secret, presented);
        if self.admins.contains(&presented_digest) {
            return Some(Grant {
                embedded: Map::new(),
                holder: KeyHolder(HolderReach::Everything),
            });
        }
        let now = seconds_since_1970();
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let known = table.by_digest.get(&presented_digest);
        let grant = |key: &Arc<Key>, embedded| Grant {
            embedded,
            holder: KeyHolder(HolderReach::Key(Arc::clone(key))),
        };
        if let Some(key) = known.and_then(|place| table.keys.get(*place)) {
            return key.permits(request, now).then(|| grant(key, Map::new()));
        }
        let scoped = scoped_key::Scoped::read(presented)?;
        let mut parents = table.keys.iter().filter(|key| scoped.is_signed_by(key));
        let parent = parents.find(|key| key.may_be_scoped() && key.permits(request, now))?;
        let embedded = scoped.parameters(now)?;
        // A key cannot be widened by what its holder writes into it; and a name that is not text
        // would bind nothing.
        match embedded.get("collection") {
            None => {}
            Some(Value::String(other)) if parent.covers(other) => {}
            Some(_) => return None,
        }
        Some(grant(parent, embedded))
    }

    /// Removes expired keys that were to go by themselves.
    fn sweep(&self) -> EngineResult<()> {
        let now = seconds_since_1970();
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<u64> = table
            .keys
            .iter()
            .filter(|key| key.is_over(now))
            .map(|key| key.id())
            .collect();
        for id in &over {
            self.engine.delete_key(number_of(*id))?;
        }
        if !over.is_empty() {
            table.keys.retain(|key| !over.contains(&key.id()));
            table.index(&self.secret);
        }
        Ok(())
    }
}

impl KeyTable {
    fn find(&self, holder: &KeyHolder, id: u64) -> Option<&Arc<Key>> {
        let mut seen = self.keys.iter().filter(|key| holder.oversees(key));
        seen.find(|key| key.id() == id)
    }

    fn index(&mut self, secret: &[u8; 32]) {
        self.by_digest = self
            .keys
            .iter()
            .enumerate()
            .map(|(place, key)| (digest(secret, key.value()), place))
            .collect();
    }
}

/// An id out of a path.
fn parse_id(id: &str) -> Result<u64, KeyError> {
    id.parse().map_err(|_| KeyError::NotFound)
}

/// The catalogue counts from 1, the API from 0.
fn id_of(number: u64) -> u64 {
    number.saturating_sub(1)
}

fn number_of(id: u64) -> u64 {
    id.saturating_add(1)
}

fn is_short(value: &str) -> bool {
    value.chars().count() < SHORTEST
}

fn seconds_since_1970() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
