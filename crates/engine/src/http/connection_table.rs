//! Who is connected to one listener: how many there may be, and who has to go when others wait.
//!
//! A client that has shown a valid key stays as long as the connection is used. All others are strangers.
//! While the table is full, a stranger's connection goes for each that waits, if it waits for its
//! client: for a request, for the rest of a body, for an answer to be read. An address that holds more
//! than its part loses one first, and of those the one that has waited longest. What the server itself
//! is working on is never broken off; that ends by limits of its own.
//!
//! Reads no request. Used by [`super::connections`]; those who check keys call
//! [`Connection::show_key`].

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

use super::malformed_requests::ResponseTracker;

/// How long a stranger may take for a step at least: who has only just come is not sent away.
const MOMENT: Duration = Duration::from_millis(200);
/// How often a table that stays full is looked through again.
const INTERVAL: Duration = Duration::from_millis(20);
/// One address may hold this part of the places before it loses connections ahead of others.
const FAIR_PART: usize = 4;

/// One connection, as far as others know it. Each request carries it among its extensions.
#[derive(Debug, Clone)]
pub struct Connection(Arc<ConnectionState>);

#[derive(Debug)]
struct ConnectionState {
    /// The network of the client; the same for all whose network is not known.
    network: u128,
    tracker: ResponseTracker,
    has_shown_key: AtomicBool,
    awaits_body: AtomicBool,
    is_unread: AtomicBool,
    is_leaving: AtomicBool,
    leave: Notify,
}

impl Connection {
    fn new(client: Option<IpAddr>) -> Self {
        Self(Arc::new(ConnectionState {
            network: client.map(network).unwrap_or_default(),
            tracker: ResponseTracker::default(),
            has_shown_key: AtomicBool::default(),
            awaits_body: AtomicBool::default(),
            is_unread: AtomicBool::default(),
            is_leaving: AtomicBool::default(),
            leave: Notify::new(),
        }))
    }

    /// Notes that a request on it came with a valid key.
    pub fn show_key(&self) {
        self.0.has_shown_key.store(true, Ordering::Relaxed);
    }

    /// Notes whether an answer cannot be sent on, because its client does not read it.
    pub(super) fn set_unread(&self, is_unread: bool) {
        self.0.is_unread.store(is_unread, Ordering::Relaxed);
    }

    pub(super) fn tracker(&self) -> &ResponseTracker {
        &self.0.tracker
    }

    /// Ready when it has to make room for another.
    pub(super) async fn told_to_leave(&self) {
        self.0.leave.notified().await;
    }

    fn has_shown_key(&self) -> bool {
        self.0.has_shown_key.load(Ordering::Relaxed)
    }

    fn is_leaving(&self) -> bool {
        self.0.is_leaving.load(Ordering::Relaxed)
    }

    fn tell_to_leave(&self) {
        self.0.is_leaving.store(true, Ordering::Relaxed);
        self.0.leave.notify_one();
    }

    /// Since when it has been waiting for its client, if it is.
    fn waits_since(&self) -> Option<Instant> {
        let state = &self.0;
        let is_idle = state.tracker.is_idle();
        let is_stuck =
            state.awaits_body.load(Ordering::Relaxed) || state.is_unread.load(Ordering::Relaxed);
        let waits = is_idle || is_stuck && !self.has_shown_key();
        waits.then(|| state.tracker.since())
    }
}

/// The connections of a listener.
pub(super) struct ConnectionTable {
    most: usize,
    /// How long one that has shown a key may be idle while others wait.
    idle_patience: Duration,
    open: Mutex<Vec<Connection>>,
    left: Notify,
}

/// A place in the table, which is free again when this is dropped.
pub(super) struct Place {
    table: Arc<ConnectionTable>,
    pub(super) connection: Connection,
}

impl ConnectionTable {
    pub(super) fn new(most: usize, idle_patience: Duration) -> Self {
        Self {
            most,
            idle_patience,
            open: Mutex::default(),
            left: Notify::new(),
        }
    }

    /// Waits for a place; meanwhile strangers go.
    pub(super) async fn enter(self: &Arc<Self>, client: Option<IpAddr>) -> Place {
        loop {
            if let Some(connection) = self.try_enter(client) {
                return Place {
                    table: Arc::clone(self),
                    connection,
                };
            }
            // One that cannot go now may be able to later, which nobody tells.
            let _ = tokio::time::timeout(INTERVAL, self.left.notified()).await;
        }
    }

    fn try_enter(&self, client: Option<IpAddr>) -> Option<Connection> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() < self.most {
            let connection = Connection::new(client);
            open.push(connection.clone());
            return Some(connection);
        }
        if !open.iter().any(Connection::is_leaving)
            && let Some(first) = self.first_to_go(&open)
        {
            first.tell_to_leave();
        }
        None
    }

    fn first_to_go<'c>(&self, open: &'c [Connection]) -> Option<&'c Connection> {
        let mut held: HashMap<u128, usize> = HashMap::new();
        for connection in open {
            *held.entry(connection.0.network).or_default() += 1;
        }
        let fair = (self.most / FAIR_PART).max(1);
        let waiting = open
            .iter()
            .filter_map(|one| Some((one.waits_since()?, one)));
        let (since, first) = waiting.min_by_key(|(since, one)| {
            let is_fair = held.get(&one.0.network).is_none_or(|held| *held <= fair);
            (one.has_shown_key(), is_fair, *since)
        })?;
        let patience = if first.has_shown_key() {
            self.idle_patience
        } else {
            MOMENT.min(self.idle_patience)
        };
        // Nobody goes in the place of one who only has to be waited for a moment longer.
        (since.elapsed() >= patience).then_some(first)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .table
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.retain(|other| !Arc::ptr_eq(&other.0, &self.connection.0));
        self.table.left.notify_one();
    }
}

/// The network that an address belongs to: a client can choose among the addresses of an IPv6 network.
fn network(client: IpAddr) -> u128 {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    }
}

/// The body of a request, which notes while it waits for its client.
pub(super) struct AwaitedBody<B> {
    pub(super) body: B,
    pub(super) connection: Connection,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for AwaitedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let awaits_body = &self.connection.0.awaits_body;
        awaits_body.store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for AwaitedBody<B> {
    fn drop(&mut self) {
        let awaits_body = &self.connection.0.awaits_body;
        awaits_body.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use super::*;

    /// A table that is full of the connections of these clients.
    fn full(clients: &[&str]) -> (ConnectionTable, Vec<Connection>) {
        let table = ConnectionTable::new(clients.len(), Duration::ZERO);
        let entered = clients
            .iter()
            .filter_map(|client| table.try_enter(client.parse().ok()));
        let open: Vec<Connection> = entered.collect();
        assert_eq!(open.len(), clients.len());
        (table, open)
    }

    /// A request that is being worked on until this is dropped.
    fn work(connection: &Connection) -> impl Sized + use<> {
        connection
            .tracker()
            .track(async { Err::<Response, ()>(()) })
    }

    /// Which of those that have come goes first for another.
    fn goes(table: &ConnectionTable, open: &[Connection]) -> Option<usize> {
        assert!(table.try_enter(None).is_none());
        open.iter().position(Connection::is_leaving)
    }

    #[test]
    fn the_stranger_that_has_waited_longest_goes() {
        let (table, open) = full(&["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
        open[0].show_key();
        // Its request is being worked on.
        let answering = work(&open[1]);
        assert_eq!(goes(&table, &open), Some(2));
        // No other waiting client is woken before it has left.
        assert!(table.try_enter(None).is_none());
        assert_eq!(open.iter().filter(|one| one.is_leaving()).count(), 1);
        drop(answering);
    }

    #[test]
    fn who_waits_for_the_rest_of_a_body_goes_and_who_works_stays() {
        let (table, open) = full(&["192.0.2.1", "192.0.2.1"]);
        let answering: Vec<_> = open.iter().map(work).collect();
        assert_eq!(goes(&table, &open), None);
        open[1].0.awaits_body.store(true, Ordering::Relaxed);
        assert_eq!(goes(&table, &open), Some(1));
        drop(answering);
    }

    #[test]
    fn a_network_that_holds_more_than_its_part_loses_first() {
        for (many, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1"),
            ("2001:db8::1", "2001:db8::ffff:1"),
        ] {
            let (table, open) = full(&["192.0.2.9", "192.0.2.8", many, other]);
            assert_eq!(goes(&table, &open), Some(2), "{many}");
        }
    }

    #[test]
    fn holders_of_keys_go_last_and_only_if_they_are_idle() {
        let (table, open) = full(&["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        for one in &open {
            one.show_key();
        }
        open[0].0.awaits_body.store(true, Ordering::Relaxed);
        let answering = work(&open[0]);
        assert_eq!(goes(&table, &open), Some(1));
        drop(answering);
    }
}
