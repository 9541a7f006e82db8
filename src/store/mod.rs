//! The program's persistent state: the ledger, the since-file, the writer locks, and the enrichment
//! data of packages.
//!
//! All of it is in `PYFA_HOME`, except the since-file, which is in the working directory by
//! default. Nothing here uses the network. Losing the ledger costs requests, never documents: the
//! pipeline rebuilds it from the collection ([`ledger`]).

mod error;
pub mod ledger;
pub mod lock;
pub mod package_facts;
pub mod since_file;

pub use error::StoreError;
pub use ledger::Ledger;
