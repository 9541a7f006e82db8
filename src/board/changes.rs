//! Sends changes in batches: twenty items in one request, fewer after GitHub found that too much.
//!
//! An item that is added can only be filled in by a later request, because GitHub does not let one change
//! refer to another. So each request adds twenty items and fills in twenty others: those that were added
//! by the one before, and those that have changed.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value as Json;

use super::error::BoardError;
use super::report::BoardReport;
use super::session::{BoardSession, MOST_ATTEMPTS};
use crate::forge::github::{BoardReply, BoardRequest, ProjectMutation};
use crate::search::WritePermit;

/// Items in a request, of those that are filled in and of those that are added or removed.
const BATCH: usize = 20;
/// Items without a usable answer after which GitHub counts as away.
const MOST_BROKEN: u32 = 3;

/// The changes of one item, in their order.
#[derive(Debug, Clone)]
pub(super) struct ItemWork {
    /// For messages and the log.
    pub(super) name: String,
    /// What was planned, by its place there.
    pub(super) place: usize,
    pub(super) mutations: VecDeque<ProjectMutation>,
}

impl ItemWork {
    /// Whether it fills in an item that is there.
    fn fills(&self) -> bool {
        let first = self.mutations.front();
        first.is_some_and(ProjectMutation::is_about_a_field)
    }
}

/// What is left to do.
#[derive(Debug, Default)]
struct Queue {
    fillings: VecDeque<ItemWork>,
    others: VecDeque<ItemWork>,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.fillings.is_empty() && self.others.is_empty()
    }

    fn push(&mut self, work: ItemWork) {
        self.queue_of(&work).push_back(work);
    }

    /// Puts work back where it came from.
    fn give_back(&mut self, work: Vec<ItemWork>) {
        for one in work.into_iter().rev() {
            self.queue_of(&one).push_front(one);
        }
    }

    fn queue_of(&mut self, work: &ItemWork) -> &mut VecDeque<ItemWork> {
        if work.fills() {
            &mut self.fillings
        } else {
            &mut self.others
        }
    }

    /// What the next request does: up to `size` items of each kind, or a single one.
    fn take(&mut self, size: usize) -> Vec<ItemWork> {
        let fillings = self.fillings.len().min(size);
        let mut taken: Vec<ItemWork> = self.fillings.drain(..fillings).collect();
        if size > 1 || taken.is_empty() {
            taken.extend(self.others.drain(..self.others.len().min(size)));
        }
        taken
    }
}

/// Sends changes of one project.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    session: &'a BoardSession,
    project: &'a str,
    permit: Option<Arc<dyn WritePermit>>,
    /// Items of each kind in the next request.
    size: usize,
    /// The largest size that is not known to be too much.
    most: usize,
    broken: u32,
    is_first: bool,
    /// Whether something may have been done of which nobody knows.
    pub(super) is_unsure: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        session: &'a BoardSession,
        project: &'a str,
        permit: Option<Arc<dyn WritePermit>>,
    ) -> Self {
        Self {
            session,
            project,
            permit,
            size: BATCH,
            most: BATCH,
            broken: 0,
            is_first: true,
            is_unsure: false,
        }
    }

    /// Does all of it. `done` gets the place of an item and what GitHub says to each of its changes; it
    /// gives what is to be done next with the same item.
    pub(super) async fn write(
        &mut self,
        work: Vec<ItemWork>,
        report: &mut BoardReport,
        mut done: impl FnMut(usize, &Json, &mut BoardReport) -> Option<ItemWork>,
    ) -> Result<(), BoardError> {
        let mut queue = Queue::default();
        for one in work {
            queue.push(one);
        }
        let mut attempt = 0;
        while !queue.is_empty() {
            self.pause().await?;
            let mut asked = queue.take(self.size);
            let mutations: Vec<ProjectMutation> = asked
                .iter()
                .flat_map(|work| work.mutations.iter().cloned())
                .collect();
            let request = BoardRequest::mutations(self.project, &mutations);
            let github = &self.session.github;
            let answer = match github.ask_board(&request, attempt).await? {
                BoardReply::Answered(answer) => answer,
                BoardReply::Unanswered { why } => {
                    attempt = self.shrink(&mut asked, &why, attempt, report)?;
                    queue.give_back(asked);
                    continue;
                }
            };
            let mut number = 0;
            let mut is_any_done = false;
            let mut left = Vec::new();
            for mut work in asked {
                let first = number;
                number += work.mutations.len();
                for place in first..number {
                    let alias = format!("m{place}");
                    let result = answer.get(&alias);
                    let problem = answer.problem_of(&alias);
                    if let Some(problem) = problem.filter(|problem| !problem.is_limit) {
                        let message = format!("{}: {}", work.name, problem.message);
                        self.session.log.note(&message);
                        report.add_problem(&work.name, &problem.message);
                        is_any_done = true;
                        work.mutations.clear();
                        break;
                    }
                    if result.is_null() {
                        break;
                    }
                    is_any_done = true;
                    if let Some(mutation) = work.mutations.pop_front() {
                        let line = format!("{}: {}", work.name, describe(&mutation));
                        self.session.log.note(&line);
                        if let Some(next) = done(work.place, result, report) {
                            queue.push(next);
                        }
                    }
                }
                if !work.mutations.is_empty() {
                    left.push(work);
                }
            }
            if left.is_empty() {
                attempt = 0;
                self.broken = 0;
                self.size = (self.size + self.size.div_ceil(4)).min(self.most);
            } else if is_any_done {
                // GitHub has stopped in the middle.
                attempt = 0;
                self.settle(left.len());
            } else {
                attempt =
                    self.shrink(&mut left, "GitHub has stopped before it", attempt, report)?;
            }
            queue.give_back(left);
        }
        Ok(())
    }

    /// Waits between two requests, and fails if the run has to end before the next one.
    async fn pause(&mut self) -> Result<(), BoardError> {
        if !self.is_first && !self.session.settings.pause.is_zero() {
            self.session.sleep(self.session.settings.pause).await?;
        }
        self.is_first = false;
        self.session.check_permit(self.permit.as_ref())
    }

    fn settle(&mut self, left: usize) {
        // There may be as many of each kind.
        self.most = ((2 * self.size).saturating_sub(left) / 2).max(1);
        self.size = self.most;
    }

    /// Asks for less after a request without an answer. What cannot be sent again without harm is left
    /// to the next look at the project.
    fn shrink(
        &mut self,
        asked: &mut Vec<ItemWork>,
        why: &str,
        attempt: u32,
        report: &mut BoardReport,
    ) -> Result<u32, BoardError> {
        let items = asked.len();
        self.session
            .log
            .note(&format!("a request to change {items} items fails: {why}"));
        let fillings = asked.iter().filter(|work| work.fills()).count();
        self.most = (fillings.max(items - fillings) / 2).max(1);
        self.size = self.most;
        let before = asked.len();
        asked.retain(|work| work.mutations.iter().all(ProjectMutation::can_be_repeated));
        if asked.len() < before {
            self.is_unsure = true;
            self.broken += 1;
        }
        if items > 1 && asked.len() == before {
            return Ok(0);
        }
        if attempt + 1 < MOST_ATTEMPTS && !asked.is_empty() {
            return Ok(attempt + 1);
        }
        if let Some(work) = asked.pop() {
            report.add_problem(&work.name, why);
            self.broken += 1;
        }
        if self.broken >= MOST_BROKEN {
            return Err(BoardError::Unanswered {
                what: "changes of the project".to_owned(),
                why: why.to_owned(),
            });
        }
        Ok(0)
    }
}

fn describe(mutation: &ProjectMutation) -> String {
    match mutation {
        ProjectMutation::Add { .. } => "added".to_owned(),
        ProjectMutation::AddDraft { title, .. } => format!("added as a draft: {title}"),
        ProjectMutation::Set { field, value, .. } => format!("{field} = {value}"),
        ProjectMutation::Clear { field, .. } => format!("{field} emptied"),
        ProjectMutation::Remove { .. } => "removed".to_owned(),
    }
}
