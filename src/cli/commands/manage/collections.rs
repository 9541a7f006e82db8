//! `--recreate-collection`, `--rollback`, `--delete-collection`.

use serde_json::json;

use super::{Desk, counted, documents, listed};
use crate::cli::exit::{Exit, UsageError};
use crate::manage::{Deletion, ManageError, OldCollection, Recreation, RecreationReport, Rollback};

/// How often a plan is made that is no longer true when its turn comes: the nodes of a cluster learn
/// of changes one after the other. What has to be asked is asked each time.
const LOOKS: usize = 4;

impl Desk<'_> {
    pub(super) async fn recreate(&self, name: &str) -> anyhow::Result<Exit> {
        let mut looks = LOOKS;
        let (plan, recreated) = loop {
            let plan = self.manager.plan_recreation(name).await?;
            let what = described(&plan);
            if self.arguments.dry_run {
                self.report(&plan, &what)?;
                return Ok(Exit::Done);
            }
            let asks = plan.is_plain && !plan.is_filled;
            if !asks {
                self.printer.note(&what);
            } else if !self.confirm.ask(&what, "Go on?")? {
                return Err(UsageError("nothing was done".to_owned()).into());
            }
            looks -= 1;
            match self.manager.recreate(&plan).await {
                Err(ManageError::Changed { .. }) if !asks && looks > 0 => {}
                recreated => break (plan, recreated?),
            }
        };
        self.tell_recreated(&recreated);
        let is_deleted = self.end_old(name, &recreated).await?;
        let verb = if recreated.aliases.len() == 1 {
            "leads"
        } else {
            "lead"
        };
        self.report(
            &json!({"plan": plan, "result": recreated, "deleted": is_deleted}),
            &format!(
                "{} {verb} to `{}`",
                listed(&recreated.aliases),
                recreated.target
            ),
        )?;
        Ok(Exit::Done)
    }

    /// Deletes the old version, if it is superfluous and that is confirmed.
    async fn end_old(&self, name: &str, recreated: &RecreationReport) -> anyhow::Result<bool> {
        let Some(old) = &recreated.source else {
            return Ok(false);
        };
        let kept = match self.manager.assess_old_collection(recreated).await? {
            OldCollection::Gone => return Ok(false),
            OldCollection::Needed(why) => format!("`{old}` is kept, because {why}"),
            OldCollection::Superfluous(deletion) => {
                if self.confirm.can_answer()
                    && self
                        .confirm
                        .ask(&doomed(&deletion), "Delete the old one?")?
                {
                    self.manager.delete_collection(&deletion).await?;
                    self.printer.note(&format!("`{old}` is gone"));
                    return Ok(true);
                }
                format!("`{old}` is kept")
            }
        };
        self.printer.note(&format!(
            "{kept}: `pyfa manage --rollback {name}` goes back to it, `pyfa manage \
             --delete-collection {old}` deletes it"
        ));
        Ok(false)
    }

    fn tell_recreated(&self, recreated: &RecreationReport) {
        let target = &recreated.target;
        match &recreated.copied {
            Some(copied) if copied.documents == 0 => {
                self.printer
                    .note(&format!("`{target}` is there, and empty"));
            }
            Some(copied) => {
                let rules = match copied.rules {
                    0 => String::new(),
                    count => format!(" and {}", counted(count, "synonym or override")),
                };
                self.printer.note(&format!(
                    "`{target}` holds the same {}{rules}, compared",
                    documents(copied.documents)
                ));
                self.tell_dropped(copied);
            }
            None => self
                .printer
                .note(&format!("`{target}` was complete; the rest is done now")),
        }
        if !recreated.left.is_empty() {
            self.printer.note(&format!(
                "left alone, because they lead elsewhere by now: {}",
                listed(&recreated.left)
            ));
        }
        if let Some(gap) = recreated.gap {
            self.printer
                .note(&format!("the name led nowhere for {gap} ms"));
        }
    }

    pub(super) async fn roll_back(&self, name: &str) -> anyhow::Result<Exit> {
        let mut looks = LOOKS;
        let (plan, way) = loop {
            let plan = self.manager.plan_rollback(name).await?;
            let way = way(&plan);
            if self.arguments.dry_run {
                self.report(&plan, &format!("would move {way}"))?;
                return Ok(Exit::Done);
            }
            let guess = format!(
                "no rebuild of `{}` is known here; `{}` is only the version below: move {way}",
                plan.from, plan.to
            );
            if plan.is_guess && !self.confirm.ask(&guess, "Is that meant?")? {
                return Err(UsageError("nothing was moved".to_owned()).into());
            }
            looks -= 1;
            match self.manager.roll_back(name, &plan).await {
                Err(ManageError::Changed { .. }) if !plan.is_guess && looks > 0 => {}
                moved => break moved.map(|()| (plan, way))?,
            }
        };
        self.report(&plan, &format!("moved {way}"))?;
        self.printer.note(&format!(
            "`{}` is kept; `pyfa manage --delete-collection {}` deletes it, and a fetch brings \
             `{}` up to date",
            plan.from, plan.from, plan.to
        ));
        Ok(Exit::Done)
    }

    pub(super) async fn delete_collection(&self, name: &str) -> anyhow::Result<Exit> {
        let deletion = match self.manager.plan_deletion(name).await {
            Err(error @ ManageError::NotThere { .. }) if !self.arguments.dry_run => {
                self.manager.forget(name).await?;
                return Err(error.into());
            }
            deletion => deletion?,
        };
        let what = doomed(&deletion);
        if self.arguments.dry_run {
            self.report(&deletion, &what)?;
            return Ok(Exit::Done);
        }
        if !self.confirm.ask(&what, "Delete it?")? {
            return Err(UsageError("nothing was deleted".to_owned()).into());
        }
        self.manager.delete_collection(&deletion).await?;
        self.report(
            &deletion,
            &format!("`{name}` is gone, with {}", documents(deletion.documents)),
        )?;
        Ok(Exit::Done)
    }
}

/// Which names go from where to where.
fn way(plan: &Rollback) -> String {
    let names = if plan.aliases.is_empty() {
        "all names".to_owned()
    } else {
        listed(&plan.aliases)
    };
    format!(
        "{names} from `{}` ({}) back to `{}` ({})",
        plan.from,
        documents(plan.documents),
        plan.to,
        documents(plan.documents_before)
    )
}

fn doomed(deletion: &Deletion) -> String {
    let aliases = if deletion.aliases.is_empty() {
        String::new()
    } else {
        format!("; {} would lead nowhere", listed(&deletion.aliases))
    };
    let unfinished = match &deletion.unfinished {
        Some(unfinished) => format!(", {unfinished},"),
        None => String::new(),
    };
    format!(
        "the collection `{}` with {}{unfinished} would go{aliases}",
        deletion.collection,
        documents(deletion.documents)
    )
}

/// What a rebuild does, step by step; true before and after.
fn described(plan: &Recreation) -> String {
    let aliases = listed(&plan.aliases);
    let target = &plan.target;
    let Some(source) = &plan.source else {
        return format!(
            "no collection or alias `{}`: make an empty collection `{target}`, and point \
             {aliases} at it",
            plan.name
        );
    };
    if plan.is_filled {
        return format!(
            "take up an interrupted rebuild: `{target}` is filled; point {aliases} at it"
        );
    }
    let begun = if plan.resumes {
        "take up an interrupted rebuild: "
    } else {
        ""
    };
    let copy = format!(
        "{begun}copy `{source}` ({}) to `{target}` and compare them",
        documents(plan.documents)
    );
    if plan.is_plain {
        format!(
            "{copy}; drop the collection `{source}`, because an alias cannot stand beside a \
             collection of its name; then point {aliases} at `{target}`. ServerPair the two, \
             searches fail for a moment"
        )
    } else {
        format!("{copy}, then point {aliases} at it")
    }
}
