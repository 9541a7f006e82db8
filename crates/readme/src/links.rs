//! Lets relative links and images lead into the repository that a README comes from.
//!
//! Addresses are only joined, nothing is asked. What would lead out of the repository stays as
//! it is, and so does everything when the forge is not known.

use std::fmt::Write as _;

use crate::tokens::{Kind, tokens};

/// A repository on a forge whose addresses are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What leads to a file as a page, without the file's path.
    pages: String,
    /// What leads to a file itself.
    files: String,
}

impl Repository {
    /// Reads the address of a repository's web page, or of any page in it.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let rest = url
            .trim()
            .trim_start_matches("git+")
            .strip_prefix("https://")
            .or_else(|| url.trim().strip_prefix("http://"))?;
        let mut parts = rest.split(['/', '?', '#']);
        let host = parts.next()?.trim_start_matches("www.").to_lowercase();
        let owner = parts.next().filter(|part| is_name(part))?;
        let name = parts.next()?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        if !is_name(name) {
            return None;
        }
        let (pages, files) = match host.as_str() {
            "github.com" if !matches!(owner, "sponsors" | "orgs" | "apps" | "topics") => {
                ("blob/HEAD/", "raw/HEAD/")
            }
            "gitlab.com" => ("-/blob/HEAD/", "-/raw/HEAD/"),
            "bitbucket.org" => ("src/HEAD/", "raw/HEAD/"),
            _ => return None,
        };
        let address = |kind| format!("https://{host}/{owner}/{name}/{kind}");
        Some(Self {
            pages: address(pages),
            files: address(files),
        })
    }

    /// The same HTML with relative addresses made absolute.
    pub(crate) fn resolve(&self, html: &str) -> String {
        let mut resolved = String::with_capacity(html.len() + html.len() / 16);
        for token in tokens(html) {
            let (mark, base) = match (token.kind, token.name) {
                (Kind::Start, "a") => (" href=\"", &self.pages),
                (Kind::Start, "img") => (" src=\"", &self.files),
                _ => {
                    resolved.push_str(token.text);
                    continue;
                }
            };
            let path = token.text.split_once(mark).and_then(|(start, rest)| {
                let (address, end) = rest.split_once('"')?;
                Some((start, inside(address)?, end))
            });
            match path {
                Some((start, path, end)) => {
                    let _ = write!(resolved, "{start}{mark}{base}{path}\"{end}");
                }
                None => resolved.push_str(token.text),
            }
        }
        resolved
    }
}

fn is_name(part: &str) -> bool {
    let mut bytes = part.bytes();
    !part.is_empty()
        && !part.starts_with('.')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The path that a relative address means, when it stays in the repository.
fn inside(address: &str) -> Option<String> {
    let first = address.split(['/', '?', '#']).next().unwrap_or_default();
    let other = address.is_empty()
        || address.starts_with(['#', '?'])
        || address.starts_with("//")
        || first.contains(':');
    if other
        || address
            .chars()
            .any(|character| character.is_whitespace() || character == '\\')
    {
        return None;
    }
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (path, rest) = address.split_at(end);
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(format!("{}{rest}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::{Repository, inside};

    #[test]
    fn repositories_of_known_forges() {
        for url in [
            "https://github.com/a/b",
            "http://www.github.com/a/b.git",
            "https://github.com/a/b/issues?x#y",
            "git+https://GitHub.com/a/b",
        ] {
            let repository = Repository::of(url);
            assert_eq!(
                repository.map(|repository| repository.files).as_deref(),
                Some("https://github.com/a/b/raw/HEAD/"),
                "{url}"
            );
        }
        for url in [
            "https://example.org/a/b",
            "https://github.com/a",
            "https://github.com/a/",
            "https://github.com/sponsors/a",
            "https://github.com/a/..",
            "ftp://github.com/a/b",
            "",
        ] {
            assert_eq!(Repository::of(url), None, "{url}");
        }
    }

    #[test]
    fn relative_addresses_are_joined() {
        let repository = Repository::of("https://gitlab.com/a/b");
        let html = "<p><a href=\"docs/x.md#y\" rel=\"nofollow\">x</a><a href=\"#z\">z</a>\
                    <img alt=\"\" src=\"/./a.png\"><a href=\"https://c\">c</a></p>";
        assert_eq!(
            repository
                .map(|repository| repository.resolve(html))
                .as_deref(),
            Some(
                "<p><a href=\"https://gitlab.com/a/b/-/blob/HEAD/docs/x.md#y\" rel=\"nofollow\">x</a>\
                 <a href=\"#z\">z</a><img alt=\"\" src=\"https://gitlab.com/a/b/-/raw/HEAD/a.png\">\
                 <a href=\"https://c\">c</a></p>"
            )
        );
        for address in [
            "",
            "#a",
            "?a",
            "//a",
            "mailto:a",
            "../a",
            "a/../../b",
            "a b",
            "a\\b",
        ] {
            assert_eq!(inside(address), None, "{address}");
        }
        assert_eq!(inside("./a/../b?c").as_deref(), Some("b?c"));
    }
}
