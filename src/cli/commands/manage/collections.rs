//! Rebuilds, rolls back and deletes collections.

use serde_json::json;

use super::context::ManageContext;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{count_of, count_of_rules, quoted_list};
use crate::manage::{Deletion, ManageError, OldCollection, Recreation, RecreationReport, Rollback};

/// How often a plan is made that is outdated when it is carried out: the nodes of a cluster learn
/// of changes one after the other. A question is asked again each time.
const ATTEMPTS: usize = 4;

impl ManageContext<'_> {
    pub(super) async fn recreate(&self, name: &str) -> CommandResult {
        let mut attempts = ATTEMPTS;
        let (plan, recreated) = loop {
            let plan = self.manager.plan_recreation(name).await?;
            let what = describe_recreation(&plan);
            if self.dry_run {
                self.report(&plan, &what)?;
                return Ok(Exit::Done);
            }
            let asks = plan.is_plain && !plan.is_filled;
            if asks {
                self.require_confirmation(&what, "Continue?", "nothing was done")?;
            } else {
                self.printer.note(&what);
            }
            attempts -= 1;
            match self.manager.recreate(&plan).await {
                Err(ManageError::Changed { .. }) if !asks && attempts > 0 => {}
                result => break (plan, result?),
            }
        };
        self.print_recreated(&recreated);
        let is_deleted = self.offer_to_delete_old(name, &recreated).await?;
        let verb = if recreated.aliases.len() == 1 {
            "points"
        } else {
            "point"
        };
        self.report(
            &json!({"plan": plan, "result": recreated, "deleted": is_deleted}),
            &format!(
                "{} {verb} at `{}`",
                quoted_list(&recreated.aliases),
                recreated.target
            ),
        )?;
        Ok(Exit::Done)
    }

    /// Deletes the old version, if it is not needed and that is confirmed.
    async fn offer_to_delete_old(
        &self,
        name: &str,
        recreated: &RecreationReport,
    ) -> CommandResult<bool> {
        let Some(old) = &recreated.source else {
            return Ok(false);
        };
        let kept = match self.manager.assess_old_collection(recreated).await? {
            OldCollection::Gone => return Ok(false),
            OldCollection::Needed(why) => format!("`{old}` is kept, because {why}"),
            OldCollection::Superfluous(deletion) => {
                if self.can_confirm()
                    && self
                        .is_confirmed(&describe_deletion(&deletion), "Delete the old version?")?
                {
                    self.manager.delete_collection(&deletion).await?;
                    self.printer.note(&format!("deleted `{old}`"));
                    return Ok(true);
                }
                format!("`{old}` is kept")
            }
        };
        self.printer.note(&format!(
            "{kept}: `pyfa manage rollback {name}` goes back to it, `pyfa manage delete {old}` \
             deletes it"
        ));
        Ok(false)
    }

    fn print_recreated(&self, recreated: &RecreationReport) {
        let target = &recreated.target;
        match &recreated.copied {
            Some(copied) if copied.documents == 0 => {
                self.printer.note(&format!("created `{target}`, empty"));
            }
            Some(copied) => {
                let rules = match copied.rules {
                    0 => String::new(),
                    count => format!(" and {}", count_of_rules(count)),
                };
                self.printer.note(&format!(
                    "compared: `{target}` holds the same {}{rules}",
                    count_of(copied.documents, "document")
                ));
                self.print_dropped(copied);
            }
            None => self.printer.note(&format!(
                "`{target}` was complete; finishing the rebuild that was interrupted"
            )),
        }
        if !recreated.moved_elsewhere.is_empty() {
            self.printer.note(&format!(
                "not moved, because they point elsewhere by now: {}",
                quoted_list(&recreated.moved_elsewhere)
            ));
        }
        if let Some(gap) = recreated.gap {
            self.printer
                .note(&format!("the name pointed nowhere for {gap} ms"));
        }
    }

    pub(super) async fn roll_back(&self, name: &str) -> CommandResult {
        let mut attempts = ATTEMPTS;
        let (plan, way) = loop {
            let plan = self.manager.plan_rollback(name).await?;
            let way = describe_rollback(&plan);
            if self.dry_run {
                self.report(&plan, &format!("would move {way}"))?;
                return Ok(Exit::Done);
            }
            if plan.is_guess {
                let guess = format!(
                    "no rebuild of `{}` is recorded here, so the previous version, `{}`, is a \
                     guess: this moves {way}",
                    plan.from, plan.to
                );
                self.require_confirmation(&guess, "Continue?", "nothing was moved")?;
            }
            attempts -= 1;
            match self.manager.roll_back(name, &plan).await {
                Err(ManageError::Changed { .. }) if !plan.is_guess && attempts > 0 => {}
                moved => break moved.map(|()| (plan, way))?,
            }
        };
        self.report(&plan, &format!("moved {way}"))?;
        self.printer.note(&format!(
            "`{}` is kept; `pyfa manage delete {}` deletes it, and a fetch brings `{}` up to date",
            plan.from, plan.from, plan.to
        ));
        Ok(Exit::Done)
    }

    pub(super) async fn delete_collection(&self, name: &str) -> CommandResult {
        let deletion = match self.manager.plan_deletion(name).await {
            Err(error @ ManageError::NotThere { .. }) if !self.dry_run => {
                self.manager.forget(name).await?;
                return Err(error.into());
            }
            planned => planned?,
        };
        let what = describe_deletion(&deletion);
        if self.dry_run {
            self.report(&deletion, &what)?;
            return Ok(Exit::Done);
        }
        self.require_confirmation(&what, "Delete it?", "nothing was deleted")?;
        self.manager.delete_collection(&deletion).await?;
        self.report(
            &deletion,
            &format!(
                "deleted `{name}` with {}",
                count_of(deletion.documents, "document")
            ),
        )?;
        Ok(Exit::Done)
    }
}

/// Which names move from where to where.
fn describe_rollback(plan: &Rollback) -> String {
    let names = if plan.aliases.is_empty() {
        "all names".to_owned()
    } else {
        quoted_list(&plan.aliases)
    };
    format!(
        "{names} from `{}` ({}) back to `{}` ({})",
        plan.from,
        count_of(plan.documents, "document"),
        plan.to,
        count_of(plan.documents_before, "document")
    )
}

fn describe_deletion(deletion: &Deletion) -> String {
    let aliases = if deletion.aliases.is_empty() {
        String::new()
    } else {
        format!("; {} will point nowhere", quoted_list(&deletion.aliases))
    };
    let unfinished = match &deletion.unfinished {
        Some(unfinished) => format!(", {unfinished}"),
        None => String::new(),
    };
    format!(
        "this deletes the collection `{}` with {}{unfinished}{aliases}",
        deletion.collection,
        count_of(deletion.documents, "document")
    )
}

/// What a rebuild does, step by step; true before and after.
fn describe_recreation(plan: &Recreation) -> String {
    let aliases = quoted_list(&plan.aliases);
    let target = &plan.target;
    let Some(source) = &plan.source else {
        return format!(
            "no collection or alias `{}`: create an empty collection `{target}`, and point \
             {aliases} at it",
            plan.name
        );
    };
    if plan.is_filled {
        return format!(
            "resume an interrupted rebuild: `{target}` is filled; point {aliases} at it"
        );
    }
    let resumes = if plan.resumes {
        "resume an interrupted rebuild: "
    } else {
        ""
    };
    let copy = format!(
        "{resumes}copy `{source}` ({}) to `{target}` and compare them",
        count_of(plan.documents, "document")
    );
    if plan.is_plain {
        format!(
            "{copy}; delete the collection `{source}`, because an alias and a collection cannot \
             have the same name; then point {aliases} at `{target}`. In between, searches fail for \
             a moment"
        )
    } else {
        format!("{copy}, then point {aliases} at it")
    }
}
