//! What to do with a document that comes in, and with values that do not fit.

use super::document_error::DocumentError;
use crate::schema::Schema;

/// What to do with a document, by whether one of its id is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Store it; refuse one that is there.
    #[default]
    Create,
    /// Store it in the place of one that may be there.
    Upsert,
    /// Merge it into the one that has to be there.
    Update,
    /// Merge it into the one that is there, or store it as it is.
    Emplace,
}

impl Action {
    /// Reads the value of the parameter `action`; none is [`Action::Create`].
    pub fn parse(value: Option<&str>) -> Result<Self, DocumentError> {
        match value {
            None | Some("create") => Ok(Self::Create),
            Some("upsert") => Ok(Self::Upsert),
            Some("update") => Ok(Self::Update),
            Some("emplace") => Ok(Self::Emplace),
            Some(_) => Err(DocumentError::UnknownAction),
        }
    }

    /// Whether the document is merged into one that is there.
    #[must_use]
    pub fn merges(self) -> bool {
        matches!(self, Self::Update | Self::Emplace)
    }
}

/// What to do with a value that is not of its field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirtyValues {
    /// Refuse the document.
    Reject,
    /// Leave the value out where the field is optional; otherwise refuse.
    Drop,
    /// Convert it; what cannot be converted is left out or refused like [`DirtyValues::Drop`].
    CoerceOrDrop,
    /// Convert it; otherwise refuse.
    CoerceOrReject,
}

impl DirtyValues {
    /// Reads the value of the parameter `dirty_values`. What is none of the four words counts as
    /// absent, and then the schema decides: one with dynamic fields converts, another refuses.
    #[must_use]
    pub fn parse(value: Option<&str>, schema: &Schema) -> Self {
        match value {
            Some("reject") => Self::Reject,
            Some("drop") => Self::Drop,
            Some("coerce_or_drop") => Self::CoerceOrDrop,
            Some("coerce_or_reject") => Self::CoerceOrReject,
            _ if schema.is_dynamic() => Self::CoerceOrReject,
            _ => Self::Reject,
        }
    }
}
