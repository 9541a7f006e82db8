//! The operator's own files: pages in Markdown, logos, and stylesheets made of the configured colours.
//!
//! Read once at the start; nothing that a visitor sends becomes the name of a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyfa_readme::{Images, for_page, render};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::address::Address;
use super::colors::{Color, ColorError, stylesheet};
use super::page::{CachePolicy, Page};
use super::settings::GallerySettings;

/// The folder of pages within the operator's folder.
const PAGES: &str = "pages";
/// Bytes of the longest page or logo.
const LONGEST_FILE: u64 = 1_000_000;
/// Kinds of logos, with their media types.
const LOGO_TYPES: [(&str, &str); 5] = [
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("jpg", "image/jpeg"),
    ("ico", "image/x-icon"),
];
/// Addresses under `/-/` that are taken.
const TAKEN: [&str; 2] = ["a", "help"];

/// The operator's files, ready to be sent.
#[derive(Debug, Default)]
pub struct OwnFiles {
    pages: BTreeMap<String, OwnPage>,
    /// By their names with the hash.
    files: BTreeMap<String, Page>,
    /// The names of the logos' files with the hash, by the names in the settings.
    logos: BTreeMap<String, String>,
    /// The same of stylesheets, by profile.
    colors: BTreeMap<String, String>,
}

/// A page that the operator wrote.
#[derive(Debug)]
pub struct OwnPage {
    pub title: String,
    pub html: String,
}

/// A file or colour of the operator's cannot be used.
#[derive(Debug, Error)]
pub enum OwnFileError {
    #[error("{file} cannot be read: {reason}", file = file.display())]
    Unreadable {
        file: PathBuf,
        reason: std::io::Error,
    },
    #[error("{file} has more than {LONGEST_FILE} bytes; use a smaller one", file = file.display())]
    TooLong { file: PathBuf },
    #[error(
        "a page can be called by letters, digits and dashes, and neither `a` nor `help`: {file}",
        file = file.display()
    )]
    PageName { file: PathBuf },
    #[error("the logo `{logo}` is not an image that browsers show; use svg, png, webp, jpg or ico")]
    LogoType { logo: String },
    #[error("the logo `{logo}` has to be a file in the gallery's folder (GALLERY_DIR)")]
    LogoName { logo: String },
    #[error("the colour of `[gallery.{profile}]` cannot be used: {reason}")]
    Color { profile: String, reason: ColorError },
}

impl OwnFiles {
    /// Reads what the settings name.
    ///
    /// # Errors
    ///
    /// [`OwnFileError`] if a file or colour cannot be used.
    pub fn load(settings: &GallerySettings) -> Result<Self, OwnFileError> {
        let mut own = Self::default();
        if let Some(folder) = &settings.folder {
            own.load_pages(&folder.join(PAGES), settings.images_of(None))?;
        }
        for (key, appearance) in &settings.profiles {
            if let Some(logo) = &appearance.logo {
                own.load_logo(logo, settings.folder.as_deref())?;
            }
            let color = |text: &Option<String>| text.as_deref().map(Color::parse).transpose();
            let wrong = |reason| OwnFileError::Color {
                profile: key.clone(),
                reason,
            };
            let light = color(&appearance.color).map_err(wrong)?;
            let dark = color(&appearance.color_dark).map_err(wrong)?;
            if let Some(css) = stylesheet(light, dark).map_err(wrong)? {
                let name = hashed(&format!("colors-{key}"), "css", css.as_bytes());
                own.files.insert(
                    name.clone(),
                    file("text/css; charset=utf-8", css.into_bytes()),
                );
                own.colors.insert(key.clone(), name);
            }
        }
        Ok(own)
    }

    fn load_pages(&mut self, folder: &Path, images: Images) -> Result<(), OwnFileError> {
        let unreadable = |reason| OwnFileError::Unreadable {
            file: folder.to_owned(),
            reason,
        };
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in folder.read_dir().map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            let name = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if file.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let is_name = |character: char| character.is_ascii_alphanumeric() || character == '-';
            if !name.chars().all(is_name) || TAKEN.contains(&&*name) || name.starts_with('-') {
                return Err(OwnFileError::PageName { file });
            }
            let text = String::from_utf8_lossy(&read(&file)?).into_owned();
            // The first heading is the page's own.
            let (title, text) = match text.trim_start().split_once('\n') {
                Some((first, rest)) if first.starts_with("# ") => {
                    (first.trim_start_matches('#').trim().to_owned(), rest)
                }
                _ => (name.clone(), text.as_str()),
            };
            let rendered = render(text, Some("text/markdown"), text.len());
            let html = for_page(&rendered.html, images, usize::MAX / 2).html;
            self.pages.insert(name, OwnPage { title, html });
        }
        Ok(())
    }

    fn load_logo(&mut self, logo: &str, folder: Option<&Path>) -> Result<(), OwnFileError> {
        let extension = logo.rsplit('.').next().unwrap_or_default();
        let found = LOGO_TYPES.iter().find(|(known, _)| *known == extension);
        let Some((_, content_type)) = found else {
            return Err(OwnFileError::LogoType {
                logo: logo.to_owned(),
            });
        };
        let is_file_name = !logo.contains(['/', '\\']) && !logo.starts_with('.');
        let Some(folder) = folder.filter(|_| is_file_name) else {
            return Err(OwnFileError::LogoName {
                logo: logo.to_owned(),
            });
        };
        let content = read(&folder.join(logo))?;
        let name = hashed("logo", extension, &content);
        self.files.insert(name.clone(), file(content_type, content));
        self.logos.insert(logo.to_owned(), name);
        Ok(())
    }

    /// Names and titles of the pages.
    pub fn pages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pages
            .iter()
            .map(|(name, page)| (name.as_str(), page.title.as_str()))
    }

    /// The page with this name.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&OwnPage> {
        self.pages.get(name)
    }

    /// The path of a logo.
    #[must_use]
    pub fn logo_path(&self, logo: &str) -> Option<String> {
        let name = self.logos.get(logo)?;
        Some(Address::Asset(name.clone()).to_string())
    }

    /// The path of the stylesheet with a profile's colours.
    #[must_use]
    pub fn colors_path(&self, profile: &str) -> Option<String> {
        let name = self.colors.get(profile)?;
        Some(Address::Asset(name.clone()).to_string())
    }

    /// The names of all files.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file with this name, which contains its hash.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Page> {
        self.files.get(name).cloned()
    }
}

/// A file as an answer. Pictures are compressed already, but for drawings.
fn file(content_type: &'static str, content: Vec<u8>) -> Page {
    let page = Page::content(content_type, content.into(), CachePolicy::Immutable);
    if content_type.starts_with("text/") || content_type == "image/svg+xml" {
        page.compressed()
    } else {
        page
    }
}

fn hashed(stem: &str, extension: &str, content: &[u8]) -> String {
    format!("{stem}.{:016x}.{extension}", xxh3_64(content))
}

fn read(file: &Path) -> Result<Vec<u8>, OwnFileError> {
    let unreadable = |reason| OwnFileError::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let length = file.metadata().map_err(unreadable)?.len();
    if length > LONGEST_FILE {
        return Err(OwnFileError::TooLong {
            file: file.to_owned(),
        });
    }
    std::fs::read(file).map_err(unreadable)
}
