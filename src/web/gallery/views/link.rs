//! Links, and which addresses a page may link to.

use serde::Serialize;

use crate::catalog::{Facet, FacetFilter, PackageQuery, repository_of};
use crate::model::repository::{Repository, own_repository};
use crate::model::{Document, PackageName};
use crate::web::gallery::address::{Address, PackagePart};
use crate::web::gallery::parameters::write_query;

/// A link; `is_foreign` where it leaves the gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub text: String,
    pub href: String,
    pub is_foreign: bool,
}

/// Something that the release requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// As written.
    pub text: String,
    /// The package's page, if this gallery holds it.
    pub href: Option<String>,
}

/// The page of a package of this registry.
#[must_use]
pub fn package_href(profile: &str, name: &str, registry: &str) -> String {
    let name = PackageName::full(name, registry);
    Address::package(profile, &name, PackagePart::Latest).to_string()
}

/// The list of everything with this value.
#[must_use]
pub fn filtered_list(profile: &str, facet: Facet, value: &str) -> Link {
    let query = PackageQuery {
        filters: vec![FacetFilter {
            facet,
            value: value.to_owned(),
            excluded: false,
        }],
        ..PackageQuery::default()
    };
    Link {
        text: value.to_owned(),
        href: format!("{}?{}", Address::list(profile), write_query(&query)),
        is_foreign: false,
    }
}

/// What people call the registry of a release.
#[must_use]
pub fn registry_name(document: &Document) -> &str {
    match document.registry.as_str() {
        "pypi" | "" => "PyPI",
        "npm" => "npm",
        other => other,
    }
}

/// The repository of a package: where GitHub says that it is, or else where its metadata do.
#[must_use]
pub fn repository_link(latest: &Document) -> Option<Link> {
    let repository = match repository_of(latest) {
        Some(slug) => Repository::GitHub(slug),
        None => own_repository([latest]).named?.repository,
    };
    Some(Link {
        text: "repository".to_owned(),
        href: web_address(&repository.url())?,
        is_foreign: true,
    })
}

/// An address that a page may link to, with its scheme; `None` for everything else.
#[must_use]
pub fn web_address(address: &str) -> Option<String> {
    let address = address.trim();
    if address.is_empty() || address.chars().any(char::is_control) {
        return None;
    }
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let address = if has_scheme {
        address.to_owned()
    } else {
        format!("https://{address}")
    };
    let url = url::Url::parse(&address).ok()?;
    let is_web =
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(is_public_host);
    // Names and passwords in an address are there to deceive.
    (is_web && url.username().is_empty() && url.password().is_none()).then(|| url.to_string())
}

/// Whether a host has several labels, none of them empty, as all that strangers may link to have.
fn is_public_host(host: &str) -> bool {
    host.contains('.') && host.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn only_addresses_of_the_web_are_linked() {
        for (address, linked) in [
            (
                "https://example.org/a?b=c",
                Some("https://example.org/a?b=c"),
            ),
            ("www.example.org", Some("https://www.example.org/")),
            ("example.org:8080", Some("https://example.org:8080/")),
            ("HTTP://Example.org", Some("http://example.org/")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("https://user:password@example.org", None),
            ("//", None),
            ("../../packages/a.whl", None),
            ("https://localhost/", None),
            ("", None),
            ("https://example.org/\n", Some("https://example.org/")),
            ("mailto:a@example.org", None),
        ] {
            assert_eq!(web_address(address).as_deref(), linked, "{address}");
        }
    }
}
