//! Brings an archive up to date, week by week.
//!
//! Weeks are read several at a time: one at first, so that something is finished soon, then twice as
//! many each time. A group of weeks is written when everything in it was read. Whatever ends the sync, the
//! weeks before stay, and the next one goes on there. The last week is read again until a day after its
//! end, because GitHub's search is late, and so are people who push.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::comments::gather_comments;
use super::error::ArchiveError;
use super::folder::{Folder, file_error};
use super::gather::{Gathered, Span, gather, read};
use super::item::{Counts, Item, count};
use super::manifest::{Account, Manifest};
use super::report::SyncReport;
use super::session::{ArchiveSession, SyncRequest};
use super::week::Week;
use crate::forge::github::{Document, Reading};
use crate::model::is_login;
use crate::progress::{Progress, Stage};

/// Weeks that are read at a time; a collection of reviews spans a year at most.
const MOST_WEEKS: i64 = 52;
/// How long after its end a week is read again.
const SETTLING: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// The time zone of weeks where nobody names one.
const UTC: &str = "UTC";

/// A sync that knows whose archive it is and where to begin.
struct Plan {
    manifest: Manifest,
    zone: TimeZone,
    /// GitHub's time.
    now: Timestamp,
    first: Week,
    last: Week,
    was_cleared: bool,
}

/// Reads what is missing. What ends it early is in the report, and everything before it in the folder.
///
/// # Errors
///
/// If the folder cannot be used, or GitHub does not say whose archive it is.
pub async fn sync(
    session: &ArchiveSession,
    folder: &Folder,
    request: &SyncRequest,
    progress: &dyn Progress,
) -> Result<SyncReport, ArchiveError> {
    if !session.github.has_token() {
        return Err(ArchiveError::NoToken);
    }
    let preparing = prepare(session, folder, request);
    let mut plan = session.until_stopped(preparing).await?;
    progress.stage(Stage::Archiving, Some(weeks_between(plan.first, plan.last)));
    let mut report = SyncReport {
        was_cleared: plan.was_cleared,
        ..SyncReport::default()
    };
    let reading = read_weeks(session, folder, &mut plan, &mut report, progress);
    let ended = session.until_stopped(reading).await;
    session.github.wait_until_settled().await;
    progress.stage_done();
    let Plan { manifest, last, .. } = &plan;
    report.finished_through = manifest.finished_through;
    report.total.clone_from(&manifest.items);
    report.calls = session.github.statistics().calls.values().sum();
    match ended {
        Ok(()) => {
            let file = folder.comments();
            match fs_err::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(file_error(&file, error));
                }
                _ => {}
            }
        }
        Err(error) if error.leaves_work() => {
            report.weeks_left = weeks_between(manifest.next_week(), *last);
            report.wait_until = error.wait().map(|wait| Timestamp::now() + wait);
            report.why = Some(error.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(report)
}

fn weeks_between(first: Week, last: Week) -> u64 {
    let mut weeks = 0;
    let mut week = first;
    while week <= last {
        weeks += 1;
        week = week.next();
    }
    weeks
}

/// Finds out whose archive it is, and where to begin.
async fn prepare(
    session: &ArchiveSession,
    folder: &Folder,
    request: &SyncRequest,
) -> Result<Plan, ArchiveError> {
    session.check_stop()?;
    let github = &session.github;
    let reading = match &request.login {
        Some(login) if is_login(login) => github.fetch_account_named(login).await?,
        Some(login) => return Err(ArchiveError::Login(login.chars().take(80).collect())),
        None => github.fetch_own_account().await?,
    };
    let Document { value, at: now, .. } = match reading {
        Reading::Gone => return Err(ArchiveError::Unknown),
        reading => read(reading, "the account")?,
    };
    let account = Account::read(&value).ok_or(ArchiveError::Unanswered {
        what: "the account",
        why: "the answer cannot be read".to_owned(),
    })?;
    let before = folder.read_manifest()?;
    if before
        .as_ref()
        .is_some_and(|before| before.account.id != account.id)
    {
        let folder = folder.path().to_owned();
        return Err(ArchiveError::OtherAccount { folder });
    }
    let zone_before = before.as_ref().map_or(UTC, |before| &before.time_zone);
    let zone = match &request.zone {
        Some(zone) => zone.clone(),
        None => TimeZone::get(zone_before).unwrap_or(TimeZone::UTC),
    };
    let zone_name = zone.iana_name().unwrap_or(UTC).to_owned();
    let private_before = before.as_ref().is_some_and(|before| before.private);
    let private = request.private.unwrap_or(private_before);
    let is_other = zone_name != zone_before || private != private_before;
    let was_cleared = before.is_some() && is_other;
    if was_cleared {
        // What was read of private repositories goes at once.
        folder.clear()?;
    }
    let begin = Week::at(account.created_at, &zone);
    let begin = request.since.map_or(begin, |since| since.max(begin));
    let mut manifest = match before {
        Some(before) if !was_cleared => Manifest { account, ..before },
        _ => Manifest::new(account, zone_name, private, begin),
    };
    if let Some(since) = request.since {
        manifest.first_week = manifest.first_week.min(begin);
        manifest.finished_through = manifest
            .finished_through
            .map(|week| week.min(since.previous()));
        manifest.finished_through = manifest
            .finished_through
            .filter(|week| *week >= manifest.first_week);
    }
    Ok(Plan {
        first: manifest.next_week(),
        last: Week::at(now, &zone),
        manifest,
        zone,
        now,
        was_cleared,
    })
}

async fn read_weeks(
    session: &ArchiveSession,
    folder: &Folder,
    plan: &mut Plan,
    report: &mut SyncReport,
    progress: &dyn Progress,
) -> Result<(), ArchiveError> {
    let account = (
        plan.manifest.account.id,
        plan.manifest.account.login.clone(),
    );
    let is_public = !plan.manifest.private;
    let start = plan.first.start(&plan.zone);
    let whose = (account.0, account.1.as_str());
    let mut comments = gather_comments(session, folder, whose, start, is_public).await?;
    report.unreadable += comments.unreadable;
    comments.items.sort_by_key(|item| item.at);
    let mut comments = comments.items.into_iter().peekable();
    let mut first = plan.first;
    let mut weeks = 1;
    while first <= plan.last {
        session.check_stop()?;
        let end = first.plus(weeks).min(plan.last.next());
        let span = Span {
            login: &account.1,
            times: (
                first.start(&plan.zone),
                (end.start(&plan.zone) - SECOND).min(plan.now),
            ),
            is_public,
        };
        let mut gathered = gather(session, span).await?;
        let until = end.start(&plan.zone);
        while let Some(item) = comments.next_if(|item| item.at < until) {
            gathered.items.push(item);
        }
        // What has come since the sync began belongs to the next one.
        gathered.items.retain(|item| item.at <= plan.now);
        report.unreadable += gathered.unreadable;
        write(session, folder, plan, report, (first, end), gathered)?;
        progress.advance(weeks_between(first, end.previous()));
        first = end;
        weeks = (weeks * 2).min(MOST_WEEKS);
    }
    Ok(())
}

/// Writes the weeks from the first one up to, and without, the last one.
fn write(
    session: &ArchiveSession,
    folder: &Folder,
    plan: &mut Plan,
    report: &mut SyncReport,
    (first, end): (Week, Week),
    gathered: Gathered,
) -> Result<(), ArchiveError> {
    if session.has_lost_lease() {
        return Err(ArchiveError::LeaseLost);
    }
    let mut by_week: BTreeMap<Week, Vec<Item>> = BTreeMap::new();
    let mut week = first;
    while week < end {
        by_week.insert(week, Vec::new());
        week = week.next();
    }
    for item in gathered.items {
        // A search may be more generous than it was asked to be.
        if let Some(items) = by_week.get_mut(&Week::at(item.at, &plan.zone)) {
            items.push(item);
        }
    }
    let mut weeks = Vec::new();
    for (week, mut items) in by_week {
        items.sort_by(|one, other| one.place().cmp(&other.place()));
        items.dedup_by(|one, other| one.kind == other.kind && one.id == other.id);
        if week.end(&plan.zone) + SETTLING <= plan.now {
            plan.manifest.finished_through = Some(week);
        }
        add(&mut report.items, &count(&items));
        report.weeks += 1;
        weeks.push((week, items));
    }
    plan.manifest.read_until = Some(plan.now);
    folder.write(&mut plan.manifest, &weeks)
}

fn add(counts: &mut Counts, more: &Counts) {
    for (kind, count) in more {
        *counts.entry(*kind).or_default() += count;
    }
}
