//! The layer `.env`: read as dotenvy reads it, without touching the process's environment.
//!
//! The nearest `.env` counts, in the working directory or above it. It may serve other programs
//! too: names that are no settings are ignored, even where their lines cannot be read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::entry::{LayerEntry, Origin};
use super::error::ConfigError;
use super::settings::{SETTINGS, Setting};
use super::sources::Sources;

pub(super) fn read_dotenv(sources: &Sources) -> Result<Vec<LayerEntry>, ConfigError> {
    let Some(path) = find_file(sources) else {
        return Ok(Vec::new());
    };
    let file = sources.shown(&path);
    let mut content = fs_err::read_to_string(&path).map_err(ConfigError::File)?;
    content.push('\n');
    let text = content.trim_start_matches('\u{feff}');
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut has_errors = false;
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        match pair {
            Ok((name, value)) => by_name.entry(name).or_default().push(value),
            Err(_) => has_errors = true,
        }
    }
    let mut entries = Vec::new();
    for setting in SETTINGS {
        let values = by_name
            .get(setting.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let lines = lines_naming(text, setting);
        let last_line = lines.last().map_or(1, |(line, _)| *line);
        // An error matters only where it cost one of our values. Its own text is not repeated,
        // because it may hold a secret.
        if has_errors && values.len() < lines.len() {
            return Err(ConfigError::DotenvLine {
                file,
                line: last_line,
                name: setting.name,
            });
        }
        // The last line of a name counts, unless it is empty and that says nothing.
        let may_be_empty = setting.kind.can_be_empty();
        let says_something = |value: &&String| may_be_empty || !value.trim().is_empty();
        if let Some(value) = values.iter().rfind(says_something) {
            let line = lines
                .iter()
                .rfind(|(_, empty)| may_be_empty || !empty)
                .map_or(last_line, |(line, _)| *line);
            let origin = Origin::Dotenv {
                file: file.clone(),
                line,
            };
            entries.push(LayerEntry::parse(setting, value, origin)?);
        }
    }
    Ok(entries)
}

fn find_file(sources: &Sources) -> Option<PathBuf> {
    sources
        .working_dir
        .ancestors()
        .map(|folder| folder.join(".env"))
        .find(|file| file.is_file())
}

/// The lines, counted from 1, that name the setting, and whether they give it an empty value.
fn lines_naming(text: &str, setting: &Setting) -> Vec<(usize, bool)> {
    let value = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let value = line
            .strip_prefix(setting.name)?
            .trim_start()
            .strip_prefix('=')?
            .trim();
        Some(matches!(value, "" | "''" | "\"\""))
    };
    let numbered = text.lines().enumerate();
    numbered
        .filter_map(|(index, line)| Some((index + 1, value(line)?)))
        .collect()
}
