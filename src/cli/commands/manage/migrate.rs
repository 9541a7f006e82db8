//! Copies a collection, or everything to another search server.

use secrecy::ExposeSecret;
use serde_json::json;

use super::context::ManageContext;
use super::request::{MigrateContent, MigrateRequest};
use crate::cli::arguments::Format;
use crate::cli::exit::{CommandError, CommandResult, Exit};
use crate::cli::output::{self, count_of, count_of_rules, quoted_list};
use crate::manage::{
    AliasMove, CopyReport, KeyMoves, Migration, Relocation, SearchKey, ServerPair,
};

impl ManageContext<'_> {
    pub(super) async fn migrate(&self, request: &MigrateRequest) -> CommandResult {
        let servers = self.connect(&request.servers).await?;
        match &request.content {
            MigrateContent::Everything => self.relocate(&servers).await,
            MigrateContent::Collection { source, target } => {
                let name = match target {
                    Some(name) => name,
                    None => &servers.from.find_real_name(source).await?,
                };
                self.copy(&servers, source, name).await
            }
        }
    }

    /// Copies one collection.
    async fn copy(&self, servers: &ServerPair, source: &str, target: &str) -> CommandResult {
        let plan = servers.plan_migration(source, target).await?;
        let what = describe_copy(&plan, &at_server(servers));
        if self.dry_run {
            self.report(&plan, &what)?;
            return Ok(Exit::Done);
        }
        if plan.destroys() {
            self.require_confirmation(&what, "Continue?", "nothing was copied")?;
        }
        let migrated = servers.migrate(&plan).await?;
        let deleted = match migrated.deleted {
            0 => String::new(),
            count => format!(", {} deleted there", count_of(count, "document")),
        };
        self.print_dropped(&migrated.copied);
        self.print_unsupported_rules(migrated.copied.unsupported_rules);
        self.report(
            &migrated,
            &format!(
                "`{}` and `{}`{} hold the same {}{deleted}",
                migrated.source,
                migrated.target,
                at_server(servers),
                count_of(migrated.copied.documents, "document")
            ),
        )?;
        Ok(Exit::Done)
    }

    /// Copies everything to another server.
    async fn relocate(&self, servers: &ServerPair) -> CommandResult {
        let plan = servers.plan_relocation().await?;
        let what = describe_relocation(&plan);
        if self.dry_run {
            self.report(&plan, &what)?;
            return Ok(Exit::Done);
        }
        if plan.destroys() {
            self.require_confirmation(&what, "Continue?", "nothing was copied")?;
        } else {
            self.printer.note(&what);
        }
        let moved = servers.relocate(&plan).await?;
        for one in &moved.collections {
            self.print_dropped(&one.copied);
        }
        let rules = moved.collections.iter();
        self.print_unsupported_rules(rules.map(|one| one.copied.unsupported_rules).sum());
        self.print_aliases(&plan, &moved.aliases);
        let (made, failed) = self.make_keys(servers, &plan.keys).await;
        if self.format == Format::Json {
            let keys: Vec<_> = made.iter().map(key_json).collect();
            let is_done = failed.is_none();
            output::json(&json!({"plan": plan, "result": moved, "keys": keys, "done": is_done}))?;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if self.format == Format::Text {
            self.printer.result(&format!(
                "{} and {} hold the same {}, {} and {}",
                plan.from,
                plan.to,
                count_of(plan.collections.len() as u64, "collection"),
                alias_count(plan.aliases.len()),
                count_of(
                    (plan.keys.to_create.len() + plan.keys.existing.len()) as u64,
                    "search-only key"
                ),
            ));
        }
        Ok(Exit::Done)
    }

    /// Creates the keys, and prints each value as soon as it is known: no server shows it again.
    async fn make_keys(
        &self,
        servers: &ServerPair,
        keys: &KeyMoves,
    ) -> (Vec<SearchKey>, Option<CommandError>) {
        let mut made = Vec::new();
        for key in &keys.to_create {
            match servers.make_key(key).await {
                Ok(key) => {
                    if self.format == Format::Text {
                        self.print_key(&key);
                    }
                    made.push(key);
                }
                Err(error) => return (made, Some(error.into())),
            }
        }
        if !made.is_empty() {
            self.printer.note(
                "servers never show the value of a key again, so these keys have new values, which \
                 are not shown again either: give them to the front ends",
            );
        }
        for key in &keys.existing {
            self.printer.note(&format!(
                "the target already has a key like \"{}\" (number {} at the source); it was not \
                 changed",
                key.description, key.id
            ));
        }
        for (count, why) in [
            (keys.expired, "expired"),
            (keys.not_search_only, "can do more than search"),
        ] {
            if count > 0 {
                self.printer
                    .note(&format!("{} not copied: {why}", count_of(count, "key")));
            }
        }
        (made, None)
    }

    fn print_aliases(&self, plan: &Relocation, aliases: &[AliasMove]) {
        for one in aliases {
            let (alias, collection) = (&one.alias, &one.collection);
            self.printer
                .note(&format!("`{alias}` points at `{collection}`"));
        }
        if !plan.dangling.is_empty() {
            self.printer.note(&format!(
                "aliases not copied, because they point nowhere: {}",
                quoted_list(&plan.dangling)
            ));
        }
    }

    fn print_unsupported_rules(&self, rules: u64) {
        if rules > 0 {
            self.printer.note(&format!(
                "{} not copied: the target does not support them for a collection",
                count_of_rules(rules)
            ));
        }
    }

    pub(super) fn print_dropped(&self, copied: &CopyReport) {
        if copied.dropped.is_empty() {
            return;
        }
        let fields: Vec<String> = copied
            .dropped
            .iter()
            .map(|(field, count)| format!("`{field}` of {}", count_of(*count, "document")))
            .collect();
        self.printer.note(&format!(
            "values not copied, because they do not fit the schema: {}",
            fields.join(", ")
        ));
    }
}

fn key_json(key: &SearchKey) -> serde_json::Value {
    json!({
        "id": key.id,
        "value": key.value.expose_secret(),
        "collections": key.collections,
        "description": key.description,
        "expires_at": key.expires_at,
    })
}

/// ` at …`, if the copy is on another server.
fn at_server(servers: &ServerPair) -> String {
    if servers.is_one_server() {
        return String::new();
    }
    format!(" at {}", servers.to.workspace.search.address())
}

fn alias_count(count: usize) -> String {
    match count {
        1 => "1 alias".to_owned(),
        count => format!("{count} aliases"),
    }
}

/// One collection's copy in a sentence.
fn describe_copy(plan: &Migration, at_server: &str) -> String {
    let new = if plan.is_new {
        "the new collection "
    } else {
        ""
    };
    format!(
        "copy {} of `{}` to {new}`{}`{at_server}{}",
        count_of(plan.documents, "document"),
        plan.source,
        plan.target,
        describe_losses(plan)
    )
}

/// What the target would lose.
fn describe_losses(plan: &Migration) -> String {
    let mut losses = Vec::new();
    if plan.is_elsewhere && plan.to_replace > 0 {
        losses.push(format!(
            ", and replace {} there that differ",
            count_of(plan.to_replace, "document")
        ));
    }
    if plan.to_delete > 0 {
        losses.push(format!(
            ", and delete {} there that only `{}` has",
            count_of(plan.to_delete, "document"),
            plan.target
        ));
    }
    if plan.rules_to_replace > 0 {
        losses.push(format!(
            ", and replace {} there",
            count_of_rules(plan.rules_to_replace)
        ));
    }
    losses.concat()
}

/// Copying everything, a line for each step.
fn describe_relocation(plan: &Relocation) -> String {
    let mut lines = vec![format!(
        "copy everything from {} to {}:",
        plan.from, plan.to
    )];
    for one in &plan.collections {
        lines.push(if one.is_equal() {
            format!(
                "  `{}` is up to date there ({})",
                one.source,
                count_of(one.documents, "document")
            )
        } else if one.is_new {
            format!(
                "  create `{}` with {}",
                one.source,
                count_of(one.documents, "document")
            )
        } else {
            format!(
                "  write {} to `{}`{}",
                count_of(one.to_add, "document"),
                one.source,
                describe_losses(one)
            )
        });
    }
    for one in &plan.aliases {
        let before = match &one.before {
            Some(before) if one.replaces() => format!(", away from `{before}`"),
            Some(_) => ", as it does already".to_owned(),
            None => String::new(),
        };
        lines.push(format!(
            "  point `{}` at `{}`{before}",
            one.alias, one.collection
        ));
    }
    lines.push(format!(
        "  create {}, keep {} that {} there",
        count_of(plan.keys.to_create.len() as u64, "search-only key"),
        plan.keys.existing.len(),
        if plan.keys.existing.len() == 1 {
            "is"
        } else {
            "are"
        },
    ));
    lines.join("\n")
}
