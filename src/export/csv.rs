//! `csv`: one row for each package, for spreadsheets.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::ExportError;
use super::documents::Documents;
use super::error::at;
use super::package::{self, flag, moment, number, text};
use crate::model::{ActivityFacts, Document, PACKAGE_COLUMNS, spreadsheet_cell};

/// The columns behind those of every table of packages, before those of [`ActivityFacts`];
/// `docs/exporting.md` explains them.
const FURTHER_COLUMNS: [&str; 14] = [
    "requires_python",
    "keywords",
    "maintainers",
    "releases",
    "first_released",
    "yanked",
    "vulnerable",
    "archived",
    "home_page",
    "documentation",
    "repository",
    "registry_page",
    "search_rank",
    "registry",
];

pub(super) fn write(documents: &Documents, path: &Path) -> Result<(), ExportError> {
    let file = fs_err::File::create(path).map_err(at(path))?;
    let mut writer = ::csv::Writer::from_writer(io::BufWriter::new(file));
    let failed = |error: ::csv::Error| at(path)(error.into());
    let columns = PACKAGE_COLUMNS.iter().chain(&FURTHER_COLUMNS);
    let columns = columns.chain(&ActivityFacts::COLUMNS);
    writer.write_record(columns).map_err(failed)?;
    documents.read_packages(|row| {
        let document = package::read(row.line)?;
        let activity = ActivityFacts::of_document(&document).cells();
        let cells = list_cells(&document).into_iter().chain(activity);
        writer.write_record(cells).map_err(failed)
    })?;
    writer.flush().map_err(at(path))
}

fn list_cells(document: &Document) -> [String; PACKAGE_COLUMNS.len() + FURTHER_COLUMNS.len()] {
    let fact = |name| number(document, name).map(|number| number.to_string());
    let fact = |name| fact(name).unwrap_or_default();
    let yes_or_no = |flag: Option<bool>| match flag {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => String::new(),
    };
    let list = |values: &[String]| spreadsheet_cell(&values.join(", "));
    let first = document.first_upload.unwrap_or_default();
    let releases = document.release_count.map(|count| count.to_string());
    [
        spreadsheet_cell(&document.name),
        spreadsheet_cell(&document.version),
        moment(document.upload_timestamp),
        spreadsheet_cell(&document.summary),
        spreadsheet_cell(&document.license_spdx),
        list(&document.framework_versions),
        list(&document.python_versions),
        fact("health_score"),
        fact("download_last_month"),
        fact("github_stars"),
        fact("dependents"),
        spreadsheet_cell(document.status.as_deref().unwrap_or_default()),
        spreadsheet_cell(&document.requires_python),
        list(&document.keywords),
        list(&document.maintainers),
        releases.unwrap_or_default(),
        moment(first),
        yes_or_no(Some(document.yanked)),
        yes_or_no(flag(document, "has_vulnerabilities")),
        yes_or_no(flag(document, "github_archived")),
        spreadsheet_cell(&document.home_page),
        spreadsheet_cell(&document.docs_url),
        spreadsheet_cell(text(document, "github_url")),
        spreadsheet_cell(&document.package_url),
        fact("search_rank"),
        spreadsheet_cell(&document.registry),
    ]
}

/// Whether a file begins with our columns, or is empty.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut line = String::new();
    let file = std::fs::File::open(path)?;
    let mut reader = BufReader::new(io::Read::take(file, 10_000));
    match reader.read_line(&mut line) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
        // An older program has fewer columns, a newer one more.
        Ok(_) => Ok(line.is_empty() || line.starts_with("name,version,released,summary,license,")),
    }
}
