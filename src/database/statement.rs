//! Statements as data: a text with `$1`, `$2`, … and the values for them. No I/O.

use std::borrow::Cow;

use super::value::Value;

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A text of SQL, to be run once for each row of values.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(super) text: Cow<'static, str>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Statement {
    /// A statement that is run once. The text never contains values, so that nothing needs quoting.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        Self::for_each(text, vec![values])
    }

    /// A statement that is run for each of the rows.
    #[must_use]
    pub fn for_each(text: impl Into<Cow<'static, str>>, rows: Vec<Vec<Value>>) -> Self {
        Self {
            text: text.into(),
            rows,
        }
    }

    /// The values of the first row: those of a statement that is run once.
    pub(super) fn values(&self) -> &[Value] {
        self.rows.first().map_or(&[], Vec::as_slice)
    }
}

/// Statements of which all are run, or none.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    pub(super) guard: Option<Statement>,
    pub(super) statements: Vec<Statement>,
}

impl Transaction {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs nothing unless `statement`, which is run first, changes a row. So a job that has lost
    /// its lease cannot write.
    #[must_use]
    pub fn only_if(mut self, statement: Statement) -> Self {
        self.guard = Some(statement);
        self
    }

    #[must_use]
    pub fn and(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }
}
