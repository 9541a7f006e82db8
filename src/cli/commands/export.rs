//! `pyfa export`: what a collection holds, as files.

use std::path::PathBuf;
use std::sync::Arc;

use super::selection::{given, required_target};
use super::services::open_workspace;
use crate::cli::arguments::{ExportArguments, ExportFormatArgument, Format};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{Bars, Printer, count_of, json};
use crate::config::Config;
use crate::export::{ExportFormat, ExportReport, ExportRequest, Scope, export};
use crate::profile::{Profile, Profiles};
use crate::web::gallery::{GalleryError, GallerySettings};

pub(super) async fn execute(
    arguments: ExportArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let profile = profile_of(&arguments, config)?;
    let collection = given(arguments.target.target.as_deref())
        .or_else(|| profile.as_ref().map(|profile| profile.key.clone()));
    let collection = required_target(collection)?;
    let format = format_of(arguments.to);
    let output = arguments.output.clone().unwrap_or_else(|| {
        let name = profile.as_ref().map_or(&*collection, |one| &one.key);
        PathBuf::from(default_name(name, arguments.to))
    });
    let request = ExportRequest {
        format,
        collection,
        profile,
        scope: if arguments.latest {
            Scope::Latest
        } else {
            Scope::All
        },
        gallery: gallery_settings(config)?,
        output,
        as_of: arguments.as_of.as_deref().map(read_day).transpose()?,
    };
    if matches!(arguments.to, ExportFormatArgument::Site) && config.gallery.base_url.is_none() {
        printer.note(
            "GALLERY_BASE_URL is not set: feeds, the sitemap and canonical links of the site name \
             http://localhost/; set it before the site is published",
        );
    }
    let workspace = open_workspace(config, Arc::new(Bars::new(printer)))?;
    let report = Box::pin(export(&workspace, request)).await?;
    match arguments.format {
        Format::Json => json(&report)?,
        Format::Text => printer.result(&summary(&report)),
    }
    Ok(Exit::Done)
}

/// The profile that was named, or that has the collection's name.
fn profile_of(arguments: &ExportArguments, config: &Config) -> CommandResult<Option<Profile>> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let target = given(arguments.target.target.as_deref());
    match (given(arguments.target.profile.as_deref()), target) {
        (Some(key), _) => Ok(Some(profiles.get(&key)?.clone())),
        (None, Some(target)) => Ok(profiles
            .iter()
            .find(|profile| profile.key == target)
            .cloned()),
        (None, None) => match &config.default_profile {
            Some(key) => Ok(Some(profiles.get(key)?.clone())),
            None => Ok(None),
        },
    }
}

/// How the gallery looks. A site may be in a folder of its host, which no server of ours is.
fn gallery_settings(config: &Config) -> CommandResult<GallerySettings> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let without_address = GallerySettings {
        base_url: None,
        ..config.gallery.clone()
    };
    let keys: Vec<&str> = profiles.iter().map(|profile| &*profile.key).collect();
    without_address
        .check(keys.iter().copied())
        .map_err(GalleryError::from)?;
    Ok(GallerySettings {
        // It says who asked to be forgotten.
        database: Some(config.database.clone()),
        ..config.gallery.clone()
    })
}

fn format_of(argument: ExportFormatArgument) -> ExportFormat {
    match argument {
        ExportFormatArgument::Site => ExportFormat::Site,
        ExportFormatArgument::Jsonl => ExportFormat::Jsonl,
        ExportFormatArgument::Csv => ExportFormat::Csv,
        ExportFormatArgument::Parquet => ExportFormat::Parquet,
        ExportFormatArgument::Sqlite => ExportFormat::Sqlite,
        ExportFormatArgument::Markdown => ExportFormat::Markdown,
    }
}

/// A name that is no path, whatever the collection is called.
fn default_name(name: &str, format: ExportFormatArgument) -> String {
    let name = name.replace(['/', '\\', '\0'], "_");
    let ending = match format {
        ExportFormatArgument::Site => "-site",
        ExportFormatArgument::Jsonl => ".jsonl",
        ExportFormatArgument::Csv => ".csv",
        ExportFormatArgument::Parquet => ".parquet",
        ExportFormatArgument::Sqlite => ".sqlite",
        ExportFormatArgument::Markdown => ".md",
    };
    format!("{name}{ending}")
}

/// The end of a day in Unix seconds: everything of that day is past.
fn read_day(text: &str) -> CommandResult<i64> {
    let wrong = || {
        UsageError::new(format!(
            "`{text}` is not a day; write it as in `--as-of 2026-11-30`"
        ))
    };
    let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let begin = jiff::tz::Offset::UTC
        .to_timestamp(day.at(23, 59, 59, 0))
        .map_err(|_| wrong())?;
    Ok(begin.as_second())
}

fn summary(report: &ExportReport) -> String {
    let documents = if report.documents == report.packages {
        String::new()
    } else {
        format!(" and {}", count_of(report.documents, "release"))
    };
    let as_of = match report.as_of.split_once('T') {
        Some((day, _)) => format!(", as of {day}"),
        None => String::new(),
    };
    format!(
        "{}: {}{documents}{as_of}",
        report.output.display(),
        count_of(report.packages, "package"),
    )
}
