//! What an operator decides about the gallery. Plain data; `config` reads it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// How the gallery looks and behaves.
#[derive(Debug, Clone, Default)]
pub struct GallerySettings {
    /// The address under which visitors reach the gallery, for feeds, sitemaps and canonical links;
    /// none means the address that each request names.
    pub base_url: Option<Url>,
    /// Whether images of READMEs are loaded from the hosts that the authors chose.
    pub images: bool,
    /// Machines whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The operator's templates, pages and logos.
    pub folder: Option<PathBuf>,
    /// By the profile's key.
    pub profiles: BTreeMap<String, ProfileAppearance>,
}

/// How one profile is shown: a section `[gallery.KEY]` of `pyfa.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileAppearance {
    /// In place of the profile's name.
    pub title: Option<String>,
    /// In place of the profile's description.
    pub description: Option<String>,
    /// Colour of links and buttons, as `#rrggbb`, on a light ground.
    pub color: Option<String>,
    /// The same on a dark ground.
    pub color_dark: Option<String>,
    /// A file in the gallery's folder.
    pub logo: Option<String>,
    /// At the foot of each page.
    pub links: Vec<FooterLink>,
    /// Whether the profile is not shown, although there is a collection.
    pub hidden: bool,
    /// Whether packages with an archived repository are left out until a visitor asks for them.
    pub hide_archived: bool,
}

/// A link at the foot of each page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FooterLink {
    pub text: String,
    pub url: String,
}
