//! Brings an archive to Open Humans, and back.
//!
//! What is there is read first, into a folder that is empty or has fallen behind: of several files each
//! week counts that was read last. A new file is uploaded before old ones are deleted, so a failure
//! between the two leaves several, which the next time merges. Files of others are left alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::error::ArchiveError;
use super::export::{ExportShape, export};
use super::folder::Folder;
use super::item::{Counts, Item};
use super::manifest::{Account, Manifest, digest};
use super::report::SyncReport;
use super::session::{ArchiveSession, SyncRequest};
use super::sync::sync;
use super::week::Week;
use crate::openhumans::{Member, OpenHumans, RemoteFile, Upload};
use crate::progress::Progress;

/// The name of our files.
const FILE: &str = "github-archive.json";

/// What a file at Open Humans holds.
#[derive(Debug, Deserialize)]
struct Delivered {
    account: Account,
    time_zone: String,
    private: bool,
    first_week: Week,
    finished_through: Option<Week>,
    read_until: Option<Timestamp>,
    weeks: BTreeMap<Week, Vec<Item>>,
}

/// What tells whether the rest can be understood.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Reads a file; `None` if it is no archive.
///
/// # Errors
///
/// [`ArchiveError::NewerDelivered`] if a newer version has written it: it must be neither used nor replaced.
fn read_delivered(content: &[u8]) -> Result<Option<Delivered>, ArchiveError> {
    let format = serde_json::from_slice::<Format>(content);
    if format.is_ok_and(|found| found.format > super::manifest::FORMAT) {
        return Err(ArchiveError::NewerDelivered);
    }
    Ok(serde_json::from_slice(content).ok())
}

/// What has come of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeliveryReport {
    pub bytes: u64,
    /// Files that the new one replaces.
    pub replaced: u64,
}

/// What is stored at Open Humans.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeliveredStatus {
    pub files: u64,
    pub items: Counts,
    pub first_week: Option<Week>,
    pub finished_through: Option<Week>,
    pub read_until: Option<Timestamp>,
}

/// The name of the folder that an archive is in until it was uploaded. It tells as much of the member as
/// `name` does.
#[must_use]
pub fn folder_name(name: &str) -> String {
    let mut name = digest(format!("archive of {name}").as_bytes());
    name.truncate(24);
    name
}

/// Our files, of all that a member has.
fn own_files(member: &Member) -> impl Iterator<Item = &RemoteFile> {
    member.files.iter().filter(|file| file.basename == FILE)
}

/// What was found at Open Humans.
#[derive(Debug)]
struct Found {
    files: usize,
    /// How far the archive there goes.
    reach: Option<Reach>,
}

/// How far an archive goes: when it was read, and through which week.
type Reach = (Option<Timestamp>, Option<Week>);

fn reach(manifest: &Manifest) -> Reach {
    (manifest.read_until, manifest.finished_through)
}

/// Fetches what is at Open Humans into a folder, where that lacks it.
async fn fetch_delivered(open_humans: &OpenHumans, folder: &Folder) -> Result<Found, ArchiveError> {
    let member = open_humans.fetch_member().await?;
    let mut found = Found {
        files: own_files(&member).count(),
        reach: None,
    };
    let mut files = Vec::new();
    for file in own_files(&member) {
        let content = open_humans.fetch_file(file).await?;
        // A file that cannot be read is replaced by what is read again.
        if let Some(delivered) = read_delivered(&content)? {
            files.push(delivered);
        } else {
            tracing::warn!("a file at Open Humans cannot be read, and will be replaced");
        }
    }
    files.sort_by_key(|file| file.read_until);
    let mut merged: Option<(Manifest, BTreeMap<Week, Vec<Item>>)> = None;
    for file in files {
        merged = Some(merge(merged, file));
    }
    let Some((mut manifest, weeks)) = merged else {
        return Ok(found);
    };
    found.reach = Some(reach(&manifest));
    let here = folder.read_manifest().ok().flatten();
    if here.is_some_and(|here| here.read_until >= manifest.read_until) {
        return Ok(found);
    }
    folder.clear()?;
    let weeks: Vec<(Week, Vec<Item>)> = weeks.into_iter().collect();
    folder.write(&mut manifest, &weeks)?;
    Ok(found)
}

/// Adds a file that was written later.
fn merge(
    before: Option<(Manifest, BTreeMap<Week, Vec<Item>>)>,
    file: Delivered,
) -> (Manifest, BTreeMap<Week, Vec<Item>>) {
    let mut manifest = Manifest::new(file.account, file.time_zone, file.private, file.first_week);
    manifest.finished_through = file.finished_through;
    manifest.read_until = file.read_until;
    let mut weeks = file.weeks;
    if let Some((earlier, others)) = before
        && earlier.account.id == manifest.account.id
        && (earlier.time_zone == manifest.time_zone && earlier.private == manifest.private)
    {
        // What the later one covers, it has read itself.
        for (week, items) in others {
            weeks.entry(week).or_insert(items);
        }
        manifest.finished_through = manifest.finished_through.max(earlier.finished_through);
        manifest.first_week = manifest.first_week.min(earlier.first_week);
    }
    (manifest, weeks)
}

/// Uploads a folder, and then deletes the files that it replaces.
async fn deliver(
    open_humans: &OpenHumans,
    folder: &Folder,
) -> Result<DeliveryReport, ArchiveError> {
    let manifest = folder.manifest()?;
    let mut content = Vec::new();
    export(folder, ExportShape::Weeks, &mut content)?;
    let member = open_humans.fetch_member().await?;
    let updated_at = manifest.read_until.map(|time| time.to_string());
    let bytes = content.len() as u64;
    let upload = Upload {
        name: FILE.to_owned(),
        description: "Commits, issues, pull requests, reviews and comments on GitHub, by week"
            .to_owned(),
        tags: ["GitHub", "github", "commits", "code", "repos", "weeks"]
            .map(str::to_owned)
            .to_vec(),
        updated_at: updated_at.unwrap_or_default(),
        content: content.into(),
    };
    let new = open_humans.upload(&member.id, upload).await?;
    let mut report = DeliveryReport { bytes, replaced: 0 };
    for file in own_files(&member).filter(|file| file.id != new) {
        open_humans.delete(&member.id, file.id).await?;
        report.replaced += 1;
    }
    Ok(report)
}

/// Fetches what is stored at Open Humans.
pub async fn fetch_delivered_status(
    open_humans: &OpenHumans,
) -> Result<DeliveredStatus, ArchiveError> {
    let member = open_humans.fetch_member().await?;
    let mut status = DeliveredStatus::default();
    let mut latest: Option<Delivered> = None;
    for file in own_files(&member) {
        status.files += 1;
        let content = open_humans.fetch_file(file).await?;
        let read = read_delivered(&content)?;
        let is_later = |one: &Delivered| {
            let known = latest.as_ref().map(|known| known.read_until);
            known.is_none_or(|known| known < one.read_until)
        };
        if let Some(read) = read.filter(is_later) {
            latest = Some(read);
        }
    }
    if let Some(latest) = latest {
        for item in latest.weeks.values().flatten() {
            *status.items.entry(item.kind).or_default() += 1;
        }
        status.first_week = Some(latest.first_week);
        status.finished_through = latest.finished_through;
        status.read_until = latest.read_until;
    }
    Ok(status)
}

/// Deletes our files at Open Humans; how many.
pub async fn delete_delivered(open_humans: &OpenHumans) -> Result<u64, ArchiveError> {
    let member = open_humans.fetch_member().await?;
    let mut deleted = 0;
    for file in own_files(&member) {
        open_humans.delete(&member.id, file.id).await?;
        deleted += 1;
    }
    Ok(deleted)
}

/// Brings the archive at Open Humans up to date, through a folder. Whatever ends the sync, the weeks
/// that were finished are uploaded.
pub async fn sync_to_open_humans(
    session: &ArchiveSession,
    open_humans: &OpenHumans,
    folder: &Folder,
    request: &SyncRequest,
    progress: &dyn Progress,
) -> Result<(SyncReport, Option<DeliveryReport>), ArchiveError> {
    let fetching = fetch_delivered(open_humans, folder);
    let found = session.until_stopped(fetching).await?;
    let before = folder.read_manifest().ok().flatten();
    let was_private = before.is_some_and(|before| before.private);
    let synced = sync(session, folder, request, progress).await;
    if session.has_lost_lease() {
        return Err(ArchiveError::LeaseLost);
    }
    // What an earlier sync could not upload is uploaded too, and several files become one.
    let here = folder.read_manifest()?.map(|manifest| reach(&manifest));
    if here.is_none() && was_private && request.private == Some(false) {
        // The sync has begun again without private repositories, and has no week yet.
        delete_delivered(open_humans).await?;
    }
    let has_read = synced.as_ref().is_ok_and(|report| report.weeks > 0);
    let is_new = has_read || here != found.reach || found.files > 1;
    let delivered = if here.is_some() && is_new {
        Some(deliver(open_humans, folder).await?)
    } else {
        None
    };
    Ok((synced?, delivered))
}
