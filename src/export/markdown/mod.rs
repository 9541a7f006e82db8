//! `markdown`: the packages by type, the most used and best maintained first, with what has changed since
//! the last export to the same file.
//!
//! While packages and versions stay the same, the section of changes does too, so that a list that is
//! written every day does not lose it.

mod state;

use std::io::{BufWriter, Write};
use std::path::Path;

use rusqlite::{Connection, params};

use super::ExportError;
use super::documents::Documents;
use super::error::at;
use super::package::{self, flag, number};
use crate::catalog::Facet;
use crate::model::Document;
use crate::model::markdown::{anchor, escape, escape_at_begin, link};
use crate::web::gallery::views::format::{Moment, grouped, version_ranges};
pub(super) use state::is_ours;

/// The heading of packages that name no type.
const OTHER: &str = "Other";
const TABLES: &str = "
    CREATE TABLE packages_now (
        project TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, rank INTEGER NOT NULL,
        link TEXT NOT NULL, summary TEXT NOT NULL, entry TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE types (
        type TEXT NOT NULL, project TEXT NOT NULL, PRIMARY KEY (type, project)
    ) WITHOUT ROWID;";
/// What differs from the last export; replaces the changes that that one listed.
const COMPARE: &str = "
    DELETE FROM changes;
    INSERT INTO changes SELECT 'new', project, name, '', version FROM packages_now
        WHERE project NOT IN (SELECT project FROM previous);
    INSERT INTO changes SELECT 'gone', project, name, version, '' FROM previous
        WHERE project NOT IN (SELECT project FROM packages_now);
    INSERT INTO changes SELECT 'release', project, now.name, before.version, now.version
        FROM packages_now AS now JOIN previous AS before USING (project)
        WHERE now.version <> before.version;";
const DIFFERS: &str = "
    SELECT EXISTS (SELECT project, version FROM packages_now EXCEPT SELECT project, version FROM previous)
        OR EXISTS (SELECT project, version FROM previous EXCEPT SELECT project, version FROM packages_now)";

/// What the list says of itself.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    /// The classifiers of the profile: what stands below them is a type.
    pub(super) roots: &'a [String],
    pub(super) as_of: i64,
}

pub(super) fn write(
    documents: &Documents,
    about: &About<'_>,
    previous: Option<&Path>,
    path: &Path,
) -> Result<(), ExportError> {
    let database = documents.connection();
    let before = state::read(database, previous)?;
    database.execute_batch(TABLES)?;
    documents.read_packages(|row| {
        let document = package::read(row.line)?;
        add(database, row.project, &document, about.roots)
    })?;
    let since = match before {
        None => None,
        Some(before) if differs(database)? => {
            database.execute_batch(COMPARE)?;
            Some(before.as_of)
        }
        Some(before) => before.since,
    };
    let file = fs_err::File::create(path).map_err(at(path))?;
    let mut list = List {
        database,
        output: BufWriter::new(file),
        path,
    };
    list.write_head(about, documents.packages)?;
    let types = list.read_types()?;
    list.write_contents(&types, since.is_some())?;
    if let Some(since) = since {
        list.write_changes(since, about.as_of)?;
    }
    for (name, _) in &types {
        list.write_type(name)?;
    }
    state::write(database, &mut list.output, path, about.as_of, since)?;
    list.output.flush().map_err(at(path))
}

fn differs(database: &Connection) -> Result<bool, ExportError> {
    Ok(database.query_row(DIFFERS, [], |row| row.get(0))?)
}

/// Notes a package and its types.
fn add(
    database: &Connection,
    project: &str,
    document: &Document,
    roots: &[String],
) -> Result<(), ExportError> {
    let linked_name = link(&document.name, &document.package_url);
    let summary = escape(&document.summary);
    let rank = number(document, "search_rank")
        .or_else(|| number(document, "health_score"))
        .unwrap_or_default();
    database
        .prepare_cached("INSERT OR REPLACE INTO packages_now VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            project,
            document.full_name(),
            document.version,
            rank,
            linked_name,
            summary,
            entry(document, &linked_name, &summary)
        ])?;
    let mut types: Vec<String> = document
        .classifiers
        .iter()
        .filter_map(|classifier| Facet::Kind.shown_value(classifier, roots))
        .collect();
    if types.is_empty() {
        types.push(OTHER.to_owned());
    }
    for name in types {
        database
            .prepare_cached("INSERT OR IGNORE INTO types VALUES (?, ?)")?
            .execute(params![name, project])?;
    }
    Ok(())
}

/// What the list says of a package.
fn entry(document: &Document, link: &str, summary: &str) -> String {
    let mut facts = Vec::new();
    let mut add = |fact: Option<String>| facts.extend(fact);
    add(number(document, "health_score").map(|score| format!("health {score}")));
    add(number(document, "download_last_month")
        .map(|count| format!("{} downloads a month", grouped(count))));
    add(number(document, "github_stars").map(|count| format!("{} stars", grouped(count))));
    for range in version_ranges(&document.framework_versions) {
        add(Some(escape(&range)));
    }
    add((!document.license_spdx.is_empty()).then(|| escape(&document.license_spdx)));
    let is = |fact| flag(document, fact) == Some(true);
    add(is("has_vulnerabilities").then(|| "**known vulnerability**".to_owned()));
    add(is("github_archived").then(|| "archived".to_owned()));
    add(document.yanked.then(|| "yanked".to_owned()));
    let version = escape(&document.version);
    let mut text = format!("- {link} {version}");
    if !summary.is_empty() {
        text.push_str(": ");
        text.push_str(summary);
    }
    if !facts.is_empty() {
        text.push_str(" (");
        text.push_str(&facts.join(", "));
        text.push(')');
    }
    text
}

/// The file, and what stands in it.
struct List<'d> {
    database: &'d Connection,
    output: BufWriter<fs_err::File>,
    path: &'d Path,
}

impl List<'_> {
    fn line(&mut self, text: &str) -> Result<(), ExportError> {
        writeln!(self.output, "{text}").map_err(at(self.path))
    }

    fn write_head(&mut self, about: &About<'_>, packages: u64) -> Result<(), ExportError> {
        self.line(state::HEAD)?;
        self.line("")?;
        self.line(&format!("# {} packages", escape(about.title)))?;
        if !about.description.is_empty() {
            self.line("")?;
            self.line(&escape_at_begin(about.description))?;
        }
        let packages = match packages {
            1 => "1 package".to_owned(),
            count => format!(
                "{} packages",
                grouped(i64::try_from(count).unwrap_or(i64::MAX))
            ),
        };
        let as_of = match day(about.as_of) {
            day if day.is_empty() => day,
            day => format!(" as of {day}"),
        };
        self.line("")?;
        self.line(&format!(
            "{packages}{as_of}. Within each type, the most used and best maintained come first."
        ))
    }

    /// The types and how many packages each has, the largest first and the rest last.
    fn read_types(&self) -> Result<Vec<(String, i64)>, ExportError> {
        let mut statement = self.database.prepare(
            "SELECT type, count(*) AS size FROM types GROUP BY type \
             ORDER BY type = ?, size DESC, type",
        )?;
        let rows = statement.query_map([OTHER], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn write_contents(
        &mut self,
        types: &[(String, i64)],
        has_changes: bool,
    ) -> Result<(), ExportError> {
        self.line("\n## Contents\n")?;
        if has_changes {
            self.line("- [Changes](#changes)")?;
        }
        for (name, size) in types {
            let size = grouped(*size);
            self.line(&format!("- [{}](#{}) ({size})", escape(name), anchor(name)))?;
        }
        Ok(())
    }

    fn write_changes(&mut self, since: i64, as_of: i64) -> Result<(), ExportError> {
        self.line("\n## Changes\n")?;
        let (since, until) = (day(since), day(as_of));
        if !since.is_empty() && !until.is_empty() {
            self.line(&format!("From {since} to {until}."))?;
        }
        for (kind, heading) in [
            ("new", "New packages"),
            ("release", "New releases"),
            ("gone", "Gone"),
        ] {
            self.write_changes_of(kind, heading)?;
        }
        Ok(())
    }

    fn write_changes_of(&mut self, kind: &str, heading: &str) -> Result<(), ExportError> {
        let mut statement = self.database.prepare(
            "SELECT changes.name, before, after, link, summary FROM changes \
             LEFT JOIN packages_now USING (project) WHERE kind = ? ORDER BY project",
        )?;
        let mut rows = statement.query([kind])?;
        let mut is_first = true;
        while let Some(row) = rows.next()? {
            if is_first {
                self.line(&format!("\n### {heading}\n"))?;
                is_first = false;
            }
            let text = |at: usize| row.get::<_, Option<String>>(at);
            let name = text(3)?.unwrap_or(escape_at_begin(&text(0)?.unwrap_or_default()));
            let before = escape(&text(1)?.unwrap_or_default());
            let after = escape(&text(2)?.unwrap_or_default());
            let summary = text(4)?.unwrap_or_default();
            let line = match kind {
                "new" if summary.is_empty() => format!("- {name} {after}"),
                "new" => format!("- {name} {after}: {summary}"),
                "release" => format!("- {name} {after} (before: {before})"),
                _ => format!("- {name} {before}"),
            };
            self.line(&line)?;
        }
        Ok(())
    }

    fn write_type(&mut self, name: &str) -> Result<(), ExportError> {
        self.line(&format!("\n## {}\n", escape(name)))?;
        let mut statement = self.database.prepare(
            "SELECT entry FROM types JOIN packages_now USING (project) WHERE type = ? \
             ORDER BY rank DESC, project",
        )?;
        let mut rows = statement.query([name])?;
        while let Some(row) = rows.next()? {
            self.line(&row.get::<_, String>(0)?)?;
        }
        Ok(())
    }
}

/// A day as people read it; empty for none.
fn day(seconds: i64) -> String {
    Moment::new(seconds, seconds)
        .map(|moment| moment.date)
        .unwrap_or_default()
}
