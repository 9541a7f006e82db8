//! The addresses in pages and feeds, from those of a server to those of files.
//!
//! Whatever leads to a place that the site does not have becomes plain text. Everything else in a page
//! stays as the gallery has made it.

use std::cell::RefCell;
use std::collections::HashMap;

use lol_html::html_content::{ContentType, Element};
use lol_html::{HandlerResult, RewriteStrSettings, element, rewrite_str};
use pyfa_readme::Images;
use url::Url;

use super::places::Place;
use crate::export::ExportError;
use crate::export::documents::Documents;
use crate::export::request::Scope;
use crate::web::gallery::PLACEHOLDER;
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};

/// What a page may load: nothing but what the site itself has. A web server should say the same, and
/// `frame-ancestors 'none'`, which only a header can.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; manifest-src 'self'";
/// The same, if the operator allows images of READMEs.
const POLICY_WITH_IMAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                  img-src 'self' data: https:; connect-src 'self'; \
                                  form-action 'self'; base-uri 'none'; manifest-src 'self'";

/// Where addresses stand in a page.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("[href]", "href"),
    ("[src]", "src"),
    ("[action]", "action"),
    ("[data-index]", "data-index"),
];

/// Where the site will be, and what it has.
pub(super) struct Links<'d> {
    /// Scheme and host, and the folder on it without a slash at the end.
    origin: String,
    folder: String,
    profile: &'d str,
    scope: Scope,
    images: Images,
    documents: &'d Documents,
    /// The pages of people and repositories, by their addresses in lower case.
    people: HashMap<String, Address>,
}

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
enum Leads {
    /// Nowhere in the site's own addresses.
    Elsewhere,
    To(String),
    /// To what the site does not have.
    Nowhere,
}

impl<'d> Links<'d> {
    pub(super) fn new(
        base: &Url,
        profile: &'d str,
        scope: Scope,
        images: Images,
        documents: &'d Documents,
    ) -> Self {
        Self {
            origin: base.origin().ascii_serialization(),
            folder: base.path().trim_end_matches('/').to_owned(),
            profile,
            scope,
            images,
            documents,
            people: HashMap::new(),
        }
    }

    /// The same with pages of people and repositories at these addresses; there are no others.
    pub(super) fn with_people(mut self, addresses: &[Address]) -> Self {
        let keyed = addresses.iter().map(|one| (key_of(one), one.clone()));
        self.people = keyed.collect();
        self
    }

    /// The address of a place, from the top of the host.
    pub(super) fn path_of(&self, place: &Place) -> String {
        format!("{}{}", self.folder, place.path())
    }

    /// A page.
    pub(super) fn rewrite_page(&self, html: &str) -> Result<String, ExportError> {
        let html = self.rewrite_text(html)?;
        let failure = RefCell::new(None);
        let policy = match self.images {
            Images::Loaded => POLICY_WITH_IMAGES,
            Images::Linked => POLICY,
        };
        let policy =
            format!("\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
        let mut settings = RewriteStrSettings::new().append_element_content_handler(element!(
            "meta[charset]",
            |charset| {
                charset.after(&policy, ContentType::Html);
                Ok(())
            }
        ));
        for (selector, attribute) in ATTRIBUTES {
            let failure = &failure;
            let handler = element!(selector, move |element| {
                self.rewrite_attribute(element, attribute, failure)
            });
            settings = settings.append_element_content_handler(handler);
        }
        let written = rewrite_str(&html, settings);
        match (failure.into_inner(), written) {
            (Some(error), _) => Err(error),
            (None, written) => written.map_err(|error| ExportError::Page {
                address: "of a template".to_owned(),
                why: error.to_string(),
            }),
        }
    }

    fn rewrite_attribute(
        &self,
        element: &mut Element<'_, '_>,
        attribute: &str,
        failure: &RefCell<Option<ExportError>>,
    ) -> HandlerResult {
        let value = element.get_attribute(attribute).unwrap_or_default();
        match self.lead(&value) {
            Ok(Leads::To(path)) => element.set_attribute(attribute, &path)?,
            Ok(Leads::Elsewhere) => {}
            Ok(Leads::Nowhere) if element.tag_name() == "a" => element.remove_and_keep_content(),
            Ok(Leads::Nowhere) => element.remove(),
            Err(error) => *failure.borrow_mut() = Some(error),
        }
        Ok(())
    }

    /// The whole addresses in a text of any kind: in attributes, JSON, XML.
    pub(super) fn rewrite_text(&self, text: &str) -> Result<String, ExportError> {
        // Templates escape slashes; they mean the same, and addresses are found more easily.
        let text = text.replace("&#x2f;", "/");
        let mut written = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(PLACEHOLDER) {
            let (before, from) = rest.split_at(at);
            written.push_str(before);
            let path = from.get(PLACEHOLDER.len()..).unwrap_or_default();
            let end = path
                .find(|one: char| one.is_whitespace() || "\"'<>\\".contains(one))
                .unwrap_or(path.len());
            let (path, after) = path.split_at(end);
            written.push_str(&self.origin);
            match self.lead(path)? {
                Leads::To(path) => written.push_str(&path),
                // The start page stands for what the site does not have.
                Leads::Nowhere | Leads::Elsewhere => {
                    written.push_str(&self.folder);
                    written.push('/');
                }
            }
            rest = after;
        }
        written.push_str(rest);
        Ok(written)
    }

    /// Where a reference from the top of the gallery leads. It may be escaped for HTML: neither paths
    /// nor the signs of a query that count here are.
    fn lead(&self, reference: &str) -> Result<Leads, ExportError> {
        if !reference.starts_with('/') || reference.starts_with("//") {
            return Ok(Leads::Elsewhere);
        }
        let (reference, fragment) = cut(reference, '#');
        let (path, query) = cut(reference, '?');
        let Some(address) = Address::of_written(path) else {
            return Ok(Leads::Elsewhere);
        };
        if address.profile_key().is_some_and(|key| key != self.profile) {
            // Something else on the operator's host.
            return Ok(Leads::Elsewhere);
        }
        let Some(address) = self.present(address)? else {
            return Ok(Leads::Nowhere);
        };
        let is_list = matches!(
            address,
            Address::Profile {
                part: ProfilePart::List,
                ..
            }
        );
        let page = query.strip_prefix("?page=");
        let page: Option<u32> = page.and_then(|page| page.parse().ok());
        let (place, query) = match (page, &address) {
            (Some(page), _) if is_list => (Some(Place::of_list_page(self.profile, page)), ""),
            (
                Some(page),
                Address::Package {
                    name,
                    part: PackagePart::Releases,
                    ..
                },
            ) => (Some(Place::of_releases_page(self.profile, name, page)), ""),
            // Only the list takes parameters here: its script reads them.
            _ => (Place::of(&address), if is_list { query } else { "" }),
        };
        Ok(place.map_or(Leads::Nowhere, |place| {
            Leads::To(format!("{}{query}{fragment}", self.path_of(&place)))
        }))
    }

    /// The address at which the site has it.
    fn present(&self, address: Address) -> Result<Option<Address>, ExportError> {
        if let Address::Person { .. } | Address::Repository { .. } = &address {
            return Ok(self.people.get(&key_of(&address)).cloned());
        }
        let Address::Package {
            profile,
            name,
            part: PackagePart::Release(version),
        } = &address
        else {
            return Ok(Some(address));
        };
        Ok(match self.documents.find_release(name, version)? {
            Some(true) => Some(Address::package(profile, name, PackagePart::Latest)),
            Some(false) if self.scope == Scope::All => Some(address),
            _ => None,
        })
    }
}

/// GitHub takes logins and names in any case.
fn key_of(address: &Address) -> String {
    address.to_string().to_lowercase()
}

/// A text before a sign, and from it on.
fn cut(text: &str, sign: char) -> (&str, &str) {
    text.split_at(text.find(sign).unwrap_or(text.len()))
}
