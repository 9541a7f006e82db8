//! The list of registries.

use std::sync::Arc;

use super::error::RegistryError;
use super::interface::Registry;
use super::pypi::PyPi;
use super::settings::RegistrySettings;
use crate::model::RegistryKind;

/// A client of the registry of this kind; sends nothing yet.
///
/// # Errors
///
/// [`RegistryError::Broken`] where no HTTP client can be made of the settings.
pub fn connect(
    kind: RegistryKind,
    settings: &RegistrySettings,
    user_agent: &str,
) -> Result<Arc<dyn Registry>, RegistryError> {
    Ok(match kind {
        RegistryKind::PyPi => Arc::new(PyPi::new(settings, user_agent)?),
        RegistryKind::Npm => {
            return Err(RegistryError::Broken {
                what: "packages".to_owned(),
                why: "npm has no adapter yet".to_owned(),
            });
        }
    })
}
