//! Lets relative links and images lead into the repository that a README comes from.
//!
//! Addresses are only joined, nothing is asked. What would lead out of the repository stays as
//! it is, and so does everything when the forge is not known.

use std::fmt::Write as _;

use crate::tokens::{Kind, tokens};

/// How a forge addresses the files of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `/blob/HEAD/FILE`
    GitHub,
    /// `/-/blob/HEAD/FILE`
    GitLab,
    /// `/src/HEAD/FILE`
    Bitbucket,
}

/// Where the files of a package are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What leads to a file as a page, without the file's path.
    pages: String,
    /// What leads to a file itself.
    files: String,
    /// The package's folder, whose README has relative links.
    folder: Vec<String>,
}

impl Repository {
    /// The repository at `address`, an `https` address without a slash at its end, and the
    /// package's folder in it: names joined by `/`, or nothing.
    #[must_use]
    pub fn new(address: &str, layout: Layout, folder: &str) -> Self {
        let (pages, files) = match layout {
            Layout::GitHub => ("blob/HEAD/", "raw/HEAD/"),
            Layout::GitLab => ("-/blob/HEAD/", "-/raw/HEAD/"),
            Layout::Bitbucket => ("src/HEAD/", "raw/HEAD/"),
        };
        let folder = folder.split('/').filter(|name| !name.is_empty());
        Self {
            pages: format!("{address}/{pages}"),
            files: format!("{address}/{files}"),
            folder: folder.map(str::to_owned).collect(),
        }
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
                Some((start, self.inside(address)?, end))
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

    /// The path that a relative address means, when it stays in the repository. One that begins
    /// with a slash means the whole repository, any other the package's folder.
    fn inside(&self, address: &str) -> Option<String> {
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
        let mut parts: Vec<&str> = match address.strip_prefix('/') {
            Some(_) => Vec::new(),
            None => self.folder.iter().map(String::as_str).collect(),
        };
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
}

#[cfg(test)]
mod tests {
    use super::{Layout, Repository};

    #[test]
    fn relative_addresses_are_joined() {
        let repository = Repository::new("https://gitlab.com/a/b", Layout::GitLab, "");
        let html = "<p><a href=\"docs/x.md#y\" rel=\"nofollow\">x</a><a href=\"#z\">z</a>\
                    <img alt=\"\" src=\"/./a.png\"><a href=\"https://c\">c</a></p>";
        assert_eq!(
            repository.resolve(html),
            "<p><a href=\"https://gitlab.com/a/b/-/blob/HEAD/docs/x.md#y\" rel=\"nofollow\">x</a>\
             <a href=\"#z\">z</a><img alt=\"\" src=\"https://gitlab.com/a/b/-/raw/HEAD/a.png\">\
             <a href=\"https://c\">c</a></p>"
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
            assert_eq!(repository.inside(address), None, "{address}");
        }
        assert_eq!(repository.inside("./a/../b?c").as_deref(), Some("b?c"));
    }

    #[test]
    fn a_folder_is_where_links_begin() {
        let repository =
            Repository::new("https://github.com/a/b", Layout::GitHub, "packages/widget");
        for (address, path) in [
            ("docs/x.md", Some("packages/widget/docs/x.md")),
            ("../other/y.md", Some("packages/other/y.md")),
            ("../../LICENSE", Some("LICENSE")),
            ("/LICENSE", Some("LICENSE")),
            ("../../../etc", None),
        ] {
            assert_eq!(repository.inside(address).as_deref(), path, "{address}");
        }
    }
}
