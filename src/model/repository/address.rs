//! Reads one address: a repository, a page of GitHub that is none, or neither.
//!
//! Addresses are written by strangers, in every form that a version control program or a browser
//! has ever accepted. Nothing read here is safe to fetch; only the parts of a [`Repository`] are
//! checked, and only they reach a forge's client.

use std::fmt;

use crate::model::RepositorySlug;

/// Bytes of an address; longer ones are ignored.
const LONGEST_ADDRESS: usize = 4 << 10;
/// Groups within groups, and the project: what GitLab allows.
const DEEPEST_PATH: usize = 21;

/// Hosts that are forges though neither their name nor an address says so.
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
/// First names of hosts that are forges.
const FORGE_NAMES: [&str; 6] = ["cgit", "forgejo", "git", "gitea", "gitlab", "scm"];
/// Where the path of a project ends and that of a page within it begins.
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

/// Where repositories are kept.
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
    /// One on GitHub.
    GitHub(RepositorySlug),
    /// One of another forge.
    Elsewhere {
        /// Never [`Forge::GitHub`].
        forge: Forge,
        /// In lower case, without port.
        host: String,
        /// Two or more names of letters, digits and `.-_~`, joined by `/`, as written.
        path: String,
    },
}

impl Repository {
    /// Where it is kept.
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

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A repository, or a page within it.
    Repository {
        /// Which one.
        repository: Repository,
        /// The folder that the page shows, or that holds the file that it shows, its names joined
        /// by `/`; empty for the whole.
        folder: String,
    },
    /// A page of GitHub that belongs to no repository: its path, at most two names of it.
    Malformed(String),
    /// Nothing that a forge would know.
    Other,
}

/// Reads an address in any of the forms that occur: of a browser (with or without scheme), of
/// `git` (`ssh`, `git+https`, `git@host:owner/name`), of a package file (`github:owner/name`).
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
    // `owner/name@branch`, as installers take it.
    let name = name.split_once('@').map_or(*name, |(name, _)| name);
    RepositorySlug::new(owner, name).map_or_else(
        || Address::Malformed(format!("{owner}/{name}").chars().take(200).collect()),
        |slug| Address::Repository {
            repository: Repository::GitHub(slug),
            folder: folder(path.get(2..).unwrap_or_default()),
        },
    )
}

/// The folder of a page within a repository: `tree/REVISION/FOLDER`, `blob/REVISION/FOLDER/FILE`,
/// and what other forges make of it.
fn folder(page: &[&str]) -> String {
    let page = page.strip_prefix(&["-"]).unwrap_or(page);
    let names = match page {
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

/// Whether a part of a path is safe in an address, and leads down.
fn is_name(name: &str) -> bool {
    name.len() <= 255
        && name.starts_with(|first: char| first.is_ascii_alphanumeric() || "_~".contains(first))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

fn elsewhere(forge: Forge, parts: &Parts<'_>, most: usize) -> Address {
    let mut names = Vec::new();
    for name in parts.path.iter().take(most) {
        if names.len() >= 2 && PAGES.contains(name) {
            break;
        }
        let name = name.split_once('@').map_or(*name, |(name, _)| name);
        let (name, ends) = match strip_git(name) {
            Some(name) => (name, true),
            None => (name, false),
        };
        if !is_name(name) {
            return Address::Other;
        }
        names.push(name);
        if ends {
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

/// The name before all `.git` at its end, if there is one.
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
    /// Without empty names, query and fragment.
    path: Vec<&'a str>,
    /// Whether the address is one for a version control program.
    is_versioned: bool,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Option<Self> {
        if address.len() > LONGEST_ADDRESS {
            return None;
        }
        let wraps = |character: char| character.is_whitespace() || "<>\"'`()".contains(character);
        let address = address.trim_matches(wraps);
        let address = address.split(['#', '?']).next()?;
        let (address, is_prefixed) = without_prefixes(address);
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => (String::new(), address.strip_prefix("//").unwrap_or(address)),
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
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = host.split_once(':').unwrap_or((host, ""));
        // `git@host:owner/name` has a path where others have a port.
        let is_port =
            port.bytes().all(|byte| byte.is_ascii_digit()) && !(scheme.is_empty() && user == "git");
        let mut path = names(path);
        if !port.is_empty() && !is_port {
            path.insert(0, port);
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
        // A colon before the `@` belongs to another kind of address, unless a scheme says which.
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

fn names(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty()).collect()
}

/// Without `git+`, `scm:` and `git:` in front of an address, and whether there was any.
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

/// Host and path of `github:owner/name` and its like.
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
