//! Progress on standard error: notes as lines, stages as bars where somebody watches a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Printer;
use crate::progress::{Opening, Progress, Stage};

const COUNTED: &str = "{msg:25} {bar:30} {pos}/{len} {per_sec} {eta} left";
const UNCOUNTED: &str = "{msg:25} {spinner} {elapsed}";
const TICK: Duration = Duration::from_millis(120);

/// Draws what a run does.
pub(in crate::cli) struct Bars {
    printer: Printer,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bars {
    pub(in crate::cli) fn new(printer: Printer) -> Self {
        Self {
            printer,
            bar: Mutex::new(None),
        }
    }

    fn with_bar(&self, work: impl FnOnce(&mut Option<ProgressBar>)) {
        work(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn say(&self, text: &str) {
        self.with_bar(|bar| match bar {
            Some(bar) => bar.suspend(|| self.printer.note(text)),
            None => self.printer.note(text),
        });
    }
}

impl Progress for Bars {
    fn opening(&self, opening: &Opening<'_>) {
        let new = |is_new| if is_new { " (new)" } else { "" };
        let collection = if opening.target == opening.collection {
            opening.collection.to_owned()
        } else {
            format!("{} -> {}", opening.target, opening.collection)
        };
        self.say(&format!(
            "server {}, collection {collection}{}, home {}{}",
            opening.server,
            new(opening.collection_is_new),
            opening.home.display(),
            new(opening.home_is_new),
        ));
    }

    fn note(&self, text: &str) {
        self.say(text);
    }

    fn stage(&self, stage: Stage, total: Option<u64>) {
        if !self.printer.draws() {
            return;
        }
        let (new, template) = match total {
            Some(total) => (ProgressBar::new(total), COUNTED),
            None => (ProgressBar::new_spinner(), UNCOUNTED),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            new.set_style(style);
        }
        new.set_message(name(stage));
        new.enable_steady_tick(TICK);
        self.with_bar(|bar| {
            if let Some(old) = bar.replace(new) {
                old.finish_and_clear();
            }
        });
    }

    fn advance(&self, steps: u64) {
        self.with_bar(|bar| {
            if let Some(bar) = bar {
                bar.inc(steps);
            }
        });
    }

    fn stage_done(&self) {
        self.with_bar(|bar| {
            if let Some(old) = bar.take() {
                old.finish_and_clear();
            }
        });
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.stage_done();
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::ReadingIndex => "reading the index",
        Stage::Reconciling => "comparing with the ledger",
        Stage::Browsing => "fetching classifiers",
        Stage::Examining => "examining projects",
        Stage::History => "writing older releases",
        Stage::Removing => "removing projects",
        Stage::Archiving => "reading weeks",
        Stage::Copying => "copying documents",
        Stage::Comparing => "comparing documents",
        Stage::ReadingDocuments => "reading documents",
        Stage::WritingPages => "writing pages",
        Stage::Enriching(work) => work,
        Stage::WritingFacts => "writing enrichment data",
    }
}
