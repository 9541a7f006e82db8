//! `--migrate`, `--recreate-collection`, `--rollback`, `--delete-collection`.

use serde_json::json;

use super::{Desk, counted, documents, listed, required};
use crate::cli::commands::selection::given;
use crate::cli::exit::{Exit, UsageError};
use crate::manage::{Copied, Deletion, Recreated, Recreation};

impl Desk<'_> {
    pub(super) async fn migrate(&self) -> anyhow::Result<Exit> {
        let source = match given(self.arguments.source.as_deref()) {
            Some(source) => Some(source),
            None => given(self.arguments.target.profile.as_deref()),
        };
        let source = required(source, "what shall be copied? Name a collection with `-s`")?;
        let target = given(self.arguments.target.target.as_deref());
        let target = required(target, "where to? Name a collection with `-t`")?;
        let plan = self.manager.migration(&source, &target).await?;
        let what = format!(
            "copy {} of `{}` to {}`{}`",
            documents(plan.documents),
            plan.source,
            if plan.is_new {
                "the new collection "
            } else {
                ""
            },
            plan.target
        );
        let surplus = format!(
            "{what}, and delete {} there that only `{}` has",
            documents(plan.to_delete),
            plan.target
        );
        if self.arguments.dry_run {
            self.report(&plan, if plan.to_delete > 0 { &surplus } else { &what })?;
            return Ok(Exit::Done);
        }
        if plan.to_delete > 0 && !self.confirm.ask(&surplus, "Copy and delete?")? {
            return Err(UsageError("nothing was copied".to_owned()).into());
        }
        let migrated = self.manager.migrate(&plan).await?;
        let deleted = match migrated.deleted {
            0 => String::new(),
            count => format!(", {} deleted there", documents(count)),
        };
        self.tell_dropped(&migrated.copied);
        self.report(
            &migrated,
            &format!(
                "`{}` and `{}` hold the same {}{deleted}",
                migrated.source,
                migrated.target,
                documents(migrated.copied.documents)
            ),
        )?;
        Ok(Exit::Done)
    }

    pub(super) async fn recreate(&self, name: &str) -> anyhow::Result<Exit> {
        let plan = self.manager.recreation(name).await?;
        let what = described(&plan);
        if self.arguments.dry_run {
            self.report(&plan, &what)?;
            return Ok(Exit::Done);
        }
        if plan.is_plain && !plan.resumes {
            if !self.confirm.ask(&what, "Go on?")? {
                return Err(UsageError("nothing was done".to_owned()).into());
            }
        } else {
            self.printer.note(&what);
        }
        let recreated = self.manager.recreate(&plan).await?;
        self.tell_recreated(&recreated);
        let has_lost = recreated
            .copied
            .as_ref()
            .is_some_and(|copied| !copied.dropped.is_empty());
        let mut is_deleted = false;
        if let Some(old) = &recreated.kept {
            is_deleted = !has_lost && self.offer_to_delete(old).await?;
            if !is_deleted {
                self.printer.note(&format!(
                    "`{old}` is kept: `pyfa manage --rollback {name}` goes back to it, `pyfa \
                     manage --delete-collection {old}` deletes it"
                ));
            }
        }
        self.report(
            &json!({"plan": plan, "result": recreated, "deleted": is_deleted}),
            &format!(
                "{} {} to `{}`",
                listed(&recreated.aliases),
                if recreated.aliases.len() == 1 {
                    "leads"
                } else {
                    "lead"
                },
                recreated.target
            ),
        )?;
        Ok(Exit::Done)
    }

    /// Deletes the old version, if that is confirmed.
    async fn offer_to_delete(&self, old: &str) -> anyhow::Result<bool> {
        if !self.confirm.can_answer() {
            return Ok(false);
        }
        let deletion = self.manager.deletion(old).await?;
        if !self
            .confirm
            .ask(&doomed(&deletion), "Delete the old one?")?
        {
            return Ok(false);
        }
        self.manager.delete_collection(&deletion).await?;
        Ok(true)
    }

    fn tell_recreated(&self, recreated: &Recreated) {
        let target = &recreated.target;
        match &recreated.copied {
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
        if let Some(gap) = recreated.gap {
            self.printer
                .note(&format!("the name led nowhere for {gap} ms"));
        }
    }

    fn tell_dropped(&self, copied: &Copied) {
        if copied.dropped.is_empty() {
            return;
        }
        let fields: Vec<String> = copied
            .dropped
            .iter()
            .map(|(field, count)| format!("`{field}` of {}", documents(*count)))
            .collect();
        self.printer.note(&format!(
            "values that do not fit the schema stayed behind: {}",
            fields.join(", ")
        ));
    }

    pub(super) async fn roll_back(&self, name: &str) -> anyhow::Result<Exit> {
        let plan = self.manager.rollback(name).await?;
        let way = format!(
            "{} from `{}` ({}) back to `{}` ({})",
            listed(&plan.aliases),
            plan.from,
            documents(plan.documents),
            plan.to,
            documents(plan.documents_before)
        );
        if self.arguments.dry_run {
            self.report(&plan, &format!("would move {way}"))?;
            return Ok(Exit::Done);
        }
        self.manager.roll_back(name, &plan).await?;
        self.printer.note(&format!(
            "`{}` is kept; `pyfa manage --delete-collection {}` deletes it, and a fetch brings \
             `{}` up to date",
            plan.from, plan.from, plan.to
        ));
        self.report(&plan, &format!("moved {way}"))?;
        Ok(Exit::Done)
    }

    pub(super) async fn delete_collection(&self, name: &str) -> anyhow::Result<Exit> {
        let deletion = self.manager.deletion(name).await?;
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

fn doomed(deletion: &Deletion) -> String {
    let aliases = if deletion.aliases.is_empty() {
        String::new()
    } else {
        format!("; {} would lead nowhere", listed(&deletion.aliases))
    };
    format!(
        "the collection `{}` with {} would go{aliases}",
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
             collection of its name; then point {aliases} at `{target}`. Between the two, \
             searches fail for a moment"
        )
    } else {
        format!("{copy}, then point {aliases} at it")
    }
}
