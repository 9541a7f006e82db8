//! An archive as one JSON document: with its weeks, or in the shape of the first GitHub integration of
//! Open Humans.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::error::ArchiveError;
use super::folder::{Folder, file_error};
use super::item::{Item, ItemKind};
use super::manifest::{Account, Manifest};
use super::week::Week;

/// Which shape a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportShape {
    /// Everything, by week.
    Weeks,
    /// Commits by repository, the newest first.
    Original,
}

/// The document with everything; the same archive gives the same bytes.
#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    account: &'a Account,
    time_zone: &'a str,
    private: bool,
    first_week: Week,
    finished_through: Option<Week>,
    read_until: Option<jiff::Timestamp>,
    weeks: BTreeMap<Week, Vec<Item>>,
}

/// Writes the document.
pub fn export(
    folder: &Folder,
    shape: ExportShape,
    mut out: impl Write,
) -> Result<(), ArchiveError> {
    let manifest = folder.manifest()?;
    let mut weeks = BTreeMap::new();
    for week in manifest.weeks.keys() {
        weeks.insert(*week, folder.read_week(&manifest, *week)?);
    }
    let written = match shape {
        ExportShape::Weeks => serde_json::to_writer(&mut out, &whole(&manifest, weeks)),
        ExportShape::Original => {
            let items = weeks.into_values().flatten();
            serde_json::to_writer(&mut out, &original(&manifest.account, items))
        }
    };
    let written = written.map_err(std::io::Error::from);
    let written = written
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    written.map_err(|cause| file_error(folder.path(), cause))
}

fn whole(manifest: &Manifest, weeks: BTreeMap<Week, Vec<Item>>) -> Whole<'_> {
    Whole {
        format: manifest.format,
        account: &manifest.account,
        time_zone: &manifest.time_zone,
        private: manifest.private,
        first_week: manifest.first_week,
        finished_through: manifest.finished_through,
        read_until: manifest.read_until,
        weeks,
    }
}

/// `repo_data` with the commits of each repository, and `metadata`.
fn original(account: &Account, items: impl Iterator<Item = Item>) -> Value {
    let mut repositories: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for item in items.filter(|item| item.kind == ItemKind::Commit) {
        repositories
            .entry(item.repository)
            .or_default()
            .push(item.data);
    }
    let count = repositories.len();
    let data = repositories.into_iter().map(|(name, mut commits)| {
        commits.reverse();
        let last = commits
            .first()
            .map(|commit| commit["commit"]["committer"]["date"].clone());
        let value = json!({
            "num_commits": commits.len(), "last_commit_date": last, "commits": commits,
        });
        (name, value)
    });
    json!({
        "repo_data": data.collect::<serde_json::Map<String, Value>>(),
        "metadata": { "user_info": account, "num_repos": count },
    })
}
