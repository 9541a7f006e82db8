//! The GraphQL side: validated against the real schema, then executed over the fake's values.

use std::sync::Mutex;

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::quota::{Quota, Resource};
use super::repository::{FakeRepository, time};
use super::schema::schema;
use super::world::World;
use super::{QuotaError, TooMuch, said, spoken};
use crate::stage::Call;

/// What a query costs that ran into a time-out.
const TIMEOUT_POINTS: u64 = 10;
/// GitHub's errors carry a type, which a field error has no room for: it stands before this.
const TYPE_END: char = '|';

#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    variables: JsonMap,
}

pub(super) fn answer(world: &mut World, token: &str, call: &Call, now: u64) -> Response {
    let quota = world.quotas.of(Some(token), Resource::GraphQl, now);
    if quota.remaining() == 0 {
        return quota_is_used_up(world.quota_error);
    }
    let schema = match schema() {
        Ok(schema) => schema,
        Err(error) => return said(500, &error.to_string()),
    };
    let Ok(body) = serde_json::from_slice::<Body>(&call.body) else {
        return said(400, "Problems parsing JSON");
    };
    let document = match ExecutableDocument::parse_and_validate(schema, body.query, "query") {
        Ok(document) => document,
        Err(error) => return with_error("", &error.errors.to_string()),
    };
    let Ok(operation) = document.operations.get(None) else {
        return with_error("", "there must be one operation");
    };
    let size = Size::of(&document, &operation.selection_set);
    world.batches.push(size.repositories);
    let quota = world.quotas.of(Some(token), Resource::GraphQl, now);
    let cost = ((size.connections + 50) / 100).max(1);
    let mut left = usize::MAX;
    match world.budget {
        Some((most, TooMuch::Status(status))) if size.repositories > most => {
            quota.used += TIMEOUT_POINTS;
            return StatusCode::from_u16(status)
                .unwrap_or_default()
                .into_response();
        }
        Some((most, TooMuch::ResourceLimits)) => left = most,
        _ => {}
    }
    quota.used += cost;
    let quota = *quota;
    let root = Root {
        world,
        quota,
        cost,
        left: Mutex::new(left),
    };
    execute(schema, &document, &body.variables, &root)
}

fn execute(
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    variables: &JsonMap,
    root: &Root<'_>,
) -> Response {
    let answer = Execution::new(schema, document)
        .raw_variable_values(variables)
        .execute_sync(root);
    let answer = match answer {
        Ok(answer) => serde_json::to_value(answer).unwrap_or_default(),
        Err(error) => return with_error("", &error.message().to_string()),
    };
    let mut shown = json!({ "data": answer.get("data") });
    if let Some(errors) = answer.get("errors").and_then(Value::as_array) {
        shown["errors"] = errors.iter().map(typed).collect();
    }
    spoken(200, &shown)
}

/// An error with its type where GitHub has it: beside the message. That of the resource limits
/// says nothing about where it happened.
fn typed(error: &Value) -> Value {
    let text = error["message"].as_str().unwrap_or_default();
    let text = text.strip_prefix("resolver error: ").unwrap_or(text);
    let (kind, message) = text.split_once(TYPE_END).unwrap_or(("", text));
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

fn quota_is_used_up(spelling: QuotaError) -> Response {
    let message = "API rate limit exceeded for user ID 1.";
    match spelling {
        QuotaError::RateLimited => with_error("RATE_LIMITED", message),
        QuotaError::RateLimit => {
            let error = json!({
                "type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message,
            });
            spoken(200, &json!({ "errors": [error] }))
        }
    }
}

fn with_error(kind: &str, message: &str) -> Response {
    let mut error = json!({ "message": message });
    if !kind.is_empty() {
        error["type"] = kind.into();
    }
    spoken(200, &json!({ "errors": [error] }))
}

/// What a query asks for.
struct Size {
    repositories: usize,
    /// Connections, each once per repository.
    connections: u64,
}

impl Size {
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

fn refusal(kind: &str, message: &str) -> FieldError {
    FieldError {
        message: format!("{kind}{TYPE_END}{message}"),
    }
}

/// The type `Query`.
struct Root<'a> {
    world: &'a World,
    quota: Quota,
    cost: u64,
    /// How many repositories the budget still allows.
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
            "rateLimit" => Ok(ResolvedValue::object(Object {
                value: json!({
                    "__typename": "RateLimit",
                    "limit": self.quota.limit,
                    "cost": self.cost,
                    "remaining": self.quota.remaining(),
                    "used": self.quota.used,
                    "resetAt": time(self.quota.reset),
                    "nodeCount": 0,
                }),
                broken: &[],
            })),
            "repository" => self.repository(&format!("{}/{}", text("owner"), text("name"))),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl Root<'_> {
    fn repository(&self, slug: &str) -> Result<ResolvedValue<'_>, FieldError> {
        if let Ok(mut left) = self.left.lock() {
            if *left == 0 {
                let message = "Resource limits for this query exceeded.";
                return Err(refusal("RESOURCE_LIMITS_EXCEEDED", message));
            }
            *left -= 1;
        }
        let Some(held) = self.world.find(slug) else {
            let message = format!("Could not resolve to a Repository with the name '{slug}'.");
            return Err(refusal("NOT_FOUND", &message));
        };
        let FakeRepository {
            refused,
            broken_fields,
            ..
        } = &held.repository;
        if let Some((_, words)) = refused {
            return Err(refusal("FORBIDDEN", words));
        }
        Ok(ResolvedValue::object(Object {
            value: held.repository.graphql(held.id, &held.slug),
            broken: broken_fields,
        }))
    }
}

/// Any other type: an object of JSON that names its type in `__typename`.
struct Object<'b> {
    value: Value,
    broken: &'b [(&'static str, &'static str)],
}

impl ObjectValue for Object<'_> {
    fn type_name(&self) -> &str {
        self.value["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let name = info.field_name();
        if let Some((_, kind)) = self.broken.iter().find(|(field, _)| *field == name) {
            return Err(refusal(kind, "Something is wrong with this field."));
        }
        let states = info.arguments().get("states");
        let state = states.and_then(|states| states.as_array()?.first()?.as_str());
        let key = match state {
            Some(state) => format!("{name}({state})"),
            None => name.to_owned(),
        };
        let Some(value) = self.value.get(&key) else {
            return Err(self.unknown_field_error(info));
        };
        Ok(resolved(value))
    }
}

fn resolved<'r>(value: &Value) -> ResolvedValue<'r> {
    match value {
        Value::Object(_) => ResolvedValue::object(Object {
            value: value.clone(),
            broken: &[],
        }),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(resolved).map(Ok).collect();
            ResolvedValue::List(Box::new(values.into_iter()))
        }
        leaf => ResolvedValue::leaf(leaf.clone()),
    }
}
