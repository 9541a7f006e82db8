//! What a collection is made of: plain data, no I/O.
//!
//! Read from requests and from the catalogue, asked by every module that handles documents.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The number that a field keeps for its life, and that no other field of the collection gets.
pub type FieldNumber = u16;

/// Fields that a collection can have, dropped ones included.
pub const MOST_FIELDS: FieldNumber = 6_000;

/// A collection's fields and settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The collection's name.
    pub name: String,
    /// In the order in which they were declared; fields that documents added come last.
    pub fields: Vec<Field>,
    /// A field's name, or empty.
    pub default_sorting_field: String,
    /// Whether objects are flattened into `a.b` fields.
    pub enable_nested_fields: bool,
    /// Characters that part words.
    pub token_separators: Vec<char>,
    /// Characters that belong to words.
    pub symbols_to_index: Vec<char>,
    /// What the creator noted; never read by the engine.
    pub metadata: Option<serde_json::Value>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// The number that the next field gets.
    pub next_field: FieldNumber,
}

impl Schema {
    /// The concrete field of this name: one that has values, no dynamic one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name == name && !field.is_dynamic())
    }

    /// Whether documents can add fields.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.fields.iter().any(Field::is_dynamic)
    }
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the properties of the API"
)]
pub struct Field {
    /// A name, a dotted path or, for a dynamic field, a regular expression.
    pub name: String,
    /// The kind of its values.
    pub kind: FieldType,
    /// Whether values can be counted.
    pub facet: bool,
    /// Whether the field can be searched and filtered; otherwise it is only stored.
    pub index: bool,
    /// Whether the middle of words can be searched.
    pub infix: bool,
    /// The code of its language, as ISO 639-1 has it; empty for English.
    pub locale: String,
    /// Whether a document may lack it.
    pub optional: bool,
    /// Whether documents can be sorted by it.
    pub sort: bool,
    /// See [`FieldNumber`].
    pub number: FieldNumber,
}

impl Field {
    /// Whether it is a rule for fields to come: its name is a pattern or its type is left to the
    /// first value. A field that is only stored is none, whatever its type.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.is_pattern()
            || (self.index && matches!(self.kind, FieldType::Auto | FieldType::StringOrStrings))
    }

    /// Whether its name is a regular expression.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.name.contains(".*")
    }
}

/// Bytes of a pattern that is ready to be asked; a collection may have thousands.
const LARGEST_PATTERN: usize = 256 << 10;

/// The names that a pattern stands for: it has to match them from end to end.
pub(crate) fn pattern(name: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{name})$"))
        .size_limit(LARGEST_PATTERN)
        .build()
        .ok()
}

/// The kinds of values, as the API names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldType {
    /// `string`
    #[serde(rename = "string")]
    String,
    /// `string[]`
    #[serde(rename = "string[]")]
    Strings,
    /// `int32`
    #[serde(rename = "int32")]
    Int32,
    /// `int32[]`
    #[serde(rename = "int32[]")]
    Int32s,
    /// `int64`
    #[serde(rename = "int64")]
    Int64,
    /// `int64[]`
    #[serde(rename = "int64[]")]
    Int64s,
    /// `float`
    #[serde(rename = "float")]
    Float,
    /// `float[]`
    #[serde(rename = "float[]")]
    Floats,
    /// `bool`
    #[serde(rename = "bool")]
    Bool,
    /// `bool[]`
    #[serde(rename = "bool[]")]
    Bools,
    /// `geopoint`
    #[serde(rename = "geopoint")]
    Geopoint,
    /// `geopoint[]`
    #[serde(rename = "geopoint[]")]
    Geopoints,
    /// `object`
    #[serde(rename = "object")]
    Object,
    /// `object[]`
    #[serde(rename = "object[]")]
    Objects,
    /// `auto`: the first value decides.
    #[serde(rename = "auto")]
    Auto,
    /// `string*`: text, one or many as the first value is.
    #[serde(rename = "string*")]
    StringOrStrings,
}

impl FieldType {
    /// The kind that the API calls so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }

    /// Whether values are objects.
    #[must_use]
    pub fn is_object(self) -> bool {
        matches!(self, Self::Object | Self::Objects)
    }

    /// Whether documents can be sorted by such a field unless it says otherwise.
    #[must_use]
    pub fn sorts_by_default(self) -> bool {
        self.can_be_sorted_by() && !self.is_text()
    }

    /// Whether documents could be sorted by such a field.
    #[must_use]
    pub fn can_be_sorted_by(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::Int32
                | Self::Int64
                | Self::Float
                | Self::Bool
                | Self::Geopoint
                | Self::Geopoints
        )
    }

    /// Whether values are text.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Strings)
    }

    /// Whether values are whole numbers.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Int32 | Self::Int32s | Self::Int64 | Self::Int64s
        )
    }

    /// Whether values are decimal numbers.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Floats)
    }

    /// Whether values are true or false.
    #[must_use]
    pub fn is_bool(self) -> bool {
        matches!(self, Self::Bool | Self::Bools)
    }

    /// Whether values are points on the globe.
    #[must_use]
    pub fn is_geopoint(self) -> bool {
        matches!(self, Self::Geopoint | Self::Geopoints)
    }

    /// Whether a document holds many values.
    #[must_use]
    pub fn is_array(self) -> bool {
        matches!(
            self,
            Self::Strings
                | Self::Int32s
                | Self::Int64s
                | Self::Floats
                | Self::Bools
                | Self::Geopoints
                | Self::Objects
        )
    }
}
