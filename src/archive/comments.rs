//! Reads a person's comments, which GitHub lists by their last change and not by week.
//!
//! They are read from the newest back to the first week that is wanted, before any week is. Each page is
//! kept in a file as it comes, so that a sync which is stopped or killed goes on there. What was changed
//! since then is at the top of the list, and is read again from there.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ArchiveError;
use super::folder::{Folder, file_error, write_synced};
use super::gather::{Gathered, read};
use super::item::{Item, ItemKind, is_private};
use super::session::ArchiveSession;
use crate::forge::github::ConnectionPage;

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first one: what the comments are of.
    Head(Head),
    /// A page on the way back, and where the next one begins.
    Page {
        /// GitHub's time.
        at: Timestamp,
        next: Option<String>,
        nodes: Vec<Value>,
    },
    /// What was changed since the pages before.
    Changed { at: Timestamp, nodes: Vec<Value> },
}

/// Whose comments, back to when, and whether those of private repositories are left out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Head {
    account: i64,
    since: Timestamp,
    is_public: bool,
}

impl Head {
    /// Whether what a file with this head holds is enough for what is wanted, and not too much.
    fn serves(&self, wanted: &Self) -> bool {
        self.account == wanted.account
            && self.since <= wanted.since
            && self.is_public == wanted.is_public
    }
}

/// What the file holds.
#[derive(Debug, Default)]
struct Kept {
    nodes: Vec<Value>,
    /// Pages on the way back.
    pages: usize,
    /// The top of the list is known as it was at this time; `None` if nothing is.
    at: Option<Timestamp>,
    /// Where to go on, unless the way back has ended.
    next: Option<String>,
    has_ended: bool,
}

impl Kept {
    fn add(&mut self, line: Line) {
        match line {
            Line::Head(_) => {}
            Line::Page { at, next, nodes } => {
                self.pages += 1;
                self.at.get_or_insert(at);
                self.has_ended = next.is_none();
                self.next = next;
                self.nodes.extend(nodes);
            }
            Line::Changed { at, nodes } => {
                self.at = Some(at);
                self.nodes.extend(nodes);
            }
        }
    }
}

/// Gathers the comments since a time.
pub(super) async fn gather_comments(
    session: &ArchiveSession,
    folder: &Folder,
    (account, login): (i64, &str),
    since: Timestamp,
    is_public: bool,
) -> Result<Gathered, ArchiveError> {
    let file = folder.comments();
    let head = Head {
        account,
        since,
        is_public,
    };
    let mut kept = load(&file, head)?;
    let has_gone_on = kept.at.is_some();
    while !kept.has_ended {
        session.check_stop()?;
        let page = fetch_page(session, login, kept.next.as_deref(), &head, since).await?;
        let line = Line::Page {
            at: page.at,
            next: page.next,
            nodes: page.nodes,
        };
        append(&file, &line)?;
        kept.add(line);
    }
    // A comment that is changed leaves the pages that are not read yet, for the top of the first one.
    let mut known_at = kept.at.filter(|_| has_gone_on || kept.pages > 1);
    while let Some(before) = known_at {
        let (line, pages) = fetch_changed(session, login, before, &head).await?;
        append(&file, &line)?;
        kept.add(line);
        known_at = kept.at.filter(|at| pages > 1 && *at > before);
    }
    Ok(newest_of_each(kept.nodes, since, is_public))
}

/// What was changed since a time, and in how many pages.
async fn fetch_changed(
    session: &ArchiveSession,
    login: &str,
    since: Timestamp,
    head: &Head,
) -> Result<(Line, usize), ArchiveError> {
    let (mut nodes, mut pages) = (Vec::new(), 0);
    let (mut after, mut at): (Option<String>, Option<Timestamp>) = (None, None);
    loop {
        session.check_stop()?;
        let page = fetch_page(session, login, after.as_deref(), head, since).await?;
        let at = *at.get_or_insert(page.at);
        pages += 1;
        nodes.extend(page.nodes);
        after = page.next;
        if after.is_none() {
            return Ok((Line::Changed { at, nodes }, pages));
        }
    }
}

/// A page of the list; no next one where everything after it is older than wanted.
async fn fetch_page(
    session: &ArchiveSession,
    login: &str,
    after: Option<&str>,
    head: &Head,
    since: Timestamp,
) -> Result<ConnectionPage, ArchiveError> {
    let page = session.github.fetch_comments(login, after);
    let mut page = read(page.await?, "comments")?;
    let last = page.nodes.last();
    if last.is_some_and(|node| read_change_time(node) < since) {
        page.next = None;
    }
    if head.is_public {
        // They do not even reach the file.
        page.nodes.retain(|node| !is_private(node));
    }
    Ok(page)
}

fn read_change_time(node: &Value) -> Timestamp {
    let text = node["updatedAt"].as_str().unwrap_or_default();
    text.parse().unwrap_or(Timestamp::MAX)
}

fn newest_of_each(nodes: Vec<Value>, since: Timestamp, is_public: bool) -> Gathered {
    let mut gathered = Gathered::default();
    let mut newest: BTreeMap<String, (Timestamp, Item)> = BTreeMap::new();
    for node in nodes {
        let changed_at = read_change_time(&node);
        let Some(item) = Item::read(ItemKind::Comment, node) else {
            gathered.unreadable += 1;
            continue;
        };
        if item.at < since || (is_public && item.is_private()) {
            continue;
        }
        let known = newest.get(&item.id);
        if known.is_none_or(|(known, _)| *known <= changed_at) {
            newest.insert(item.id.clone(), (changed_at, item));
        }
    }
    gathered
        .items
        .extend(newest.into_values().map(|(_, item)| item));
    gathered
}

/// Reads the file, and begins a new one where it is of no use. A last line that was not finished goes.
fn load(file: &Path, head: Head) -> Result<Kept, ArchiveError> {
    let at = |cause| file_error(file, cause);
    let bytes = match fs_err::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(cause) => return Err(at(cause)),
    };
    let mut kept = Kept::default();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            break;
        };
        let is_first = whole == 0;
        match read {
            Line::Head(found) if is_first && found.serves(&head) && line.ends_with(b"\n") => {}
            _ if is_first => break,
            read if line.ends_with(b"\n") => kept.add(read),
            _ => break,
        }
        whole += line.len();
    }
    if whole == 0 {
        let mut line = serde_json::to_vec(&Line::Head(head)).map_err(|error| at(error.into()))?;
        line.push(b'\n');
        write_synced(file, &line)?;
    } else if whole < bytes.len() {
        let shortened = fs_err::OpenOptions::new().write(true).open(file);
        let shortened = shortened.and_then(|file| file.set_len(whole as u64));
        shortened.map_err(at)?;
    }
    Ok(kept)
}

fn append(file: &Path, line: &Line) -> Result<(), ArchiveError> {
    let write = || {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let mut file = fs_err::OpenOptions::new().append(true).open(file)?;
        file.write_all(&bytes)?;
        file.sync_data()
    };
    write().map_err(|cause| file_error(file, cause))
}
