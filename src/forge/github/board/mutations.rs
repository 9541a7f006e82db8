//! The requests that change a project: several changes in one, each with an alias of its own.
//!
//! GitHub does them in their order. It cannot add an item and fill it in one request: the id of the item
//! is in the answer, and no change can refer to what another one gives.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::BoardRequest;

/// Points that a mutation counts for secondary limits; what it costs of the quota is less.
const POINTS: u64 = 5;

/// A change of a project.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectMutation {
    /// Puts an issue or pull request on the project; if it is there, gives the item as it is. The
    /// answer says who has put it there.
    Add {
        content: String,
    },
    /// Makes a draft, each time a new one.
    AddDraft {
        title: String,
        body: String,
    },
    /// Sets a field; `value` as GitHub's `ProjectV2FieldValue`.
    Set {
        item: String,
        field: String,
        value: Value,
    },
    Clear {
        item: String,
        field: String,
    },
    Remove {
        item: String,
    },
}

/// A field that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewField {
    pub name: String,
    /// GitHub's name of its type, such as `DATE`.
    pub kind: &'static str,
    /// Of a single select.
    pub options: Vec<String>,
}

impl ProjectMutation {
    /// Whether it may be sent again, if nobody knows whether it was done.
    #[must_use]
    pub fn can_be_repeated(&self) -> bool {
        !matches!(self, Self::AddDraft { .. })
    }

    /// Whether it writes or empties a field of an item that is there.
    #[must_use]
    pub fn is_about_a_field(&self) -> bool {
        matches!(self, Self::Set { .. } | Self::Clear { .. })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "addProjectV2ItemById",
            Self::AddDraft { .. } => "addProjectV2DraftIssue",
            Self::Set { .. } => "updateProjectV2ItemFieldValue",
            Self::Clear { .. } => "clearProjectV2ItemFieldValue",
            Self::Remove { .. } => "deleteProjectV2Item",
        }
    }

    fn input_kind(&self) -> &'static str {
        match self {
            Self::Add { .. } => "AddProjectV2ItemByIdInput",
            Self::AddDraft { .. } => "AddProjectV2DraftIssueInput",
            Self::Set { .. } => "UpdateProjectV2ItemFieldValueInput",
            Self::Clear { .. } => "ClearProjectV2ItemFieldValueInput",
            Self::Remove { .. } => "DeleteProjectV2ItemInput",
        }
    }

    fn answer(&self) -> &'static str {
        match self {
            Self::Add { .. } => "item { id isArchived creator { login } }",
            Self::AddDraft { .. } => "item: projectItem { id }",
            Self::Set { .. } | Self::Clear { .. } => "item: projectV2Item { id }",
            Self::Remove { .. } => "deletedItemId",
        }
    }

    fn input(&self, project: &str) -> Value {
        match self {
            Self::Add { content } => json!({ "projectId": project, "contentId": content }),
            Self::AddDraft { title, body } => {
                json!({ "projectId": project, "title": title, "body": body })
            }
            Self::Set { item, field, value } => {
                json!({ "projectId": project, "itemId": item, "fieldId": field, "value": value })
            }
            Self::Clear { item, field } => {
                json!({ "projectId": project, "itemId": item, "fieldId": field })
            }
            Self::Remove { item } => json!({ "projectId": project, "itemId": item }),
        }
    }
}

impl BoardRequest {
    /// Changes of a project, as `m0`, `m1` and so on.
    #[must_use]
    pub fn mutations(project: &str, mutations: &[ProjectMutation]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, mutation) in mutations.iter().enumerate() {
            declared.push(format!("$i{number}: {}!", mutation.input_kind()));
            // Writing to a string cannot fail.
            let _ = writeln!(
                fields,
                "  m{number}: {}(input: $i{number}) {{ {} }}",
                mutation.name(),
                mutation.answer()
            );
            variables.insert(format!("i{number}"), mutation.input(project));
        }
        let text = format!(
            "mutation BoardChanges({}) {{\n{fields}}}\n",
            declared.join(", ")
        );
        Self::mutation(&text, &variables)
    }

    /// Creates fields, as `m0`, `m1` and so on.
    #[must_use]
    pub fn new_fields(project: &str, new: &[NewField]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, field) in new.iter().enumerate() {
            declared.push(format!("$i{number}: CreateProjectV2FieldInput!"));
            let _ = writeln!(
                fields,
                "  m{number}: createProjectV2Field(input: $i{number}) {{ clientMutationId \
                 projectV2Field {{ __typename }} }}"
            );
            let mut input =
                json!({ "projectId": project, "name": field.name, "dataType": field.kind });
            if !field.options.is_empty() {
                let options = field.options.iter();
                let options =
                    options.map(|name| json!({ "name": name, "color": "GRAY", "description": "" }));
                input["singleSelectOptions"] = options.collect();
            }
            variables.insert(format!("i{number}"), input);
        }
        let text = format!(
            "mutation BoardNewFields({}) {{\n{fields}}}\n",
            declared.join(", ")
        );
        Self::mutation(&text, &variables)
    }

    fn mutation(text: &str, variables: &Map<String, Value>) -> Self {
        Self {
            body: json!({ "query": text, "variables": variables }).to_string(),
            cost: POINTS,
            kind: "mutation",
        }
    }
}
