//! Two exports side by side, package by package: both are in order of the names, so neither is held
//! in memory.

use std::cmp::Ordering;
use std::path::Path;

use serde_json::Value;

use super::error::DiffError;
use super::read::Reader;
use super::record::{Package, Record};
use super::report::{DiffReport, ExportSummary};
use super::section::Entry;

/// Compares two exports.
///
/// # Errors
///
/// [`DiffError`] if one is not an export, or cannot be read to its end.
pub(super) fn compare(before: &Path, after: &Path) -> Result<DiffReport, DiffError> {
    let (mut old, mut new) = (Reader::open(before)?, Reader::open(after)?);
    let mut report = DiffReport::new(summary(before, &old), summary(after, &new))?;
    let (mut one, mut other) = (old.next_package()?, new.next_package()?);
    loop {
        let order = match (&one, &other) {
            (None, None) => return Ok(report),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.project.cmp(&other.project),
        };
        if let Some(package) = one.as_ref().filter(|_| order.is_le()) {
            count(&mut report.before, package);
        }
        if let Some(package) = other.as_ref().filter(|_| order.is_ge()) {
            count(&mut report.after, package);
        }
        match (order, &one, &other) {
            (Ordering::Less, Some(gone), _) => {
                report.packages_gone.add(&latest_of(gone))?;
                for record in &gone.records {
                    report.releases_gone.add(&release(record))?;
                }
            }
            (Ordering::Greater, _, Some(added)) => {
                report.packages_added.add(&latest_of(added))?;
                for record in &added.records {
                    report.releases_added.add(&release(record))?;
                }
            }
            (Ordering::Equal, Some(one), Some(other)) => {
                compare_package(&mut report, one, other)?;
            }
            _ => {}
        }
        if order.is_le() {
            one = old.next_package()?;
        }
        if order.is_ge() {
            other = new.next_package()?;
        }
    }
}

fn summary(path: &Path, reader: &Reader) -> ExportSummary {
    ExportSummary {
        path: path.display().to_string(),
        format: reader.format,
        packages: 0,
        releases: 0,
        has_older_releases: false,
    }
}

fn count(summary: &mut ExportSummary, package: &Package) {
    summary.packages += 1;
    summary.releases += package.records.len() as u64;
    summary.has_older_releases |= package.records.len() > 1;
}

fn release(record: &Record) -> Entry {
    Entry {
        name: record.name.clone(),
        version: Some(record.version.clone()),
        ..Entry::default()
    }
}

fn latest_of(package: &Package) -> Entry {
    package.latest().map(release).unwrap_or_default()
}

/// What differs in a package that both have.
fn compare_package(
    report: &mut DiffReport,
    before: &Package,
    after: &Package,
) -> Result<(), DiffError> {
    let (Some(old), Some(new)) = (before.latest(), after.latest()) else {
        return Ok(());
    };
    let change = |before: Value, after: Value| Entry {
        name: new.name.clone(),
        before: Some(before),
        after: Some(after),
        ..Entry::default()
    };
    if old.version != new.version {
        let entry = change(old.version.clone().into(), new.version.clone().into());
        report.packages_updated.add(&entry)?;
    }
    if let (Some(was), Some(is)) = (old.health, new.health) {
        let section = match is.cmp(&was) {
            Ordering::Greater => Some(&mut report.health_up),
            Ordering::Less => Some(&mut report.health_down),
            Ordering::Equal => None,
        };
        if let Some(section) = section {
            section.add(&change(was.into(), is.into()))?;
        }
    }
    let find = |package: &Package, wanted: &Record| {
        let records = package.records.iter();
        let mut records = records.filter(|record| record.version == wanted.version);
        records.next().cloned()
    };
    for record in &before.records {
        match find(after, record) {
            None => report.releases_gone.add(&release(record))?,
            Some(now) if is_changed(record, &now) => {
                let entry = Entry {
                    fields: changed_fields(record, &now),
                    ..release(&now)
                };
                report.releases_changed.add(&entry)?;
            }
            Some(_) => {}
        }
    }
    for record in &after.records {
        if find(before, record).is_none() {
            report.releases_added.add(&release(record))?;
        }
    }
    Ok(())
}

/// Whether both exports say what a release is made of, and differ.
fn is_changed(before: &Record, after: &Record) -> bool {
    match (&before.digest, &after.digest) {
        (Some(before), Some(after)) => before != after,
        _ => false,
    }
}

fn changed_fields(before: &Record, after: &Record) -> Vec<String> {
    let (Some(before), Some(after)) = (&before.fields, &after.fields) else {
        return Vec::new();
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| before.get(*name) != after.get(*name));
    names.into_iter().cloned().collect()
}
