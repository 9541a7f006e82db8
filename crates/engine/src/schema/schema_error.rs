//! Why a schema, or a change of one, was refused.

use thiserror::Error;

use super::definition::MOST_FIELDS;
use crate::error::{EngineError, ErrorCode};

/// See the [module](self). The texts are those that clients of the API match on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// The body of a change is no object.
    #[error("Bad JSON.")]
    NotAnObject,
    /// A field is neither an object nor null.
    #[error("Bad request.")]
    FieldNotAnObject,
    /// There is no name.
    #[error("Parameter `name` is required.")]
    NoName,
    /// The name is empty or no text.
    #[error("Parameter `name` must be a non-empty string.")]
    EmptyName,
    /// There are no fields.
    #[error("Parameter `fields` is required.")]
    NoFields,
    /// `fields` is not a list, or an empty one.
    #[error(
        "The `fields` value should be an array of objects containing `name`, `type` and optionally, \
         `facet` properties."
    )]
    FieldsNotAList,
    /// A field lacks its name or type.
    #[error(
        "Wrong format for `fields`. It should be an array of objects containing `name`, `type`, \
         `optional` and `facet` properties."
    )]
    MalformedField,
    /// `default_sorting_field` is not text.
    #[error(
        "`default_sorting_field` should be a string. It should be the name of an int32/float field."
    )]
    DefaultSortingFieldNotText,
    /// `default_sorting_field` is `id`.
    #[error("Invalid `default_sorting_field` value: cannot be `id`.")]
    DefaultSortingById,
    /// There is no field of this name.
    #[error("Default sorting field is defined as `{field}` but is not found in the schema.")]
    UnknownDefaultSortingField {
        /// Its name.
        field: String,
    },
    /// Documents may lack it.
    #[error("Default sorting field `{field}` cannot be an optional field.")]
    OptionalDefaultSortingField {
        /// Its name.
        field: String,
    },
    /// Places have no order.
    #[error("Default sorting field cannot be of type geopoint.")]
    GeopointDefaultSortingField,
    /// It cannot be sorted by.
    #[error("Default sorting field `{field}` is not a sortable type.")]
    UnsortableDefaultSortingField {
        /// Its name.
        field: String,
    },
    /// A switch is neither true nor false.
    #[error("`enable_nested_fields` should be a boolean.")]
    NestedFieldsNotABool,
    /// A list holds something else than single characters.
    #[error("`{key}` should be an array of character symbols.")]
    NotCharacters {
        /// The list's name.
        key: &'static str,
    },
    /// A new field is to be dropped.
    #[error("Invalid property `drop` on field `{field}`: it is allowed only during schema update.")]
    DropOfNewField {
        /// Its name.
        field: String,
    },
    /// A switch of a field is neither true nor false.
    #[error("The `{key}` property of the field `{field}` should be a boolean.")]
    PropertyNotABool {
        /// The field's name.
        field: String,
        /// The property's name.
        key: &'static str,
    },
    /// A locale is not text.
    #[error("The `locale` property of the field `{field}` should be a string.")]
    LocaleNotText {
        /// The field's name.
        field: String,
    },
    /// A locale is no language.
    #[error(
        "The `locale` property of the field `{field}` is `{locale}`, which is not a language: it \
         should be a two-letter code of ISO 639-1, such as `de` or `zh`, or be left out."
    )]
    UnknownLocale {
        /// The field's name.
        field: String,
        /// What was said.
        locale: String,
    },
    /// There is no such type.
    #[error(
        "Field `{field}` has an invalid data type `{kind}`, see docs for supported data types."
    )]
    UnknownType {
        /// The field's name.
        field: String,
        /// What was said.
        kind: String,
    },
    /// An object without nested fields.
    #[error(
        "Type `object` or `object[]` can be used only when nested fields are enabled by setting` \
         enable_nested_fields` to true."
    )]
    NestedFieldsOff,
    /// The properties of a field contradict each other.
    #[error("Field `{field}` {rule}")]
    Contradiction {
        /// The field's name.
        field: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Two fields `.*`.
    #[error("There can be only one field named `.*`.")]
    SecondCatchAll,
    /// Two fields of one name.
    #[error("There are duplicate field names in the schema.")]
    DuplicateFields,
    /// All numbers of fields are taken.
    #[error(
        "A collection can have {} fields in its life, dropped ones included; to have more, import \
         the documents into a new collection.",
        MOST_FIELDS
    )]
    TooManyFields,
    /// A change of something else than fields or metadata.
    #[error("Only `fields` can be updated at the moment.")]
    NothingToChange,
    /// `metadata` is no object.
    #[error("The `metadata` value should be an object.")]
    MetadataNotAnObject,
    /// The fields of a change are malformed.
    #[error(
        "The `fields` value should be an array of objects containing the field `name` and other \
         properties."
    )]
    MalformedChange,
    /// A change of `id`.
    #[error("Field `id` cannot be altered.")]
    ChangeOfId,
    /// `drop` is something else than true.
    #[error("Field `{field}` must have a drop value of `true`.")]
    DropValue {
        /// Its name.
        field: String,
    },
    /// A field that is to be dropped is not there.
    #[error("Field `{field}` is not part of collection schema.")]
    UnknownField {
        /// Its name.
        field: String,
    },
    /// A field that is to be added is there.
    #[error(
        "Field `{field}` is already part of the schema: To change this field, drop it first before \
         adding it back to the schema."
    )]
    ExistingField {
        /// Its name.
        field: String,
    },
}

impl From<SchemaError> for EngineError {
    fn from(error: SchemaError) -> Self {
        Self::new(ErrorCode::InvalidRequest, error.to_string()).caused_by(error)
    }
}
