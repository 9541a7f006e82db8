//! The packages whose repository wants somebody's attention, as two files for people and programs.
//!
//! Names and the first three reasons are those that users of such reports know. Everything in them
//! was written by strangers, so the tables escape it. Files appear whole or not at all; where there
//! is no problem, there is no file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::model::is_hidden;

/// The names of the files.
const JSON_FILE: &str = "github_problems.json";
const MARKDOWN_FILE: &str = "github_problems.md";

/// Why a package is in the report, in the report's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    NoRepoUrl,
    MalformedIdentifier,
    NotFound,
    Moved,
    Archived,
    OtherForge,
    Refused,
}

impl Reason {
    const ALL: [Self; 7] = [
        Self::NoRepoUrl,
        Self::MalformedIdentifier,
        Self::NotFound,
        Self::Moved,
        Self::Archived,
        Self::OtherForge,
        Self::Refused,
    ];

    /// As in the files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoRepoUrl => "no_repo_url",
            Self::MalformedIdentifier => "malformed_identifier",
            Self::NotFound => "not_found",
            Self::Moved => "moved",
            Self::Archived => "archived",
            Self::OtherForge => "other_forge",
            Self::Refused => "refused",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NoRepoUrl => "No GitHub URL in package metadata",
            Self::MalformedIdentifier => "Malformed repository identifier",
            Self::NotFound => "Repository not found (404)",
            Self::Moved => "Repository moved",
            Self::Archived => "Repository archived",
            Self::OtherForge => "Repository on another forge",
            Self::Refused => "Access to the repository refused",
        }
    }
}

/// One package, one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The package, as it spells itself.
    pub name: String,
    pub reason: Reason,
    /// `owner/name`, `old → new` where it moved, or what stands in its place.
    pub repo_identifier: Option<String>,
    /// The newest release's addresses: `home_page`, `project_urls.<label>`.
    pub urls: BTreeMap<String, String>,
}

/// Writes both files into `folder`, or removes them where there is no problem.
pub(super) fn write(folder: &Path, problems: &[Problem]) -> io::Result<()> {
    fs_err::create_dir_all(folder)?;
    if problems.is_empty() {
        for name in [JSON_FILE, MARKDOWN_FILE] {
            match fs_err::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        return Ok(());
    }
    replace(folder, JSON_FILE, &json(problems)?)?;
    replace(folder, MARKDOWN_FILE, &markdown(problems))
}

fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".problems")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}

fn json(problems: &[Problem]) -> io::Result<String> {
    // By way of a value, whose keys are sorted.
    let value = serde_json::json!({ "count": problems.len(), "problems": problems });
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}

fn markdown(problems: &[Problem]) -> String {
    let mut text = format!(
        "# Problematic GitHub Repositories\n\nTotal: {}\n",
        problems.len()
    );
    for reason in Reason::ALL {
        let mut these: Vec<&Problem> = problems.iter().filter(|one| one.reason == reason).collect();
        if these.is_empty() {
            continue;
        }
        these.sort_by_key(|one| one.name.to_lowercase());
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "\n## {} ({})\n\n| Package | Repo identifier | URLs |\n|---|---|---|\n",
            reason.title(),
            these.len()
        );
        for problem in these {
            let urls: Vec<String> = problem
                .urls
                .iter()
                .map(|(label, url)| format!("{}: {}", escaped(label), escaped(url)))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                escaped(&problem.name),
                escaped(problem.repo_identifier.as_deref().unwrap_or("-")),
                urls.join("<br>")
            );
        }
    }
    text
}

/// A text that stays in its cell and is only text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '[' | ']' | '!' => escaped.extend(['\\', character]),
            character if character.is_control() || is_hidden(character) => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str, reason: Reason) -> Problem {
        Problem {
            name: name.to_owned(),
            reason,
            repo_identifier: Some("a/b".to_owned()),
            urls: BTreeMap::from([("home_page".to_owned(), "https://x.org/a|b".to_owned())]),
        }
    }

    #[test]
    fn problems_are_told_in_two_forms_and_go_when_there_are_none() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let problems = [
            problem("b", Reason::NotFound),
            problem("<a>\n", Reason::NotFound),
            problem("c", Reason::NoRepoUrl),
        ];
        write(folder.path(), &problems)?;
        let json: serde_json::Value =
            serde_json::from_slice(&fs_err::read(folder.path().join(JSON_FILE))?)?;
        assert_eq!(json["count"], 3);
        assert_eq!(json["problems"][0]["reason"], "not_found");
        let text = fs_err::read_to_string(folder.path().join(MARKDOWN_FILE))?;
        let at = |part: &str| text.find(part).unwrap_or(usize::MAX);
        assert!(at("metadata (1)") < at("(404) (2)"), "{text}");
        let row = "| &lt;a&gt;  | a/b | home_page: https://x.org/a\\|b |\n| b |";
        assert!(text.contains(row), "{text}");
        write(folder.path(), &[])?;
        assert_eq!(fs_err::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
