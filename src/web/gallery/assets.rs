//! The gallery's own files: a stylesheet, scripts and icons, compiled into the program.
//!
//! Their addresses contain a hash of the content, so that browsers keep them for good. They are compressed
//! once, at the start.

use xxhash_rust::xxh3::xxh3_64;

use super::address::Address;
use super::page::{CachePolicy, Page};

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// With the hash: `gallery.0123456789abcdef.css`.
    pub name: String,
    page: Page,
}

/// All files.
#[derive(Debug)]
pub struct Assets {
    pub stylesheet: Asset,
    pub script: Asset,
    pub theme_script: Asset,
    /// Searches in the browser, where no server does.
    pub search_script: Asset,
    pub icon: Asset,
}

impl Asset {
    fn new(
        stem: &str,
        extension: &str,
        content_type: &'static str,
        content: &'static [u8],
    ) -> Self {
        Self {
            name: format!("{stem}.{:016x}.{extension}", xxh3_64(content)),
            page: Page::content(content_type, content.into(), CachePolicy::Immutable).compressed(),
        }
    }

    /// The path at which it is found.
    #[must_use]
    pub fn path(&self) -> String {
        Address::Asset(self.name.clone()).to_string()
    }

    /// The file as an answer.
    #[must_use]
    pub fn page(&self, cache: CachePolicy) -> Page {
        Page {
            cache,
            ..self.page.clone()
        }
    }
}

impl Assets {
    #[must_use]
    pub fn new() -> Self {
        const CSS: &str = "text/css; charset=utf-8";
        const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
        Self {
            stylesheet: Asset::new(
                "gallery",
                "css",
                CSS,
                include_bytes!("../assets/gallery.css"),
            ),
            script: Asset::new(
                "gallery",
                "js",
                JAVASCRIPT,
                include_bytes!("../assets/gallery.js"),
            ),
            theme_script: Asset::new(
                "theme",
                "js",
                JAVASCRIPT,
                include_bytes!("../assets/theme.js"),
            ),
            search_script: Asset::new(
                "search",
                "js",
                JAVASCRIPT,
                concat!(
                    include_str!("../assets/search_ranking.js"),
                    include_str!("../assets/search.js")
                )
                .as_bytes(),
            ),
            icon: Asset::new(
                "icon",
                "svg",
                "image/svg+xml",
                include_bytes!("../assets/icon.svg"),
            ),
        }
    }

    /// The file with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Asset> {
        self.all().into_iter().find(|asset| asset.name == name)
    }

    /// Every file.
    #[must_use]
    pub fn all(&self) -> [&Asset; 5] {
        [
            &self.stylesheet,
            &self.script,
            &self.theme_script,
            &self.search_script,
            &self.icon,
        ]
    }
}

impl Default for Assets {
    fn default() -> Self {
        Self::new()
    }
}
