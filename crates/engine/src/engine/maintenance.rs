//! The thread that does the housekeeping while requests are served.
//!
//! First it ends what an owner before this one had begun, and names what the catalogue does not
//! know. After a crash it then reads all indexes to see whether they are what was written. From then
//! on it commits, every few seconds, the indexes of collections that nobody writes to, and gives
//! memory back: that of an index after a minute without writes, that of documents which no search
//! has shown for a minute.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::collection_slots::{CollectionSlot, EngineStorage, NameTable};
use crate::error::EngineResult;
use crate::store::catalogue::{CollectionRecord, UnfinishedStep};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Rounds without a write after which an index gives its memory back.
const LONG_IDLE: u32 = 12;

/// Ends with [`Maintenance::end`], or when it is dropped.
#[derive(Debug)]
pub(super) struct Maintenance {
    stop: Option<Sender<()>>,
    /// Tells whether the indexes are known to be what was written.
    thread: Option<JoinHandle<bool>>,
}

/// What is known of a collection from the rounds before.
#[derive(Default)]
struct WriteActivity {
    writes: u64,
    idle_rounds: u32,
}

struct MaintenanceLoop {
    storage: Arc<EngineStorage>,
    names: Arc<RwLock<NameTable>>,
    stopped: Receiver<()>,
}

impl Maintenance {
    pub(super) fn start(
        storage: Arc<EngineStorage>,
        names: Arc<RwLock<NameTable>>,
        unfinished: Vec<(CollectionRecord, UnfinishedStep)>,
        verify: bool,
    ) -> EngineResult<Self> {
        let (stop, stopped) = channel();
        let house = MaintenanceLoop {
            storage,
            names,
            stopped,
        };
        let thread = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || {
                house.storage.finish(&unfinished);
                house.storage.name_unknown();
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

impl Drop for Maintenance {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that failed has nothing more to say.
            let _ = thread.join();
        }
    }
}

impl MaintenanceLoop {
    fn is_over(&self) -> bool {
        self.stopped.try_recv() == Err(TryRecvError::Disconnected)
    }

    fn all(&self) -> Vec<Arc<CollectionSlot>> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.collections.values().cloned().collect()
    }

    /// Looks at all indexes; false if one could not be looked at, or it was stopped before the last.
    fn verify(&self) -> bool {
        let mut verified = true;
        for slot in self.all() {
            if self.is_over() {
                return false;
            }
            // One that cannot be opened has said so.
            let Ok(collection) = slot.open(&self.storage) else {
                continue;
            };
            let whole = collection.verify(&|| self.is_over());
            verified &= whole.unwrap_or_else(|problem| {
                let name = &slot.entry.name;
                tracing::error!(name, %problem, "the index cannot be verified");
                false
            });
        }
        verified
    }

    /// Goes its rounds until it is stopped.
    fn keep(&self) {
        let mut all_seen: HashMap<u64, WriteActivity> = HashMap::new();
        while self.stopped.recv_timeout(ROUND) == Err(RecvTimeoutError::Timeout) {
            self.storage.documents.forget_unused();
            for slot in self.all() {
                let Some(collection) = slot.if_opened() else {
                    continue;
                };
                let seen = all_seen.entry(slot.entry.number).or_default();
                let writes = collection.writes();
                seen.idle_rounds = if writes == seen.writes {
                    seen.idle_rounds.saturating_add(1)
                } else {
                    0
                };
                seen.writes = writes;
                let rest = seen.idle_rounds == LONG_IDLE;
                if rest || seen.idle_rounds == 1 || collection.wants_index() {
                    collection.maintain(rest);
                }
            }
        }
    }
}
