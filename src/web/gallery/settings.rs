//! What an operator decides about the gallery. Plain data; `config` reads it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use pyfa_readme::Images;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::address::RESERVED;
use super::patience::Timeouts;
use crate::database::DatabaseSettings;
use crate::enrich::health::RuleSet;
use crate::profile::nearest::nearest;

/// How the gallery looks and behaves.
#[derive(Debug, Clone, Default)]
pub struct GallerySettings {
    /// The address under which visitors reach the gallery, perhaps with a path; none means the top of
    /// the host that each request names.
    pub base_url: Option<Url>,
    /// Whether images of READMEs and of own pages are loaded from the hosts that the authors chose.
    pub images: bool,
    /// Machines whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The operator's templates, pages and logos.
    pub folder: Option<PathBuf>,
    /// How health is computed, for the page that says so.
    pub health_rules: RuleSet,
    /// The database of the map and the metrics, if there may be one; the command that serves the gallery
    /// names it.
    pub database: Option<DatabaseSettings>,
    /// By the profile's key.
    pub profiles: BTreeMap<String, ProfileAppearance>,
    /// The file that says when the collections were last brought up to date; the command that serves
    /// the gallery knows it.
    pub since_file: Option<PathBuf>,
    /// How long visitors wait for the search server; no setting of the operator's.
    pub patience: Timeouts,
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
    /// In place of the gallery's setting.
    pub images: Option<bool>,
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

/// A setting cannot be meant as it is.
#[derive(Debug, Error)]
pub enum SettingError {
    // It may hold a password.
    #[error(
        "GALLERY_BASE_URL has a user, or a part of its path is empty; give scheme, host and perhaps a \
         path"
    )]
    BaseUrl,
    #[error(
        "GALLERY_BASE_URL is `{url}`, and `{segment}` is also the beginning of addresses of the gallery; \
         choose another path, so that a proxy may keep it or take it off"
    )]
    BasePath { url: Url, segment: String },
    #[error("GALLERY_DIR is `{folder}`, which is not a folder", folder = .0.display())]
    Folder(PathBuf),
    #[error(
        "there is no profile `{key}` for the section `[gallery.{key}]`; did you mean `{nearest}`?"
    )]
    UnknownProfile { key: String, nearest: String },
    #[error(
        "a link of `[gallery.{profile}]` leads to `{url}`; an address begins with `https://`, \
         `http://`, `mailto:` or `/`, and has a text"
    )]
    Link { profile: String, url: String },
}

impl GallerySettings {
    /// What becomes of images on the pages of a profile, or on those of none.
    #[must_use]
    pub fn images_of(&self, profile: Option<&str>) -> Images {
        let appearance = profile.and_then(|key| self.profiles.get(key));
        let own = appearance.and_then(|appearance| appearance.images);
        if own.unwrap_or(self.images) {
            Images::Loaded
        } else {
            Images::Linked
        }
    }

    /// Whether any page loads images from the hosts that authors chose.
    #[must_use]
    pub fn has_images(&self) -> bool {
        self.images || self.profiles.values().any(|one| one.images == Some(true))
    }

    /// Checks what the kinds of the settings do not.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for the first that is wrong.
    pub fn check<'k>(
        &self,
        keys: impl Iterator<Item = &'k str> + Clone,
    ) -> Result<(), SettingError> {
        if let Some(url) = &self.base_url {
            check_base_url(url, keys.clone())?;
        }
        if let Some(folder) = &self.folder
            && !folder.is_dir()
        {
            return Err(SettingError::Folder(folder.clone()));
        }
        for (profile, appearance) in &self.profiles {
            if !keys.clone().any(|key| key == profile) {
                return Err(SettingError::UnknownProfile {
                    key: profile.clone(),
                    nearest: nearest(profile, ".", keys).unwrap_or_default().to_owned(),
                });
            }
            if let Some(link) = appearance.links.iter().find(|link| !link.is_sound()) {
                return Err(SettingError::Link {
                    profile: profile.clone(),
                    url: link.url.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Whether a public address is one, and its path cannot be taken for an address of the gallery.
fn check_base_url<'k>(
    url: &Url,
    mut keys: impl Iterator<Item = &'k str>,
) -> Result<(), SettingError> {
    let whole = format!("{}{}", url.origin().ascii_serialization(), url.path());
    if whole != url.as_str() || url.path().contains("//") {
        return Err(SettingError::BaseUrl);
    }
    let segment = url.path().split('/').nth(1).unwrap_or_default();
    let is_taken = RESERVED.contains(&segment)
        || pyfa_engine::is_api_segment(segment)
        || keys.any(|key| key == segment);
    if is_taken {
        return Err(SettingError::BasePath {
            url: url.clone(),
            segment: segment.to_owned(),
        });
    }
    Ok(())
}

impl FooterLink {
    fn is_sound(&self) -> bool {
        let leads_to_the_web = Url::parse(&self.url)
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http" | "mailto"));
        let is_own = self.url.starts_with('/') && !self.url.starts_with("//");
        let is_plain = !self
            .url
            .contains(|one: char| one.is_control() || one == '\\');
        (leads_to_the_web || is_own) && is_plain && !self.text.trim().is_empty()
    }
}
