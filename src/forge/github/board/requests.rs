//! The requests that read: a project, its items, teams, searches, and what a page has left over.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::BoardRequest;
use super::fragments::with_fragments;
use crate::model::RepositorySlug;

const FIELDS: &str = include_str!("fields.graphql");
const TEAM: &str = include_str!("team.graphql");
const LABELS: &str = include_str!("labels.graphql");
const THREADS: &str = include_str!("threads.graphql");

/// Ids that one field may ask for.
pub const MOST_IDS: usize = 100;

/// Which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectName {
    Number {
        owner: String,
        number: i32,
    },
    /// GitHub's node id.
    Id(String),
}

/// What a search looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Issues and pull requests.
    Issues,
    Discussions,
}

/// One page of one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPart {
    pub kind: SearchKind,
    pub query: String,
    pub first: usize,
    pub after: Option<String>,
}

impl SearchPart {
    /// The points that it costs at most: one request for each connection of each entry.
    fn connections(&self) -> usize {
        let per_entry = match self.kind {
            SearchKind::Issues => 3,
            SearchKind::Discussions => 104,
        };
        1 + self.first * per_entry
    }
}

impl BoardRequest {
    fn query(text: &str, variables: &Value, connections: usize) -> Self {
        Self {
            body: json!({ "query": with_fragments(text), "variables": variables }).to_string(),
            cost: connections.div_ceil(100).max(1) as u64,
            kind: "graphql",
        }
    }

    /// A project with its fields and views, and who asks.
    #[must_use]
    pub fn project(name: &ProjectName) -> Self {
        let (head, variables) = match name {
            ProjectName::Number { owner, number } => (
                "query BoardProjectByNumber($owner: String!, $number: Int!) {\n  rateLimit { cost }\n  \
                 viewer { login }\n  owner: repositoryOwner(login: $owner) {\n    ... on ProjectV2Owner \
                 { project: projectV2(number: $number) { ...BoardProject } }\n  }\n}",
                json!({ "owner": owner, "number": number }),
            ),
            ProjectName::Id(id) => (
                "query BoardProjectById($id: ID!) {\n  rateLimit { cost }\n  viewer { login }\n  \
                 project: node(id: $id) { ...BoardProject }\n}",
                json!({ "id": id }),
            ),
        };
        Self::query(head, &variables, 3)
    }

    /// A further page of fields.
    #[must_use]
    pub fn fields(project: &str, after: &str) -> Self {
        Self::query(FIELDS, &json!({ "id": project, "after": after }), 1)
    }

    /// A page of the members of a team.
    #[must_use]
    pub fn team(organisation: &str, team: &str, after: Option<&str>) -> Self {
        let variables = json!({ "organisation": organisation, "team": team, "after": after });
        Self::query(TEAM, &variables, 1)
    }

    /// A page of items with the values of some fields, as `f0`, `f1` and so on.
    #[must_use]
    pub fn items(project: &str, fields: &[String], first: usize, after: Option<&str>) -> Self {
        let (declared, selected, mut variables) = values_of(fields);
        variables.insert("id".to_owned(), project.into());
        variables.insert("first".to_owned(), first.into());
        variables.insert("after".to_owned(), after.into());
        let text = format!(
            "query BoardItems($id: ID!, $first: Int!, $after: String{declared}) {{\n  rateLimit {{ cost \
             }}\n  node(id: $id) {{\n    ... on ProjectV2 {{\n      items(first: $first, after: $after) \
             {{\n        totalCount\n        pageInfo {{ ...BoardPage }}\n        nodes {{ \
             ...BoardItem\n{selected} }}\n      }}\n    }}\n  }}\n}}\n"
        );
        Self::query(&text, &variables.into(), 1)
    }

    /// Some items by their ids, at most a hundred, with the values of some fields.
    #[must_use]
    pub fn items_by_id(ids: &[String], fields: &[String]) -> Self {
        let (declared, selected, mut variables) = values_of(fields);
        variables.insert("ids".to_owned(), ids.into());
        let text = format!(
            "query BoardItemsById($ids: [ID!]!{declared}) {{\n  rateLimit {{ cost }}\n  nodes(ids: \
             $ids) {{\n    ... on ProjectV2Item {{ ...BoardItem\n{selected} }}\n  }}\n}}\n"
        );
        Self::query(&text, &variables.into(), 1)
    }

    /// Pages of several searches, as `s0`, `s1` and so on.
    #[must_use]
    pub fn searches(parts: &[SearchPart]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, part) in parts.iter().enumerate() {
            declared.push(format!(
                "$q{number}: String!, $n{number}: Int!, $a{number}: String"
            ));
            let (kind, count, entries) = match part.kind {
                SearchKind::Issues => ("ISSUE", "issueCount", "...BoardIssue ...BoardPullRequest"),
                SearchKind::Discussions => ("DISCUSSION", "discussionCount", "...BoardDiscussion"),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                fields,
                "  s{number}: search(query: $q{number}, type: {kind}, first: $n{number}, after: \
                 $a{number}) {{\n    total: {count}\n    pageInfo {{ ...BoardPage }}\n    \
                 nodes {{ __typename {entries} }}\n  }}"
            );
            variables.insert(format!("q{number}"), part.query.as_str().into());
            variables.insert(format!("n{number}"), part.first.into());
            variables.insert(format!("a{number}"), part.after.as_deref().into());
        }
        let text = format!(
            "query BoardSearch({}) {{\n  rateLimit {{ cost }}\n{fields}}}\n",
            declared.join(", ")
        );
        let connections = parts.iter().map(SearchPart::connections).sum();
        Self::query(&text, &variables.into(), connections)
    }

    /// How many issues and pull requests searches find, as `s0`, `s1` and so on.
    #[must_use]
    pub fn counts(queries: &[String]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, query) in queries.iter().enumerate() {
            declared.push(format!("$q{number}: String!"));
            let _ = writeln!(
                fields,
                "  s{number}: search(query: $q{number}, type: ISSUE, first: 1) {{ total: issueCount }}"
            );
            variables.insert(format!("q{number}"), query.as_str().into());
        }
        let text = format!(
            "query BoardCounts({}) {{\n  rateLimit {{ cost }}\n{fields}}}\n",
            declared.join(", ")
        );
        Self::query(&text, &variables.into(), queries.len())
    }

    /// Some issues and pull requests by their ids, at most a hundred, as searches show them.
    #[must_use]
    pub fn entries(ids: &[String]) -> Self {
        let text = "query BoardEntries($ids: [ID!]!) {\n  rateLimit { cost }\n  nodes(ids: $ids) { \
                    __typename ...BoardIssue ...BoardPullRequest }\n}\n";
        Self::query(text, &json!({ "ids": ids }), ids.len() * 3)
    }

    /// The thumbs up of issues and pull requests by their ids, a hundred in each of `v0`, `v1` and so on.
    #[must_use]
    pub fn votes(ids: &[String]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, some) in ids.chunks(MOST_IDS).enumerate() {
            declared.push(format!("$i{number}: [ID!]!"));
            let _ = writeln!(
                fields,
                "  v{number}: nodes(ids: $i{number}) {{ ...BoardVotes }}"
            );
            variables.insert(format!("i{number}"), some.into());
        }
        let text = format!(
            "query BoardVotes({}) {{\n  rateLimit {{ cost }}\n{fields}}}\n",
            declared.join(", ")
        );
        Self::query(&text, &variables.into(), ids.len())
    }

    /// What organisations, as `o0` and so on, and repositories, as `r0` and so on, are called now.
    #[must_use]
    pub fn scopes(organisations: &[String], repositories: &[RepositorySlug]) -> Self {
        let mut variables = Map::new();
        let (mut declared, mut fields) = (Vec::new(), String::new());
        for (number, login) in organisations.iter().enumerate() {
            declared.push(format!("$o{number}: String!"));
            let _ = writeln!(
                fields,
                "  o{number}: repositoryOwner(login: $o{number}) {{ login }}"
            );
            variables.insert(format!("o{number}"), login.as_str().into());
        }
        for (number, slug) in repositories.iter().enumerate() {
            declared.push(format!("$w{number}: String!, $n{number}: String!"));
            let _ = writeln!(
                fields,
                "  r{number}: repository(owner: $w{number}, name: $n{number}) {{ nameWithOwner }}"
            );
            variables.insert(format!("w{number}"), slug.owner().into());
            variables.insert(format!("n{number}"), slug.name().into());
        }
        let text = format!(
            "query BoardScopes({}) {{\n  rateLimit {{ cost }}\n{fields}}}\n",
            declared.join(", ")
        );
        Self::query(&text, &variables.into(), 1)
    }

    /// A further page of the labels of an issue, pull request or discussion.
    #[must_use]
    pub fn labels(id: &str, after: &str) -> Self {
        Self::query(LABELS, &json!({ "id": id, "after": after }), 1)
    }

    /// A further page of the comments of a discussion.
    #[must_use]
    pub fn threads(id: &str, after: &str) -> Self {
        Self::query(THREADS, &json!({ "id": id, "after": after }), 101)
    }
}

/// Variables for the names of fields, their declarations, and the fields that use them.
fn values_of(fields: &[String]) -> (String, String, Map<String, Value>) {
    let (mut declared, mut selected, mut variables) = (String::new(), String::new(), Map::new());
    for (number, name) in fields.iter().enumerate() {
        let _ = write!(declared, ", $f{number}: String!");
        let _ = writeln!(
            selected,
            "          f{number}: fieldValueByName(name: $f{number}) {{ ...BoardValue }}"
        );
        variables.insert(format!("f{number}"), name.as_str().into());
    }
    (declared, selected, variables)
}
