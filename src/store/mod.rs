//! What the program remembers between runs: the ledger, the since-file, the locks, and what is
//! known of packages.
//!
//! All of it lives in `PYFA_HOME`, except the since-file, which lives where the user schedules.
//! Nothing here talks to a network. Losing the ledger costs requests, never documents: it is
//! rebuilt from the collection itself (see [`ledger`]).

mod error;
pub mod ledger;
pub mod lock;
pub mod package_facts;
pub mod since_file;

pub use error::StoreError;
pub use ledger::Ledger;
