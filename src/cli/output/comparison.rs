//! What two exports tell apart, for people and for programs.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::Value;

use super::{count_of, escaped, line};
use crate::export::diff::{DatesReport, DiffReport, Entry, ExportSummary, Section};

/// Says what upload times do not tell.
const NOT_KNOWN: &str = "Upload times do not tell what is gone, what was changed, or how health \
                         moved; `pyfa diff` of two exports does.";

/// Prints a comparison as text.
pub(in crate::cli) fn print(report: &mut DiffReport) -> io::Result<()> {
    line(&format!("before  {}", describe(&report.before)));
    line(&format!("after   {}", describe(&report.after)));
    line(&format!(
        "packages  {} added, {} gone, {} with another latest release",
        report.packages_added.count, report.packages_gone.count, report.packages_updated.count,
    ));
    line(&format!(
        "health    {} up, {} down",
        report.health_up.count, report.health_down.count,
    ));
    let compares_releases = report.compares_releases();
    if compares_releases {
        line(&format!(
            "releases  {} added, {} gone, {} changed",
            report.releases_added.count, report.releases_gone.count, report.releases_changed.count,
        ));
    } else {
        line(&format!(
            "releases  {} changed; older ones are not in both exports",
            report.releases_changed.count,
        ));
    }
    list("packages added", &mut report.packages_added)?;
    list("packages gone", &mut report.packages_gone)?;
    list("another latest release", &mut report.packages_updated)?;
    list("health up", &mut report.health_up)?;
    list("health down", &mut report.health_down)?;
    if compares_releases {
        list("releases added", &mut report.releases_added)?;
        list("releases gone", &mut report.releases_gone)?;
    }
    list("releases changed", &mut report.releases_changed)
}

/// Prints what upload times tell as text.
pub(in crate::cli) fn print_dates(report: &mut DatesReport) -> io::Result<()> {
    line(&format!("from {} up to {}", report.from, report.to));
    let packages = match &report.packages_added {
        Some(section) => count_of(section.count, "new package"),
        None => "new packages not known (the collection is of an older version)".to_owned(),
    };
    let releases = count_of(report.releases_added.count, "release");
    line(&format!("uploaded  {releases}, {packages}"));
    line(NOT_KNOWN);
    if let Some(section) = &mut report.packages_added {
        list("new packages", section)?;
    }
    list("releases", &mut report.releases_added)
}

fn describe(summary: &ExportSummary) -> String {
    format!(
        "{} ({}): {}, {}",
        summary.path,
        summary.format,
        count_of(summary.packages, "package"),
        count_of(summary.releases, "release"),
    )
}

fn list(title: &str, section: &mut Section) -> io::Result<()> {
    if section.count == 0 {
        return Ok(());
    }
    line(&format!("{title}:"));
    section.read(|entry| {
        line(&format!("  {}", text_of(&entry)));
        Ok(())
    })
}

fn text_of(entry: &Entry) -> String {
    let mut text = super::one_line(&entry.name);
    if let Some(version) = &entry.version {
        text.push(' ');
        text.push_str(&super::one_line(version));
    }
    if let (Some(before), Some(after)) = (&entry.before, &entry.after) {
        let shown = |value: &Value| match value {
            Value::String(text) => super::one_line(text),
            other => other.to_string(),
        };
        let change = format!(" {} -> {}", shown(before), shown(after));
        text.push_str(&change);
    }
    if let Some((day, _)) = entry
        .uploaded
        .as_deref()
        .and_then(|time| time.split_once('T'))
    {
        let day = format!(" ({day})");
        text.push_str(&day);
    }
    if !entry.fields.is_empty() {
        text.push_str(": ");
        text.push_str(&entry.fields.join(", "));
    }
    text
}

/// Prints a comparison as JSON, piece by piece: it may be as long as the collection.
pub(in crate::cli) fn print_as_json(report: &mut DiffReport) -> io::Result<()> {
    let compares_releases = report.compares_releases();
    let mut json = Json::begin();
    json.member("before", &report.before)?;
    json.member("after", &report.after)?;
    json.member("compares_releases", &compares_releases)?;
    json.list("packages_added", &mut report.packages_added)?;
    json.list("packages_gone", &mut report.packages_gone)?;
    json.list("packages_updated", &mut report.packages_updated)?;
    json.list("health_up", &mut report.health_up)?;
    json.list("health_down", &mut report.health_down)?;
    if compares_releases {
        json.list("releases_added", &mut report.releases_added)?;
        json.list("releases_gone", &mut report.releases_gone)?;
    }
    json.list("releases_changed", &mut report.releases_changed)?;
    json.end();
    Ok(())
}

/// Prints what upload times tell as JSON.
pub(in crate::cli) fn print_dates_as_json(report: &mut DatesReport) -> io::Result<()> {
    let mut json = Json::begin();
    json.member("from", &report.from)?;
    json.member("to", &report.to)?;
    json.member(
        "not_known",
        &[
            "packages_gone",
            "releases_gone",
            "releases_changed",
            "health",
        ],
    )?;
    match &mut report.packages_added {
        Some(section) => json.list("packages_added", section)?,
        None => json.member("packages_added", &())?,
    }
    json.list("releases_added", &mut report.releases_added)?;
    json.end();
    Ok(())
}

/// An object on standard output. A closed pipe is not an error.
struct Json {
    output: io::StdoutLock<'static>,
    is_first: bool,
}

impl Json {
    fn begin() -> Self {
        let mut output = io::stdout().lock();
        let _ = output.write_all(b"{");
        Self {
            output,
            is_first: true,
        }
    }

    fn name(&mut self, name: &str) {
        let comma = if self.is_first { "" } else { "," };
        self.is_first = false;
        let _ = write!(self.output, "{comma}\n  \"{name}\": ");
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.name(name);
        let text = escaped(&serde_json::to_string(value)?);
        let _ = self.output.write_all(text.as_bytes());
        Ok(())
    }

    fn list(&mut self, name: &str, section: &mut Section) -> io::Result<()> {
        self.name(name);
        let output = &mut self.output;
        let _ = output.write_all(b"[");
        let mut separator = "\n    ";
        section.read(|entry| {
            let text = escaped(&serde_json::to_string(&entry)?);
            let _ = write!(output, "{separator}{text}");
            separator = ",\n    ";
            Ok(())
        })?;
        let end: &[u8] = if section.count == 0 { b"]" } else { b"\n  ]" };
        let _ = self.output.write_all(end);
        Ok(())
    }

    fn end(mut self) {
        let _ = self.output.write_all(b"\n}\n");
        let _ = self.output.flush();
    }
}
