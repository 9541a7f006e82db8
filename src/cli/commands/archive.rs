//! `pyfa archive`: keeps a person's own archive in a folder, or at Open Humans.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::interrupt::run_until_interrupted;
use super::services;
use crate::archive::{
    self, Account, ArchiveError, ArchiveSession, Counts, DeliveryReport, ExportShape, Folder,
    ItemKind, SyncReport, SyncRequest, VerifyReport, Week,
};
use crate::cli::arguments::{ArchiveAction, Format, PlaceArguments, ShapeArgument};
use crate::cli::confirm::Confirm;
use crate::cli::exit::{CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{self, Bars, Printer, count_of};
use crate::config::Config;
use crate::jobs::parse_time_zone;
use crate::openhumans::{OpenHumans, OpenHumansError};
use crate::progress::Stop;

pub(super) async fn execute(
    action: ArchiveAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match action {
        ArchiveAction::Sync {
            login,
            place,
            since,
            private,
            public,
            time_zone,
            format,
        } => {
            let zone = time_zone.map(|name| {
                let zone = parse_time_zone(&name);
                zone.map_err(|error| UsageError::new(format!("`{name}` {error}")))
            });
            let request = SyncRequest {
                login,
                since,
                private: (private || public).then_some(private),
                zone: zone.transpose()?,
            };
            sync(&request, &place, format, config, printer).await
        }
        ArchiveAction::Status { place, format } => status(&place, format, config).await,
        ArchiveAction::Export {
            folder,
            shape,
            output,
        } => export(&folder, shape, output.as_deref()),
        ArchiveAction::Verify { folder, format } => verify(&folder, format, printer),
        ArchiveAction::Delete { place, force } => delete(&place, force, config, printer).await,
    }
}

/// What a sync has done, as JSON.
#[derive(Serialize)]
struct Synced<'r> {
    #[serde(flatten)]
    report: &'r SyncReport,
    /// What was uploaded.
    delivered: Option<&'r DeliveryReport>,
}

async fn sync(
    request: &SyncRequest,
    place: &PlaceArguments,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    if config.github.token.is_none() {
        return Err(ArchiveError::NoToken.into());
    }
    let bars = Bars::new(printer);
    let (report, delivered) = run_until_interrupted(printer, async |stop: &Stop| {
        let session = ArchiveSession::new(services::connect_github(config).await?, stop.clone());
        if let Some(path) = &place.folder {
            let folder = Folder::open(path)?;
            let report = archive::sync(&session, &folder, request, &bars).await?;
            return CommandResult::Ok((report, None));
        }
        let open_humans = connect_open_humans(config)?;
        let member = open_humans
            .fetch_member()
            .await
            .map_err(ArchiveError::from)?;
        let folder = Folder::open(&kept_folder(config, &member.id))?;
        let synced =
            archive::sync_to_open_humans(&session, &open_humans, &folder, request, &bars).await?;
        if synced.0.is_complete() {
            // It is all there, and nothing of it stays here.
            folder.delete()?;
        }
        Ok(synced)
    })
    .await?;
    if format == Format::Json {
        output::json(&Synced {
            report: &report,
            delivered: delivered.as_ref(),
        })?;
    } else {
        show_sync(&report, delivered.as_ref(), printer);
    }
    Ok(report.exit_status())
}

fn show_sync(report: &SyncReport, delivered: Option<&DeliveryReport>, printer: Printer) {
    if report.was_cleared {
        printer.result("started over, because the weeks or the repositories have changed");
    }
    printer.result(&format!(
        "read {}: {}; {}",
        count_of(report.weeks, "week"),
        counts_of(&report.items),
        count_of(report.calls, "request"),
    ));
    if report.unreadable > 0 {
        let entries = match report.unreadable {
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        };
        printer.result(&format!("  GitHub has sent {entries} that cannot be read"));
    }
    if let Some(DeliveryReport { bytes, replaced }) = delivered {
        let replaced = match replaced {
            0 => String::new(),
            count => format!(" in place of {}", count_of(*count, "file")),
        };
        printer.result(&format!("uploaded {}{replaced}", output::bytes(*bytes)));
    }
    if let Some(why) = &report.why {
        let left = count_of(report.weeks_left, "week");
        printer.result(&format!(
            "left for the next sync: {left}, because {}",
            output::one_line(why)
        ));
    }
}

/// `3 commits, 1 review`
fn counts_of(counts: &Counts) -> String {
    let parts: Vec<String> = ItemKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let count = *counts.get(&kind)?;
            let plural = kind.plural();
            let singular = plural.strip_suffix('s').unwrap_or(plural);
            Some(count_of(count, singular))
        })
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

fn connect_open_humans(config: &Config) -> CommandResult<OpenHumans> {
    let settings = &config.archive.open_humans;
    let token = settings.access_token.as_ref();
    let token = token.ok_or(ArchiveError::OpenHumans(OpenHumansError::NoToken))?;
    let client = OpenHumans::new(settings, token, services::user_agent());
    Ok(client.map_err(ArchiveError::from)?)
}

/// How far an archive goes, and what it holds.
#[derive(Serialize)]
struct Status {
    account: Option<Account>,
    first_week: Option<Week>,
    finished_through: Option<Week>,
    read_until: Option<jiff::Timestamp>,
    items: Counts,
    /// Files with items.
    files: u64,
    bytes: Option<u64>,
}

async fn status(place: &PlaceArguments, format: Format, config: &Config) -> CommandResult {
    let status = if let Some(path) = &place.folder {
        let manifest = Folder::at(path).manifest()?;
        Status {
            first_week: Some(manifest.first_week),
            finished_through: manifest.finished_through,
            read_until: manifest.read_until,
            files: manifest.weeks.len() as u64,
            bytes: Some(manifest.weeks.values().map(|week| week.bytes).sum()),
            items: manifest.items,
            account: Some(manifest.account),
        }
    } else {
        let delivered = archive::fetch_delivered_status(&connect_open_humans(config)?).await?;
        Status {
            account: None,
            first_week: delivered.first_week,
            finished_through: delivered.finished_through,
            read_until: delivered.read_until,
            items: delivered.items,
            files: delivered.files,
            bytes: None,
        }
    };
    match format {
        Format::Json => output::json(&status)?,
        Format::Text => show_status(&status),
    }
    Ok(Exit::Done)
}

fn show_status(status: &Status) {
    let week = |week: Option<Week>| week.map_or("-".to_owned(), |week| week.to_string());
    let mut lines = Vec::new();
    if let Some(account) = &status.account {
        lines.push(("account", account.login.clone()));
    }
    lines.push(("first week", week(status.first_week)));
    lines.push(("finished through", week(status.finished_through)));
    lines.push(("read until", output::time_or_dash(status.read_until)));
    for kind in ItemKind::ALL {
        let count = status.items.get(&kind).copied().unwrap_or(0);
        lines.push((kind.plural(), count.to_string()));
    }
    let bytes = status
        .bytes
        .map(|bytes| format!(", {}", output::bytes(bytes)));
    lines.push((
        "files",
        format!("{}{}", status.files, bytes.unwrap_or_default()),
    ));
    for (name, value) in lines {
        output::line(&format!("{name:<18}{value}"));
    }
}

fn export(folder: &Path, shape: ShapeArgument, file: Option<&Path>) -> CommandResult {
    let folder = Folder::at(folder);
    let shape = match shape {
        ShapeArgument::Weeks => ExportShape::Weeks,
        ShapeArgument::Original => ExportShape::Original,
    };
    let Some(file) = file else {
        archive::export(&folder, shape, std::io::stdout().lock())?;
        return Ok(Exit::Done);
    };
    // The old file stays until the new one is whole.
    let place = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(place.unwrap_or(Path::new(".")))?;
    archive::export(&folder, shape, std::io::BufWriter::new(new.as_file_mut()))?;
    new.flush()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(Exit::Done)
}

fn verify(folder: &Path, format: Format, printer: Printer) -> CommandResult {
    let report = Folder::at(folder).verify()?;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_verification(&report, printer),
    }
    Ok(if report.is_complete() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn show_verification(report: &VerifyReport, printer: Printer) {
    let (files, items) = (
        count_of(report.weeks, "file"),
        count_of(report.items, "item"),
    );
    if report.is_complete() {
        let bytes = output::bytes(report.bytes);
        printer.result(&format!(
            "{files} with {items} ({bytes}) are as they were written"
        ));
        return;
    }
    for damage in &report.damages {
        printer.result(&format!(
            "{}: {}",
            output::one_line(&damage.file),
            damage.why
        ));
    }
    printer.result("`pyfa archive sync --since WEEK` reads weeks again");
}

async fn delete(
    place: &PlaceArguments,
    force: bool,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let confirm = Confirm::new(force, printer);
    if let Some(path) = &place.folder {
        let manifest = Folder::at(path).manifest()?;
        let what = format!(
            "the archive of {} in {}, with {}, will be deleted",
            manifest.account.login,
            path.display(),
            counts_of(&manifest.items)
        );
        if !confirm.ask(&what, "Delete it?")? {
            return Ok(Exit::Done);
        }
        let deleted = Folder::open(path)?.delete()?;
        printer.result(&format!("deleted {}", count_of(deleted, "file")));
        return Ok(Exit::Done);
    }
    let open_humans = connect_open_humans(config)?;
    let what = "the archive at Open Humans will be deleted, with what is kept of it here";
    if !confirm.ask(what, "Delete it?")? {
        return Ok(Exit::Done);
    }
    let member = open_humans
        .fetch_member()
        .await
        .map_err(ArchiveError::from)?;
    let path = kept_folder(config, &member.id);
    if path.is_dir() {
        Folder::open(&path)?.delete()?;
    }
    let deleted = archive::delete_delivered(&open_humans).await?;
    printer.result(&format!("deleted {}", count_of(deleted, "file")));
    Ok(Exit::Done)
}

/// Where the archive of a member is until it was uploaded.
fn kept_folder(config: &Config, member: &str) -> PathBuf {
    config
        .home
        .join("archives")
        .join(archive::folder_name(member))
}
