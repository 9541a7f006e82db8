//! What a run does with each item, by the places that the writer gives back. No I/O.

use super::changes::ItemWork;
use super::plan::Addition;
use crate::forge::github::ProjectMutation;

/// The change that puts something on the project.
pub(super) fn mutation_of(addition: &Addition) -> ProjectMutation {
    if addition.is_draft {
        ProjectMutation::AddDraft {
            title: addition.title.clone(),
            body: addition.url.clone(),
        }
    } else {
        let content = addition.content.clone();
        ProjectMutation::Add { content }
    }
}

/// What is done with one item.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'p> {
    Remove,
    Add(&'p Addition),
    /// Writes the fields of an item that this run has added.
    Fill,
    Change,
}

/// What is done, by the places that the writer gives back.
#[derive(Debug, Default)]
pub(super) struct Steps<'p>(Vec<Step<'p>>);

impl<'p> Steps<'p> {
    pub(super) fn get(&self, place: usize) -> Option<Step<'p>> {
        self.0.get(place).copied()
    }

    /// The work of a step; `None` if there is none.
    pub(super) fn add(
        &mut self,
        name: &str,
        step: Step<'p>,
        mutations: Vec<ProjectMutation>,
    ) -> Option<ItemWork> {
        if mutations.is_empty() {
            return None;
        }
        self.0.push(step);
        Some(ItemWork {
            name: name.to_owned(),
            place: self.0.len() - 1,
            mutations: mutations.into(),
        })
    }
}
