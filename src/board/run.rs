//! Plans and applies: reads the project and what belongs on it, compares, and changes the difference.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::changes::Writer;
use super::error::BoardError;
use super::gather::{confirm_absence, gather, gather_live};
use super::items::{ItemContent, Items, fetch_items, fetch_items_by_id};
use super::lock::{ProjectLock, ProjectLocks};
use super::members::fetch_membership;
use super::plan::{Addition, FieldChange, Plan, Situation, may_link};
use super::project::{Access, Project, fetch_project};
use super::report::BoardReport;
use super::rules::{Board, Scopes};
use super::scopes::fetch_scopes;
use super::search::Contents;
use super::session::BoardSession;
use super::steps::{Step, Steps, mutation_of};
use super::values::{FieldValue, Membership};
use crate::database::WorkEnded;
use crate::forge::github::ProjectMutation;
use crate::search::WritePermit;

/// How often the project is read again, if nobody knows what a request has done.
const MOST_ROUNDS: u32 = 3;
/// How far a pass of an update loop looks back beyond the last one: the search is behind.
const OVERLAP: SignedDuration = SignedDuration::from_secs(120);

/// A board at work on its project.
struct Work<'w> {
    session: &'w BoardSession,
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
        session: &'w BoardSession,
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

    async fn gather(&self) -> Result<Contents, BoardError> {
        let contents = gather(self.session, self.board, &self.scopes).await?;
        Ok(self.without_missing(contents))
    }

    async fn gather_live(&self, since: Option<Timestamp>) -> Result<Contents, BoardError> {
        let contents = gather_live(self.session, self.board, &self.scopes, since).await?;
        Ok(self.without_missing(contents))
    }

    fn without_missing(&self, mut contents: Contents) -> Contents {
        contents.incomplete.extend(self.missing.iter().cloned());
        contents
    }

    /// The plan of a whole pass. Nothing is removed because of what the activity database tells alone: if
    /// GitHub says something else, everything is read from there.
    async fn plan_all(&self, items: &Items, contents: &mut Contents) -> Result<Plan, BoardError> {
        let plan = self.plan(items, contents, true);
        if contents.stored == 0 || plan.removals.is_empty() {
            return Ok(plan);
        }
        let removed: HashSet<&str> = plan.removals.iter().map(|one| one.item.as_str()).collect();
        let items_removed = items
            .all
            .iter()
            .filter(|item| removed.contains(item.id.as_str()));
        let ids: Vec<String> = items_removed
            .filter_map(|item| match &item.content {
                ItemContent::Linked { id } => Some(id.clone()),
                // Discussions are always read from GitHub.
                _ => None,
            })
            .collect();
        if confirm_absence(self.session, self.board, &self.scopes, &ids).await? {
            return Ok(plan);
        }
        let why = "GitHub shows something that is missing from the activity database";
        self.session
            .log
            .note(&format!("everything is read from GitHub: {why}"));
        *contents = self.gather_live(None).await?;
        Ok(self.plan(items, contents, true))
    }

    fn plan(&self, items: &Items, contents: &Contents, is_everything: bool) -> Plan {
        let mut incomplete = contents.incomplete.clone();
        let items_lack = items.incomplete.iter();
        incomplete.extend(items_lack.map(|why| format!("{why}; nothing is added either")));
        let unknown = items.unknown.iter();
        incomplete.extend(unknown.map(|why| format!("{why}; it stays as it is")));
        Situation {
            board: self.board,
            membership: &self.membership,
            items: &items.all,
            contents: &contents.by_id,
            incomplete: &incomplete,
            is_everything,
            lacks_items: items.lacks_some(&self.board.link),
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
        mut contents: Contents,
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
            let plan = if is_everything {
                self.plan_all(&items, &mut contents).await?
            } else {
                self.plan(&items, &contents, false)
            };
            report.problems.truncate(earlier_problems);
            if is_everything {
                report.count_plan(&plan);
                report.stored = contents.stored;
            } else {
                report.add_incomplete(&plan.incomplete);
            }
            if !self.execute(&plan, permit, report, known).await? {
                return Ok(());
            }
        }
        report.add_problem(
            "drafts",
            "GitHub's response could not be used when they are added",
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
        let mut steps = Steps::default();
        let mut work = Vec::new();
        for removal in &plan.removals {
            let item = removal.item.clone();
            let mutations = vec![ProjectMutation::Remove { item }];
            work.extend(steps.add(&removal.title, Step::Remove, mutations));
        }
        for addition in &plan.additions {
            let mutation = mutation_of(addition);
            work.extend(steps.add(&addition.name, Step::Add(addition), vec![mutation]));
        }
        for change in &plan.changes {
            let mutations = self.mutations(&change.item, &change.fields);
            work.extend(steps.add(&change.name, Step::Change, mutations));
        }
        let mut changed = BTreeSet::new();
        let mut writer = Writer::new(self.session, &self.project.id, permit.cloned());
        writer
            .write(work, report, |place, result, report| {
                match steps.get(place)? {
                    Step::Remove => report.removed += 1,
                    Step::Add(addition) => {
                        let (step, filling) = self.fill(addition, result, known, report)?;
                        return steps.add(&addition.name, step, filling);
                    }
                    step @ (Step::Fill | Step::Change) => {
                        report.fields += 1;
                        let is_first = matches!(step, Step::Change) && changed.insert(place);
                        report.changed += u64::from(is_first);
                    }
                }
                None
            })
            .await?;
        Ok(writer.is_unsure)
    }

    /// What is written to an item that was added. If somebody else was quicker, it is changed.
    fn fill(
        &self,
        addition: &Addition,
        result: &Json,
        known: &mut Known,
        report: &mut BoardReport,
    ) -> Option<(Step<'static>, Vec<ProjectMutation>)> {
        let item = &result["item"];
        let Some(id) = item["id"].as_str() else {
            report.add_problem(&addition.name, "GitHub does not say where it is");
            return None;
        };
        known.items.insert(addition.content.clone(), id.to_owned());
        // If somebody has added it since the items were read, it is theirs.
        let creator = item["creator"]["login"].as_str().unwrap_or_default();
        let is_new = addition.is_draft || may_link(self.board, &self.project.viewer, creator);
        report.added += u64::from(is_new);
        if item["isArchived"].as_bool() == Some(true) {
            return None;
        }
        let fields = addition.fields.iter();
        let fields = fields.filter(|change| is_new || change.field != self.board.link);
        let step = if is_new { Step::Fill } else { Step::Change };
        Some((step, self.mutations(id, fields)))
    }

    /// The changes of fields as GitHub takes them.
    fn mutations<'c>(
        &self,
        item: &str,
        changes: impl IntoIterator<Item = &'c FieldChange>,
    ) -> Vec<ProjectMutation> {
        let changes = changes.into_iter();
        changes
            .filter_map(|change| self.mutation(item, change))
            .collect()
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

/// Items by the ids of what they are for, as far as a run knows them.
#[derive(Debug, Default)]
struct Known {
    items: BTreeMap<String, String>,
    /// Whether there are no others.
    is_whole: bool,
}

impl Known {
    fn of(board: &Board, list: &Items) -> Self {
        let items = list.all.iter().filter_map(|item| {
            let content = match (&item.content, item.values.get(&board.link)) {
                (ItemContent::Linked { id }, _) => id.clone(),
                (ItemContent::Draft { .. }, Some(FieldValue::Text(link))) => link.clone(),
                _ => return None,
            };
            Some((content, item.id.clone()))
        });
        Self {
            items: items.collect(),
            is_whole: !list.lacks_some(&board.link),
        }
    }
}

/// Says what would change, and changes nothing.
///
/// # Errors
///
/// [`BoardError`] if the project or what belongs on it cannot be read.
pub async fn plan(session: &BoardSession, board: &Board) -> Result<(Project, Plan), BoardError> {
    let project = fetch_project(session, board, Access::Read).await?;
    let work = Work::begin(session, board, project).await?;
    let mut contents = work.gather().await?;
    let items = work.fetch_items().await?;
    let plan = work.plan_all(&items, &mut contents).await?;
    Ok((work.project, plan))
}

/// Brings the project in step, and for `loop_for` afterwards, if that is given, whatever changes.
///
/// # Errors
///
/// [`BoardError`]. What was changed until then stays, and the next run goes on.
pub async fn apply(
    session: &BoardSession,
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
    let contents = work.gather().await?;
    let mut known = Known::default();
    work.bring_in_step(contents, None, permit.as_ref(), &mut known, &mut report)
        .await?;
    count_calls(session, &mut report);
    let incomplete = report.incomplete.len();
    while loop_for.is_some_and(|time| begun.elapsed() + session.settings.loop_pause < time) {
        match session.sleep(session.settings.loop_pause).await {
            Ok(()) => {}
            // That is how a loop is usually ended.
            Err(BoardError::Ended(WorkEnded::Stopped)) => break,
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
    let contents = work.gather_live(Some(since)).await?;
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
    let has_all_items = items.incomplete.is_none() && items.unknown.is_none();
    let is_whole = contents.incomplete.is_empty() && has_all_items;
    work.bring_in_step(contents, Some(items), permit, known, report)
        .await?;
    Ok(is_whole && known.is_whole)
}

fn count_calls(session: &BoardSession, report: &mut BoardReport) {
    let calls = session.github.statistics().calls;
    let count = |kind: &str| calls.get(kind).copied().unwrap_or(0);
    report.queries = count("graphql");
    report.mutations = count("mutation");
}
