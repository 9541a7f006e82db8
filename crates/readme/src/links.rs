//! Resolves relative links and images against the repository that a README comes from.
//!
//! URLs are only joined, never requested. A path that would leave the repository stays as it is.

use std::fmt::Write as _;

use crate::tokens::{TokenKind, tokens};

/// How a forge builds the URLs of files in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeLayout {
    /// `/blob/HEAD/FILE`
    GitHub,
    /// `/-/blob/HEAD/FILE`
    GitLab,
    /// `/src/HEAD/FILE`
    Bitbucket,
}

/// The base URLs of the files of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryLinks {
    /// The base URL of pages that show a file.
    pages: String,
    /// The base URL of the files themselves.
    files: String,
    /// The folder of the package, which relative links start from.
    folder: Vec<String>,
}

impl RepositoryLinks {
    /// The repository at `url`, an `https` URL without a slash at its end, and the package's folder
    /// in it: names joined by `/`, or empty.
    #[must_use]
    pub fn new(url: &str, layout: ForgeLayout, folder: &str) -> Self {
        let (pages, files) = match layout {
            ForgeLayout::GitHub => ("blob/HEAD/", "raw/HEAD/"),
            ForgeLayout::GitLab => ("-/blob/HEAD/", "-/raw/HEAD/"),
            ForgeLayout::Bitbucket => ("src/HEAD/", "raw/HEAD/"),
        };
        let names = folder.split('/').filter(|name| !name.is_empty());
        Self {
            pages: format!("{url}/{pages}"),
            files: format!("{url}/{files}"),
            folder: names.map(str::to_owned).collect(),
        }
    }

    /// The same HTML with relative URLs made absolute.
    pub(crate) fn resolve(&self, html: &str) -> String {
        let mut resolved = String::with_capacity(html.len() + html.len() / 16);
        for token in tokens(html) {
            let (mark, base) = match (token.kind, token.name) {
                (TokenKind::Start, "a") => (" href=\"", &self.pages),
                (TokenKind::Start, "img") => (" src=\"", &self.files),
                _ => {
                    resolved.push_str(token.text);
                    continue;
                }
            };
            let path = token.text.split_once(mark).and_then(|(start, rest)| {
                let (url, end) = rest.split_once('"')?;
                Some((start, self.path_of(url)?, end))
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

    /// The path that a relative URL stands for, if it stays in the repository. One that begins with
    /// a slash starts from the root of the repository, any other from the package's folder.
    fn path_of(&self, url: &str) -> Option<String> {
        let first = url.split(['/', '?', '#']).next().unwrap_or_default();
        let is_not_a_path = url.is_empty()
            || url.starts_with(['#', '?'])
            || url.starts_with("//")
            || first.contains(':');
        if is_not_a_path
            || url
                .chars()
                .any(|character| character.is_whitespace() || character == '\\')
        {
            return None;
        }
        let end = url.find(['?', '#']).unwrap_or(url.len());
        let (path, rest) = url.split_at(end);
        let mut parts: Vec<&str> = match url.strip_prefix('/') {
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
    use super::{ForgeLayout, RepositoryLinks};

    #[test]
    fn relative_urls_are_joined() {
        let repository = RepositoryLinks::new("https://gitlab.com/a/b", ForgeLayout::GitLab, "");
        let html = "<p><a href=\"docs/x.md#y\" rel=\"nofollow\">x</a><a href=\"#z\">z</a>\
                    <img alt=\"\" src=\"/./a.png\"><a href=\"https://c\">c</a></p>";
        assert_eq!(
            repository.resolve(html),
            "<p><a href=\"https://gitlab.com/a/b/-/blob/HEAD/docs/x.md#y\" rel=\"nofollow\">x</a>\
             <a href=\"#z\">z</a><img alt=\"\" src=\"https://gitlab.com/a/b/-/raw/HEAD/a.png\">\
             <a href=\"https://c\">c</a></p>"
        );
        for url in [
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
            assert_eq!(repository.path_of(url), None, "{url}");
        }
        assert_eq!(repository.path_of("./a/../b?c").as_deref(), Some("b?c"));
    }

    #[test]
    fn a_folder_is_where_links_begin() {
        let repository = RepositoryLinks::new(
            "https://github.com/a/b",
            ForgeLayout::GitHub,
            "packages/widget",
        );
        for (url, path) in [
            ("docs/x.md", Some("packages/widget/docs/x.md")),
            ("../other/y.md", Some("packages/other/y.md")),
            ("../../LICENSE", Some("LICENSE")),
            ("/LICENSE", Some("LICENSE")),
            ("../../../etc", None),
        ] {
            assert_eq!(repository.path_of(url).as_deref(), path, "{url}");
        }
    }
}
