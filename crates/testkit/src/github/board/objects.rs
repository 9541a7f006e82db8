//! Objects whose lists are paged, and whose fields may have a name as their argument.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use serde_json::{Value, json};

use crate::github::json_object::{JsonObject, field_error, resolve_value};

/// Something that GraphQL shows.
#[derive(Clone, Debug)]
pub(in crate::github) enum Shown {
    Json(Value),
    Node(Box<Node>),
}

/// An object with lists.
#[derive(Clone, Debug, Default)]
pub(in crate::github) struct Node {
    /// Its fields without arguments, and its type in `__typename`.
    pub(super) fields: Value,
    /// The type of a connection, and its entries.
    pub(super) lists: BTreeMap<&'static str, (&'static str, Vec<Shown>)>,
    /// What `fieldValueByName` and other fields with one name give.
    pub(super) named: BTreeMap<String, Value>,
    /// Those of them that cannot be read.
    pub(super) broken: BTreeSet<String>,
}

impl ObjectValue for Node {
    fn type_name(&self) -> &str {
        self.fields["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let name = info.field_name();
        if name == "fieldValueByName" {
            let asked = info.arguments().get("name").and_then(JsonValue::as_str);
            if asked.is_some_and(|asked| self.broken.contains(asked)) {
                return Err(field_error("", "Something is wrong with this field."));
            }
            let value = asked.and_then(|asked| self.named.get(asked));
            return Ok(resolve_value(value.unwrap_or(&Value::Null)));
        }
        if let Some((kind, entries)) = self.lists.get(name) {
            return Ok(connection(info, kind, entries));
        }
        match self.fields.get(name) {
            Some(value) => Ok(resolve_value(value)),
            None => Err(self.unknown_field_error(info)),
        }
    }
}

/// A page of a list, as `first`, `last` and `after` ask for it.
pub(super) fn connection<'r>(
    info: &ResolveInfo<'_>,
    kind: &str,
    entries: &[Shown],
) -> ResolvedValue<'r> {
    let number = |name: &str| {
        let value = info.arguments().get(name)?.as_u64()?;
        usize::try_from(value).ok()
    };
    let after = info.arguments().get("after").and_then(JsonValue::as_str);
    let after = after.and_then(|cursor| cursor.strip_prefix('c'));
    let begin = after.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let total = entries.len();
    let (begin, end) = match (number("first"), number("last")) {
        (Some(first), _) => (begin.min(total), (begin + first).min(total)),
        (None, Some(last)) => (total.saturating_sub(last), total),
        (None, None) => (0, 0),
    };
    let next = (end < total).then(|| format!("c{end}"));
    page(
        kind,
        total,
        entries[begin..end].to_vec(),
        next.as_deref(),
        &[],
    )
}

/// A page of a connection; `counts` are further names for the number of all entries.
pub(super) fn page<'r>(
    kind: &str,
    total: usize,
    nodes: Vec<Shown>,
    next: Option<&str>,
    counts: &[&str],
) -> ResolvedValue<'r> {
    let mut fields = json!({
        "__typename": kind,
        "totalCount": total,
        "pageInfo": {
            "__typename": "PageInfo",
            "hasNextPage": next.is_some(),
            "endCursor": next,
        },
    });
    for count in counts {
        fields[*count] = total.into();
    }
    ResolvedValue::object(Page { fields, nodes })
}

struct Page {
    fields: Value,
    nodes: Vec<Shown>,
}

impl ObjectValue for Page {
    fn type_name(&self) -> &str {
        self.fields["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "nodes" => {
                let nodes = self.nodes.iter().cloned().map(|node| Ok(show(node)));
                Ok(ResolvedValue::List(Box::new(nodes)))
            }
            name => match self.fields.get(name) {
                Some(value) => Ok(resolve_value(value)),
                None => Err(self.unknown_field_error(info)),
            },
        }
    }
}

/// The object itself.
pub(super) fn show<'r>(shown: Shown) -> ResolvedValue<'r> {
    match shown {
        Shown::Json(Value::Null) => ResolvedValue::leaf(Value::Null),
        Shown::Json(value) => ResolvedValue::object(JsonObject { value, broken: &[] }),
        Shown::Node(node) => ResolvedValue::object(*node),
    }
}
