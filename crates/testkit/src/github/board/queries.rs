//! The fields of `Query` that a board asks for.

use std::collections::BTreeMap;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use serde_json::{Value, json};

use super::nodes::{
    discussion_id, discussion_node, field_json, is_present, issue_id, issue_node, item_node,
    review_node,
};
use super::objects::{Node, Shown, page, show};
use super::project::{FakeProject, FakeProjectItem, item_number};
use super::search::search;
use crate::github::json_object::field_error;
use crate::github::state::GitHubState;

/// Gives a field of `Query`; `None` if it is none of these.
pub(in crate::github) fn resolve<'r>(
    state: &'r GitHubState,
    info: &ResolveInfo<'_>,
) -> Option<Result<ResolvedValue<'r>, FieldError>> {
    let text = |name: &str| {
        let value = info.arguments().get(name).and_then(JsonValue::as_str);
        value.unwrap_or_default().to_owned()
    };
    Some(match info.field_name() {
        "viewer" => {
            let login = state.board.viewer.as_str();
            Ok(show(Shown::Json(
                json!({ "__typename": "User", "login": login }),
            )))
        }
        "search" => search(state, info),
        "repositoryOwner" => Ok(match owner(state, &text("login")) {
            Some(owner) => ResolvedValue::object(OwnerNode {
                fields: owner,
                projects: projects_of(state, &text("login")),
            }),
            None => ResolvedValue::leaf(Value::Null),
        }),
        "organization" => match owner(state, &text("login")) {
            Some(owner) => Ok(ResolvedValue::object(OwnerNode {
                fields: organisation(owner),
                projects: teams_of(state, &text("login")),
            })),
            None => Err(missing(&text("login"))),
        },
        "node" if state.board.projects.contains_key(&text("id")) => {
            Ok(match state.board.projects.get(&text("id")) {
                Some(project) => ResolvedValue::object(ProjectNode {
                    node: project_node(project),
                    project,
                    state,
                }),
                None => ResolvedValue::leaf(Value::Null),
            })
        }
        "node" => match find_node(state, &text("id")) {
            Some(node) => Ok(ResolvedValue::object(node)),
            None => Err(missing(&text("id"))),
        },
        _ => return None,
    })
}

/// An item of a project, an issue or a discussion.
pub(in crate::github) fn find_node(state: &GitHubState, id: &str) -> Option<Node> {
    if let Some(number) = item_number(id) {
        let mut projects = state.board.projects.values();
        return projects.find_map(|project| item_node(state, project, project.items.get(&number)?));
    }
    let mut discussions = state.board.discussions.values();
    if let Some(found) = discussions.find(|discussion| discussion_id(discussion) == id) {
        return Some(discussion_node(state, found));
    }
    let (kind, digits) = id.split_once('_')?;
    if kind == "PRR" {
        return Some(review_node(state, digits.parse().ok()?));
    }
    let (repository, issue) = state.activity.by_id(digits.parse().ok()?)?;
    let slug = state.by_id(repository)?.slug.as_str();
    (issue_id(issue) == id).then(|| issue_node(state, slug, issue))
}

/// Fails for an item that cannot be read.
pub(in crate::github) fn check_node(state: &GitHubState, id: &str) -> Result<(), FieldError> {
    if state.board.broken_items.contains(id) {
        let message = "Something went wrong while executing your query.";
        return Err(field_error("", message));
    }
    Ok(())
}

fn missing(id: &str) -> FieldError {
    let message = format!("Could not resolve to a node with the global id of '{id}'.");
    field_error("NOT_FOUND", &message)
}

fn owner(state: &GitHubState, login: &str) -> Option<Value> {
    let user = state.activity.users.find(login);
    let user = user.and_then(|id| state.activity.users.get(id));
    let kind = match user {
        Some(user) if user.is_organisation => "Organization",
        Some(_) => "User",
        None => return None,
    };
    let login = user.map(|user| user.login.as_str()).unwrap_or_default();
    Some(json!({ "__typename": kind, "login": login }))
}

fn organisation(mut owner: Value) -> Value {
    owner["__typename"] = "Organization".into();
    owner
}

fn projects_of(state: &GitHubState, login: &str) -> BTreeMap<String, Node> {
    let all = state.board.projects.values();
    let owned = all.filter(|project| project.owner.eq_ignore_ascii_case(login));
    owned
        .map(|project| (project.number.to_string(), project_node(project)))
        .collect()
}

fn teams_of(state: &GitHubState, login: &str) -> BTreeMap<String, Node> {
    let login = login.to_lowercase();
    let teams = state.board.teams.iter();
    let teams = teams.filter(|((organisation, _), _)| *organisation == login);
    teams
        .map(|((_, name), members)| {
            let members = members.iter().filter_map(|id| {
                let login = &state.activity.users.get(*id)?.login;
                Some(Shown::Json(json!({ "__typename": "User", "login": login })))
            });
            let node = Node {
                fields: json!({ "__typename": "Team" }),
                lists: BTreeMap::from([("members", ("TeamMemberConnection", members.collect()))]),
                ..Node::default()
            };
            (name.clone(), node)
        })
        .collect()
}

/// A project without its items.
fn project_node(project: &FakeProject) -> Node {
    let fields = project
        .fields
        .iter()
        .map(|field| Shown::Json(field_json(field)));
    let views = project.views.iter().map(|(name, filter)| {
        Shown::Json(json!({ "__typename": "ProjectV2View", "name": name, "filter": filter }))
    });
    Node {
        fields: json!({
            "__typename": "ProjectV2",
            "id": project.id,
            "title": project.title,
            "url": format!("https://github.com/orgs/{}/projects/{}", project.owner, project.number),
            "viewerCanUpdate": project.can_update,
        }),
        lists: BTreeMap::from([
            (
                "fields",
                ("ProjectV2FieldConfigurationConnection", fields.collect()),
            ),
            ("views", ("ProjectV2ViewConnection", views.collect())),
        ]),
        ..Node::default()
    }
}

/// A project with its items, of which only those of a page are made.
struct ProjectNode<'s> {
    node: Node,
    project: &'s FakeProject,
    state: &'s GitHubState,
}

impl ObjectValue for ProjectNode<'_> {
    fn type_name(&self) -> &'static str {
        "ProjectV2"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        if info.field_name() != "items" {
            return self.node.resolve_field(info);
        }
        let is_present = |item: &&FakeProjectItem| is_present(self.state, item);
        let total = self.project.items.values().filter(is_present).count();
        let first = info.arguments().get("first").and_then(JsonValue::as_u64);
        let first = usize::try_from(first.unwrap_or(0)).unwrap_or(0);
        let after = info.arguments().get("after").and_then(JsonValue::as_str);
        let after = after.and_then(|cursor| cursor.strip_prefix('i')?.parse::<u64>().ok());
        let rest = self
            .project
            .items
            .range(after.map_or(0, |after| after + 1)..);
        let missing = self.state.board.lost_items;
        let rest = rest.map(|(_, item)| item).filter(is_present);
        let rest: Vec<&FakeProjectItem> = rest.take(first + 1 + missing).collect();
        let readable = rest.len().saturating_sub(missing);
        let shown = &rest[..readable.min(first)];
        let last = shown.last().filter(|_| readable > shown.len());
        let nodes = shown.iter();
        let nodes = nodes.filter_map(|item| item_node(self.state, self.project, item));
        let next = last.map(|item| format!("i{}", item.number));
        let next = next.or_else(|| self.state.board.repeats_pages.then(|| "i0".to_owned()));
        Ok(page(
            "ProjectV2ItemConnection",
            total,
            nodes.map(|node| Shown::Node(Box::new(node))).collect(),
            next.as_deref(),
            &[],
        ))
    }
}

/// An account with what it owns, by number or name.
struct OwnerNode {
    fields: Value,
    projects: BTreeMap<String, Node>,
}

impl ObjectValue for OwnerNode {
    fn type_name(&self) -> &str {
        self.fields["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let argument = match info.field_name() {
            "projectV2" => {
                let number = info.arguments().get("number").and_then(JsonValue::as_i64);
                number.map(|number| number.to_string())
            }
            "team" => {
                let slug = info.arguments().get("slug").and_then(JsonValue::as_str);
                slug.map(str::to_lowercase)
            }
            "login" => return Ok(ResolvedValue::leaf(self.fields["login"].clone())),
            _ => return Err(self.unknown_field_error(info)),
        };
        let found = argument.and_then(|argument| self.projects.get(&argument));
        Ok(match found {
            Some(node) => ResolvedValue::object(node.clone()),
            None if info.field_name() == "team" => ResolvedValue::leaf(Value::Null),
            None => return Err(missing("project")),
        })
    }
}
