//! Parses one address: a repository, another page of GitHub, or neither.
//!
//! Addresses are untrusted and occur in every form that version control programs and browsers
//! accept. Only the parts of a [`Repository`] are checked and may be passed to a forge's client;
//! the address itself must not be fetched.

use std::fmt;

use crate::model::RepositorySlug;

/// The longest address in bytes; longer ones are ignored.
const LONGEST_ADDRESS: usize = 4 << 10;
/// The most path segments of a project: GitLab allows twenty nested groups.
const DEEPEST_PATH: usize = 21;

/// Hosts of forges that cannot be recognised by their names.
const FORGE_HOSTS: [&str; 12] = [
    "foss.heptapod.net",
    "framagit.org",
    "gitea.com",
    "gitee.com",
    "invent.kde.org",
    "notabug.org",
    "opendev.org",
    "pagure.io",
    "salsa.debian.org",
    "sourcehut.org",
    "src.fedoraproject.org",
    "git.sr.ht",
];
/// First labels of host names that are forges.
const FORGE_NAMES: [&str; 6] = ["cgit", "forgejo", "git", "gitea", "gitlab", "scm"];
/// Path segments that end the path of a project and begin that of a page within it.
const PAGES: [&str; 14] = [
    "-",
    "archive",
    "blob",
    "branches",
    "commits",
    "issues",
    "merge_requests",
    "pulls",
    "raw",
    "releases",
    "src",
    "tags",
    "tree",
    "wiki",
];

/// A host of repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Forge {
    /// `github.com`.
    GitHub,
    /// `gitlab.com`.
    GitLab,
    /// `codeberg.org`.
    Codeberg,
    /// `bitbucket.org`.
    Bitbucket,
    /// A self-hosted server, whatever software runs there.
    SelfHosted,
}

impl fmt::Display for Forge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::Codeberg => "Codeberg",
            Self::Bitbucket => "Bitbucket",
            Self::SelfHosted => "self-hosted",
        })
    }
}

/// A repository and its forge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repository {
    /// On GitHub.
    GitHub(RepositorySlug),
    /// On another forge.
    Elsewhere {
        /// Never [`Forge::GitHub`].
        forge: Forge,
        /// In lower case, without port.
        host: String,
        /// Two or more segments of letters, digits and `.-_~`, separated by `/`, as written.
        path: String,
    },
}

impl Repository {
    /// The forge that hosts it.
    #[must_use]
    pub fn forge(&self) -> Forge {
        match self {
            Self::GitHub(_) => Forge::GitHub,
            Self::Elsewhere { forge, .. } => *forge,
        }
    }

    /// The address that a page may link to.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::GitHub(slug) => format!("https://github.com/{slug}"),
            Self::Elsewhere { host, path, .. } => format!("https://{host}/{path}"),
        }
    }
}

/// A parsed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A repository, or a page within it.
    Repository {
        /// The repository itself.
        repository: Repository,
        /// The folder that the page shows, or the folder of the file that it shows, separated by
        /// `/`; empty for the root.
        folder: String,
    },
    /// A page of GitHub outside of any repository: at most two segments of its path.
    Malformed(String),
    /// Not an address of a forge.
    Other,
}

/// Parses an address: a URL (with or without scheme), an address for `git` (`ssh`, `git+https`,
/// `git@host:owner/name`), or a shorthand of package files (`github:owner/name`).
#[must_use]
pub fn read_address(address: &str) -> Address {
    let Some(parts) = Parts::of(address) else {
        return Address::Other;
    };
    match parts.host.as_str() {
        "github.com" | "ssh.github.com" | "raw.githubusercontent.com" | "codeload.github.com" => {
            on_github(&parts.path)
        }
        "api.github.com" => match parts.path.split_first() {
            Some((&"repos", path)) => on_github(path),
            _ => Address::Other,
        },
        "gitlab.com" => elsewhere(Forge::GitLab, &parts, DEEPEST_PATH),
        "codeberg.org" => elsewhere(Forge::Codeberg, &parts, 2),
        "bitbucket.org" => elsewhere(Forge::Bitbucket, &parts, 2),
        host if parts.is_versioned || is_forge(host) => {
            elsewhere(Forge::SelfHosted, &parts, DEEPEST_PATH)
        }
        _ => Address::Other,
    }
}

fn on_github(path: &[&str]) -> Address {
    let (Some(owner), Some(name)) = (path.first(), path.get(1)) else {
        return Address::Other;
    };
    // `owner/name@branch` is a form that package installers accept.
    let repository_name = name.split_once('@').map_or(*name, |(before, _)| before);
    RepositorySlug::new(owner, repository_name).map_or_else(
        || {
            let path = format!("{owner}/{repository_name}");
            Address::Malformed(path.chars().take(200).collect())
        },
        |slug| Address::Repository {
            repository: Repository::GitHub(slug),
            folder: folder(path.get(2..).unwrap_or_default()),
        },
    )
}

/// The folder of a page within a repository: `tree/REVISION/FOLDER`, `blob/REVISION/FOLDER/FILE`,
/// and the equivalents of other forges.
fn folder(page: &[&str]) -> String {
    let names = match page.strip_prefix(&["-"]).unwrap_or(page) {
        ["src", "branch" | "tag" | "commit", _, names @ ..] | ["tree" | "src", _, names @ ..] => {
            names
        }
        ["blob", _, names @ .., _file] => names,
        _ => &[],
    };
    if names.iter().all(|name| is_name(name)) {
        names.join("/")
    } else {
        String::new()
    }
}

/// Whether a path segment is safe in an address; `..` is not.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(|first: char| first.is_ascii_alphanumeric() || "_~".contains(first))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

fn elsewhere(forge: Forge, parts: &Parts<'_>, most: usize) -> Address {
    let mut names = Vec::new();
    for segment in parts.path.iter().take(most) {
        if names.len() >= 2 && PAGES.contains(segment) {
            break;
        }
        let versioned = segment
            .split_once('@')
            .map_or(*segment, |(before, _)| before);
        let (name, is_last) = match strip_git(versioned) {
            Some(name) => (name, true),
            None => (versioned, false),
        };
        if !is_name(name) {
            return Address::Other;
        }
        names.push(name);
        if is_last {
            break;
        }
    }
    if names.len() < 2 || parts.host.len() > 255 {
        return Address::Other;
    }
    let page = parts.path.get(names.len()..).unwrap_or_default();
    Address::Repository {
        folder: folder(page),
        repository: Repository::Elsewhere {
            forge,
            host: parts.host.clone(),
            path: names.join("/"),
        },
    }
}

/// The name without all `.git` at its end; `None` if there is none.
fn strip_git(name: &str) -> Option<&str> {
    let end = name.len().checked_sub(4)?;
    let (start, suffix) = name.split_at_checked(end)?;
    (suffix.eq_ignore_ascii_case(".git") && !start.is_empty())
        .then(|| strip_git(start).unwrap_or(start))
}

fn is_forge(host: &str) -> bool {
    let first = host.split_once('.').map_or("", |(first, _)| first);
    FORGE_HOSTS.contains(&host) || FORGE_NAMES.contains(&first)
}

/// Host and path of an address.
struct Parts<'a> {
    /// In lower case, without user, port and `www.`.
    host: String,
    /// Without empty segments, query and fragment.
    path: Vec<&'a str>,
    /// Whether the address is meant for a version control program.
    is_versioned: bool,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Option<Self> {
        if address.len() > LONGEST_ADDRESS {
            return None;
        }
        let is_wrapper =
            |character: char| character.is_whitespace() || "<>\"'`()".contains(character);
        let unwrapped = address.trim_matches(is_wrapper);
        let without_query = unwrapped.split(['#', '?']).next()?;
        let (url, is_prefixed) = without_prefixes(without_query);
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => (String::new(), url.strip_prefix("//").unwrap_or(url)),
        };
        if let Some((host, path)) = shorthand(&scheme, rest) {
            return Some(Self {
                host: host.to_owned(),
                path: names(path),
                is_versioned: true,
            });
        }
        if !["", "git", "http", "https", "ssh"].contains(&scheme.as_str()) {
            return None;
        }
        let (authority, path_text) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host_and_port) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host_text, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
        // `git@host:owner/name` has the path where other addresses have the port.
        let is_port =
            port.bytes().all(|byte| byte.is_ascii_digit()) && !(scheme.is_empty() && user == "git");
        let mut path = names(path_text);
        if !port.is_empty() && !is_port {
            path.insert(0, port);
        }
        let lower_case_host = host_text.trim_end_matches('.').to_ascii_lowercase();
        let host = lower_case_host
            .strip_prefix("www.")
            .unwrap_or(&lower_case_host)
            .to_owned();
        // Without a scheme, a colon before the `@` means another kind of address, such as
        // `mailto:`.
        let is_host = host.contains('.')
            && (!scheme.is_empty() || !user.contains(':'))
            && !host.starts_with('.')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        let is_versioned = is_prefixed
            || matches!(scheme.as_str(), "git" | "ssh")
            || (scheme.is_empty() && user == "git")
            || path.iter().any(|name| strip_git(name).is_some());
        is_host.then_some(Self {
            host,
            path,
            is_versioned,
        })
    }
}

/// The segments of a path that are not empty.
fn names(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty()).collect()
}

/// The address without `git+`, `scm:` and `git:` in front, and whether there was any of them.
fn without_prefixes(mut address: &str) -> (&str, bool) {
    let mut found = false;
    while let Some((prefix, rest)) = address.split_at_checked(4)
        && ["git+", "scm:", "git:"]
            .iter()
            .any(|known| prefix.eq_ignore_ascii_case(known))
        && !rest.starts_with("//")
    {
        found = true;
        address = rest;
    }
    (address, found)
}

/// Host and path of a shorthand such as `github:owner/name`.
fn shorthand<'a>(scheme: &str, rest: &'a str) -> Option<(&'static str, &'a str)> {
    let (name, path) = rest.split_once(':').filter(|_| scheme.is_empty())?;
    let host = match name.to_ascii_lowercase().as_str() {
        "github" => "github.com",
        "gitlab" => "gitlab.com",
        "codeberg" => "codeberg.org",
        "bitbucket" => "bitbucket.org",
        _ => return None,
    };
    Some((host, path))
}

#[cfg(test)]
mod tests;
