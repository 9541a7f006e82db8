//! The GraphQL API: queries are validated against the real schema and executed on the fake's data.

use std::sync::Mutex;

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::board::{self, MutationRoot};
use super::json_object::{JsonObject, TYPE_SEPARATOR, field_error};
use super::people;
use super::persons::Person;
use super::quota::{OverBudget, Quota, QuotaError, Resource};
use super::reply::{error_response, json_response};
use super::repository::{FakeRepository, format_time};
use super::schema::schema;
use super::state::GitHubState;
use crate::service::ReceivedRequest;

/// The cost of a query that timed out.
const TIMEOUT_POINTS: u64 = 10;
/// Ids that one field may ask for.
const MOST_NODES: usize = 100;

#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    variables: JsonMap,
}

pub(super) fn respond(
    state: &mut GitHubState,
    token: &str,
    request: &ReceivedRequest,
    now: u64,
) -> Response {
    let remaining = state
        .quotas
        .get_mut(Some(token), Resource::GraphQl, now)
        .remaining();
    if remaining == 0 {
        return quota_error_response(state.quota_error);
    }
    let github_schema = match schema() {
        Ok(found) => found,
        Err(error) => return error_response(500, &error.to_string()),
    };
    let Ok(body) = serde_json::from_slice::<Body>(&request.body) else {
        return error_response(400, "Problems parsing JSON");
    };
    let document = match ExecutableDocument::parse_and_validate(github_schema, body.query, "query")
    {
        Ok(document) => document,
        Err(error) => return graphql_error_response("", &error.errors.to_string()),
    };
    let Ok(operation) = document.operations.get(None) else {
        return graphql_error_response("", "there must be one operation");
    };
    let size = QuerySize::of(&document, &operation.selection_set);
    state.batches.push(size.repositories);
    let quota = state.quotas.get_mut(Some(token), Resource::GraphQl, now);
    // Each id is asked for what its kind has at most.
    let ids = body.variables.get("ids").and_then(|ids| ids.as_array());
    let ids = ids.map_or(1, |ids| ids.len() as u64);
    let cost = ((size.connections * ids + 50) / 100).max(1);
    let mut left = usize::MAX;
    match state.budget {
        Some((most, OverBudget::Status(status))) if size.repositories > most => {
            quota.used += TIMEOUT_POINTS;
            return StatusCode::from_u16(status)
                .unwrap_or_default()
                .into_response();
        }
        Some((most, OverBudget::ResourceLimits)) => left = most,
        _ => {}
    }
    quota.used += cost;
    let quota = *quota;
    let is_mutation = operation.is_mutation();
    let work = if is_mutation {
        board::aliases(&operation.selection_set)
    } else {
        board::count_nodes(&document, &operation.selection_set, &body.variables)
    };
    if state.board.budget.is_some_and(|budget| work > budget) {
        state.board.timeouts += 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    state.activity.catch_up(now);
    if is_mutation {
        return respond_to_mutation(state, github_schema, &document, &body.variables);
    }
    let root = Root {
        quota,
        state,
        cost,
        left: Mutex::new(left),
    };
    execute(github_schema, &document, &body.variables, &root)
}

fn respond_to_mutation(
    state: &mut GitHubState,
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    variables: &JsonMap,
) -> Response {
    state.board.mutation_calls += 1;
    let response = execute(schema, document, variables, &MutationRoot::new(state));
    if state.board.is_dead {
        return error_response(401, "it has ended");
    }
    if state.board.lost_answers > 0 {
        state.board.lost_answers -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    response
}

fn execute(
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    variables: &JsonMap,
    root: &dyn ObjectValue,
) -> Response {
    let result = Execution::new(schema, document)
        .raw_variable_values(variables)
        .execute_sync(root);
    let response = match result {
        Ok(response) => serde_json::to_value(response).unwrap_or_default(),
        Err(error) => return graphql_error_response("", &error.message().to_string()),
    };
    let mut shown = json!({ "data": response.get("data") });
    let mut errors: Vec<Value> = match response.get("errors").and_then(Value::as_array) {
        Some(errors) => errors.iter().map(typed_error).collect(),
        None => Vec::new(),
    };
    let missing = missing_nodes(&shown["data"], &errors, variables);
    errors.extend(missing);
    if !errors.is_empty() {
        shown["errors"] = errors.into();
    }
    json_response(200, &shown)
}

/// An error for each node that there is not, which leaves the others as they are.
fn missing_nodes(data: &Value, errors: &[Value], variables: &JsonMap) -> Vec<Value> {
    let nodes = data["nodes"].as_array().into_iter().flatten().enumerate();
    let ids = variables.get("ids").and_then(|ids| ids.as_array());
    let has_failed = |place: usize| errors.iter().any(|error| error["path"][1] == place);
    let missing = nodes.filter(|(place, node)| node.is_null() && !has_failed(*place));
    missing
        .map(|(place, _)| {
            let id = ids.and_then(|ids| ids.get(place)?.as_str()).unwrap_or("");
            let message = format!("Could not resolve to a node with the global id of '{id}'");
            json!({ "type": "NOT_FOUND", "path": ["nodes", place], "message": message })
        })
        .collect()
}

/// An error with its type next to the message, as on GitHub. The error for resource limits has no
/// path.
fn typed_error(error: &Value) -> Value {
    let text = error["message"].as_str().unwrap_or_default();
    let text = text.strip_prefix("resolver error: ").unwrap_or(text);
    let (kind, message) = text.split_once(TYPE_SEPARATOR).unwrap_or(("", text));
    let mut shown = json!({ "message": message });
    if !kind.is_empty() {
        shown["type"] = kind.into();
    }
    if kind != "RESOURCE_LIMITS_EXCEEDED" {
        shown["path"] = error["path"].clone();
        shown["locations"] = error["locations"].clone();
    }
    shown
}

fn quota_error_response(spelling: QuotaError) -> Response {
    let message = "API rate limit exceeded for user ID 1.";
    match spelling {
        QuotaError::RateLimited => graphql_error_response("RATE_LIMITED", message),
        QuotaError::RateLimit => {
            let error = json!({
                "type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message,
            });
            json_response(200, &json!({ "errors": [error] }))
        }
    }
}

fn graphql_error_response(kind: &str, message: &str) -> Response {
    let mut error = json!({ "message": message });
    if !kind.is_empty() {
        error["type"] = kind.into();
    }
    json_response(200, &json!({ "errors": [error] }))
}

/// What a query asks for.
struct QuerySize {
    repositories: usize,
    /// Connections, each once per repository.
    connections: u64,
}

impl QuerySize {
    fn of(document: &ExecutableDocument, set: &SelectionSet) -> Self {
        let mut size = Self {
            repositories: 0,
            connections: 0,
        };
        size.add(document, set);
        size
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let kind = field.selection_set.ty.as_str();
                    self.repositories += usize::from(field.name == "repository");
                    self.connections += u64::from(kind.ends_with("Connection"));
                    self.add(document, &field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.add(document, &fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(document) {
                        self.add(document, &fragment.selection_set);
                    }
                }
            }
        }
    }
}

/// The type `Query`.
struct Root<'a> {
    state: &'a GitHubState,
    quota: Quota,
    cost: u64,
    /// How many repositories are left in the budget.
    left: Mutex<usize>,
}

impl ObjectValue for Root<'_> {
    fn type_name(&self) -> &'static str {
        "Query"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let text = |name: &str| {
            let value = info.arguments().get(name).and_then(|value| value.as_str());
            value.unwrap_or_default()
        };
        match info.field_name() {
            "rateLimit" => Ok(ResolvedValue::object(JsonObject {
                value: json!({
                    "__typename": "RateLimit",
                    "limit": self.quota.limit,
                    "cost": self.cost,
                    "remaining": self.quota.remaining(),
                    "used": self.quota.used,
                    "resetAt": format_time(self.quota.reset),
                    "nodeCount": 0,
                }),
                broken: &[],
            })),
            "user" => {
                if let Some(id) = self.state.activity.users.find(text("login")) {
                    Ok(ResolvedValue::object(Person {
                        state: self.state,
                        id,
                    }))
                } else {
                    let login = text("login");
                    let message =
                        format!("Could not resolve to a User with the login of '{login}'.");
                    Err(field_error("NOT_FOUND", &message))
                }
            }
            "repository" => self.repository(&format!("{}/{}", text("owner"), text("name"))),
            "nodes" => {
                let ids = info.arguments().get("ids").and_then(|ids| ids.as_array());
                let ids: Vec<&str> = ids
                    .into_iter()
                    .flatten()
                    .filter_map(|id| id.as_str())
                    .collect();
                if ids.len() > MOST_NODES {
                    let message = "You may not provide more than 100 node ids";
                    return Err(field_error("ARGUMENT_LIMIT", message));
                }
                let nodes: Vec<_> = ids.into_iter().map(|id| self.find(id)).collect();
                Ok(ResolvedValue::List(Box::new(nodes.into_iter())))
            }
            _ => board::resolve(self.state, info)
                .unwrap_or_else(|| Err(self.unknown_field_error(info))),
        }
    }
}

impl Root<'_> {
    fn find(&self, node_id: &str) -> Result<ResolvedValue<'_>, FieldError> {
        board::check_node(self.state, node_id)?;
        Ok(match board::find_node(self.state, node_id) {
            Some(node) => ResolvedValue::object(node),
            None => self.account(node_id),
        })
    }

    fn account(&self, node_id: &str) -> ResolvedValue<'_> {
        let id = node_id.strip_prefix("U_").and_then(|id| id.parse().ok());
        let found = id.and_then(|id| people::account_node(self.state, id));
        ResolvedValue::nullable_object(found.map(|value| JsonObject { value, broken: &[] }))
    }

    fn repository(&self, slug: &str) -> Result<ResolvedValue<'_>, FieldError> {
        if let Ok(mut left) = self.left.lock() {
            if *left == 0 {
                let message = "Resource limits for this query exceeded.";
                return Err(field_error("RESOURCE_LIMITS_EXCEEDED", message));
            }
            *left -= 1;
        }
        if self.state.board.silent.contains(slug) {
            return Ok(ResolvedValue::leaf(Value::Null));
        }
        let Some(stored) = self.state.find(slug) else {
            let message = format!("Could not resolve to a Repository with the name '{slug}'.");
            return Err(field_error("NOT_FOUND", &message));
        };
        let FakeRepository {
            refused,
            broken_fields,
            ..
        } = &stored.repository;
        if let Some((_, message)) = refused {
            return Err(field_error("FORBIDDEN", message));
        }
        Ok(ResolvedValue::object(JsonObject {
            value: stored.repository.graphql_object(stored.id, &stored.slug),
            broken: broken_fields,
        }))
    }
}
