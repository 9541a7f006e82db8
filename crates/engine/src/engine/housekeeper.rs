//! The thread that keeps house while nobody asks for anything.
//!
//! Every few seconds it commits the indexes of collections that nobody writes to, and after a
//! minute without writes gives their memory back. After a crash it first reads all indexes to see
//! whether they are what was written.

use std::collections::HashMap;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Names;
use crate::collection::Collection;
use crate::problem::Answer;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Rounds without a write after which an index gives its memory back.
const LONG_IDLE: u32 = 12;

/// Dropping it ends the thread, after the round that it is at.
#[derive(Debug)]
pub(super) struct Housekeeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What is known of a collection from the rounds before.
#[derive(Default)]
struct Seen {
    writes: u64,
    idle_rounds: u32,
}

impl Housekeeper {
    pub(super) fn start(names: Arc<RwLock<Names>>, verify: bool) -> Answer<Self> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || {
                let mut seen: HashMap<u64, Seen> = HashMap::new();
                if verify {
                    each_collection(&names, |_, collection| {
                        if let Err(problem) = collection.verify() {
                            let name = collection.name();
                            tracing::error!(name, %problem, "the index cannot be verified");
                        }
                        stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected)
                    });
                }
                while stopped.recv_timeout(ROUND) == Err(RecvTimeoutError::Timeout) {
                    each_collection(&names, |number, collection| {
                        let seen = seen.entry(number).or_default();
                        let long_idle = seen.idle_rounds == LONG_IDLE;
                        let writes = collection.tidy(seen.writes, long_idle);
                        seen.idle_rounds = if writes == seen.writes {
                            seen.idle_rounds.saturating_add(1)
                        } else {
                            0
                        };
                        seen.writes = writes;
                        true
                    });
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

fn each_collection(names: &RwLock<Names>, mut work: impl FnMut(u64, &Collection) -> bool) {
    let collections: Vec<(u64, Arc<Collection>)> = {
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        let open = names.open();
        open.map(|(number, collection)| (number, Arc::clone(collection)))
            .collect()
    };
    for (number, collection) in collections {
        if !work(number, &collection) {
            return;
        }
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
