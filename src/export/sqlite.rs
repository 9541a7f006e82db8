//! `sqlite`: a database of packages and releases with keys and indexes, in one file.
//!
//! The tables are in `schema.sql`. Texts of READMEs are not in it; `jsonl` has them.

use std::io;
use std::path::Path;

use rusqlite::{Connection, Statement, params};
use serde_json::Value;

use super::ExportError;
use super::documents::{Documents, Row};
use super::package::{self, flag, moment, number, text};
use super::request::Scope;
use crate::model::Document;
use crate::profile::Profile;
use crate::transform::requires_names;

/// Says that a database is an export: `pyfa` in the file's header, where there is a place for it.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"pyfa");
/// Of the tables; a program that reads an older one finds it here.
pub(super) const SCHEMA_VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");
const INDEXES: &str = include_str!("indexes.sql");

/// What the database says of itself.
pub(super) struct About<'a> {
    pub(super) collection: &'a str,
    pub(super) profile: Option<&'a Profile>,
    pub(super) scope: Scope,
    pub(super) as_of: i64,
}

pub(super) fn write(
    documents: &Documents,
    about: &About<'_>,
    path: &Path,
) -> Result<(), ExportError> {
    let mut database = Connection::open(path)?;
    database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let transaction = database.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    describe(&transaction, about)?;
    {
        let mut packages = Packages::new(&transaction)?;
        documents.read_packages(|row| packages.add(&row))?;
    }
    {
        let mut releases = Releases::new(&transaction)?;
        let each = |row: Row<'_>| releases.add(&row);
        match about.scope {
            Scope::All => documents.read_all(each)?,
            Scope::Latest => documents.read_packages(each)?,
        }
    }
    transaction.execute_batch(INDEXES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    database.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn describe(database: &Connection, about: &About<'_>) -> Result<(), ExportError> {
    let profile = about.profile.map_or("", |profile| profile.key.as_str());
    let releases = match about.scope {
        Scope::All => "all",
        Scope::Latest => "latest",
    };
    for (key, value) in [
        ("as_of", moment(about.as_of).as_str()),
        ("collection", about.collection),
        ("profile", profile),
        ("releases", releases),
    ] {
        database.execute("INSERT INTO export VALUES (?, ?)", [key, value])?;
    }
    Ok(())
}

/// Writes packages; they are numbered in order of their names.
struct Packages<'d> {
    package: Statement<'d>,
    maintainer: Statement<'d>,
    last: i64,
}

impl<'d> Packages<'d> {
    fn new(database: &'d Connection) -> Result<Self, ExportError> {
        Ok(Self {
            package: database.prepare(
                "INSERT INTO packages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
                 ?, ?, ?, ?, ?, ?, ?, ?)",
            )?,
            maintainer: database.prepare("INSERT OR IGNORE INTO maintainers VALUES (?, ?)")?,
            last: 0,
        })
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        let document = package::read(row.line)?;
        self.last += 1;
        let fact = |name| number(&document, name);
        self.package.execute(params![
            self.last,
            document.name,
            row.project,
            document.registry,
            document.version,
            document.summary,
            given(&document.license_spdx),
            document.status,
            given(&moment(document.first_upload.unwrap_or_default())),
            document.release_count,
            given(&document.home_page),
            given(&document.docs_url),
            given(&document.package_url),
            given(text(&document, "github_url")),
            flag(&document, "github_archived"),
            fact("github_stars"),
            fact("github_forks"),
            fact("github_open_issues"),
            given(&moment(fact("github_pushed").unwrap_or_default())),
            fact("download_last_day"),
            fact("download_last_week"),
            fact("download_last_month"),
            flag(&document, "has_vulnerabilities"),
            fact("health_score"),
            fact("dependents"),
            fact("search_rank"),
        ])?;
        for maintainer in &document.maintainers {
            self.maintainer.execute(params![self.last, maintainer])?;
        }
        Ok(())
    }
}

/// Writes releases; their packages come in the same order as those of [`Packages`].
struct Releases<'d> {
    release: Statement<'d>,
    /// Of one value each: frameworks, pythons, classifiers, keywords.
    values: [Statement<'d>; 4],
    requirement: Statement<'d>,
    link: Statement<'d>,
    advisory: Statement<'d>,
    project: Option<String>,
    package: i64,
    last: i64,
}

impl<'d> Releases<'d> {
    fn new(database: &'d Connection) -> Result<Self, ExportError> {
        let value =
            |table: &str| database.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES (?, ?)"));
        Ok(Self {
            release: database.prepare(
                "INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?,
            values: [
                value("frameworks")?,
                value("pythons")?,
                value("classifiers")?,
                value("keywords")?,
            ],
            requirement: database.prepare("INSERT OR IGNORE INTO requirements VALUES (?, ?, ?)")?,
            link: database.prepare("INSERT OR IGNORE INTO links VALUES (?, ?, ?)")?,
            advisory: database
                .prepare("INSERT OR IGNORE INTO advisories VALUES (?, ?, ?, ?, ?, ?)")?,
            project: None,
            package: 0,
            last: 0,
        })
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        if self.project.as_deref() != Some(row.project) {
            self.package += 1;
            self.project = Some(row.project.to_owned());
        }
        self.last += 1;
        let document = package::read(row.line)?;
        self.release.execute(params![
            self.last,
            self.package,
            document.id,
            document.version,
            document.version_order,
            row.is_package,
            given(&moment(document.upload_timestamp)),
            document.yanked,
            given(&document.yanked_reason),
            document.summary,
            given(&document.author),
            given(&document.author_email),
            given(&document.license),
            given(&document.license_spdx),
            given(&document.requires_python),
            package::digest(row.line)?,
        ])?;
        let lists = [
            &document.framework_versions,
            &document.python_versions,
            &document.classifiers,
            &document.keywords,
        ];
        for (statement, list) in self.values.iter_mut().zip(lists) {
            for value in list {
                statement.execute(params![self.last, value])?;
            }
        }
        for requirement in &document.requires_dist {
            let name = requires_names(std::slice::from_ref(requirement));
            self.requirement
                .execute(params![self.last, requirement, name.first()])?;
        }
        for (label, url) in &document.project_urls {
            self.link.execute(params![self.last, label, url])?;
        }
        self.add_advisories(&document)
    }

    fn add_advisories(&mut self, document: &Document) -> Result<(), ExportError> {
        let advisories = document.facts.get("vulnerabilities");
        let advisories = advisories.and_then(Value::as_array);
        for advisory in advisories.into_iter().flatten() {
            let text = |key: &str| advisory.get(key).and_then(Value::as_str);
            let Some(id) = text("id") else { continue };
            let fixed_in = advisory.get("fixed_in").and_then(Value::as_array);
            let fixed_in: Vec<&str> = fixed_in
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            self.advisory.execute(params![
                self.last,
                id,
                text("severity"),
                text("summary"),
                text("link"),
                given(&fixed_in.join(", ")),
            ])?;
        }
        Ok(())
    }
}

/// A text, or NULL for none.
fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Whether a file is a database that an export has made.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut head = [0; 72];
    let mut file = std::fs::File::open(path)?;
    if io::Read::read_exact(&mut file, &mut head).is_err() {
        return Ok(file.metadata()?.len() == 0);
    }
    // Where SQLite's file format has the application's id.
    Ok(head.starts_with(b"SQLite format 3\0") && head[68..] == APPLICATION_ID.to_be_bytes())
}
