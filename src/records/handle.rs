//! Answers questions from the database.

use std::sync::Arc;

use futures::stream::{self, Stream};

use super::counts::Counts;
use super::cursor::Cursor;
use super::error::RecordError;
use super::order::MOST_SORTED;
use super::question::{Place, Question};
use super::resource::Resource;
use super::statement::{ScanPlan, bounded_count_statement, count_statement, page_statement};
use crate::database::{Database, DatabaseError, Dialect, Row, Statement};

/// Rows of a database that others may ask about. Clones share what is remembered.
#[derive(Debug, Clone)]
pub struct Records {
    database: Database,
    counts: Arc<Counts>,
}

/// One page of rows.
#[derive(Debug, Clone)]
pub struct RecordPage {
    pub rows: Vec<Row>,
    /// Rows on all pages; of a long list, up to a minute old.
    pub count: u64,
    /// The number of this page; by cursors, as the address says.
    pub number: u64,
    /// The place of the next page, if there is one.
    pub next: Option<String>,
    /// The place of the page before.
    pub previous: Option<String>,
}

impl Records {
    /// Rows of this database, which should have limits.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            counts: Arc::default(),
        }
    }

    /// The database that is asked.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Lists a page.
    ///
    /// # Errors
    ///
    /// [`RecordError::NoPage`] if the page is beyond the end, [`RecordError::TooManyToSort`] if a
    /// question has bounds and would break them.
    pub async fn list(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<RecordPage, RecordError> {
        let (question, found) = self.put_narrowest_first(resource, question).await?;
        let question = &question;
        let count = self.count(resource, question).await?;
        if let Place::Offset(offset @ 1..) = question.place
            && offset >= count
        {
            return Err(RecordError::NoPage {
                page: question.page,
                last: count.div_ceil(question.page_size).max(1),
            });
        }
        let found = question.is_led().then(|| found.unwrap_or(count));
        let (rows, has_more) = self.find_page(resource, question, found).await?;
        let order = question.order;
        let (is_backwards, has_place) = match &question.place {
            Place::At(cursor) => (cursor.is_backwards, true),
            Place::Offset(offset) => (false, *offset > 0),
        };
        let at = |row: Option<&Row>, backwards| {
            row.map(|row| Cursor::write(row, resource, order, backwards))
        };
        let has_next = has_more || is_backwards;
        let has_previous = if is_backwards { has_more } else { has_place };
        Ok(RecordPage {
            count,
            number: question.page,
            next: at(rows.last().filter(|_| has_next), false),
            previous: at(rows.first().filter(|_| has_previous), true),
            rows,
        })
    }

    /// Reads the whole list, a page at a time, without counting.
    pub fn stream(
        self,
        resource: &'static Resource,
        question: Question,
    ) -> impl Stream<Item = Result<Vec<Row>, RecordError>> + Send {
        stream::try_unfold(Some((question, None)), move |state| {
            let records = self.clone();
            async move {
                let Some((question, way)) = state else {
                    return Ok(None);
                };
                let (question, way) = match way {
                    Some(way) => (question, way),
                    None => records.plan_stream(resource, &question).await?,
                };
                let (rows, has_more) = records.fetch_page(resource, &question, way).await?;
                let last = rows.last().filter(|_| has_more);
                let next = last.map(|row| (question.after(row, resource), Some(way)));
                Ok((!rows.is_empty()).then_some((rows, next)))
            }
        })
    }

    /// How all rows are read: sorted for each page if they are few, in their order otherwise.
    async fn plan_stream(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<(Question, ScanPlan), RecordError> {
        let (question, found) = self.put_narrowest_first(resource, question).await?;
        let is_sorted = found.is_some_and(|rows| rows <= MOST_SORTED);
        Ok((
            question,
            if is_sorted {
                ScanPlan::Filter
            } else {
                ScanPlan::Order
            },
        ))
    }

    /// Fetches the rows of a page, without counting or looking for others.
    pub async fn fetch(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<Vec<Row>, RecordError> {
        Ok(self.fetch_page(resource, question, ScanPlan::Free).await?.0)
    }

    /// Counts all rows that pass the filters.
    pub async fn count(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<u64, RecordError> {
        let statement = count_statement(resource, question, self.database.dialect());
        let name = format!("{statement:?}");
        let count = async || self.read_count(statement).await;
        Ok(self.counts.get(name, count).await?)
    }

    async fn read_count(&self, statement: Statement) -> Result<u64, DatabaseError> {
        let rows = self.database.query(statement).await?;
        let count = rows.first().map_or(Ok(0), |row| row.integer("rows"))?;
        Ok(count.unsigned_abs())
    }

    /// The question with the filters of the column first that the fewest rows pass, and how many those
    /// are, up to one more than the bound; `None` if rows come in their order, nothing has an index, or
    /// the database knows by itself.
    async fn put_narrowest_first(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<(Question, Option<u64>), DatabaseError> {
        if let Some(column) = question.column_in_order(resource) {
            return Ok((question.led_by(column), None));
        }
        let dialect = self.database.dialect();
        if dialect == Dialect::Postgres {
            // It chooses by its statistics, and would read much to count little.
            let first = question.choice_in_order(resource);
            let first = first.or_else(|| question.indexed_columns().first().copied());
            return Ok((question.led_by(first.unwrap_or_default()), None));
        }
        let mut narrowest: Option<(&str, u64)> = None;
        for column in question.indexed_columns() {
            let most = narrowest.map_or(MOST_SORTED + 1, |(_, rows)| rows);
            let statement = bounded_count_statement(resource, question, column, most, dialect);
            let rows = self.read_count(statement).await?;
            if narrowest.is_none_or(|(_, least)| rows < least) {
                narrowest = Some((column, rows));
            }
        }
        Ok(match narrowest {
            Some((column, rows)) => (question.led_by(column), Some(rows)),
            None => (question.clone(), None),
        })
    }

    /// The rows of a page, and whether there are more, where `found` rows pass the first filter.
    async fn find_page(
        &self,
        resource: &Resource,
        question: &Question,
        found: Option<u64>,
    ) -> Result<(Vec<Row>, bool), RecordError> {
        if question.column_in_order(resource).is_some() {
            return self.fetch_page(resource, question, ScanPlan::Free).await;
        }
        // The rows of a choice come in their order, until the page is full.
        if question.begins_in_order(resource) {
            return self.fetch_page(resource, question, ScanPlan::Order).await;
        }
        if found.is_some_and(|rows| rows <= MOST_SORTED) {
            return self.fetch_page(resource, question, ScanPlan::Filter).await;
        }
        let near = self.fetch_page(resource, question, ScanPlan::Near).await?;
        if near.1 {
            return Ok(near);
        }
        let way = match found {
            // Nothing finds what has a text in it but looking at all.
            None => ScanPlan::Order,
            Some(_) if !question.is_bounded => ScanPlan::Filter,
            Some(_) if question.filters.iter().any(|filter| !filter.has_index()) => ScanPlan::Order,
            // Who has begun gets to the end.
            Some(_) if matches!(question.place, Place::At(_)) => ScanPlan::Order,
            Some(_) => {
                return Err(RecordError::TooManyToSort {
                    order: question.order.shown(resource),
                    valid: question.quick_orders(resource),
                });
            }
        };
        self.fetch_page(resource, question, way).await
    }

    async fn fetch_page(
        &self,
        resource: &Resource,
        question: &Question,
        way: ScanPlan,
    ) -> Result<(Vec<Row>, bool), RecordError> {
        let statement = page_statement(resource, question, self.database.dialect(), way);
        let mut rows = self.database.query(statement).await?;
        let size = usize::try_from(question.page_size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        if matches!(&question.place, Place::At(cursor) if cursor.is_backwards) {
            rows.reverse();
        }
        Ok((rows, has_more))
    }
}
