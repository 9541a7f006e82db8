//! The plan of one search.

use super::filter::Filter;
use super::filter_values::parse_filter;
use super::plan_error::{FilterError, PlanError};
use super::planned_fields::{PlannedField, facet_field, group_fields, query_fields};
use super::sort_keys::{SortKey, sort_keys};
use super::text_query::TextQuery;
use crate::request::filter_grammar::SyntaxErrorKind;
use crate::request::{HighlightParameters, SearchParameters};
use crate::schema::{FieldNumber, Schema};
use crate::settings::EngineSettings;

/// Everything that a search has to do, checked against the schema.
#[derive(Debug)]
pub(crate) struct SearchPlan {
    /// The collection's own name.
    pub(crate) collection: String,
    /// What words to find, and where.
    pub(crate) text: TextQuery,
    /// What a document has to fulfil.
    pub(crate) filter: Option<Filter>,
    /// What hits are sorted by.
    pub(crate) sort: Vec<SortKey>,
    /// The fields that hits are grouped by; empty for no groups.
    pub(crate) group_by: Vec<PlannedField>,
    /// Hits of one group.
    pub(crate) group_limit: usize,
    /// The fields whose values are counted.
    pub(crate) facets: Vec<FacetPlan>,
    /// Values of each of them that are answered.
    pub(crate) max_facet_values: usize,
    /// Typos that a value may have in comparison with a facet query.
    pub(crate) facet_query_typos: u8,
    /// Ids and the places they are put at, from 1 on.
    pub(crate) pinned_hits: Vec<(String, usize)>,
    /// Whether pinned documents have to pass the filter, too.
    pub(crate) filter_pinned: bool,
    /// Ids that are never found.
    pub(crate) hidden_hits: Vec<String>,
    /// Which of the hits are answered.
    pub(crate) page: Page,
    /// Whether hits have a `text_match`.
    pub(crate) is_scored: bool,
    /// Parts of documents to answer; empty for all.
    pub(crate) include_fields: Vec<String>,
    /// Parts of documents to leave out; they win.
    pub(crate) exclude_fields: Vec<String>,
    /// What is marked in the hits.
    pub(crate) highlight: HighlightPlan,
}

/// The part of the hits that is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// `page`, from 1 on.
    pub(crate) number: usize,
    /// Hits in front of the first one.
    pub(crate) offset: usize,
    /// Hits on the page.
    pub(crate) size: usize,
}

impl Page {
    /// Hits up to the end of the page.
    pub(crate) fn end(self) -> usize {
        self.offset.saturating_add(self.size)
    }
}

/// A field whose values are counted.
#[derive(Debug)]
pub(crate) struct FacetPlan {
    /// The field.
    pub(crate) field: PlannedField,
    /// Only values that hold these words are answered.
    pub(crate) query: Option<String>,
}

/// What is marked in the hits.
#[derive(Debug)]
pub(crate) struct HighlightPlan {
    /// The names of the fields to look at, with their numbers if they are in the schema.
    pub(crate) fields: Vec<(String, Option<FieldNumber>)>,
    /// Whether the fields were named: then they need not be answered, and are shown without marks.
    pub(crate) is_explicit: bool,
    /// Whether the last word of the query may be the beginning of one.
    pub(crate) marks_prefix: bool,
    /// How words are marked.
    pub(crate) parameters: HighlightParameters,
}

impl SearchPlan {
    /// Checks what a search asks for against the schema.
    pub(crate) fn new(
        parameters: SearchParameters,
        schema: &Schema,
        limits: &EngineSettings,
    ) -> Result<Self, PlanError> {
        let fields = query_fields(&parameters, schema)?;
        let filter = combine_filters(&parameters.filter_by, schema, limits)?;
        let sort = sort_keys(&parameters.sort_by, schema, limits)?;
        let group_by = group_fields(&parameters.group_by, schema)?;
        let facets = plan_facets(&parameters, schema)?;
        Ok(Self {
            collection: schema.name.clone(),
            filter,
            sort,
            group_by,
            group_limit: parameters.group_limit,
            facets,
            max_facet_values: parameters.max_facet_values,
            facet_query_typos: parameters.facet_query_num_typos,
            pinned_hits: parameters.pinned_hits,
            filter_pinned: parameters.filter_pinned,
            hidden_hits: parameters.hidden_hits,
            page: Page {
                number: parameters.page,
                offset: parameters.offset,
                size: parameters.per_page,
            },
            is_scored: parameters.q.trim() != "*" || parameters.sort_by.contains("_text_match"),
            include_fields: parameters.include_fields,
            exclude_fields: parameters.exclude_fields,
            highlight: plan_highlight(
                parameters.highlight,
                parameters.query_by,
                parameters.prefix.contains(&true),
                schema,
            ),
            text: TextQuery {
                text: parameters.q,
                fields,
                matching: parameters.matching,
            },
        })
    }
}

fn combine_filters(
    filters: &[String],
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Option<Filter>, PlanError> {
    // Each filter more is one more `&&`.
    if filters.len() > limits.filter_operators {
        let error = FilterError {
            position: 0,
            kind: SyntaxErrorKind::TooManyOperators.into(),
        };
        return Err(error.into());
    }
    let mut combined: Option<Filter> = None;
    for text in filters {
        if let Some(filter) = parse_filter(text, schema, limits)? {
            combined = Some(filter.and(combined));
        }
    }
    Ok(combined)
}

fn plan_facets(
    parameters: &SearchParameters,
    schema: &Schema,
) -> Result<Vec<FacetPlan>, PlanError> {
    let facets = parameters.facet_by.iter().map(|name| {
        let query = parameters.facet_query.as_ref();
        let own_query = query.filter(|(field, text)| field == name && !text.is_empty());
        Ok(FacetPlan {
            field: facet_field(name, schema)?,
            query: own_query.map(|(_, text)| text.clone()),
        })
    });
    facets.collect()
}

fn plan_highlight(
    parameters: HighlightParameters,
    query_by: Vec<String>,
    marks_prefix: bool,
    schema: &Schema,
) -> HighlightPlan {
    let is_explicit = !parameters.fields.is_empty();
    let names = if is_explicit {
        parameters.fields.clone()
    } else {
        query_by
    };
    let fields = names.into_iter().map(|name| {
        let number = schema.field(&name).map(|field| field.number);
        (name, number)
    });
    HighlightPlan {
        fields: fields.collect(),
        is_explicit,
        marks_prefix,
        parameters,
    }
}
