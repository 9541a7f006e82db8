//! Answers questions from the database.

use std::sync::Arc;

use futures::stream::{self, Stream};

use super::counts::Counts;
use super::cursor::Cursor;
use super::error::RecordError;
use super::question::{Place, Question};
use super::resource::Resource;
use super::statement::{Way, count_statement, page_statement};
use crate::database::{Database, DatabaseError, Dialect, Row};

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
    /// [`RecordError::NoPage`] if the page is beyond the end.
    pub async fn list(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<RecordPage, RecordError> {
        let count = self.count(resource, question).await?;
        if let Place::Offset(offset @ 1..) = question.place
            && offset >= count
        {
            return Err(RecordError::NoPage {
                page: question.page,
                last: count.div_ceil(question.page_size).max(1),
            });
        }
        let way = self.choose_way(resource, question, count).await?;
        let (rows, has_more) = self.fetch_page(resource, question, way).await?;
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
        stream::try_unfold(Some(question), move |question| {
            let records = self.clone();
            async move {
                let Some(question) = question else {
                    return Ok(None);
                };
                let way = records.choose_way_uncounted(&question);
                let (rows, has_more) = records.fetch_page(resource, &question, way).await?;
                let last = rows.last().filter(|_| has_more);
                let next = last.map(|row| question.after(row, resource));
                Ok((!rows.is_empty()).then_some((rows, next)))
            }
        })
    }

    /// Fetches the rows of a page, without counting or looking for others.
    pub async fn fetch(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<Vec<Row>, RecordError> {
        Ok(self.fetch_page(resource, question, Way::Free).await?.0)
    }

    /// Counts all rows that pass the filters.
    pub async fn count(
        &self,
        resource: &Resource,
        question: &Question,
    ) -> Result<u64, RecordError> {
        let statement = count_statement(resource, question, self.database.dialect());
        let name = format!("{statement:?}");
        let count = async || {
            let rows = self.database.query(statement).await?;
            let count = rows.first().map_or(Ok(0), |row| row.integer("rows"))?;
            Ok::<_, DatabaseError>(count.unsigned_abs())
        };
        Ok(self.counts.get(name, count).await?)
    }

    async fn fetch_page(
        &self,
        resource: &Resource,
        question: &Question,
        way: Way,
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

    /// The way that reads fewer rows, where `count` rows pass the filters.
    async fn choose_way(
        &self,
        resource: &Resource,
        question: &Question,
        count: u64,
    ) -> Result<Way, RecordError> {
        if self.choose_way_uncounted(question) == Way::Free {
            return Ok(Way::Free);
        }
        let everything = Question {
            filters: Vec::new(),
            ..question.clone()
        };
        let all = self.count(resource, &everything).await?;
        // By the filter, all that pass are read and sorted; by the order, as many as it takes until a
        // page of them has passed.
        let by_filter = count;
        let by_order = question.page_size.saturating_mul(all) / count.max(1);
        Ok(if by_filter < by_order {
            Way::Filter
        } else {
            Way::Order
        })
    }

    /// The same where nobody counts: all rows will be read in the end.
    fn choose_way_uncounted(&self, question: &Question) -> Way {
        let sorts_anyway = |column: &str| {
            let order = question.order.column;
            order.is_some_and(|order| order.name == column)
        };
        let is_free = self.database.dialect() != Dialect::Sqlite
            || question.filters.is_empty()
            || question
                .filters
                .iter()
                .any(|filter| filter.is_choice() || sorts_anyway(filter.column.name));
        if is_free { Way::Free } else { Way::Order }
    }
}
