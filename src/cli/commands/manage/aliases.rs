//! `--add-alias`, `--delete-alias`.

use super::{Desk, documents, required};
use crate::cli::commands::selection::given;
use crate::cli::exit::{Exit, UsageError};
use crate::manage::ManageError;

impl Desk<'_> {
    pub(super) async fn add_alias(&self) -> anyhow::Result<Exit> {
        let alias = given(self.arguments.source.as_deref());
        let alias = required(alias, "which alias? Name it with `-s`")?;
        let target = required(
            self.target()?,
            "where shall it point? Name a collection with `-t`, or a profile with `-p`",
        )?;
        let mut change = self.manager.plan_alias_change(&alias, &target).await?;
        let verb = if self.arguments.dry_run {
            "would point"
        } else {
            let mut pointed = self.manager.set_alias(&change).await;
            // Another node of a cluster may have known less; nothing was asked.
            if matches!(pointed, Err(ManageError::Changed { .. })) {
                change = self.manager.plan_alias_change(&alias, &target).await?;
                pointed = self.manager.set_alias(&change).await;
            }
            pointed?;
            "points"
        };
        let before = match (&change.before, change.documents_before) {
            (None, _) => "it is new".to_owned(),
            (Some(before), _) if *before == change.collection => "as it did before".to_owned(),
            (Some(before), None) => {
                format!("before, it pointed at `{before}`, which does not exist")
            }
            (Some(before), Some(count)) => {
                format!("before, it pointed at `{before}` ({})", documents(count))
            }
        };
        self.report(
            &change,
            &format!(
                "`{alias}` {verb} at `{}` ({}); {before}",
                change.collection,
                documents(change.documents)
            ),
        )?;
        Ok(Exit::Done)
    }

    pub(super) async fn delete_alias(&self, alias: &str) -> anyhow::Result<Exit> {
        let deletion = self.manager.plan_alias_deletion(alias).await?;
        let found = match deletion.documents {
            Some(count) => format!("{} stay in it", documents(count)),
            None => "it does not exist".to_owned(),
        };
        let collection = &deletion.collection;
        let what = format!(
            "the alias `{alias}` of `{collection}` ({found}) would go; front ends and commands \
             that use the name would find nothing"
        );
        if self.arguments.dry_run {
            self.report(&deletion, &what)?;
            return Ok(Exit::Done);
        }
        if !self.confirm.ask(&what, "Delete the alias?")? {
            return Err(UsageError("nothing was deleted".to_owned()).into());
        }
        self.manager.delete_alias(&deletion).await?;
        self.report(
            &deletion,
            &format!("the alias `{alias}` is gone; `{collection}` is as it was"),
        )?;
        Ok(Exit::Done)
    }
}
