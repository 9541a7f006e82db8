//! A question becomes a statement. Values are always parameters. No I/O.

use std::fmt::Write as _;

use super::column::{Column, ColumnKind, Lookup};
use super::order::hidden_name;
use super::question::{Filter, Place, Question};
use super::resource::Resource;
use crate::database::{Dialect, Statement, TEXT_KEY, Value};

/// Rows that are looked at by the way [`ScanPlan::Near`], for the first page and for each row before
/// another one: so of 40 rows one has to pass, however large the pages are.
const NEAR: u64 = 4_000;
const NEAR_FOR_EACH: u64 = 40;

/// How the rows of a page are looked for. No database knows how many rows pass a filter near the
/// beginning of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScanPlan {
    /// As the database likes.
    #[default]
    Free,
    /// Among the first rows in their order: finds a page if many rows pass the filters, and little
    /// otherwise.
    Near,
    /// By the index of the first filter: all rows that pass it are read and sorted.
    Filter,
    /// By the index of the order, for who reads all rows that pass.
    Order,
}

/// The statement for the rows of a page, and one more if there is one.
#[must_use]
pub fn page_statement(
    resource: &Resource,
    question: &Question,
    dialect: Dialect,
    way: ScanPlan,
) -> Statement {
    let mut builder = Builder::new(dialect, way, resource, question);
    let sorted_by = question.order.columns(resource);
    let mut columns = String::new();
    for column in &question.columns {
        let _ = write!(columns, "{} AS \"{}\", ", column.source, column.name);
    }
    let hidden = sorted_by.iter().enumerate();
    let hidden: Vec<String> = hidden
        .map(|(place, column)| format!("{} AS {}", column.source, hidden_name(place)))
        .collect();
    columns.push_str(&hidden.join(", "));
    let is_backwards = matches!(&question.place, Place::At(cursor) if cursor.is_backwards);
    let is_descending = question.order.is_descending != is_backwards;
    let keys: Vec<String> = sorted_by
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let is_key = place > 0 || question.order.column.is_none();
            let key = if is_key {
                column.source.to_owned()
            } else {
                builder.key(column)
            };
            let sign = builder.sign(way != ScanPlan::Filter);
            format!("{sign}{key}")
        })
        .collect();
    let mut conditions: Vec<String> = resource.condition.iter().map(ToString::to_string).collect();
    if let Place::At(cursor) = &question.place {
        builder.add_place(&keys, &cursor.values, is_descending, &mut conditions);
    }
    let (inner, outer): (Vec<&Filter>, Vec<&Filter>) = question
        .filters
        .iter()
        .partition(|filter| way != ScanPlan::Near || builder.stands_in_order(filter));
    conditions.extend(builder.filters(inner));
    let filters = builder.filters(outer);
    let direction = if is_descending { " DESC" } else { "" };
    // Rows with one value in the first key are in the order of the others; `SQLite` does not see that of
    // an expression.
    let is_constant = question.filters.iter().any(|filter| {
        filter.lookup == Lookup::Exact
            && keys.len() > 1
            && question.is_sorted_by(filter, resource)
            && question.order.column.is_some()
    });
    let order: Vec<String> = keys
        .iter()
        .skip(usize::from(is_constant))
        .map(|key| format!("{key}{direction}"))
        .collect();
    let order = order.join(", ");
    let mut text = match way {
        ScanPlan::Near => {
            let before = match &question.place {
                Place::Offset(before) => *before,
                Place::At(_) => 0,
            };
            let near = NEAR.saturating_add(before.saturating_mul(NEAR_FOR_EACH));
            let near = builder.place(integer(near));
            format!(
                "SELECT {columns} FROM (SELECT * FROM {}{} ORDER BY {order} LIMIT {near}) AS near{}",
                resource.table,
                where_all(&conditions),
                where_all(&filters)
            )
        }
        // What stands behind it is done afterwards.
        ScanPlan::Filter if dialect == Dialect::Postgres => format!(
            "SELECT {columns} FROM (SELECT * FROM {}{} OFFSET 0) AS found",
            resource.table,
            where_all(&conditions)
        ),
        ScanPlan::Free | ScanPlan::Filter | ScanPlan::Order => format!(
            "SELECT {columns} FROM {}{}",
            resource.table,
            where_all(&conditions)
        ),
    };
    if way != ScanPlan::Near {
        let _ = write!(text, " ORDER BY {order}");
    }
    // Rows that are near come in their order. To sort them again, all would have to be read.
    let limit = builder.place(integer(question.page_size.saturating_add(1)));
    let _ = write!(text, " LIMIT {limit}");
    if let Place::Offset(offset @ 1..) = &question.place {
        let offset = builder.place(integer(*offset));
        let _ = write!(text, " OFFSET {offset}");
    }
    Statement::new(text, builder.values)
}

/// The statement that counts all rows that pass the filters.
#[must_use]
pub fn count_statement(resource: &Resource, question: &Question, dialect: Dialect) -> Statement {
    let mut builder = Builder::new(dialect, ScanPlan::Free, resource, question);
    let mut conditions: Vec<String> = resource.condition.iter().map(ToString::to_string).collect();
    conditions.extend(builder.filters(&question.filters));
    let text = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) AS rows FROM {}{}",
        resource.table,
        where_all(&conditions)
    );
    Statement::new(text, builder.values)
}

/// The statement that counts the rows that pass the filters of one column, up to a number.
#[must_use]
pub(super) fn bounded_count_statement(
    resource: &Resource,
    question: &Question,
    column: &str,
    most: u64,
    dialect: Dialect,
) -> Statement {
    let mut builder = Builder::new(dialect, ScanPlan::Near, resource, question);
    let mut conditions: Vec<String> = resource.condition.iter().map(ToString::to_string).collect();
    let filters = question.filters.iter();
    let filters = filters.filter(|filter| filter.column.name == column && filter.has_index());
    conditions.extend(builder.filters(filters));
    let most = builder.place(integer(most));
    let text = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) AS rows FROM (SELECT 1 FROM {}{} LIMIT {most}) AS some_rows",
        resource.table,
        where_all(&conditions)
    );
    Statement::new(text, builder.values)
}

fn where_all(conditions: &[String]) -> String {
    if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    }
}

fn integer(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

struct Builder<'q> {
    dialect: Dialect,
    way: ScanPlan,
    resource: &'q Resource,
    question: &'q Question,
    values: Vec<Value>,
}

impl<'q> Builder<'q> {
    fn new(
        dialect: Dialect,
        way: ScanPlan,
        resource: &'q Resource,
        question: &'q Question,
    ) -> Self {
        Self {
            dialect,
            way,
            resource,
            question,
            values: Vec::new(),
        }
    }

    /// The next parameter.
    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Keeps `SQLite`, which knows nothing about the rows, from using an index of what follows unless
    /// it is the one that was chosen.
    fn sign(&self, may_use_index: bool) -> &'static str {
        if self.dialect == Dialect::Sqlite && !may_use_index {
            "+"
        } else {
            ""
        }
    }

    /// Whether rows are found by this filter in their order, without being sorted.
    fn stands_in_order(&self, filter: &Filter) -> bool {
        let (question, resource) = (self.question, self.resource);
        question.is_sorted_by(filter, resource)
            || (self.is_first(filter) && question.has_index_in_order(filter, resource))
    }

    /// Whether this filter, or another of its column, is the first.
    fn is_first(&self, filter: &Filter) -> bool {
        let first = self.question.filters.first();
        first.is_some_and(|first| first.column.name == filter.column.name)
    }

    fn may_use_index(&self, filter: &Filter) -> bool {
        match self.way {
            ScanPlan::Near => true,
            ScanPlan::Order => self.stands_in_order(filter),
            // The indexes of choices go on in the usual order.
            ScanPlan::Free | ScanPlan::Filter => {
                let first = self.question.filters.first();
                let usual = self.resource.default_order.trim_start_matches('-');
                self.is_first(filter)
                    || (first.is_some_and(Filter::is_choice) && filter.column.name == usual)
            }
        }
    }

    /// What a column is compared and sorted by, as its index has it.
    fn key(&self, column: &Column) -> String {
        match column.kind {
            ColumnKind::Text => self.dialect.text_key(column.source),
            ColumnKind::Time if !column.is_required => self.dialect.time_key(column.source),
            ColumnKind::Integer | ColumnKind::Milliseconds if !column.is_required => {
                self.dialect.integer_key(column.source)
            }
            _ => column.source.to_owned(),
        }
    }

    fn filters<'f>(&mut self, filters: impl IntoIterator<Item = &'f Filter>) -> Vec<String> {
        let mut conditions = Vec::new();
        for filter in filters {
            self.add_filter(filter, &mut conditions);
        }
        conditions
    }

    /// That a row stands behind a place in the order.
    fn add_place(
        &mut self,
        keys: &[String],
        values: &[Value],
        is_descending: bool,
        conditions: &mut Vec<String>,
    ) {
        let sign = if is_descending { "<" } else { ">" };
        let places: Vec<String> = values
            .iter()
            .map(|value| self.place(value.clone()))
            .collect();
        // By this, `SQLite` finds the place in an index of an expression.
        if let ([key, _, ..], [place, ..]) = (keys, places.as_slice()) {
            conditions.push(format!("{key} {sign}= {place}"));
        }
        conditions.push(format!(
            "({}) {sign} ({})",
            keys.join(", "),
            places.join(", ")
        ));
    }

    fn add_filter(&mut self, filter: &Filter, conditions: &mut Vec<String>) {
        let Filter {
            column,
            lookup,
            values,
        } = filter;
        let source = column.source;
        let sign = self.sign(self.may_use_index(filter));
        let key = format!("{sign}{}", self.key(column));
        let value = values.first().cloned().unwrap_or(Value::Null);
        match lookup {
            Lookup::IsNull => {
                let is_null = value == Value::Boolean(true);
                let not = if is_null { "" } else { "NOT " };
                let compared = if is_null { "=" } else { ">=" };
                if let Some(nothing) = nothing(column) {
                    conditions.push(format!("{key} {compared} {nothing}"));
                }
                conditions.push(format!("{source} IS {not}NULL"));
            }
            Lookup::Contains => {
                let place = self.place(value);
                conditions.push(format!("{} > 0", self.dialect.position(source, &place)));
            }
            Lookup::StartsWith => self.add_prefix(&key, source, &value, conditions),
            Lookup::In if column.kind == ColumnKind::Text => {
                let short: Vec<String> = values
                    .iter()
                    .map(|value| self.place(shortened(value)))
                    .collect();
                conditions.push(format!("{key} IN ({})", short.join(", ")));
                let whole: Vec<String> = values
                    .iter()
                    .map(|value| self.place(value.clone()))
                    .collect();
                conditions.push(format!("{source} IN ({})", whole.join(", ")));
            }
            Lookup::In => {
                let places: Vec<String> = values
                    .iter()
                    .map(|value| self.place(value.clone()))
                    .collect();
                conditions.push(format!("{key} IN ({})", places.join(", ")));
            }
            Lookup::Exact | Lookup::Less | Lookup::AtMost | Lookup::Greater | Lookup::AtLeast => {
                self.add_comparison(filter, &key, &value, conditions);
            }
        }
    }

    fn add_comparison(
        &mut self,
        filter: &Filter,
        key: &str,
        value: &Value,
        conditions: &mut Vec<String>,
    ) {
        let column = filter.column;
        let sign = match filter.lookup {
            Lookup::Less => "<",
            Lookup::AtMost => "<=",
            Lookup::Greater => ">",
            Lookup::AtLeast => ">=",
            _ => "=",
        };
        if column.kind != ColumnKind::Text {
            let place = self.place(value.clone());
            conditions.push(format!("{key} {sign} {place}"));
            if sign.starts_with('<')
                && let Some(nothing) = nothing(column)
            {
                conditions.push(format!("{key} > {nothing}"));
            }
            return;
        }
        let short = shortened(value);
        let is_long = short != *value || is_as_long_as_a_key(&short);
        let near = match sign {
            "=" => "=",
            sign if sign.starts_with('<') => "<=",
            _ => ">=",
        };
        let place = self.place(short);
        conditions.push(format!("{key} {near} {place}"));
        // The index holds no more than the beginning of a text.
        if is_long || near != "=" {
            let place = self.place(value.clone());
            let source = self.dialect.in_bytes(column.source);
            conditions.push(format!("{source} {sign} {place}"));
        } else if *value == Value::from("") {
            conditions.push(format!("{} IS NOT NULL", column.source));
        }
    }

    fn add_prefix(&mut self, key: &str, source: &str, value: &Value, conditions: &mut Vec<String>) {
        let Value::Text(prefix) = value else { return };
        let short: String = prefix.chars().take(TEXT_KEY).collect();
        let end = format!("{short}{}", char::MAX);
        let (short, end) = (self.place(short.into()), self.place(end.into()));
        conditions.push(format!("{key} >= {short} AND {key} < {end}"));
        let whole = self.place(prefix.as_str().into());
        conditions.push(format!("{} = 1", self.dialect.position(source, &whole)));
    }
}

/// What an index holds for a row without a value, if it holds something else.
fn nothing(column: &Column) -> Option<String> {
    match column.kind {
        ColumnKind::Text => Some("''".to_owned()),
        ColumnKind::Time if !column.is_required => Some("'0001-01-01 00:00:00'".to_owned()),
        ColumnKind::Integer | ColumnKind::Milliseconds if !column.is_required => {
            Some(crate::database::SMALLEST_INTEGER.to_string())
        }
        _ => None,
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::Text(text) => text.chars().take(TEXT_KEY).collect::<String>().into(),
        other => other.clone(),
    }
}

fn is_as_long_as_a_key(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.chars().count() >= TEXT_KEY)
}
