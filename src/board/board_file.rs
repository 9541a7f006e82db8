//! The text of a board file becomes a [`Board`], or a sentence for each mistake. No I/O.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::error::BoardError;
use super::rules::{Board, DraftTitles, FieldRule, Members, Removal, Scopes, Source, ViewRule};
use crate::forge::github::ProjectName;
use crate::model::{RepositorySlug, is_login};
use crate::profile::nearest::{column_at, line_at, nearest, shortened};

/// More cannot be read with one query.
const MOST_FIELDS: usize = 40;
/// Longer than GitHub exists.
const MOST_DAYS: u32 = 20_000;
const LONGEST_NAME: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoardFile {
    project: ProjectTable,
    scopes: ScopesTable,
    #[serde(default)]
    open: OpenTable,
    #[serde(default)]
    members: MembersTable,
    #[serde(default)]
    labels: LabelsTable,
    #[serde(default)]
    items: ItemsTable,
    fields: BTreeMap<String, FieldEntry>,
    #[serde(default)]
    views: Vec<ViewTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectTable {
    owner: Option<String>,
    number: Option<i32>,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopesTable {
    #[serde(default)]
    organisations: Vec<String>,
    #[serde(default)]
    repositories: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    exclude_except_types: Vec<String>,
    #[serde(default)]
    discussions: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenTable {
    closed_days: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MembersTable {
    #[serde(default)]
    teams: Vec<String>,
    #[serde(default)]
    logins: Vec<String>,
    #[serde(default)]
    bots: Vec<String>,
    bots_in_replies: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsTable {
    discussion_wanted: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsTable {
    link: Option<String>,
    remove: Option<String>,
    draft_titles: Option<String>,
    #[serde(default)]
    clear_on_new_comments: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FieldEntry {
    Name(String),
    Rule(FieldTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    value: String,
    #[serde(default)]
    options: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewTable {
    name: String,
    filter: Option<String>,
    #[serde(default)]
    expects: BTreeMap<String, Vec<String>>,
}

impl Board {
    /// Reads the text of a file, whose name is for messages.
    ///
    /// # Errors
    ///
    /// [`BoardError::File`] with all mistakes.
    pub fn parse(text: &str, file: &str) -> Result<Self, BoardError> {
        let parsed: BoardFile = match toml::from_str(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let why = error.message().trim().replace('\n', "; ");
                let at = error.span().unwrap_or_default().start;
                let (line, column) = (line_at(text, at), column_at(text, at));
                return Err(BoardError::File {
                    mistakes: format!("{file} line {line}, column {column}: {why}"),
                });
            }
        };
        let mut checker = Checker {
            mistakes: Vec::new(),
        };
        let board = checker.check(parsed);
        match (board, checker.mistakes.is_empty()) {
            (Some(board), true) => Ok(board),
            _ => Err(BoardError::File {
                mistakes: format!("{file}: {}", checker.mistakes.join("; ")),
            }),
        }
    }
}

struct Checker {
    mistakes: Vec<String>,
}

impl Checker {
    fn add(&mut self, mistake: String) {
        self.mistakes.push(mistake);
    }

    fn check(&mut self, file: BoardFile) -> Option<Board> {
        let project = self.project(file.project);
        let scopes = self.scopes(file.scopes);
        let members = self.members(file.members);
        let fields = self.fields(file.fields);
        if file.open.closed_days.is_some_and(|days| days > MOST_DAYS) {
            self.add(format!("`open.closed_days` is at most {MOST_DAYS}"));
        }
        let pattern = file.labels.discussion_wanted;
        let wanted = pattern.and_then(|pattern| self.pattern(&pattern));
        let items = file.items;
        let link = items.link.unwrap_or_else(|| "_linked_id".to_owned());
        let removal = match items.remove.as_deref() {
            None | Some("linked") => Removal::Linked,
            Some("all") => Removal::All,
            Some("never") => Removal::Never,
            Some(other) => {
                let other = shortened(other);
                self.add(format!(
                    "`items.remove` is {other:?}; use `linked`, `all` or `never`"
                ));
                Removal::Never
            }
        };
        let draft_titles = match items.draft_titles.as_deref() {
            None | Some("whole") => DraftTitles::Whole,
            Some("ascii") => DraftTitles::Ascii,
            Some(other) => {
                let other = shortened(other);
                self.add(format!(
                    "`items.draft_titles` is {other:?}; use `whole` or `ascii`"
                ));
                DraftTitles::Whole
            }
        };
        let clear = items.clear_on_new_comments;
        let tells = |rule: &FieldRule| rule.value.tells_of_comments();
        if !clear.is_empty() && !fields.values().any(tells) {
            self.add(
                "`items.clear_on_new_comments` needs a field with `comments` or \
                 `final_comment_at`, because the project remembers how many there were"
                    .to_owned(),
            );
        }
        if fields.contains_key(&link) {
            self.add(format!(
                "`{link}` is the link of an item, so nothing else belongs into it"
            ));
        }
        for name in &clear {
            if fields.contains_key(name) || *name == link {
                self.add(format!(
                    "`{name}` cannot be written and emptied by the same board"
                ));
            }
        }
        let views = file.views.into_iter();
        let views = views.map(|view| ViewRule {
            name: view.name,
            filter: view.filter,
            expects: view.expects,
        });
        Some(Board {
            project: project?,
            scopes,
            closed_days: file.open.closed_days,
            members,
            wanted,
            link,
            removal,
            clear,
            draft_titles,
            fields,
            views: views.collect(),
        })
    }

    fn project(&mut self, table: ProjectTable) -> Option<ProjectName> {
        match (table.owner, table.number, table.id) {
            (Some(owner), Some(number), None) if is_login(&owner) && number > 0 => {
                Some(ProjectName::Number { owner, number })
            }
            (None, None, Some(id)) if is_node_id(&id) => Some(ProjectName::Id(id)),
            _ => {
                self.add(
                    "`project` takes `owner` and `number`, as in `owner = \"SciTools\"` and \
                     `number = 13`, or the node `id` alone"
                        .to_owned(),
                );
                None
            }
        }
    }

    fn scopes(&mut self, table: ScopesTable) -> Scopes {
        for name in &table.organisations {
            if !is_login(name) {
                let name = shortened(name);
                self.add(format!(
                    "`scopes.organisations` has {name:?}, which is not the name of an organisation"
                ));
            }
        }
        if table.organisations.is_empty() && table.repositories.is_empty() {
            self.add("`scopes` names no organisation and no repository".to_owned());
        }
        for name in &table.exclude_except_types {
            let is_plain = |one: char| one.is_alphanumeric() || " -_".contains(one);
            if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
                let name = shortened(name);
                self.add(format!(
                    "`scopes.exclude_except_types` has {name:?}; use letters, digits, spaces, `-` and `_`"
                ));
            }
        }
        Scopes {
            repositories: self.slugs("scopes.repositories", &table.repositories),
            exclude: self.slugs("scopes.exclude", &table.exclude),
            organisations: table.organisations,
            exclude_except_types: table.exclude_except_types,
            discussions: table.discussions,
        }
    }

    fn slugs(&mut self, key: &str, names: &[String]) -> Vec<RepositorySlug> {
        let mut slugs = Vec::new();
        for name in names {
            if let Ok(slug) = name.parse() {
                slugs.push(slug);
            } else {
                let name = shortened(name);
                self.add(format!(
                    "`{key}` has {name:?}, which is not `OWNER/NAME`, as in `plone/plone.api`"
                ));
            }
        }
        slugs
    }

    fn members(&mut self, table: MembersTable) -> Members {
        let mut teams = Vec::new();
        for name in &table.teams {
            match name.split_once('/') {
                Some((organisation, team)) if is_login(organisation) && is_team(team) => {
                    teams.push((organisation.to_owned(), team.to_owned()));
                }
                _ => {
                    let name = shortened(name);
                    self.add(format!(
                        "`members.teams` has {name:?}, which is not `ORGANISATION/TEAM`"
                    ));
                }
            }
        }
        let unbracketed = |name: &String| name.trim_end_matches("[bot]").to_owned();
        for name in table.logins.iter().chain(&table.bots) {
            if !is_login(&unbracketed(name)) {
                let name = shortened(name);
                self.add(format!(
                    "`members` has {name:?}, which is not a login; use it as GitHub shows it"
                ));
            }
        }
        Members {
            teams,
            logins: table.logins,
            // GraphQL gives logins of apps without the brackets.
            bots: table.bots.iter().map(unbracketed).collect(),
            bots_in_replies: table.bots_in_replies.unwrap_or(true),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Option<Regex> {
        let built = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .size_limit(1 << 20)
            .build();
        match built {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let why = error.to_string().replace('\n', " ");
                self.add(format!(
                    "`labels.discussion_wanted` is not a regular expression: {why}"
                ));
                None
            }
        }
    }

    fn fields(&mut self, entries: BTreeMap<String, FieldEntry>) -> BTreeMap<String, FieldRule> {
        if entries.len() > MOST_FIELDS {
            self.add(format!("`fields` has more than {MOST_FIELDS} entries"));
        }
        let mut fields = BTreeMap::new();
        for (name, entry) in entries {
            let (value, options) = match entry {
                FieldEntry::Name(value) => (value, BTreeMap::new()),
                FieldEntry::Rule(table) => (table.value, table.options),
            };
            let names = Source::ALL.map(Source::name);
            let Some(source) = Source::ALL
                .into_iter()
                .find(|source| source.name() == value)
            else {
                let known = nearest(&value, ".", names).unwrap_or_default();
                let value = shortened(&value);
                self.add(format!(
                    "the field `{name}` takes {value:?}, which is no value; the nearest is `{known}`"
                ));
                continue;
            };
            self.options(&name, source, &options);
            fields.insert(
                name,
                FieldRule {
                    value: source,
                    options,
                },
            );
        }
        fields
    }

    fn options(&mut self, field: &str, source: Source, options: &BTreeMap<String, String>) {
        let keys = source.option_keys();
        for key in options.keys() {
            if !keys.contains(&key.as_str()) {
                let key = shortened(key);
                let known = match keys {
                    [] => "it has none".to_owned(),
                    keys => format!("it has `{}`", keys.join("`, `")),
                };
                self.add(format!(
                    "the field `{field}` has no option {key:?}; {known}"
                ));
            }
        }
        if !keys.is_empty() && options.is_empty() {
            self.add(format!(
                "the field `{field}` needs the names of its options, as in `options = {{ {} = \
                 \"…\" }}`",
                keys.first().unwrap_or(&"")
            ));
        }
    }
}

fn is_node_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_team(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed)
}
