//! The thread that keeps house beside the requests.
//!
//! First it ends what an owner before this one had begun, and names what the catalogue does not
//! know. After a crash it then reads all indexes to see whether they are what was written. From then
//! on it commits, every few seconds, the indexes of collections that nobody writes to, and after a
//! minute without writes gives their memory back.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::named::{Library, Named, Names};
use crate::problem::Answer;
use crate::store::catalogue::{Entry, Step};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Rounds without a write after which an index gives its memory back.
const LONG_IDLE: u32 = 12;

/// Ends with [`Housekeeper::end`], or when it is dropped.
#[derive(Debug)]
pub(super) struct Housekeeper {
    stop: Option<Sender<()>>,
    /// Tells whether the indexes are known to be what was written.
    thread: Option<JoinHandle<bool>>,
}

/// What is known of a collection from the rounds before.
#[derive(Default)]
struct Seen {
    writes: u64,
    idle_rounds: u32,
}

struct House {
    library: Arc<Library>,
    names: Arc<RwLock<Names>>,
    stopped: Receiver<()>,
}

impl Housekeeper {
    pub(super) fn start(
        library: Arc<Library>,
        names: Arc<RwLock<Names>>,
        unfinished: Vec<(Entry, Step)>,
        verify: bool,
    ) -> Answer<Self> {
        let (stop, stopped) = channel();
        let house = House {
            library,
            names,
            stopped,
        };
        let thread = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || {
                house.library.finish(&unfinished);
                house.library.name_unknown();
                let verified = !verify || house.verify();
                house.keep();
                verified
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Ends the thread, after what it is at; true if the indexes are known to be in order.
    pub(super) fn end(mut self) -> bool {
        self.stop = None;
        let thread = self.thread.take();
        thread.is_some_and(|thread| thread.join().unwrap_or(false))
    }
}

impl Drop for Housekeeper {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that failed has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl House {
    fn is_over(&self) -> bool {
        self.stopped.try_recv() == Err(TryRecvError::Disconnected)
    }

    fn all(&self) -> Vec<Arc<Named>> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.collections.values().cloned().collect()
    }

    /// Looks at all indexes; false if one could not be looked at, or it was stopped before the last.
    fn verify(&self) -> bool {
        let mut verified = true;
        for named in self.all() {
            if self.is_over() {
                return false;
            }
            // One that cannot be opened has said so.
            let Ok(collection) = named.open(&self.library) else {
                continue;
            };
            let whole = collection.verify(&|| self.is_over());
            verified &= whole.unwrap_or_else(|problem| {
                let name = &named.entry.name;
                tracing::error!(name, %problem, "the index cannot be verified");
                false
            });
        }
        verified
    }

    /// Goes its rounds until it is stopped.
    fn keep(&self) {
        let mut all_seen: HashMap<u64, Seen> = HashMap::new();
        while self.stopped.recv_timeout(ROUND) == Err(RecvTimeoutError::Timeout) {
            for named in self.all() {
                let Some(collection) = named.if_opened() else {
                    continue;
                };
                let seen = all_seen.entry(named.entry.number).or_default();
                let writes = collection.writes();
                seen.idle_rounds = if writes == seen.writes {
                    seen.idle_rounds.saturating_add(1)
                } else {
                    0
                };
                seen.writes = writes;
                let rest = seen.idle_rounds == LONG_IDLE;
                if rest || seen.idle_rounds == 1 || collection.wants_index() {
                    collection.tidy(rest);
                }
            }
        }
    }
}
