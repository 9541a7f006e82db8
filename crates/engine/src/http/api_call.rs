//! A request on its way: what its path, query string, head and body say.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::Method;
use axum::http::request::Parts;
use serde_json::Value;

use super::app::App;
use super::capacity::{Capacity, Share, VISITORS_HEADER};
use super::connection_table::Connection;
use super::query_string::{API_KEY, QueryString};
use super::request_body::BufferedBody;
use crate::collection::Collection;
use crate::error::{EngineError, EngineResult};
use crate::keys::{Grant, KeyError};
use crate::memory::Reservation;

/// What the table of routes says of a request.
#[derive(Debug)]
pub(super) struct RouteMatch {
    pub(super) method: Method,
    /// What a key has to permit; empty where none is needed.
    pub(super) action: &'static str,
    /// What a key has to cover in addition to the action.
    pub(super) governs: KeyScope,
    /// The segments of the path that are names, in their order.
    pub(super) names: Vec<String>,
}

/// What a route is about, as far as the collections of a key go. Names in bodies are checked where
/// the bodies are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyScope {
    /// Nothing that belongs to a collection, or a list that shows what the key covers.
    Nothing,
    /// The collection or alias that the path names first.
    Named,
    /// What every collection shares.
    All,
}

/// A request whose route is known.
pub(super) struct ApiCall {
    pub(super) app: Arc<App>,
    matched: RouteMatch,
    pub(super) query: QueryString,
    /// The key in the head or, without one there, in the query string; may be empty.
    pub(super) presented: String,
    /// What the key permits, once it was asked.
    pub(super) granted: Grant,
    /// Empty until it is read; imports read it themselves.
    pub(super) body: Bytes,
    /// Whose request it is.
    pub(super) share: Share,
    /// The connection that it came by, if it came by one.
    connection: Option<Connection>,
    /// What it takes of the room for bodies and what is parsed of them.
    reservations: Mutex<Vec<Reservation>>,
}

impl ApiCall {
    /// Takes the head of a request apart.
    pub(super) fn begin(app: &Arc<App>, matched: RouteMatch, head: &Parts) -> Self {
        let in_head = head.headers.get(API_KEY).map(|key| key.to_str());
        let is_own = matches!(in_head, Some(Ok(key)) if app.keys.is_admin(key));
        let query = QueryString::parse(head.uri.query().unwrap_or_default());
        let presented = match in_head {
            Some(Ok(key)) if !key.is_empty() => key,
            _ => query.get(API_KEY).unwrap_or_default(),
        };
        let mut call = Self {
            app: Arc::clone(app),
            matched,
            presented: presented.to_owned(),
            query,
            granted: Grant::default(),
            body: Bytes::new(),
            share: Share::Strangers,
            connection: head.extensions.get().cloned(),
            reservations: Mutex::default(),
        };
        if is_own {
            call.recognize();
            call.share = if head.headers.contains_key(VISITORS_HEADER) {
                Share::Visitors
            } else {
                Share::Own
            };
        }
        call
    }

    /// Notes that its key is valid, and permits what it wants.
    pub(super) fn recognize(&mut self) {
        if self.share == Share::Strangers {
            self.share = Share::KeyHolders;
        }
        if let Some(connection) = &self.connection {
            connection.show_key();
        }
    }

    /// With its body.
    pub(super) fn with_body(self, body: BufferedBody) -> Self {
        self.keep(body.reservation);
        Self {
            body: body.bytes,
            ..self
        }
    }

    /// What it shares with others of its kind.
    pub(super) fn capacity(&self) -> &Capacity {
        self.app.capacity(self.share)
    }

    fn keep(&self, more: Reservation) {
        let reservations = self.reservations.lock();
        reservations
            .unwrap_or_else(PoisonError::into_inner)
            .push(more);
    }

    /// Takes room for what is parsed of the request, for as long as it lives.
    pub(super) fn reserve_memory(&self, bytes: usize) -> EngineResult<()> {
        self.keep(self.capacity().bodies.try_take(bytes)?);
        Ok(())
    }

    /// What a key has to permit.
    pub(super) fn action(&self) -> &'static str {
        self.matched.action
    }

    /// A name in the path; the table of routes says how many there are.
    pub(super) fn name(&self, place: usize) -> &str {
        self.matched.names.get(place).map_or("", String::as_str)
    }

    /// The name that a key has to cover; the empty one stands for what concerns all collections.
    pub(super) fn governed_name(&self) -> Option<&str> {
        match self.matched.governs {
            KeyScope::Nothing => None,
            KeyScope::Named => Some(self.name(0)),
            KeyScope::All => Some(""),
        }
    }

    /// Whether the key covers a collection or alias of this name.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.granted.holder.covers(name)
    }

    /// Refuses a name out of a body or query string that the key does not cover; what is not a name
    /// is refused by those who read it.
    pub(super) fn check_covers(&self, name: Option<&str>) -> EngineResult<()> {
        match name {
            Some(name) if !self.covers(name) => Err(KeyError::Forbidden.into()),
            _ => Ok(()),
        }
    }

    /// The collection in the path.
    pub(super) fn collection(&self) -> EngineResult<Arc<Collection>> {
        self.app.engine.collection(self.name(0))
    }

    pub(super) fn is_deletion(&self) -> bool {
        self.matched.method == Method::DELETE
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> EngineResult<Value> {
        self.reserve_memory(parsed_size(&self.body))?;
        serde_json::from_slice(&self.body)
            .map_err(|error| EngineError::invalid("Bad JSON.").caused_by(error))
    }
}

/// An upper bound, roughly, for the memory of parsed JSON; a few bytes of text can take a lot.
fn parsed_size(json: &[u8]) -> usize {
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
