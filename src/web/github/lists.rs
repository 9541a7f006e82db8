//! Pages of developers and repositories, and single ones.

use axum::response::Response;
use serde_json::json;
use url::form_urlencoded;

use super::address::Address;
use super::answer::{self, Answer};
use super::asked::GitHubApiRequest;
use super::body::LinkedBody;
use super::failure::Failure;
use super::relations::{Related, Relation};
use super::resources::{Kind, Shaped};
use super::shapes;
use crate::access::Scope;
use crate::database::Row;
use crate::records::{PageRules, Question, Records, Special};

/// Rows on a page.
const PAGE_SIZE: u64 = 10;
const SPECIALS: &[Special] = &[Special::Page, Special::Cursor];
/// A parameter of the original's framework that changes nothing here.
const FORMAT: (&str, &str) = ("format", "json");

fn rules(asked: &GitHubApiRequest<'_>) -> PageRules {
    PageRules {
        page_size: PAGE_SIZE,
        largest_page: PAGE_SIZE,
        specials: SPECIALS,
        shows_personal: asked.caller.may(Scope::Emails),
        // The original has one order, and refuses nothing.
        is_bounded: false,
    }
}

/// The parameters that say something.
pub(super) fn read_parameters(asked: &GitHubApiRequest<'_>) -> Vec<(String, String)> {
    let query = asked.parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| (name.as_ref(), value.as_ref()) != FORMAT)
        // A form sends what nobody has filled in.
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// What there is.
pub(super) fn root(asked: &GitHubApiRequest<'_>) -> Answer {
    let base = asked.base_url();
    let link = |address: Address| format!("{base}{address}");
    Answer::new(json!({
        "developers": link(Address::Developers),
        "repositories": link(Address::Repositories),
        "rate_limit": link(Address::RateLimits),
        "tasks": link(Address::Tasks),
    }))
}

/// A page of a list.
pub(super) async fn list(
    asked: &GitHubApiRequest<'_>,
    shaped: Shaped,
) -> Result<Response, Failure> {
    let parameters = read_parameters(asked);
    let page = parameters.iter().find(|(name, _)| name == "page");
    if page.is_some_and(|(_, page)| page.parse::<u64>().unwrap_or_default() == 0) {
        return Err(Failure::NoPage);
    }
    let given = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let question = Question::read(shaped.resource, rules(asked), given)?;
    let records = asked.door.database().await?.records.clone();
    let page = records.list(shaped.resource, &question).await?;
    let base = asked.base_url();
    let address = match shaped.kind {
        Kind::Developers => Address::Developers,
        Kind::Repositories => Address::Repositories,
    };
    let link = |cursor: &Option<String>, number: u64| {
        let cursor = cursor.as_deref()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &parameters {
            if name != Special::Page.name() && name != Special::Cursor.name() {
                query.append_pair(name, value);
            }
        }
        query.append_pair(Special::Page.name(), &number.to_string());
        query.append_pair(Special::Cursor.name(), cursor);
        Some(format!("{base}{address}?{}", query.finish()))
    };
    let head = format!(
        "{{\"count\":{},\"next\":{},\"previous\":{},\"results\":[",
        page.count,
        json!(link(&page.next, page.number.saturating_add(1))),
        json!(link(&page.previous, page.number.saturating_sub(1).max(1))),
    );
    let mut body = LinkedBody::new(base.clone());
    body.push(&head);
    add_rows(&mut body, &records, shaped.kind, &page.rows, &base).await?;
    body.push("]}");
    Ok(answer::json_body(body.into_body(records)))
}

/// One row, by its UUID.
pub(super) async fn one(
    asked: &GitHubApiRequest<'_>,
    shaped: Shaped,
    id: &str,
) -> Result<Response, Failure> {
    let column = shaped.resource.column("id").ok_or(Failure::NotFound)?;
    let id = id.to_ascii_lowercase();
    let question = Question::with_one_of(
        shaped.resource,
        rules(asked),
        column,
        vec![id.as_str().into()],
    );
    let records = asked.door.database().await?.records.clone();
    let rows = records.fetch(shaped.resource, &question).await?;
    if rows.is_empty() {
        return Err(Failure::NotFound);
    }
    let base = asked.base_url();
    let mut body = LinkedBody::new(base.clone());
    add_rows(&mut body, &records, shaped.kind, &rows, &base).await?;
    Ok(answer::json_body(body.into_body(records)))
}

/// Adds rows with their relations, and commas between them.
async fn add_rows(
    body: &mut LinkedBody,
    records: &Records,
    kind: Kind,
    rows: &[Row],
    base: &str,
) -> Result<(), Failure> {
    let related = Related::fetch(records, kind, rows).await?;
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            body.push(",");
        }
        let fields = match kind {
            Kind::Developers => shapes::developer(row, base)?,
            Kind::Repositories => shapes::repository(row, &related, base)?,
        };
        let github_id = row.integer("github_id")?;
        body.push_row(fields, Relation::of(kind), github_id, &related);
    }
    Ok(())
}
