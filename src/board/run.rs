//! Plans and applies: reads the project and what belongs on it, compares, and changes the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::Instant;

use super::changes::{ItemWork, Writer};
use super::error::BoardError;
use super::items::{ItemContent, Items, fetch_items, fetch_items_by_id};
use super::lock::{ProjectLock, ProjectLocks};
use super::members::fetch_membership;
use super::plan::{FieldChange, Plan, Situation, may_link};
use super::project::{Access, Project, fetch_project};
use super::report::BoardReport;
use super::rules::{Board, Scopes};
use super::scopes::fetch_scopes;
use super::search::{Contents, fetch_contents};
use super::session::Session;
use super::values::{FieldValue, Membership};
use crate::forge::github::ProjectMutation;
use crate::search::WritePermit;

/// How often the project is read again, if nobody knows what a request has done.
const MOST_ROUNDS: u32 = 3;
/// How far a pass of an update loop looks back beyond the last one: the search is behind.
const OVERLAP: SignedDuration = SignedDuration::from_secs(120);

/// A board at work on its project.
struct Work<'w> {
    session: &'w Session,
    board: &'w Board,
    project: Project,
    membership: Membership,
    /// With present names.
    scopes: Scopes,
    /// Scopes that GitHub does not show.
    missing: Vec<String>,
    fields: Vec<String>,
}

impl<'w> Work<'w> {
    async fn begin(
        session: &'w Session,
        board: &'w Board,
        project: Project,
    ) -> Result<Self, BoardError> {
        let lacks = project.lacks(board);
        if !lacks.is_empty() {
            let lacks = lacks.join("; ");
            return Err(BoardError::Fields { lacks });
        }
        let membership = fetch_membership(session, &board.members).await?;
        let (scopes, missing) = fetch_scopes(session, &board.scopes).await?;
        Ok(Self {
            scopes,
            missing,
            session,
            board,
            project,
            membership,
            fields: board.field_names(),
        })
    }

    async fn fetch_contents(&self, since: Option<Timestamp>) -> Result<Contents, BoardError> {
        let mut contents = fetch_contents(self.session, self.board, &self.scopes, since).await?;
        contents.incomplete.extend(self.missing.iter().cloned());
        Ok(contents)
    }

    fn plan(&self, items: &Items, contents: &Contents, is_everything: bool) -> Plan {
        let mut incomplete = contents.incomplete.clone();
        let items_lack = items.incomplete.iter();
        incomplete.extend(items_lack.map(|why| format!("{why}; nothing is added either")));
        Situation {
            board: self.board,
            membership: &self.membership,
            items: &items.items,
            contents: &contents.by_id,
            incomplete: &incomplete,
            is_everything,
            lacks_items: items.incomplete.is_some(),
            viewer: &self.project.viewer,
        }
        .plan()
    }

    async fn fetch_items(&self) -> Result<Items, BoardError> {
        fetch_items(self.session, &self.project.id, &self.fields).await
    }

    /// Changes the project until it is as planned. `known` learns which items there are. With `items`,
    /// only `contents` that have changed are looked at, and only those items.
    async fn bring_in_step(
        &self,
        contents: &Contents,
        mut items: Option<Items>,
        permit: Option<&Arc<dyn WritePermit>>,
        known: &mut Known,
        report: &mut BoardReport,
    ) -> Result<(), BoardError> {
        let is_everything = items.is_none();
        let earlier_problems = report.problems.len();
        for _ in 0..MOST_ROUNDS {
            // The second time, all items are read: a draft may be there of which nobody knows.
            let items = if let Some(items) = items.take() {
                items
            } else {
                let items = self.fetch_items().await?;
                *known = Known::of(self.board, &items);
                items
            };
            let plan = self.plan(&items, contents, is_everything);
            report.problems.truncate(earlier_problems);
            if is_everything {
                report.count_plan(&plan);
            } else {
                report.add_incomplete(&plan.incomplete);
            }
            if !self.execute(&plan, permit, report, known).await? {
                return Ok(());
            }
        }
        report.add_problem(
            "drafts",
            "GitHub gives no usable answer when they are added",
        );
        Ok(())
    }

    /// Removes, adds, and writes fields; whether nobody knows what a request has done.
    async fn execute(
        &self,
        plan: &Plan,
        permit: Option<&Arc<dyn WritePermit>>,
        report: &mut BoardReport,
        known: &mut Known,
    ) -> Result<bool, BoardError> {
        let mut writer = Writer::new(self.session, &self.project.id, permit.cloned());
        let removals = plan.removals.iter().enumerate().map(|(place, removal)| {
            let item = removal.item.clone();
            ItemWork {
                name: removal.title.clone(),
                place,
                mutations: [ProjectMutation::Remove { item }].into(),
            }
        });
        writer
            .write(removals.collect(), report, |_, _, _, report| {
                report.removed += 1;
            })
            .await?;
        let mut fillings = self.add(plan, &mut writer, report, known).await?;
        fillings.extend(plan.changes.iter().map(|change| Filling {
            name: &change.name,
            item: change.item.clone(),
            fields: change.fields.iter().collect(),
            is_new: false,
        }));
        let work = fillings.iter().enumerate().map(|(place, filling)| {
            let fields = filling.fields.iter();
            let mutations = fields.filter_map(|change| self.mutation(&filling.item, change));
            ItemWork {
                name: filling.name.to_owned(),
                place,
                mutations: mutations.collect(),
            }
        });
        let work = work.filter(|work| !work.mutations.is_empty()).collect();
        let mut changed = BTreeSet::new();
        writer
            .write(work, report, |place, _, _, report| {
                report.fields += 1;
                let is_new = fillings.get(place).is_some_and(|filling| filling.is_new);
                if !is_new && changed.insert(place) {
                    report.changed += 1;
                }
            })
            .await?;
        Ok(writer.is_unsure)
    }

    /// Puts on the project what is missing; what is to be written to it.
    async fn add<'p>(
        &self,
        plan: &'p Plan,
        writer: &mut Writer<'_>,
        report: &mut BoardReport,
        known: &mut Known,
    ) -> Result<Vec<Filling<'p>>, BoardError> {
        let additions = plan.additions.iter().enumerate().map(|(place, addition)| {
            let mutation = if addition.is_draft {
                ProjectMutation::AddDraft {
                    title: addition.title.clone(),
                    body: addition.url.clone(),
                }
            } else {
                let content = addition.content.clone();
                ProjectMutation::Add { content }
            };
            ItemWork {
                name: addition.name.clone(),
                place,
                mutations: [mutation].into(),
            }
        });
        let mut fillings = Vec::new();
        writer
            .write(additions.collect(), report, |place, _, result, report| {
                let Some(addition) = plan.additions.get(place) else {
                    return;
                };
                let item = &result["item"];
                let Some(id) = item["id"].as_str() else {
                    report.add_problem(&addition.name, "GitHub does not say where it is");
                    return;
                };
                known.items.insert(addition.content.clone(), id.to_owned());
                // If somebody has added it since the items were read, it is theirs.
                let creator = item["creator"]["login"].as_str().unwrap_or_default();
                let is_new =
                    addition.is_draft || may_link(self.board, &self.project.viewer, creator);
                report.added += u64::from(is_new);
                if item["isArchived"].as_bool() == Some(true) {
                    return;
                }
                let fields = addition.fields.iter();
                fillings.push(Filling {
                    name: &addition.name,
                    item: id.to_owned(),
                    fields: fields
                        .filter(|change| is_new || change.field != self.board.link)
                        .collect(),
                    is_new,
                });
            })
            .await?;
        Ok(fillings)
    }

    /// The change of one field as GitHub takes it; `None` if there is nothing to do.
    fn mutation(&self, item: &str, change: &FieldChange) -> Option<ProjectMutation> {
        let known = self.project.field(&change.field)?;
        let (item, field) = (item.to_owned(), known.id.clone());
        let value = match &change.to {
            None if change.from.is_none() => return None,
            None => return Some(ProjectMutation::Clear { item, field }),
            Some(FieldValue::Text(text)) => json!({ "text": text }),
            Some(FieldValue::Number(number)) => json!({ "number": number }),
            Some(FieldValue::Date(date)) => json!({ "date": date }),
            Some(FieldValue::Option(name)) => {
                json!({ "singleSelectOptionId": known.option(name)? })
            }
        };
        Some(ProjectMutation::Set { item, field, value })
    }
}

/// The fields that are written to one item.
struct Filling<'p> {
    name: &'p str,
    item: String,
    fields: Vec<&'p FieldChange>,
    /// Whether this run has put it on the project.
    is_new: bool,
}

/// Items by the ids of what they are for, as far as a run knows them.
#[derive(Debug, Default)]
struct Known {
    items: BTreeMap<String, String>,
    /// Whether there are no others.
    is_whole: bool,
}

impl Known {
    fn of(board: &Board, list: &Items) -> Self {
        let items = list.items.iter().filter_map(|item| {
            let content = match (&item.content, item.values.get(&board.link)) {
                (ItemContent::Linked { id }, _) => id.clone(),
                (ItemContent::Draft { .. }, Some(FieldValue::Text(link))) => link.clone(),
                _ => return None,
            };
            Some((content, item.id.clone()))
        });
        Self {
            items: items.collect(),
            is_whole: list.incomplete.is_none(),
        }
    }
}

/// Says what would change, and changes nothing.
///
/// # Errors
///
/// [`BoardError`] if the project or what belongs on it cannot be read.
pub async fn plan(session: &Session, board: &Board) -> Result<(Project, Plan), BoardError> {
    let project = fetch_project(session, board, Access::Read).await?;
    let work = Work::begin(session, board, project).await?;
    let contents = work.fetch_contents(None).await?;
    let items = work.fetch_items().await?;
    let plan = work.plan(&items, &contents, true);
    Ok((work.project, plan))
}

/// Brings the project in step, and for `loop_for` afterwards, if that is given, whatever changes.
///
/// # Errors
///
/// [`BoardError`]. What was changed until then stays, and the next run goes on.
pub async fn apply(
    session: &Session,
    board: &Board,
    locks: &ProjectLocks,
    loop_for: Option<std::time::Duration>,
) -> Result<BoardReport, BoardError> {
    let begun = Instant::now();
    let project = fetch_project(session, board, Access::Write).await?;
    let lock: ProjectLock = locks
        .acquire(&session.github.address(), &project.id)
        .await?;
    let permit = lock.permit();
    let work = Work::begin(session, board, project).await?;
    let mut report = BoardReport {
        title: work.project.title.clone(),
        url: work.project.url.clone(),
        passes: 1,
        ..BoardReport::default()
    };
    let mut since = session.github.now();
    let contents = work.fetch_contents(None).await?;
    let mut known = Known::default();
    work.bring_in_step(&contents, None, permit.as_ref(), &mut known, &mut report)
        .await?;
    count_calls(session, &mut report);
    let incomplete = report.incomplete.len();
    while loop_for.is_some_and(|time| begun.elapsed() + session.settings.loop_pause < time) {
        match session.sleep(session.settings.loop_pause).await {
            Ok(()) => {}
            // That is how a loop is usually ended.
            Err(BoardError::Stopped) => break,
            Err(error) => return Err(error),
        }
        let next = session.github.now();
        // What the last pass has missed, this one reads.
        report.incomplete.truncate(incomplete);
        if update(&work, since, permit.as_ref(), &mut known, &mut report).await? {
            since = next;
        }
        report.passes += 1;
        count_calls(session, &mut report);
    }
    Ok(report)
}

/// Brings in step what has changed since a time; whether nothing was missed.
async fn update(
    work: &Work<'_>,
    since: Timestamp,
    permit: Option<&Arc<dyn WritePermit>>,
    known: &mut Known,
    report: &mut BoardReport,
) -> Result<bool, BoardError> {
    let since = since.saturating_sub(OVERLAP).unwrap_or(since);
    let contents = work.fetch_contents(Some(since)).await?;
    let items = if known.is_whole {
        let ids: Vec<String> = contents
            .by_id
            .keys()
            .filter_map(|content| known.items.get(content).cloned())
            .collect();
        fetch_items_by_id(work.session, &ids, &work.fields).await?
    } else {
        let items = work.fetch_items().await?;
        *known = Known::of(work.board, &items);
        items
    };
    let is_whole = contents.incomplete.is_empty() && items.incomplete.is_none();
    work.bring_in_step(&contents, Some(items), permit, known, report)
        .await?;
    Ok(is_whole && known.is_whole)
}

fn count_calls(session: &Session, report: &mut BoardReport) {
    let calls = session.github.statistics().calls;
    let count = |kind: &str| calls.get(kind).copied().unwrap_or(0);
    report.queries = count("graphql");
    report.mutations = count("mutation");
}
