//! Points aliases at collections, and deletes them.

use super::context::ManageContext;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::count_of;
use crate::manage::ManageError;

impl ManageContext<'_> {
    pub(super) async fn add_alias(&self, alias: &str, target: &str) -> CommandResult {
        let mut change = self.manager.plan_alias_change(alias, target).await?;
        let verb = if self.dry_run {
            "would point"
        } else {
            let mut pointed = self.manager.set_alias(&change).await;
            // Another node of a cluster may have lagged behind; nothing was asked.
            if matches!(pointed, Err(ManageError::Changed { .. })) {
                change = self.manager.plan_alias_change(alias, target).await?;
                pointed = self.manager.set_alias(&change).await;
            }
            pointed?;
            "points"
        };
        let before = match (&change.before, change.documents_before) {
            (None, _) => "it is new".to_owned(),
            (Some(before), _) if *before == change.collection => "as before".to_owned(),
            (Some(before), None) => {
                format!("before, it pointed at `{before}`, which does not exist")
            }
            (Some(before), Some(count)) => {
                format!(
                    "before, it pointed at `{before}` ({})",
                    count_of(count, "document")
                )
            }
        };
        self.report(
            &change,
            &format!(
                "`{alias}` {verb} at `{}` ({}); {before}",
                change.collection,
                count_of(change.documents, "document")
            ),
        )?;
        Ok(Exit::Done)
    }

    pub(super) async fn delete_alias(&self, alias: &str) -> CommandResult {
        let deletion = self.manager.plan_alias_deletion(alias).await?;
        let collection = &deletion.collection;
        let found = match deletion.documents {
            Some(count) => format!("which keeps its {}", count_of(count, "document")),
            None => "which does not exist".to_owned(),
        };
        let what = format!(
            "this deletes the alias `{alias}` of `{collection}` ({found}); front ends and commands \
             that use the name will find nothing"
        );
        if self.dry_run {
            self.report(&deletion, &what)?;
            return Ok(Exit::Done);
        }
        self.require_confirmation(&what, "Delete the alias?", "nothing was deleted")?;
        self.manager.delete_alias(&deletion).await?;
        self.report(
            &deletion,
            &format!("deleted the alias `{alias}`; `{collection}` is unchanged"),
        )?;
        Ok(Exit::Done)
    }
}
