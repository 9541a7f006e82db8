//! Statements as data: a text with `$1`, `$2`, … and the values for them. No I/O.

use std::borrow::Cow;

use super::value::Value;

/// How many characters of a text are in an index.
pub const TEXT_KEY: usize = 200;

/// Stands for nothing in an index of integers.
pub const SMALLEST_INTEGER: i64 = -i64::MAX;

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The Unix seconds of the time in a column.
    #[must_use]
    pub fn epoch(self, time: &str) -> String {
        match self {
            Self::Sqlite => format!("unixepoch({time})"),
            Self::Postgres => format!("CAST(EXTRACT(EPOCH FROM {time}) AS BIGINT)"),
        }
    }

    /// The Monday of the week of the time in a column, as `2026-01-26`.
    #[must_use]
    pub fn week(self, time: &str) -> String {
        match self {
            Self::Sqlite => format!("date({time}, 'weekday 0', '-6 days')"),
            Self::Postgres => format!("to_char(date_trunc('week', {time}), 'YYYY-MM-DD')"),
        }
    }

    /// What a text is compared and sorted by: the bytes of its first characters, so that an index of it
    /// has room for it. Nothing is the smallest.
    #[must_use]
    pub fn text_key(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("COALESCE(substr({text}, 1, {TEXT_KEY}), '')"),
            Self::Postgres => {
                format!("(COALESCE(substr({text}, 1, {TEXT_KEY}), '') COLLATE \"C\")")
            }
        }
    }

    /// What a time is compared and sorted by: itself, or one before all others.
    #[must_use]
    pub fn time_key(self, time: &str) -> String {
        format!("COALESCE({time}, '0001-01-01 00:00:00')")
    }

    /// What an integer is compared and sorted by: itself, or one below all others.
    #[must_use]
    pub fn integer_key(self, integer: &str) -> String {
        format!("COALESCE({integer}, {SMALLEST_INTEGER})")
    }

    /// Text that is compared byte by byte, whatever the language of the server.
    #[must_use]
    pub fn in_bytes(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => format!("{text} COLLATE \"C\""),
        }
    }

    /// Where the value at `place` begins in a text; 0 if it is not in there.
    #[must_use]
    pub fn position(self, text: &str, place: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({text}, {place})"),
            Self::Postgres => format!("strpos({text}, {place})"),
        }
    }

    /// A subquery with the integers of a list in JSON, which is the value at `place`.
    #[must_use]
    pub fn integers(self, place: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT value FROM json_each({place}))"),
            Self::Postgres => {
                format!("(SELECT CAST(value AS BIGINT) FROM jsonb_array_elements({place}))")
            }
        }
    }

    /// `text` with the database's time in Unix milliseconds for each `{now}`.
    #[must_use]
    pub fn with_clock(self, text: &str) -> String {
        text.replace(
            "{now}",
            match self {
                Self::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
                Self::Postgres => {
                    "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)"
                }
            },
        )
    }
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

    /// The text, with places for the values.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values of the first row: those of a statement that is run once.
    #[must_use]
    pub fn values(&self) -> &[Value] {
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

/// `("a", …) VALUES ($1, …)`: what follows `INSERT INTO table`.
#[must_use]
pub fn columns_and_values<'n>(columns: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = columns.into_iter().map(quoted).collect();
    let places: Vec<String> = (1..=names.len()).map(|at| format!("${at}")).collect();
    format!("({}) VALUES ({})", names.join(", "), places.join(", "))
}

/// `"a" = excluded."a", …`: what an upsert sets of a row that exists.
#[must_use]
pub fn set_to_excluded<'n>(columns: impl IntoIterator<Item = &'n str>) -> String {
    let changes: Vec<String> = columns
        .into_iter()
        .map(|name| format!("{0} = excluded.{0}", quoted(name)))
        .collect();
    changes.join(", ")
}

/// A name as it stands in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
