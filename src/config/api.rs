//! The settings of programs that ask.

use std::time::Duration;

use serde::Deserialize;

use crate::database::DatabaseSettings;
use crate::web::door::DoorSettings;
use crate::web::gallery::GallerySettings;

#[derive(Deserialize)]
pub(super) struct ApiValues {
    without_key: bool,
    rate: u32,
    patience: f64,
    origins: Option<String>,
}

impl ApiValues {
    /// The address and the proxies are those of the gallery, which is at the same place.
    pub(super) fn into_settings(
        self,
        database: DatabaseSettings,
        gallery: &GallerySettings,
    ) -> DoorSettings {
        let origins = self.origins.unwrap_or_default();
        let origins = origins
            .split(',')
            .map(|origin| origin.trim().trim_end_matches('/'));
        DoorSettings {
            without_key: self.without_key,
            requests_per_minute: self.rate,
            patience: Duration::from_secs_f64(self.patience),
            origins: origins
                .filter(|origin| !origin.is_empty())
                .map(str::to_owned)
                .collect(),
            base_url: gallery.base_url.clone(),
            trusted_proxies: gallery.trusted_proxies.clone(),
            ..DoorSettings::new(database)
        }
    }
}
