//! Questions about rows of the database, as strangers ask them: filters, an order, a page, some fields.
//!
//! A [`Resource`] declares what may be asked about a table: each [`Column`] once, with what it holds
//! and how it can be filtered. [`Question::read`] turns parameters of an address into a question and
//! says what is wrong with them; [`Records`] answers it. Every documented filter and order has an
//! index, how much is read for a page is known before it is read, a statement never contains a value,
//! and the database ends what takes too long.
//!
//! Only reads. Knows no HTTP; declares no table of its own. Called by `web`.

mod column;
mod counts;
mod cursor;
mod error;
mod handle;
mod order;
mod plan;
mod question;
mod resource;
mod statement;
mod values;

pub use column::{Column, ColumnKind, Lookup};
pub use error::{QuestionError, RecordError};
pub use handle::{RecordPage, Records};
pub use order::MOST_SORTED;
pub use question::{PageRules, Question, Special};
pub use resource::Resource;
pub use statement::{ScanPlan, count_statement, page_statement};
pub use values::{json_value, text_value};
