//! `facet_counts`: the values of fields, with the words of a `facet_query` marked.

use serde_json::{Map, Value, json};

use super::snippet::{Mark, render_marks};
use crate::error::EngineResult;
use crate::execute::{Deadline, FacetCounts, FacetQuery, SearchContext};
use crate::memory::AnswerBudget;
use crate::plan::{FacetPlan, SearchPlan};
use crate::request::HighlightParameters;

/// All fields, in the order in which they were asked for.
pub(super) fn facet_counts(
    facets: Vec<FacetCounts>,
    plan: &SearchPlan,
    context: &SearchContext<'_>,
    budget: &AnswerBudget,
) -> EngineResult<Vec<Value>> {
    let each = plan.facets.iter().zip(facets);
    each.map(|(facet, counts)| render_facet(facet, counts, plan, context, budget))
        .collect()
}

fn render_facet(
    facet: &FacetPlan,
    counts: FacetCounts,
    plan: &SearchPlan,
    context: &SearchContext<'_>,
    budget: &AnswerBudget,
) -> EngineResult<Value> {
    let tokenizer = context.tokenizers.field(facet.field.number);
    let query = facet
        .query
        .as_ref()
        .map(|text| FacetQuery::new(text, tokenizer));
    let how = &plan.highlight.parameters;
    let mut rendered = Vec::with_capacity(counts.values.len());
    for (text, count) in counts.values {
        let highlighted = match &query {
            Some(query) => mark_value(&text, query, context.deadline, how),
            None => text.clone(),
        };
        budget.take(highlighted.len())?;
        rendered.push(json!({"count": count, "highlighted": highlighted, "value": text}));
    }
    let mut stats = Map::new();
    stats.insert("total_values".to_owned(), json!(counts.total_values));
    if let Some(numbers) = counts.stats {
        stats.insert("avg".to_owned(), json!(numbers.average));
        stats.insert("max".to_owned(), json!(numbers.max));
        stats.insert("min".to_owned(), json!(numbers.min));
        stats.insert("sum".to_owned(), json!(numbers.sum));
    }
    Ok(json!({
        "counts": rendered,
        "field_name": facet.field.name,
        "sampled": false,
        "stats": stats,
    }))
}

/// A value with the words of a facet query marked, the last one as far as it was typed.
fn mark_value(
    text: &str,
    query: &FacetQuery<'_>,
    deadline: &Deadline,
    how: &HighlightParameters,
) -> String {
    let tokenizer = query.tokenizer();
    let mut marks = Vec::new();
    for (at, token) in tokenizer.tokens(text).enumerate() {
        if let Some((word, length)) = query.matched_word(&token.text, deadline) {
            let place = tokenizer.place_of_prefix(text, &token.place, length);
            marks.push(Mark { at, word, place });
        }
    }
    render_marks(text, 0..text.len(), &marks, how)
}
