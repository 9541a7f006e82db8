//! The list of registries.

use std::sync::Arc;

use pyfa_http::DiskCache;

use super::error::RegistryError;
use super::interface::Registry;
use super::npm::Npm;
use super::pypi::PyPi;
use super::settings::RegistrySettings;
use crate::model::RegistryKind;

/// A client of the registry of this kind; sends nothing yet. It keeps in `cache` what saves a
/// request.
///
/// # Errors
///
/// [`RegistryError::Broken`] where no HTTP client can be made of the settings.
pub fn connect(
    kind: RegistryKind,
    settings: &RegistrySettings,
    user_agent: &str,
    cache: &DiskCache,
) -> Result<Arc<dyn Registry>, RegistryError> {
    Ok(match kind {
        RegistryKind::PyPi => Arc::new(PyPi::new(settings, user_agent)?),
        RegistryKind::Npm => Arc::new(Npm::new(settings, user_agent, cache.clone())?),
    })
}
