//! The fields that a search names, looked up in the schema.

use crate::document::is_inside;
use crate::request::{Infix, SearchParameters};
use crate::schema::{Field, FieldNumber, FieldType, Schema};

use super::plan_error::PlanError;
use super::text_query::QueryField;

/// A field that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedField {
    /// Its name.
    pub(crate) name: String,
    /// Its number in the index.
    pub(crate) number: FieldNumber,
    /// The kind of its values.
    pub(crate) kind: FieldType,
}

impl From<&Field> for PlannedField {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            number: field.number,
            kind: field.kind,
        }
    }
}

/// The fields of `group_by`.
pub(super) fn group_fields(
    names: &[String],
    schema: &Schema,
) -> Result<Vec<PlannedField>, PlanError> {
    let fields = names.iter().map(|name| match schema.field(name) {
        None => Err(PlanError::UnknownField {
            field: name.clone(),
        }),
        Some(field) if !field.facet => Err(PlanError::GroupByNoFacet {
            field: name.clone(),
        }),
        Some(field) => Ok(PlannedField::from(field)),
    });
    fields.collect()
}

/// A field of `facet_by`.
pub(super) fn facet_field(name: &str, schema: &Schema) -> Result<PlannedField, PlanError> {
    let field = schema.field(name).filter(|field| field.facet);
    field
        .map(PlannedField::from)
        .ok_or_else(|| PlanError::UnknownFacet {
            field: name.to_owned(),
        })
}

/// The text fields of `query_by`; an object stands for all texts in it.
pub(super) fn query_fields(
    parameters: &SearchParameters,
    schema: &Schema,
) -> Result<Vec<QueryField>, PlanError> {
    if parameters.query_by.is_empty() && parameters.q.trim() != "*" {
        return Err(PlanError::NoQueryFields);
    }
    let mut fields = Vec::new();
    for (at, name) in parameters.query_by.iter().enumerate() {
        if name == "id" {
            return Err(PlanError::QueryById);
        }
        let inside = || {
            let texts = schema.fields.iter();
            texts
                .filter(|field| field.index && field.kind.is_text() && is_inside(&field.name, name))
        };
        let query_field = |field: &Field| query_field(parameters, at, field);
        // An object inside of one that is declared need not be declared itself.
        if schema.enable_nested_fields && schema.field(name).is_none() && inside().next().is_some()
        {
            fields.extend(inside().map(query_field));
            continue;
        }
        let field = schema.field(name).ok_or_else(|| PlanError::UnknownField {
            field: name.clone(),
        })?;
        if !field.index {
            return Err(PlanError::NotIndexed {
                field: name.clone(),
            });
        }
        if field.kind.is_object() {
            fields.extend(inside().map(query_field));
        } else if field.kind.is_text() {
            fields.push(query_field(field));
        } else {
            return Err(PlanError::NotText {
                field: name.clone(),
            });
        }
    }
    Ok(fields)
}

/// A field as the parameters at a place of `query_by` want it searched.
fn query_field(parameters: &SearchParameters, at: usize, field: &Field) -> QueryField {
    QueryField {
        number: field.number,
        weight: parameters.weights.get(at).copied().unwrap_or_default(),
        prefix: parameters.prefix.get(at).copied().unwrap_or(true),
        typos: parameters.num_typos.get(at).copied().unwrap_or(2),
        // A field has to be made for it.
        infix: match parameters.infix.get(at) {
            Some(infix) if field.infix => *infix,
            _ => Infix::Off,
        },
    }
}
