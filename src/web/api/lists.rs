//! Rows of tables: pages, whole lists, single rows.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use super::address::PREFIX;
use super::asked::ApiRequest;
use super::format::Format;
use super::problem::Problem;
use super::resources::{LISTED, Listed};
use super::respond;
use super::rows::{RowView, head, lines};
use crate::database::Value;
use crate::records::{Column, ColumnKind, PageRules, Question, RecordPage, Special};

/// Rows on a page where nothing is said, and at most.
pub(super) const PAGE_SIZE: u64 = 25;
pub(super) const LARGEST_PAGE: u64 = 100;
/// Rows that are in memory at the same time while a whole list is sent.
const ROWS_AT_ONCE: u64 = 200;

/// A page as it is answered.
#[derive(Serialize)]
struct PageView<'p> {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<RowView<'p>>,
}

/// What a list lets one ask for.
pub(super) fn rules(shows_personal: bool) -> PageRules {
    PageRules {
        page_size: PAGE_SIZE,
        largest_page: LARGEST_PAGE,
        specials: Special::ALL,
        shows_personal,
        is_bounded: true,
    }
}

/// Lists rows: a page, or in other formats than JSON the whole list.
pub(super) async fn list(asked: &ApiRequest<'_>, listed: Listed) -> Result<Response, Problem> {
    let format = Format::of(
        asked.headers(),
        &[Format::Json, Format::Csv, Format::JsonLines],
    )?;
    let resource = listed.resource;
    let question = Question::read(resource, rules(asked.shows_personal()), asked.parameters())?;
    let records = asked.records().await?;
    if format != Format::Json && !question.is_one_page() {
        let columns = question.columns().to_vec();
        let rows = records.stream(resource, question.in_pages_of(ROWS_AT_ONCE));
        let mut rows = Box::pin(rows);
        // What is wrong from the beginning is said before anything was sent.
        let first = rows.try_next().await?.unwrap_or_default();
        let mut begin = head(format, &columns);
        begin.extend(lines(format, &columns, &first));
        let rest = rows.map(move |rows| rows.map(|rows| lines(format, &columns, &rows)));
        let begin = stream::once(async { Ok(begin) });
        let body = begin.chain(rest).map(|part| {
            part.map(Bytes::from).inspect_err(|error| {
                tracing::warn!(%error, "a list was not sent to its end");
            })
        });
        return Ok(respond::streamed(
            format.content_type(),
            Body::from_stream(body),
        ));
    }
    let page = records.list(resource, &question).await?;
    if format == Format::Json {
        return Ok(json_page(asked, listed, &question, &page));
    }
    let columns = question.columns();
    let mut body = head(format, columns);
    body.extend(lines(format, columns, &page.rows));
    Ok(respond::whole(asked.headers(), format.content_type(), body))
}

fn json_page(
    asked: &ApiRequest<'_>,
    listed: Listed,
    question: &Question,
    page: &RecordPage,
) -> Response {
    let columns = question.columns();
    let link = |cursor: &Option<String>, number: u64| {
        let cursor = cursor.as_deref()?;
        Some(link_to(asked, listed.path, cursor, number))
    };
    let view = PageView {
        count: page.count,
        next: link(&page.next, page.number.saturating_add(1)),
        previous: link(&page.previous, page.number.saturating_sub(1).max(1)),
        results: page
            .rows
            .iter()
            .map(|row| RowView { columns, row })
            .collect(),
    };
    respond::json(asked.headers(), &view)
}

/// The address of another page of the same list.
fn link_to(asked: &ApiRequest<'_>, path: &str, cursor: &str, number: u64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let places = [Special::Cursor.name(), Special::Page.name()];
    for (name, value) in asked.parameters() {
        if !places.contains(&name.as_ref()) {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair(Special::Page.name(), &number.to_string());
    query.append_pair(Special::Cursor.name(), cursor);
    format!("{}{PREFIX}{path}?{}", asked.base_url(), query.finish())
}

/// Shows one row.
pub(super) async fn row(
    asked: &ApiRequest<'_>,
    listed: Listed,
    name: &str,
) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    asked.takes_no_parameters()?;
    let missing = || Problem::not_found(format!("there is no such {}", listed.one));
    let column = listed.detail.and_then(|name| listed.resource.column(name));
    let column = column.ok_or_else(missing)?;
    let value = key_value(column, name).ok_or_else(missing)?;
    let resource = listed.resource;
    let question =
        Question::with_one_of(resource, rules(asked.shows_personal()), column, vec![value]);
    let rows = asked.records().await?.fetch(resource, &question).await?;
    let row = rows.first().ok_or_else(missing)?;
    let columns = question.columns();
    Ok(respond::json(asked.headers(), &RowView { columns, row }))
}

/// What a path names, if a row can have it.
fn key_value(column: &Column, text: &str) -> Option<Value> {
    match column.kind {
        ColumnKind::Integer => text.parse::<i64>().ok().map(Value::from),
        _ => (!text.contains('\0')).then(|| text.into()),
    }
}

/// What there is: names, and their addresses.
pub(super) fn index(asked: &ApiRequest<'_>) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    asked.takes_no_parameters()?;
    let base = asked.base_url();
    let others = [
        "profiles",
        "packages",
        "metrics",
        "openapi.json",
        "docs",
        "redoc",
    ];
    let paths = others
        .into_iter()
        .chain(LISTED.iter().map(|listed| listed.path));
    let index: Map<String, Json> = paths
        .map(|path| (path.to_owned(), format!("{base}{PREFIX}{path}").into()))
        .collect();
    Ok(respond::json(asked.headers(), &index))
}
