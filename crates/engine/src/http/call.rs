//! A request on its way: what its path, query string, head and body say.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::Method;
use axum::http::request::Parts;
use serde_json::Value;

use crate::collection::Collection;
use crate::keys::{Grant, forbidden};
use crate::problem::{Answer, Problem};
use crate::room::Held;

use super::App;
use super::body::Whole;
use super::share::Share;

const KEY: &str = "x-typesense-api-key";

/// What the table of routes says of a request.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) method: Method,
    /// What a key has to permit; empty where none is needed.
    pub(super) action: &'static str,
    /// What a key has to cover beside the action.
    pub(super) governs: Governs,
    /// The segments of the path that are names, in their order.
    pub(super) names: Vec<String>,
}

/// What a route is about, as far as the collections of a key go. Names in bodies are checked where
/// the bodies are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Governs {
    /// Nothing that belongs to a collection, or a list that shows what the key covers.
    Nothing,
    /// The collection or alias that the path names first.
    Named,
    /// What every collection shares.
    All,
}

/// A request whose route is known.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    target: Target,
    pub(super) query: Query,
    /// The key in the head or, without one there, in the query string; may be empty.
    pub(super) presented: String,
    /// What the key permits, once it was asked.
    pub(super) granted: Grant,
    /// Empty until it is read; imports read it themselves.
    pub(super) body: Bytes,
    /// Whether it comes with an admin key in its head, as the folder's own commands do.
    pub(super) is_own: bool,
    /// What it takes of the room for bodies and what is parsed of them.
    room: Mutex<Held>,
}

impl Call {
    /// Takes the head of a request apart.
    pub(super) fn begin(app: &Arc<App>, target: Target, head: &Parts) -> Answer<Self> {
        let in_head = head.headers.get(KEY).map(|key| key.to_str());
        let is_own = matches!(in_head, Some(Ok(key)) if app.keys.is_admin(key));
        let query = head.uri.query().unwrap_or_default();
        let bodies = &app.share(is_own).bodies;
        let room = bodies.try_take(Query::weight(query))?;
        let query = Query::parse(query);
        let presented = match in_head {
            Some(Ok(key)) if !key.is_empty() => key,
            _ => query.get(KEY).unwrap_or_default(),
        };
        Ok(Self {
            app: Arc::clone(app),
            target,
            presented: presented.to_owned(),
            query,
            granted: Grant::default(),
            body: Bytes::new(),
            is_own,
            room: Mutex::new(room),
        })
    }

    /// With its body.
    pub(super) fn with_body(self, body: Whole) -> Self {
        self.keep(body.room);
        Self {
            body: body.bytes,
            ..self
        }
    }

    /// What it shares with others of its kind.
    pub(super) fn share(&self) -> &Share {
        self.app.share(self.is_own)
    }

    fn keep(&self, more: Held) {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        room.add(more);
    }

    /// Takes room for what is parsed of the request, for as long as it lives.
    pub(super) fn make_room(&self, bytes: usize) -> Answer<()> {
        self.keep(self.share().bodies.try_take(bytes)?);
        Ok(())
    }

    /// What a key has to permit.
    pub(super) fn action(&self) -> &'static str {
        self.target.action
    }

    /// A name in the path; the table of routes says how many there are.
    pub(super) fn name(&self, place: usize) -> &str {
        self.target.names.get(place).map_or("", String::as_str)
    }

    /// The name that a key has to cover; the empty one stands for what concerns all collections.
    pub(super) fn governed_name(&self) -> Option<&str> {
        match self.target.governs {
            Governs::Nothing => None,
            Governs::Named => Some(self.name(0)),
            Governs::All => Some(""),
        }
    }

    /// Whether the key covers a collection or alias of this name.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.granted.holder.covers(name)
    }

    /// Refuses a name out of a body or query string that the key does not cover; what is no name
    /// is refused by those who read it.
    pub(super) fn check_covers(&self, name: Option<&str>) -> Answer<()> {
        match name {
            Some(name) if !self.covers(name) => Err(forbidden()),
            _ => Ok(()),
        }
    }

    /// The collection in the path.
    pub(super) fn collection(&self) -> Answer<Arc<Collection>> {
        self.app.engine.collection(self.name(0))
    }

    pub(super) fn is_deletion(&self) -> bool {
        self.target.method == Method::DELETE
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Answer<Value> {
        self.make_room(parsed_weight(&self.body))?;
        serde_json::from_slice(&self.body).map_err(|_| Problem::bad_request("Bad JSON."))
    }
}

/// The query string.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

/// At most about so many bytes are needed for what JSON says; a few bytes of text can be very many.
fn parsed_weight(json: &[u8]) -> usize {
    let bytes = json.iter().map(|byte| match byte {
        // A place in a list that has grown to twice its size, or a member.
        b',' => 64,
        // The first places of a list.
        b'[' => 128,
        // A node of a tree, which has place for eleven members.
        b'{' => 640,
        _ => 1,
    });
    bytes.sum()
}

impl Query {
    /// About how many bytes the query string will take.
    fn weight(text: &str) -> usize {
        let parameters = text.bytes().filter(|byte| *byte == b'&').count();
        // Two texts, each with its allocation.
        text.len() + parameters * 112
    }

    pub(super) fn parse(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The value of a parameter; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().filter(move |(other, _)| other == name);
        values.map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The values of a parameter with commas between them.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let values = self.get(name).unwrap_or_default().split(',');
        let values = values.map(str::trim).filter(|value| !value.is_empty());
        values.map(str::to_owned).collect()
    }

    /// All parameters in their order, the key left out.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().filter(|(name, _)| name != KEY);
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
