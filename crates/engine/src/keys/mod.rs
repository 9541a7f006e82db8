//! API keys: made, checked, listed, and kept in the engine's catalogue.
//!
//! [`Keys`] is the book of all keys; [`key`] is one key and what it permits; [`scoped`] reads the
//! keys that their holders sign themselves. A value is shown once, when its key is made; it is
//! never logged and never part of an error. Called by `http`.

mod key;
mod scoped;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::engine::Engine;
use crate::problem::{Answer, Problem};

use key::{Key, Record};

/// How many keys there may be: each is looked at for every scoped key.
const MOST_KEYS: usize = 10_000;
/// Characters of a made key.
const LENGTH: usize = 32;
/// Characters of a value that nobody guesses.
const SHORTEST: usize = 16;
/// Characters of a value that may be shown, and by which a scoped key names its parent.
const PREFIX: usize = 4;

/// What a request wants to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// `documents:search`, `collections:get` and so on.
    pub(crate) action: &'a str,
    /// The names of collections as the request says them: aliases are not looked up. Empty for
    /// what belongs to no collection.
    pub(crate) collections: &'a [&'a str],
}

/// A permission, with what a scoped key adds to every search.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Grant {
    /// Search parameters that win over those of the request.
    pub(crate) embedded: Map<String, Value>,
    /// Who asks.
    pub(crate) holder: Holder,
}

/// Who asks: what their key covers also bounds the names in a body and what a list shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Holder(Reach);

#[derive(Debug, Clone, Default, PartialEq)]
enum Reach {
    #[default]
    Nothing,
    /// That of an admin key.
    Everything,
    Key(Arc<Key>),
}

impl Holder {
    /// Whether a collection or alias of this name is within reach. The empty name stands for what
    /// concerns all of them.
    pub(crate) fn covers(&self, name: &str) -> bool {
        match &self.0 {
            Reach::Nothing => false,
            Reach::Everything => true,
            Reach::Key(key) => key.covers(name),
        }
    }

    /// Whether another key's collections are all within reach.
    fn oversees(&self, other: &Key) -> bool {
        match &self.0 {
            Reach::Nothing => false,
            Reach::Everything => true,
            Reach::Key(key) => key.oversees(other.record()),
        }
    }

    /// Whether a key that permits this may be made: nothing that the maker's own key does not.
    fn may_make(&self, wanted: &Record) -> bool {
        match &self.0 {
            Reach::Nothing => false,
            Reach::Everything => true,
            Reach::Key(key) => key.oversees(wanted) && key.outranks(wanted),
        }
    }
}

/// The answer to a key that is missing, wrong, or does not reach far enough.
pub(crate) fn forbidden() -> Problem {
    Problem::new(
        401,
        "Forbidden - a valid `x-typesense-api-key` header must be sent.",
    )
}

/// All keys of an engine.
#[derive(Debug)]
pub(crate) struct Keys {
    engine: Arc<Engine>,
    /// Fresh in every process: digests under it say nothing about values, so that the time of a
    /// comparison says nothing either.
    secret: [u8; 32],
    admins: Vec<[u8; 32]>,
    book: RwLock<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// In the order in which they were made.
    keys: Vec<Arc<Key>>,
    by_digest: HashMap<[u8; 32], usize>,
}

impl Keys {
    /// Reads the keys of an engine; those in `admins` may do everything and are not kept.
    ///
    /// # Errors
    ///
    /// If there is no admin key or an empty one, there is no randomness, or the catalogue cannot be read.
    pub(crate) fn open(engine: Arc<Engine>, admins: &[&str]) -> Answer<Self> {
        if admins.is_empty() || admins.contains(&"") {
            return Err(Problem::fault("the admin key is empty; set one"));
        }
        if admins.iter().any(|admin| is_short(admin)) {
            tracing::warn!(
                "an admin key has fewer than {SHORTEST} characters and may be guessed: set a longer one"
            );
        }
        let mut secret = [0; 32];
        fill(&mut secret)?;
        let kept = engine.keys()?.into_iter();
        let keys =
            kept.map(|(number, kept)| Record::kept(id(number), kept).map(Key::of).map(Arc::new));
        let mut book = Book {
            keys: keys.collect::<Answer<_>>()?,
            by_digest: HashMap::new(),
        };
        book.index(&secret);
        Ok(Self {
            engine,
            admins: admins.iter().map(|admin| digest(&secret, admin)).collect(),
            secret,
            book: RwLock::new(book),
        })
    }

    /// Makes a key as the body of `POST /keys` wants it, if the maker's own key permits as much;
    /// the answer is the only one with the value.
    pub(crate) fn create(&self, maker: &Holder, body: &Value) -> Answer<Value> {
        let mut record = key::read(body)?;
        if !maker.may_make(&record) {
            return Err(forbidden());
        }
        if record.value.is_empty() {
            record.value = random_key()?;
        } else if is_short(&record.value) && !record.only_searches() {
            tracing::warn!(
                "a key that may do more than search is made with fewer than {SHORTEST} characters \
                 and may be guessed: let the engine choose its value"
            );
        }
        let wanted = digest(&self.secret, &record.value);
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        if self.admins.contains(&wanted) || book.by_digest.contains_key(&wanted) {
            return Err(Problem::conflict("API key generation conflict."));
        }
        if book.keys.len() >= MOST_KEYS {
            return Err(Problem::unprocessable(format!(
                "There are {MOST_KEYS} keys already; delete some."
            )));
        }
        record.id = id(self.engine.insert_key(&record.to_keep()?)?);
        let answer = record.with_value();
        book.keys.push(Arc::new(Key::of(record)));
        book.index(&self.secret);
        Ok(answer)
    }

    /// The keys whose collections are within reach, without their values.
    pub(crate) fn list(&self, holder: &Holder) -> Answer<Value> {
        self.sweep()?;
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner);
        let seen = book.keys.iter().filter(|key| holder.oversees(key));
        let keys: Vec<Value> = seen.map(|key| key.without_value()).collect();
        Ok(json!({ "keys": keys }))
    }

    /// One of them, without its value; for others as if there were none.
    pub(crate) fn get(&self, holder: &Holder, id: &str) -> Answer<Value> {
        let id = parsed(id)?;
        self.sweep()?;
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner);
        let found = book.find(holder, id).ok_or_else(not_found)?;
        Ok(found.without_value())
    }

    /// Removes one of them for ever.
    pub(crate) fn delete(&self, holder: &Holder, id: &str) -> Answer<Value> {
        let id = parsed(id)?;
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        if book.find(holder, id).is_none() || !self.engine.delete_key(number(id))? {
            return Err(not_found());
        }
        book.keys.retain(|key| key.id() != id);
        book.index(&self.secret);
        Ok(json!({ "id": id }))
    }

    /// Whether this is the value of an admin key.
    pub(crate) fn is_admin(&self, presented: &str) -> bool {
        self.admins.contains(&digest(&self.secret, presented))
    }

    /// Whether the holder of a value may do this; `None` is the answer 401.
    pub(crate) fn permit(&self, presented: &str, wish: Wish<'_>) -> Option<Grant> {
        if presented.is_empty() {
            return None;
        }
        let presented_digest = digest(&self.secret, presented);
        if self.admins.contains(&presented_digest) {
            return Some(Grant {
                embedded: Map::new(),
                holder: Holder(Reach::Everything),
            });
        }
        let now = now();
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner);
        let known = book.by_digest.get(&presented_digest);
        let grant = |key: &Arc<Key>, embedded| Grant {
            embedded,
            holder: Holder(Reach::Key(Arc::clone(key))),
        };
        if let Some(key) = known.and_then(|place| book.keys.get(*place)) {
            return key.permits(wish, now).then(|| grant(key, Map::new()));
        }
        let scoped = scoped::Scoped::read(presented)?;
        let mut parents = book.keys.iter().filter(|key| scoped.is_signed_by(key));
        let parent = parents.find(|key| key.may_be_scoped() && key.permits(wish, now))?;
        let embedded = scoped.parameters(now)?;
        // A key cannot be widened by what its holder writes into it; and a name that is no text
        // would bind nothing.
        match embedded.get("collection") {
            None => {}
            Some(Value::String(other)) if parent.covers(other) => {}
            Some(_) => return None,
        }
        Some(grant(parent, embedded))
    }

    /// Removes expired keys that were to go by themselves.
    fn sweep(&self) -> Answer<()> {
        let now = now();
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<u64> = book
            .keys
            .iter()
            .filter(|key| key.is_over(now))
            .map(|key| key.id())
            .collect();
        for id in &over {
            self.engine.delete_key(number(*id))?;
        }
        if !over.is_empty() {
            book.keys.retain(|key| !over.contains(&key.id()));
            book.index(&self.secret);
        }
        Ok(())
    }
}

impl Book {
    fn find(&self, holder: &Holder, id: u64) -> Option<&Arc<Key>> {
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

fn digest(secret: &[u8; 32], value: &str) -> [u8; 32] {
    hmac(secret, value.as_bytes())
        .finalize()
        .into_bytes()
        .into()
}

/// A message under a key, ready to be compared or finished.
fn hmac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    // A key of any length is accepted, longer ones are hashed first.
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
        .unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
    mac.update(message);
    mac
}

/// An id out of a path.
fn parsed(id: &str) -> Answer<u64> {
    id.parse().map_err(|_| not_found())
}

/// The catalogue counts from 1, the API from 0.
fn id(number: u64) -> u64 {
    number.saturating_sub(1)
}

fn number(id: u64) -> u64 {
    id.saturating_add(1)
}

fn is_short(value: &str) -> bool {
    value.chars().count() < SHORTEST
}

fn not_found() -> Problem {
    Problem::not_found("Not found.")
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn fill(bytes: &mut [u8]) -> Answer<()> {
    getrandom::fill(bytes)
        .map_err(|error| Problem::fault(format!("the system gives no random bytes: {error}")))
}

/// As many letters and digits as a key has, each equally likely.
///
/// # Errors
///
/// If the system has no random bytes to give.
pub fn random_key() -> Answer<String> {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut value = String::with_capacity(LENGTH);
    let mut bytes = [0; 2 * LENGTH];
    while value.len() < LENGTH {
        fill(&mut bytes)?;
        // Numbers from 248 on would make the first letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
        value.extend(
            letters
                .take(LENGTH - value.len())
                .map(|byte| char::from(*byte)),
        );
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
