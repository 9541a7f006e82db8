//! Why a gallery cannot be shown.

use thiserror::Error;

use super::own_files::OwnFileError;
use super::settings::SettingError;
use super::templates::TemplateError;

/// The gallery cannot be shown as the operator wants it.
#[derive(Debug, Error)]
pub enum GalleryError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    OwnFile(#[from] OwnFileError),
    #[error(transparent)]
    Setting(#[from] SettingError),
}
