//! Where everything is in a gallery of files: the path of each address, as a file and in a link.
//!
//! A page is a folder with `index.html`, so its address ends with a slash. Names become folders that
//! any file system and web server can have: what a name may not hold there, and what would be another
//! place, is written as `=` and two hexadecimal digits.

use std::fmt::Write as _;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::{PackageName, RegistryKind};
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};

/// The file of a folder's page.
pub(super) const INDEX: &str = "index.html";
/// Bytes of a folder's name; file systems allow 255.
const LONGEST: usize = 150;

/// One place of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Folders, and the name of a file if it is no page.
    parts: Vec<String>,
    is_page: bool,
}

impl Place {
    /// The place of an address; `None` for what is made for one visitor, which no file can be.
    pub(super) fn of(address: &Address) -> Option<Self> {
        let page = |parts: Vec<String>| Some(Self::page(parts));
        let file = |parts: Vec<String>| {
            Some(Self {
                parts,
                is_page: false,
            })
        };
        let fixed = |part: &str| part.to_owned();
        match address {
            Address::Start => page(Vec::new()),
            Address::Robots => file(vec![fixed("robots.txt")]),
            Address::SitemapIndex => file(vec![fixed("sitemap.xml")]),
            Address::Favicon => file(vec![fixed("favicon.ico")]),
            Address::Help => page(vec![fixed("-"), fixed("help")]),
            Address::Asset(name) => file(vec![fixed("-"), fixed("a"), folder(name)]),
            Address::OwnPage(name) => page(vec![fixed("-"), folder(name)]),
            Address::Profile { profile, part } => {
                let inside = |name: &str| vec![folder(profile), fixed("-"), fixed(name)];
                match part {
                    ProfilePart::List => page(vec![folder(profile)]),
                    ProfilePart::Matrix => page(inside("matrix")),
                    ProfilePart::OpenSearch => file(inside("opensearch.xml")),
                    ProfilePart::Sitemap => file(inside("sitemap.xml")),
                    ProfilePart::Csv => file(inside("packages.csv")),
                    ProfilePart::Feed(format) => file(inside(format.file_name())),
                    ProfilePart::Compare | ProfilePart::Suggest => None,
                }
            }
            Address::Repository {
                profile,
                owner,
                name,
            } => page(vec![
                folder(profile),
                fixed("-"),
                fixed("repositories"),
                folder(owner),
                folder(name),
            ]),
            Address::Person { profile, login } => page(vec![
                folder(profile),
                fixed("-"),
                fixed("people"),
                folder(login),
            ]),
            Address::Package {
                profile,
                name,
                part,
            } => {
                let mut parts = vec![folder(profile)];
                parts.extend(name_folders(name));
                let mut inside = |name: &str| {
                    parts.extend([fixed("-"), fixed(name)]);
                    std::mem::take(&mut parts)
                };
                match part {
                    PackagePart::Latest => page(parts),
                    PackagePart::Release(version) => {
                        parts.push(folder(version));
                        page(parts)
                    }
                    PackagePart::Releases => page(inside("releases")),
                    PackagePart::Changelog => page(inside("changelog")),
                    PackagePart::Health => page(inside("health")),
                    PackagePart::Dependents => page(inside("dependents")),
                    PackagePart::Feed(format) => file(inside(format.file_name())),
                }
            }
        }
    }

    /// A page of the list of all packages.
    pub(super) fn of_list_page(profile: &str, page: u32) -> Self {
        let list = [folder(profile)];
        let further = (page > 1).then(|| ["-".to_owned(), "pages".to_owned(), page.to_string()]);
        Self::page(
            list.into_iter()
                .chain(further.into_iter().flatten())
                .collect(),
        )
    }

    /// A page of a package's releases.
    pub(super) fn of_releases_page(profile: &str, name: &str, page: u32) -> Self {
        let mut parts = vec![folder(profile)];
        parts.extend(name_folders(name));
        parts.extend(["-".to_owned(), "releases".to_owned()]);
        if page > 1 {
            parts.push(page.to_string());
        }
        Self::page(parts)
    }

    /// A file next to the pages of a profile.
    pub(super) fn of_profile_file(profile: &str, name: &str) -> Self {
        Self {
            parts: vec![folder(profile), "-".to_owned(), name.to_owned()],
            is_page: false,
        }
    }

    fn page(parts: Vec<String>) -> Self {
        Self {
            parts,
            is_page: true,
        }
    }

    /// The path of the file in the folder of the site.
    pub(super) fn file(&self) -> PathBuf {
        let mut path: PathBuf = self.parts.iter().collect();
        if self.is_page {
            path.push(INDEX);
        }
        path
    }

    /// The path of the address, from the top of the site.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for part in &self.parts {
            path.push('/');
            path.push_str(part);
        }
        if self.is_page {
            path.push('/');
        }
        path
    }
}

/// The folders of a package; a scope is one of its own.
pub(super) fn name_folders(name: &str) -> Vec<String> {
    let named = PackageName::read(name);
    // Packages of npm without a scope stand next to those of PyPI.
    if named.registry() == Some(RegistryKind::Npm) && !named.as_str().starts_with('@') {
        return vec!["-".to_owned(), "npm".to_owned(), folder(named.as_str())];
    }
    match name.split_once('/') {
        Some((scope, name)) if scope.starts_with('@') => vec![folder(scope), folder(name)],
        _ => vec![folder(name)],
    }
}

/// A name as a folder.
fn folder(name: &str) -> String {
    let mut folder = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-_.~@!+".contains(&byte);
        // Neither hidden, nor this folder or the one above it.
        let is_hidden = at == 0 && byte == b'.';
        if is_plain && !is_hidden {
            folder.push(char::from(byte));
        } else {
            // Writing to a text never fails.
            let _ = write!(folder, "={byte:02X}");
        }
    }
    if folder.is_empty() || folder == "-" || folder == INDEX {
        // Something else is there.
        folder.insert(0, '=');
    }
    if folder.len() > LONGEST {
        // All of it is ASCII.
        folder.truncate(LONGEST);
        let _ = write!(folder, "=={:016x}", xxh3_64(name.as_bytes()));
    }
    folder
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Place, folder};
    use crate::web::gallery::address::{Address, FeedFormat, PackagePart, ProfilePart};

    #[test]
    fn every_address_has_a_file_and_a_link() {
        let package = |name: &str, part| Address::package("plone", name, part);
        for (address, file, path) in [
            (Address::Start, "index.html", "/"),
            (Address::list("plone"), "plone/index.html", "/plone/"),
            (
                package("plone.api", PackagePart::Latest),
                "plone/plone.api/index.html",
                "/plone/plone.api/",
            ),
            (
                package("plone.api", PackagePart::Release("1!2.0".to_owned())),
                "plone/plone.api/1!2.0/index.html",
                "/plone/plone.api/1!2.0/",
            ),
            (
                package("@plone/volto", PackagePart::Feed(FeedFormat::Rss)),
                "plone/@plone/volto/-/feed.rss",
                "/plone/@plone/volto/-/feed.rss",
            ),
            (
                package("../x", PackagePart::Health),
                "plone/=2E.=2Fx/-/health/index.html",
                "/plone/=2E.=2Fx/-/health/",
            ),
            (
                package("index.html", PackagePart::Latest),
                "plone/=index.html/index.html",
                "/plone/=index.html/",
            ),
        ] {
            let place = Place::of(&address);
            let found = place.as_ref().map(|place| (place.file(), place.path()));
            assert_eq!(found, Some((file.into(), path.to_owned())));
        }
        assert_eq!(
            Place::of(&Address::profile("plone", ProfilePart::Compare)),
            None
        );
        let list = Place::of_list_page("plone", 2);
        assert_eq!(list.path(), "/plone/-/pages/2/");
        assert_eq!(Place::of_list_page("plone", 1).path(), "/plone/");
    }

    proptest! {
        #[test]
        fn no_name_leads_elsewhere(name in ".{0,400}") {
            let folder = folder(&name);
            prop_assert!(!folder.starts_with('.') && !folder.is_empty() && folder.len() < 200);
            prop_assert!(!folder.contains(['/', '\\', '\0']) && folder.is_ascii());
            prop_assert!(folder != "-" && folder != "index.html");
        }

        #[test]
        fn two_names_have_two_folders(one in "[-.=a2ED]{0,6}", other in "[-.=a2ED]{0,6}") {
            prop_assert_eq!(one == other, folder(&one) == folder(&other));
        }
    }
}
