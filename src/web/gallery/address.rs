//! The addresses of the gallery: what a path means, and the path of everything there is.
//!
//! `-` can be neither a package nor a version, so everything that is not one of them stands behind it.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::model::RepositorySlug;

/// What stays as it is in a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b'!')
    .remove(b'+')
    .remove(b'=');
/// The first segments that no profile can be called, because something else is there.
pub const RESERVED: [&str; 4] = ["-", "robots.txt", "sitemap.xml", "favicon.ico"];
/// Stands before the name of a package of npm that has no scope.
const NPM: &str = "npm:";
/// Bytes of the longest path that is looked at.
const LONGEST_PATH: usize = 2_000;

/// One place of the gallery. Names are as they stand in the path: decoded, not normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Start,
    Robots,
    SitemapIndex,
    Favicon,
    Help,
    /// A file of the program's own, with the hash of its content in the name.
    Asset(String),
    /// A page that the operator has added.
    OwnPage(String),
    Profile {
        profile: String,
        part: ProfilePart,
    },
    /// A package by its full name: `plone.api`, `@plone/volto`, and `npm:sigstore` behind `-/npm/`.
    Package {
        profile: String,
        name: String,
        part: PackagePart,
    },
    /// A repository with packages of the profile.
    Repository {
        profile: String,
        owner: String,
        name: String,
    },
    /// Somebody who stands behind packages of the profile.
    Person {
        profile: String,
        login: String,
    },
}

/// What there is of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfilePart {
    List,
    Matrix,
    Compare,
    OpenSearch,
    Suggest,
    Sitemap,
    Feed(FeedFormat),
    /// The packages of a list as a table.
    Csv,
}

/// What there is of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackagePart {
    Latest,
    Release(String),
    Releases,
    Changelog,
    Health,
    Dependents,
    Feed(FeedFormat),
}

/// The form of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFormat {
    Atom,
    Rss,
    Json,
}

/// Why a path is not an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressError {
    /// There is nothing.
    Unknown,
    /// It ends with a slash; this is the address without it.
    TrailingSlash(Address),
}

impl FeedFormat {
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The name of its file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Atom => "feed.atom",
            Self::Rss => "feed.rss",
            Self::Json => "feed.json",
        }
    }

    fn of_file(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.file_name() == name)
    }

    /// The media type of the feed.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }
}

impl ProfilePart {
    fn of_file(name: &str) -> Option<Self> {
        Some(match name {
            "matrix" => Self::Matrix,
            "compare" => Self::Compare,
            "opensearch.xml" => Self::OpenSearch,
            "suggest" => Self::Suggest,
            "sitemap.xml" => Self::Sitemap,
            "packages.csv" => Self::Csv,
            other => Self::Feed(FeedFormat::of_file(other)?),
        })
    }

    fn file_name(self) -> Option<&'static str> {
        Some(match self {
            Self::List => return None,
            Self::Matrix => "matrix",
            Self::Compare => "compare",
            Self::OpenSearch => "opensearch.xml",
            Self::Suggest => "suggest",
            Self::Sitemap => "sitemap.xml",
            Self::Csv => "packages.csv",
            Self::Feed(format) => format.file_name(),
        })
    }
}

impl PackagePart {
    fn of_file(name: &str) -> Option<Self> {
        Some(match name {
            "releases" => Self::Releases,
            "changelog" => Self::Changelog,
            "health" => Self::Health,
            "dependents" => Self::Dependents,
            other => Self::Feed(FeedFormat::of_file(other)?),
        })
    }

    fn file_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Latest | Self::Release(_) => return None,
            Self::Releases => "releases",
            Self::Changelog => "changelog",
            Self::Health => "health",
            Self::Dependents => "dependents",
            Self::Feed(format) => format.file_name(),
        })
    }
}

impl Address {
    /// The address of a profile's list.
    #[must_use]
    pub fn list(profile: &str) -> Self {
        Self::profile(profile, ProfilePart::List)
    }

    #[must_use]
    pub fn profile(profile: &str, part: ProfilePart) -> Self {
        Self::Profile {
            profile: profile.to_owned(),
            part,
        }
    }

    #[must_use]
    pub fn package(profile: &str, name: &str, part: PackagePart) -> Self {
        Self::Package {
            profile: profile.to_owned(),
            name: name.to_owned(),
            part,
        }
    }

    /// The page of a repository.
    #[must_use]
    pub fn repository(profile: &str, slug: &RepositorySlug) -> Self {
        Self::Repository {
            profile: profile.to_owned(),
            owner: slug.owner().to_owned(),
            name: slug.name().to_owned(),
        }
    }

    /// The page of a person or an organisation.
    #[must_use]
    pub fn person(profile: &str, login: &str) -> Self {
        Self::Person {
            profile: profile.to_owned(),
            login: login.to_owned(),
        }
    }

    /// The profile that it belongs to.
    #[must_use]
    pub fn profile_key(&self) -> Option<&str> {
        match self {
            Self::Profile { profile, .. }
            | Self::Package { profile, .. }
            | Self::Repository { profile, .. }
            | Self::Person { profile, .. } => Some(profile),
            _ => None,
        }
    }

    /// The same in the profile `key`, if it belongs to one.
    #[must_use]
    pub fn in_profile(mut self, key: &str) -> Self {
        if let Self::Profile { profile, .. }
        | Self::Package { profile, .. }
        | Self::Repository { profile, .. }
        | Self::Person { profile, .. } = &mut self
        {
            key.clone_into(profile);
        }
        self
    }

    /// Reads an encoded path, without its query.
    ///
    /// # Errors
    ///
    /// [`AddressError`] if nothing is there, or there is with another spelling.
    pub fn parse(path: &str) -> Result<Self, AddressError> {
        let Some(rest) = path
            .strip_prefix('/')
            .filter(|_| path.len() <= LONGEST_PATH)
        else {
            return Err(AddressError::Unknown);
        };
        if rest.is_empty() {
            return Ok(Self::Start);
        }
        let (rest, has_slash) = match rest.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let segments: Option<Vec<String>> = rest.split('/').map(decode).collect();
        let segments = segments.ok_or(AddressError::Unknown)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let address = Self::of_segments(&segments).ok_or(AddressError::Unknown)?;
        if has_slash {
            return Err(AddressError::TrailingSlash(address));
        }
        Ok(address)
    }

    /// Reads a path that [`Self`] has written: any text may stand in its segments.
    #[must_use]
    pub fn of_written(path: &str) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        if rest.is_empty() {
            return Some(Self::Start);
        }
        let segments = rest
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .collect::<Option<Vec<_>>>()?;
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        Self::of_segments(&segments)
    }

    fn of_segments(segments: &[&str]) -> Option<Self> {
        match segments {
            ["robots.txt"] => Some(Self::Robots),
            ["sitemap.xml"] => Some(Self::SitemapIndex),
            ["favicon.ico"] => Some(Self::Favicon),
            ["-", "help"] => Some(Self::Help),
            ["-", "a", name] => Some(Self::Asset((*name).to_owned())),
            ["-", name] => Some(Self::OwnPage((*name).to_owned())),
            [profile, ..] if RESERVED.contains(profile) => None,
            [profile] => Some(Self::list(profile)),
            [profile, "-", file] => Some(Self::profile(profile, ProfilePart::of_file(file)?)),
            [profile, "-", "repositories", owner, name] => Some(Self::Repository {
                profile: (*profile).to_owned(),
                owner: (*owner).to_owned(),
                name: (*name).to_owned(),
            }),
            [profile, "-", "npm", rest @ ..] => {
                let (name, part) = package_of_segments(rest)?;
                Some(Self::package(profile, &format!("{NPM}{name}"), part))
            }
            [profile, "-", "people", login] => Some(Self::person(profile, login)),
            [profile, rest @ ..] => {
                let (name, part) = package_of_segments(rest)?;
                Some(Self::package(profile, &name, part))
            }
            [] => Some(Self::Start),
        }
    }
}

/// A package and one of its pages, from what stands behind the profile.
fn package_of_segments(segments: &[&str]) -> Option<(String, PackagePart)> {
    let (name, rest) = match segments {
        [scope, name, rest @ ..] if scope.starts_with('@') => (format!("{scope}/{name}"), rest),
        [name, rest @ ..] => ((*name).to_owned(), rest),
        [] => return None,
    };
    let part = match rest {
        [] => PackagePart::Latest,
        ["-", file] => PackagePart::of_file(file)?,
        [version] if *version != "-" => PackagePart::Release((*version).to_owned()),
        _ => return None,
    };
    Some((name, part))
}

/// A segment as text; `None` where it is empty, a step upwards, or holds a slash (but for the one of
/// a scope) or control characters.
fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    let is_text = !text.is_empty()
        && !matches!(&*text, "." | "..")
        && !text.contains(['/', '\\'])
        && !text.chars().any(char::is_control);
    is_text.then(|| text.into_owned())
}

/// A segment of a path.
fn encode(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, SEGMENT)
}

impl fmt::Display for Address {
    /// The encoded path.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => formatter.write_str("/"),
            Self::Robots => formatter.write_str("/robots.txt"),
            Self::SitemapIndex => formatter.write_str("/sitemap.xml"),
            Self::Favicon => formatter.write_str("/favicon.ico"),
            Self::Help => formatter.write_str("/-/help"),
            Self::Asset(name) => write!(formatter, "/-/a/{}", encode(name)),
            Self::OwnPage(name) => write!(formatter, "/-/{}", encode(name)),
            Self::Profile { profile, part } => {
                write!(formatter, "/{}", encode(profile))?;
                match part.file_name() {
                    Some(file) => write!(formatter, "/-/{file}"),
                    None => Ok(()),
                }
            }
            Self::Repository {
                profile,
                owner,
                name,
            } => write!(
                formatter,
                "/{}/-/repositories/{}/{}",
                encode(profile),
                encode(owner),
                encode(name)
            ),
            Self::Person { profile, login } => {
                write!(formatter, "/{}/-/people/{}", encode(profile), encode(login))
            }
            Self::Package {
                profile,
                name,
                part,
            } => {
                write!(formatter, "/{}", encode(profile))?;
                let name = match name.strip_prefix(NPM) {
                    Some(name) if !name.is_empty() && !name.starts_with('@') => {
                        formatter.write_str("/-/npm")?;
                        name
                    }
                    _ => name,
                };
                // A scope stays a segment of its own.
                match name.split_once('/') {
                    Some((scope, name)) if scope.starts_with('@') => {
                        write!(formatter, "/{}/{}", encode(scope), encode(name))?;
                    }
                    _ => write!(formatter, "/{}", encode(name))?,
                }
                match (part, part.file_name()) {
                    (PackagePart::Release(version), _) => {
                        write!(formatter, "/{}", encode(version))
                    }
                    (_, Some(file)) => write!(formatter, "/-/{file}"),
                    (_, None) => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
