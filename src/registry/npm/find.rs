//! Finds packages: search, organisations, the change feed, and the names that are known.
//!
//! What is found is a list of names, and never believed: each package's own document decides. The
//! search lies in every way: it repeats and skips, ends early, lags by weeks and hides what is
//! deprecated. So nothing that it leaves out is missed for that reason if it is known already.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use pyfa_http::HttpRequest;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::changes::News;
use super::searched_downloads::SearchedDownloads;
use super::{LIST_LIMIT, Npm};
use crate::model::{ProjectName, RegistryKind, Serial};
use crate::profile::Rules;
use crate::registry::error::RegistryError;
use crate::registry::index::{Index, IndexEntry, Sought};

/// Packages on a page; the registry gives no more.
const PAGE: usize = 250;
/// Pages of one search.
const MOST_PAGES: usize = 40;

/// What one question has found.
#[derive(Default)]
struct Found {
    names: BTreeSet<ProjectName>,
    /// The classifier that all of them carry.
    mark: Option<String>,
    /// Something the user should know.
    note: Option<String>,
    /// Whether packages may be missing because something failed.
    has_failed: bool,
}

#[derive(Deserialize)]
struct SearchPage {
    #[serde(default)]
    objects: Vec<Value>,
    #[serde(default)]
    total: Value,
}

impl Npm {
    /// Every package that may be sought.
    pub(super) async fn find(&self, sought: &Sought) -> Index {
        let began = Serial::new(jiff::Timestamp::now().as_second().unsigned_abs());
        let rules = &sought.rules;
        let (keywords, scopes): (Vec<&str>, Vec<&str>) = if sought.finds_new {
            (rules.keywords().collect(), rules.scopes().collect())
        } else {
            (Vec::new(), Vec::new())
        };
        let by_keyword = keywords.into_iter();
        let by_keyword = by_keyword.map(|word| self.search(format!("keywords:{word}"), None));
        let by_scope = scopes.iter();
        let by_scope = by_scope.map(|scope| self.search(format!("scope:{scope}"), Some(*scope)));
        let in_scopes = scopes.iter().map(|scope| self.list_scope(scope));
        let organisations = rules
            .organisations()
            .map(|name| self.list_organisation(name));
        // All at once: the client limits what is in flight.
        let (by_keyword, by_scope, in_scopes, organised, news) = futures::join!(
            join_all(by_keyword),
            join_all(by_scope),
            join_all(in_scopes),
            join_all(organisations),
            self.read_news(sought),
        );

        // With the marks of each.
        let known = sought.known.iter().chain(rules.included());
        let mut names: BTreeMap<ProjectName, Vec<String>> =
            known.map(|name| (name.clone(), Vec::new())).collect();
        let mut index = Index {
            serial: began,
            notes: news.note.into_iter().collect(),
            ..Index::default()
        };
        for name in &news.names {
            names.entry(name.clone()).or_default();
        }
        let searched = by_keyword.into_iter().chain(by_scope);
        for found in searched.chain(in_scopes).chain(organised) {
            index.is_doubtful |= found.has_failed;
            index.notes.extend(found.note);
            for name in found.names {
                names.entry(name).or_default().extend(found.mark.clone());
            }
        }
        let entry = |(name, marks): (ProjectName, Vec<String>)| IndexEntry {
            name,
            display: None,
            serial: None,
            marks: marks.into_boxed_slice(),
        };
        index.projects = names.into_iter().map(entry).collect();
        index.changed = news.names;
        index
    }

    /// What the change feed names, if there is one.
    async fn read_news(&self, sought: &Sought) -> News {
        match &self.changes {
            Some(changes) if sought.finds_new => changes.read(sought).await,
            _ => News::default(),
        }
    }

    /// The packages that a search names; with `scope`, only those in it.
    async fn search(&self, text: String, scope: Option<&str>) -> Found {
        let mut found = Found::default();
        let (mut from, mut seen, mut promised) = (0, 0, 0);
        for _ in 0..MOST_PAGES {
            let page = match self.fetch_page(&text, from).await {
                Ok(page) => page,
                // Registries limit how far one may turn pages.
                Err(error @ RegistryError::Refused { .. }) if from > 0 => {
                    tracing::debug!(text, from, %error, "the search goes no further");
                    found.note = Some(early_end(&text, seen, promised));
                    break;
                }
                Err(error) => {
                    found.note = Some(format!(
                        "{error}; new packages may be missing; those that are known are asked all \
                         the same"
                    ));
                    found.has_failed = true;
                    return found;
                }
            };
            let total = page.total.as_u64().unwrap_or_default();
            promised = total;
            let count = page.objects.len();
            let before = found.names.len();
            for result in &page.objects {
                let Some(name) = package_name(result) else {
                    continue;
                };
                if let Some(downloads) = SearchedDownloads::read(result) {
                    downloads.keep(&self.cache, &name).await;
                }
                found.names.insert(name);
            }
            seen += found.names.len() - before;
            from += count;
            if from as u64 >= total {
                break;
            }
            if count == 0 || found.names.len() == before {
                found.note = Some(early_end(&text, seen, total));
                break;
            }
        }
        if let Some(scope) = scope {
            found.names.retain(|name| is_in_scope(name, scope));
        }
        found
    }

    async fn fetch_page(&self, text: &str, from: usize) -> Result<SearchPage, RegistryError> {
        let what = format!("the search for `{text}`");
        let mut url = self.url_of(&["-", "v1", "search"]);
        url.query_pairs_mut()
            .append_pair("text", text)
            .append_pair("size", &PAGE.to_string())
            .append_pair("from", &from.to_string());
        let request = HttpRequest::new(url, "search").body_limit(LIST_LIMIT);
        let answer = self.get(request, &what).await;
        let answer = answer.map_err(RegistryError::of_service)?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| RegistryError::unreadable(&what, error))
    }

    /// The packages in a scope, as far as its organisation lists them. A scope may well be that of a
    /// user, or of an organisation that shows nothing.
    async fn list_scope(&self, scope: &str) -> Found {
        match self.fetch_members("org", scope).await {
            Ok(mut names) => {
                names.retain(|name| is_in_scope(name, scope));
                Found {
                    names,
                    ..Found::default()
                }
            }
            Err(error) => {
                tracing::debug!(scope, %error, "the scope has no list");
                Found::default()
            }
        }
    }

    /// The packages of an organisation or a user.
    async fn list_organisation(&self, name: &str) -> Found {
        let listed = match self.fetch_members("org", name).await {
            Err(error) if error.is_not_found() => self.fetch_members("user", name).await,
            listed => listed,
        };
        match listed {
            Ok(names) => Found {
                names,
                mark: Some(Rules::organisation_mark(name)),
                ..Found::default()
            },
            Err(error) if error.is_not_found() => Found {
                note: Some(format!(
                    "the registry knows no organisation or user `{name}`; take it out of the \
                     profile if it is gone"
                )),
                ..Found::default()
            },
            Err(error) => Found {
                note: Some(format!(
                    "{error}; what only this organisation selects stays as it is"
                )),
                has_failed: true,
                ..Found::default()
            },
        }
    }

    async fn fetch_members(
        &self,
        kind: &str,
        name: &str,
    ) -> Result<BTreeSet<ProjectName>, RegistryError> {
        let what = format!("the list of the organisation `{name}`");
        let url = self.url_of(&["-", kind, name, "package"]);
        let request = HttpRequest::new(url, "organisation").body_limit(LIST_LIMIT);
        let answer = self.get(request, &what).await?;
        let members: Map<String, Value> = serde_json::from_slice(&answer.body)
            .map_err(|error| RegistryError::unreadable(&what, error))?;
        let names = members.keys();
        Ok(names
            .filter_map(|name| RegistryKind::Npm.read_project_name(name))
            .collect())
    }
}

fn early_end(text: &str, seen: usize, total: u64) -> String {
    format!("the search for `{text}` ends after {seen} of {total} packages")
}

/// The name in a result of a search.
fn package_name(result: &Value) -> Option<ProjectName> {
    let name = result.get("package")?.get("name")?.as_str()?;
    RegistryKind::Npm.read_project_name(name)
}

fn is_in_scope(name: &ProjectName, scope: &str) -> bool {
    let rest = name.as_str().strip_prefix('@');
    rest.and_then(|rest| rest.split_once('/'))
        .is_some_and(|(found, _)| found == scope)
}
