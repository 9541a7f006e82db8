//! What requests share: turns to work, and room in memory for bodies and answers.
//!
//! There are several shares, so that no number of those who use one keeps the others waiting. Each
//! [`super::api_call::ApiCall`] belongs to one of them.

use crate::memory::MemoryPool;
use crate::settings::EngineSettings;

use super::worker_pool::WorkerPool;

/// A header by which a program that holds an admin key says that it asks for the visitors of its
/// pages.
pub const VISITORS_HEADER: &str = "x-pyfa-visitors";

/// Searches at once for each processor: more than one, so that a quick one need not wait for the
/// slow ones before it.
const SEARCHES: usize = 8;
/// The same for visitors. The fewer of theirs run, the sooner those of all others are done.
const SEARCHES_OF_VISITORS: usize = 2;
/// Requests besides searches that are worked on at once; most of them wait for a lock or a disk.
const OTHERS: usize = 32;
const OTHERS_OF_VISITORS: usize = 8;
/// Visitors, and strangers, have this part of the memory that others have for their bodies.
const SMALL_PART: usize = 8;

/// Whose requests they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// The folder's own commands: an admin key is in the head of their requests.
    Own,
    /// Visitors of web pages: a header next to the admin key says so.
    Visitors,
    /// Those with any other key.
    KeyHolders,
    /// Those who have shown no key that permits what they want.
    Strangers,
}

/// All shares.
pub(super) struct Shares {
    own: Capacity,
    visitors: Capacity,
    key_holders: Capacity,
    strangers: Capacity,
}

/// What the requests of one share have.
pub(super) struct Capacity {
    pub(super) workers: WorkerPool,
    /// For bodies, and for what is parsed of requests.
    pub(super) bodies: MemoryPool,
    /// For answers, from their first document until their last byte is sent.
    pub(super) answers: MemoryPool,
}

impl Shares {
    pub(super) fn of(settings: &EngineSettings) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let processors = processors.max(2);
        let capacity = |searches: usize, others: usize, bodies: usize| Capacity {
            workers: WorkerPool::new(processors * searches, others),
            bodies: MemoryPool::of(bodies),
            answers: MemoryPool::of(settings.answers_bytes),
        };
        let bodies = settings.bodies_bytes;
        let key_holders = capacity(SEARCHES, OTHERS, bodies);
        Self {
            own: capacity(SEARCHES, OTHERS, bodies),
            visitors: capacity(
                SEARCHES_OF_VISITORS,
                OTHERS_OF_VISITORS,
                bodies / SMALL_PART,
            ),
            strangers: Capacity {
                // A stranger who turns out to have a key goes on as its holder.
                answers: key_holders.answers.clone(),
                ..capacity(SEARCHES, OTHERS, bodies / SMALL_PART)
            },
            key_holders,
        }
    }

    pub(super) fn get(&self, share: Share) -> &Capacity {
        match share {
            Share::Own => &self.own,
            Share::Visitors => &self.visitors,
            Share::KeyHolders => &self.key_holders,
            Share::Strangers => &self.strangers,
        }
    }
}
