//! What every page shows around its content.

use serde::Serialize;

use super::format::Moment;
use super::link::Link;

/// A page: its head, its header and foot, and its content under `view`.
#[derive(Debug, Clone, Serialize)]
pub struct Layout<V: Serialize> {
    /// Text of the `<title>` and of social cards.
    pub title: String,
    /// For search engines and social cards; may be empty.
    pub description: String,
    /// The absolute address that stands for this page.
    pub canonical: String,
    /// `index, follow` or `noindex, follow`.
    pub robots: &'static str,
    pub site: SiteView,
    /// The profile that the page belongs to.
    pub profile: Option<ProfileView>,
    /// Feeds of what the page shows.
    pub feeds: Vec<FeedLink>,
    /// Escaped for a `<script>` element; empty if there is none.
    pub json_ld: String,
    /// What the search box holds.
    pub words: String,
    pub view: V,
}

/// What is the same on all pages.
#[derive(Debug, Clone, Serialize)]
pub struct SiteView {
    /// The gallery's name.
    pub title: String,
    /// Profiles to switch between.
    pub profiles: Vec<ProfileLink>,
    pub stylesheet: String,
    pub script: String,
    /// Runs before the page is painted: sets the theme that the visitor chose.
    pub theme_script: String,
    pub icon: String,
    /// Where pages are files and no server answers.
    pub frozen: Option<FrozenView>,
    /// Pages that the operator has added.
    pub pages: Vec<Link>,
    /// At the foot: those of the page's profile, or of all profiles where it belongs to none.
    pub links: Vec<Link>,
}

/// What pages know that are files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrozenView {
    /// The moment up to which ages are counted.
    pub as_of: Option<Moment>,
    /// The script that searches in the browser.
    pub script: String,
    /// What it reads.
    pub index: String,
}

/// A profile in the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileLink {
    pub key: String,
    pub title: String,
    pub href: String,
}

/// The profile of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileView {
    pub key: String,
    pub title: String,
    pub description: String,
    pub href: String,
    pub opensearch: String,
    pub matrix: String,
    pub compare: String,
    pub suggest: String,
    /// Address of a stylesheet with the operator's colours; empty for ours.
    pub colors: String,
    /// Address of the operator's logo; empty if there is none.
    pub logo: String,
    pub links: Vec<Link>,
}

/// A feed, for the head of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeedLink {
    pub content_type: &'static str,
    pub title: String,
    pub href: String,
}
