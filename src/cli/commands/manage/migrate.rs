//! `--migrate`: one collection here, or one or everything to another place.

use secrecy::ExposeSecret;
use serde_json::json;

use super::listing::expiry;
use super::{Desk, counted, documents, listed, required};
use crate::cli::arguments::Format;
use crate::cli::commands::selection::given;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output;
use crate::manage::{
    AliasMove, CopyReport, KeyMoves, Migration, Relocation, SearchKey, ServerPair,
};

impl Desk<'_> {
    pub(super) async fn migrate(&self) -> anyhow::Result<Exit> {
        let between = self.between().await?;
        let source = match given(self.arguments.source.as_deref()) {
            Some(source) => Some(source),
            None => given(self.arguments.target.profile.as_deref()),
        };
        let target = given(self.arguments.target.target.as_deref());
        let names_places = self.arguments.from.is_some() || self.arguments.to.is_some();
        match (source, target) {
            (None, None) if names_places => self.relocate(&between).await,
            (Some(source), None) if names_places => {
                let target = between.from.find_real_name(&source).await?;
                self.copy(&between, &source, &target).await
            }
            (source, target) => {
                let question = "what shall be copied? Name a collection with `-s`";
                let source = required(source, question)?;
                let target = required(target, "where to? Name a collection with `-t`")?;
                self.copy(&between, &source, &target).await
            }
        }
    }

    /// One collection.
    async fn copy(&self, between: &ServerPair, source: &str, target: &str) -> anyhow::Result<Exit> {
        let plan = between.plan_migration(source, target).await?;
        let what = described(&plan, &place(between));
        if self.arguments.dry_run {
            self.report(&plan, &what)?;
            return Ok(Exit::Done);
        }
        if plan.destroys() && !self.confirm.ask(&what, "Go on?")? {
            return Err(UsageError("nothing was copied".to_owned()).into());
        }
        let migrated = between.migrate(&plan).await?;
        let deleted = match migrated.deleted {
            0 => String::new(),
            count => format!(", {} deleted there", documents(count)),
        };
        self.tell_dropped(&migrated.copied);
        self.tell_left(migrated.copied.rules_left);
        self.report(
            &migrated,
            &format!(
                "`{}` and `{}`{} hold the same {}{deleted}",
                migrated.source,
                migrated.target,
                place(between),
                documents(migrated.copied.documents)
            ),
        )?;
        Ok(Exit::Done)
    }

    /// Everything.
    async fn relocate(&self, between: &ServerPair) -> anyhow::Result<Exit> {
        let plan = between.plan_relocation().await?;
        let what = steps(&plan);
        if self.arguments.dry_run {
            self.report(&plan, &what)?;
            return Ok(Exit::Done);
        }
        if !plan.destroys() {
            self.printer.note(&what);
        } else if !self.confirm.ask(&what, "Go on?")? {
            return Err(UsageError("nothing was moved".to_owned()).into());
        }
        let moved = between.relocate(&plan).await?;
        for one in &moved.collections {
            self.tell_dropped(&one.copied);
        }
        let rules = moved.collections.iter();
        self.tell_left(rules.map(|one| one.copied.rules_left).sum());
        self.tell_aliases(&plan, &moved.aliases);
        let (keys, failed) = self.make_keys(between, &plan.keys).await;
        if self.arguments.format == Format::Json {
            let keys: Vec<_> = keys.iter().map(shown).collect();
            let is_done = failed.is_none();
            output::json(&json!({"plan": plan, "result": moved, "keys": keys, "done": is_done}))?;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if self.arguments.format == Format::Text {
            self.printer.result(&format!(
                "{} and {} hold the same {}, {} and {}",
                plan.from,
                plan.to,
                counted(plan.collections.len() as u64, "collection"),
                aliases(plan.aliases.len()),
                counted(
                    (plan.keys.to_make.len() + plan.keys.there.len()) as u64,
                    "search-only key"
                ),
            ));
        }
        Ok(Exit::Done)
    }

    /// Makes the keys, and tells each value as soon as it is known: there is no second time.
    async fn make_keys(
        &self,
        between: &ServerPair,
        keys: &KeyMoves,
    ) -> (Vec<SearchKey>, Option<anyhow::Error>) {
        let mut made = Vec::new();
        for key in &keys.to_make {
            match between.make_key(key).await {
                Ok(key) => {
                    if self.arguments.format == Format::Text {
                        self.tell_key(&key);
                    }
                    made.push(key);
                }
                Err(error) => return (made, Some(error.into())),
            }
        }
        if !made.is_empty() {
            self.printer.note(
                "no server tells the value of a key again, so these have new ones, which are not \
                 shown again: give them to the front ends",
            );
        }
        for key in &keys.there {
            self.printer.note(&format!(
                "a key like \"{}\" (number {} at the source) is there already, and was left",
                key.description, key.id
            ));
        }
        for (count, why) in [
            (keys.expired, "that has ended stays behind"),
            (keys.mightier, "that can do more than search stays behind"),
        ] {
            if count > 0 {
                self.printer.note(&format!("{count} × a key {why}"));
            }
        }
        (made, None)
    }

    fn tell_key(&self, key: &SearchKey) {
        for (name, text) in [
            ("id", key.id.to_string()),
            ("value", key.value.expose_secret().to_owned()),
            ("opens", key.collections.join(", ")),
            (
                "expires",
                key.expires_at.map_or_else(|| "never".to_owned(), expiry),
            ),
            ("description", key.description.clone()),
        ] {
            self.printer.result(&format!("{name:14}{text}"));
        }
    }

    fn tell_aliases(&self, plan: &Relocation, aliases: &[AliasMove]) {
        for one in aliases {
            let (alias, collection) = (&one.alias, &one.collection);
            self.printer
                .note(&format!("`{alias}` leads to `{collection}`"));
        }
        if !plan.dangling.is_empty() {
            self.printer.note(&format!(
                "aliases that lead nowhere stay behind: {}",
                listed(&plan.dangling)
            ));
        }
    }

    fn tell_left(&self, rules: u64) {
        if rules > 0 {
            self.printer.note(&format!(
                "{} stayed behind: the target does not offer them at a collection",
                counted(rules, "synonym or override")
            ));
        }
    }

    pub(super) fn tell_dropped(&self, copied: &CopyReport) {
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
}

fn shown(key: &SearchKey) -> serde_json::Value {
    json!({
        "id": key.id,
        "value": key.value.expose_secret(),
        "collections": key.collections,
        "description": key.description,
        "expires_at": key.expires_at,
    })
}

/// ` at …`, where the copy is at another place.
fn place(between: &ServerPair) -> String {
    if between.is_one_place() {
        return String::new();
    }
    format!(" at {}", between.to.workspace.search.address())
}

fn aliases(count: usize) -> String {
    match count {
        1 => "1 alias".to_owned(),
        count => format!("{count} aliases"),
    }
}

/// One collection's copy in a sentence.
fn described(plan: &Migration, place: &str) -> String {
    let new = if plan.is_new {
        "the new collection "
    } else {
        ""
    };
    format!(
        "copy {} of `{}` to {new}`{}`{place}{}",
        documents(plan.documents),
        plan.source,
        plan.target,
        losses(plan)
    )
}

/// What the target would lose.
fn losses(plan: &Migration) -> String {
    let mut losses = Vec::new();
    if plan.is_elsewhere && plan.to_replace > 0 {
        losses.push(format!(
            ", and replace {} there that differ",
            documents(plan.to_replace)
        ));
    }
    if plan.to_delete > 0 {
        losses.push(format!(
            ", and delete {} there that only `{}` has",
            documents(plan.to_delete),
            plan.target
        ));
    }
    if plan.rules_to_replace > 0 {
        losses.push(format!(
            ", and replace {} there",
            counted(plan.rules_to_replace, "synonym or override")
        ));
    }
    losses.concat()
}

/// Everything, a line for each step.
fn steps(plan: &Relocation) -> String {
    let mut lines = vec![format!(
        "move everything from {} to {}:",
        plan.from, plan.to
    )];
    for one in &plan.collections {
        lines.push(if one.is_equal() {
            format!(
                "  `{}` is equal there ({})",
                one.source,
                documents(one.documents)
            )
        } else if one.is_new {
            format!("  make `{}` with {}", one.source, documents(one.documents))
        } else {
            format!(
                "  write {} to `{}`{}",
                documents(one.to_add),
                one.source,
                losses(one)
            )
        });
    }
    for one in &plan.aliases {
        let before = match &one.before {
            Some(before) if one.replaces() => format!(", away from `{before}`"),
            Some(_) => ", as it is there".to_owned(),
            None => String::new(),
        };
        lines.push(format!(
            "  point `{}` at `{}`{before}",
            one.alias, one.collection
        ));
    }
    lines.push(format!(
        "  make {}, leave {} that {} there",
        counted(plan.keys.to_make.len() as u64, "search-only key"),
        plan.keys.there.len(),
        if plan.keys.there.len() == 1 {
            "is"
        } else {
            "are"
        },
    ));
    lines.join("\n")
}
