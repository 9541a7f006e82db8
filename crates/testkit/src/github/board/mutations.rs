//! The type `Mutation`: changes of projects, one after the other.

use std::cell::RefCell;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::nodes::{creator, issue_id};
use super::objects::{Shown, show};
use super::project::{FakeContent, FakeField, FakeProject, FakeValue, item_id, item_number};
use crate::github::json_object::field_error;
use crate::github::state::GitHubState;

/// Characters of a text field.
const LONGEST_TEXT: usize = 1_024;

/// Executes mutations.
pub(in crate::github) struct MutationRoot<'s> {
    state: RefCell<&'s mut GitHubState>,
}

impl<'s> MutationRoot<'s> {
    pub(in crate::github) fn new(state: &'s mut GitHubState) -> Self {
        Self {
            state: RefCell::new(state),
        }
    }
}

impl ObjectValue for MutationRoot<'_> {
    fn type_name(&self) -> &'static str {
        "Mutation"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let name = info.field_name();
        let input = info.arguments().get("input");
        let input = serde_json::to_value(input).unwrap_or_default();
        let mut state = self.state.borrow_mut();
        if state.board.is_dead {
            return Err(field_error("", "it has ended"));
        }
        if state.board.left == Some(0) {
            state.board.is_dead = true;
            return Err(field_error("", "it has ended"));
        }
        let shown = execute(&mut state, name, &input)?;
        state.board.executed += 1;
        state.board.left = state.board.left.map(|left| left - 1);
        Ok(show(Shown::Json(shown)))
    }
}

fn not_found(id: &str) -> FieldError {
    let message = format!("Could not resolve to a node with the global id of '{id}'");
    field_error("NOT_FOUND", &message)
}

fn execute(state: &mut GitHubState, name: &str, input: &Value) -> Result<Value, FieldError> {
    let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
    for key in ["itemId", "contentId"] {
        if let Some((kind, message)) = state.board.refused.get(&text(key)) {
            return Err(field_error(kind, message));
        }
    }
    let content = match name {
        "addProjectV2ItemById" => Some(find_content(state, &text("contentId"))?),
        "addProjectV2DraftIssue" => Some(FakeContent::Draft {
            title: text("title"),
            body: text("body"),
        }),
        _ => None,
    };
    let viewer = state.board.viewer.clone();
    let id = text("projectId");
    let Some(project) = state.board.projects.get_mut(&id) else {
        return Err(not_found(&id));
    };
    if !project.can_update {
        return Err(field_error(
            "FORBIDDEN",
            "Resource not accessible by integration",
        ));
    }
    if let Some(content) = content {
        return add(project, name, content, &viewer);
    }
    if name == "createProjectV2Field" {
        return create_field(project, input);
    }
    let item = text("itemId");
    let number = item_number(&item).filter(|number| project.items.contains_key(number));
    let Some(number) = number else {
        return Err(not_found(&item));
    };
    if name == "deleteProjectV2Item" {
        project.items.remove(&number);
        return Ok(json!({
            "__typename": "DeleteProjectV2ItemPayload", "deletedItemId": item,
        }));
    }
    let field = text("fieldId");
    let Some(known) = project.fields.iter().find(|one| one.id == field).cloned() else {
        return Err(not_found(&field));
    };
    let value = match name {
        "updateProjectV2ItemFieldValue" => Some(read_value(&known, &input["value"])?),
        "clearProjectV2ItemFieldValue" => None,
        other => return Err(field_error("", &format!("{other} is not part of the fake"))),
    };
    if let Some(found) = project.items.get_mut(&number) {
        match value {
            Some(value) => found.values.insert(field, value),
            None => found.values.remove(&field),
        };
    }
    let kind = match name {
        "updateProjectV2ItemFieldValue" => "UpdateProjectV2ItemFieldValuePayload",
        _ => "ClearProjectV2ItemFieldValuePayload",
    };
    Ok(json!({ "__typename": kind, "projectV2Item": item_json(&item) }))
}

fn item_json(id: &str) -> Value {
    json!({ "__typename": "ProjectV2Item", "id": id })
}

fn find_content(state: &GitHubState, id: &str) -> Result<FakeContent, FieldError> {
    let number = id
        .split_once('_')
        .and_then(|(_, digits)| digits.parse().ok());
    let found = number.and_then(|number| state.activity.by_id(number));
    match found {
        Some((repository, issue)) if issue_id(issue) == id => {
            Ok(FakeContent::Issue(repository, issue.number))
        }
        _ => Err(not_found(id)),
    }
}

fn add(
    project: &mut FakeProject,
    name: &str,
    content: FakeContent,
    viewer: &str,
) -> Result<Value, FieldError> {
    let is_draft = matches!(content, FakeContent::Draft { .. });
    let mut items = project.items.values();
    let known = items.find(|item| !is_draft && item.content == content);
    let number = match known.map(|item| item.number) {
        Some(number) => number,
        None => project.add_item(content, viewer).ok_or_else(|| {
            field_error(
                "UNPROCESSABLE",
                "The project has reached the limit of 50000 items",
            )
        })?,
    };
    let mut item = item_json(&item_id(number));
    if let Some(known) = project.items.get(&number) {
        item["creator"] = creator(known);
        item["isArchived"] = known.is_archived.into();
    }
    Ok(if name == "addProjectV2DraftIssue" {
        json!({ "__typename": "AddProjectV2DraftIssuePayload", "projectItem": item })
    } else {
        json!({ "__typename": "AddProjectV2ItemByIdPayload", "item": item })
    })
}

fn create_field(project: &mut FakeProject, input: &Value) -> Result<Value, FieldError> {
    let name = input["name"].as_str().unwrap_or_default().to_owned();
    if project.field(&name).is_some() {
        return Err(field_error("UNPROCESSABLE", "Name has already been taken"));
    }
    let kind = input["dataType"].as_str().unwrap_or_default().to_owned();
    let options = input["singleSelectOptions"]
        .as_array()
        .into_iter()
        .flatten();
    let options: Vec<&str> = options
        .filter_map(|option| option["name"].as_str())
        .collect();
    if kind == "SINGLE_SELECT" && options.is_empty() {
        return Err(field_error("UNPROCESSABLE", "Options can't be blank"));
    }
    let field = project.new_field(&name, &kind, &options);
    project.fields.push(field);
    Ok(json!({
        "__typename": "CreateProjectV2FieldPayload",
        "clientMutationId": null,
        "projectV2Field": { "__typename": match kind.as_str() {
            "SINGLE_SELECT" => "ProjectV2SingleSelectField",
            _ => "ProjectV2Field",
        } },
    }))
}

fn read_value(field: &FakeField, value: &Value) -> Result<FakeValue, FieldError> {
    let invalid = || {
        let message = format!("The value does not fit the field {}", field.name);
        field_error("UNPROCESSABLE", &message)
    };
    let given = value.as_object().into_iter().flatten();
    let given: Vec<&str> = given
        .filter(|(_, value)| !value.is_null())
        .map(|(key, _)| key.as_str())
        .collect();
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    match (field.kind.as_str(), given.as_slice()) {
        ("TEXT", ["text"]) => text("text")
            .filter(|text| text.chars().count() <= LONGEST_TEXT)
            .map(FakeValue::Text)
            .ok_or_else(invalid),
        ("NUMBER", ["number"]) => value["number"]
            .as_f64()
            .map(FakeValue::Number)
            .ok_or_else(invalid),
        ("DATE", ["date"]) => text("date")
            .filter(|date| date.len() == 10 && date.parse::<jiff::civil::Date>().is_ok())
            .map(FakeValue::Date)
            .ok_or_else(invalid),
        ("SINGLE_SELECT", ["singleSelectOptionId"]) => text("singleSelectOptionId")
            .filter(|id| field.options.iter().any(|(known, _)| known == id))
            .map(FakeValue::Option)
            .ok_or_else(invalid),
        _ => Err(invalid()),
    }
}
