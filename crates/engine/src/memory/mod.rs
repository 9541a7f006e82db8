//! Memory that requests share, and the share of one answer.
//!
//! Every byte count is an estimate of what is held until a response is sent. Used by `http` for
//! request bodies and responses, and by everything that adds to an answer. Allocates nothing itself.

mod budget;
mod memory_error;
mod pool;

pub(crate) use budget::{AnswerBudget, json_size};
pub(crate) use pool::{MemoryPool, Reservation};
