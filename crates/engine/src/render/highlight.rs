//! Marks the words of a search in the texts of a document: `highlight` and the older `highlights`.

use serde_json::{Map, Value, json};

use super::marker::{MarkedText, Marker};
use super::query_terms::QueryTerms;
use crate::document::is_inside;
use crate::error::EngineResult;
use crate::execute::{Deadline, MatchedWord, SearchContext};
use crate::memory::{AnswerBudget, json_size};
use crate::plan::SearchPlan;
use crate::request::HighlightParameters;

/// What one document's highlights are made with.
pub(super) struct Highlighter<'a> {
    deadline: &'a Deadline,
    how: &'a HighlightParameters,
    /// The fields to look at, each with the place of its language.
    fields: Vec<(&'a String, usize)>,
    /// Whether a hit without any marks is answered with these fields as they are.
    is_explicit: bool,
    /// The words of the query in each language of the fields.
    queries: Vec<QueryTerms<'a>>,
}

/// One entry of `highlights`, and how good it is.
type RankedEntry = ((usize, usize, bool), Value);

impl<'a> Highlighter<'a> {
    pub(super) fn new(context: &'a SearchContext<'a>, plan: &'a SearchPlan) -> Self {
        let highlight = &plan.highlight;
        let mut queries: Vec<QueryTerms<'a>> = Vec::new();
        let mut fields = Vec::with_capacity(highlight.fields.len());
        for (name, number) in &highlight.fields {
            let tokenizer = match number {
                Some(number) => context.tokenizers.field(*number),
                None => context.tokenizers.english(),
            };
            let language = tokenizer.language();
            let known = queries
                .iter()
                .position(|query| query.tokenizer.language() == language);
            fields.push((name, known.unwrap_or(queries.len())));
            if known.is_none() {
                queries.push(QueryTerms::new(plan, tokenizer));
            }
        }
        Self {
            queries,
            deadline: context.deadline,
            how: &highlight.parameters,
            fields,
            is_explicit: highlight.is_explicit,
        }
    }

    /// Whether fields were named to be marked, which need not be shown.
    pub(super) fn is_explicit(&self) -> bool {
        self.is_explicit
    }

    /// Whether a member of a document is needed to mark words in it.
    pub(super) fn wants(&self, name: &str) -> bool {
        let mut fields = self.fields.iter().map(|(field, _)| *field);
        self.is_explicit && fields.any(|field| field == name || is_inside(field, name))
    }

    /// `highlight` and `highlights` of a document, in the fields that are there; refused if the
    /// answer's bytes do not suffice.
    pub(super) fn highlight<'w>(
        &'w self,
        document: &Value,
        words: impl Iterator<Item = &'w MatchedWord>,
        budget: &AnswerBudget,
    ) -> EngineResult<(Value, Vec<Value>)> {
        let words: Vec<&MatchedWord> = words.collect();
        let queries = self.queries.iter();
        let markers: Vec<Marker<'_>> = queries.map(|query| Marker::new(&words, query)).collect();
        let mut whole = Map::new();
        let mut plain = Map::new();
        let mut list: Vec<RankedEntry> = Vec::new();
        for (name, language) in &self.fields {
            let (name, Some(marker)) = (*name, markers.get(*language)) else {
                continue;
            };
            let mut full_fields = self.how.full_fields.iter();
            let full =
                full_fields.any(|field| field == name || is_inside(name, field) || field == "*");
            if let Some(value) = document.get(name) {
                let mut any = false;
                let highlight = self.mark_value(value, marker, full, &mut any);
                if let Some(highlight) = highlight {
                    budget.take(json_size(&highlight))?;
                    let to = if any { &mut whole } else { &mut plain };
                    to.insert(name.clone(), highlight);
                    if let Some(entry) = self.list_entry(name, value, marker, full) {
                        budget.take(json_size(&entry.1))?;
                        list.push(entry);
                    }
                }
            } else if let Some((head, tail)) = name.split_once('.')
                && let Some(value) = document.get(head)
            {
                let mut any = false;
                let highlight = self.mark_nested(value, tail, marker, full, &mut any);
                if let Some(highlight) = highlight.filter(|_| any) {
                    budget.take(json_size(&highlight))?;
                    match whole.get_mut(head) {
                        Some(known) => merge(known, highlight),
                        None => {
                            whole.insert(head.to_owned(), highlight);
                        }
                    }
                }
            }
        }
        list.sort_by(|(left, _), (right, _)| right.cmp(left));
        if whole.is_empty() && self.is_explicit {
            whole = plain;
        }
        let mut highlight = Value::Object(whole);
        highlight.sort_all_objects();
        Ok((
            highlight,
            list.into_iter().map(|(_, value)| value).collect(),
        ))
    }

    /// A value with marks; says whether there are `any`.
    fn mark_value(
        &self,
        value: &Value,
        words: &Marker<'_>,
        full: bool,
        any: &mut bool,
    ) -> Option<Value> {
        match value {
            Value::String(text) => {
                let marked = words.mark(text, self.deadline, self.how, full);
                *any |= marked.is_some();
                let (tokens, snippet, value) = match marked {
                    Some(marked) => (marked.tokens, marked.snippet, marked.full),
                    None => (Vec::new(), text.clone(), full.then(|| text.clone())),
                };
                let mut entry = json!({"matched_tokens": tokens, "snippet": snippet});
                if let (Some(value), Some(entry)) = (value, entry.as_object_mut()) {
                    entry.insert("value".to_owned(), Value::String(value));
                }
                Some(entry)
            }
            Value::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.mark_value(item, words, full, any));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let members = members.iter().filter_map(|(name, member)| {
                    Some((name.clone(), self.mark_value(member, words, full, any)?))
                });
                Some(Value::Object(members.collect()))
            }
            Value::Null => None,
            other => Some(json!({"matched_tokens": [], "snippet": other.to_string()})),
        }
    }

    /// The values at the end of a path marked, in the objects and arrays around them.
    fn mark_nested(
        &self,
        value: &Value,
        path: &str,
        words: &Marker<'_>,
        full: bool,
        any: &mut bool,
    ) -> Option<Value> {
        match value {
            Value::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.mark_nested(item, path, words, full, any));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let (name, inner) = match (members.get(path), path.split_once('.')) {
                    (Some(member), _) => (path, self.mark_value(member, words, full, any)?),
                    (None, Some((head, tail))) => {
                        let inner = self.mark_nested(members.get(head)?, tail, words, full, any)?;
                        (head, inner)
                    }
                    (None, None) => return None,
                };
                Some(json!({ name: inner }))
            }
            _ => None,
        }
    }

    /// The entry of `highlights`, which knows texts and lists of texts only.
    fn list_entry(
        &self,
        name: &str,
        value: &Value,
        words: &Marker<'_>,
        full: bool,
    ) -> Option<RankedEntry> {
        let mark = |value: &Value| words.mark(value.as_str()?, self.deadline, self.how, full);
        if let Value::Array(items) = value {
            let mut found: Vec<(usize, MarkedText)> = items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| Some((at, mark(item)?)))
                .collect();
            found.sort_by_key(|(at, marked)| (std::cmp::Reverse(marked.rank()), *at));
            let best = found.first().map(|(_, best)| best.rank())?;
            let column = |read: fn(&MarkedText) -> Value| -> Vec<Value> {
                found.iter().map(|(_, marked)| read(marked)).collect()
            };
            let mut entry = json!({
                "field": name,
                "indices": found.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
                "matched_tokens": column(|marked| json!(marked.tokens)),
                "snippets": column(|marked| json!(marked.snippet)),
            });
            if full && let Some(entry) = entry.as_object_mut() {
                let values = column(|marked| json!(marked.full));
                entry.insert("values".to_owned(), Value::Array(values));
            }
            return Some((best, entry));
        }
        let marked = mark(value)?;
        let rank = marked.rank();
        let mut entry = json!({
            "field": name,
            "matched_tokens": marked.tokens,
            "snippet": marked.snippet,
        });
        if let (Some(value), Some(entry)) = (marked.full, entry.as_object_mut()) {
            entry.insert("value".to_owned(), Value::String(value));
        }
        Some((rank, entry))
    }
}

/// Puts the members of one object into another, objects inside objects too.
fn merge(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                match known.get_mut(&name) {
                    Some(inner) => merge(inner, value),
                    None => {
                        known.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(known), Value::Array(more)) => {
            for (known, more) in known.iter_mut().zip(more) {
                merge(known, more);
            }
        }
        _ => {}
    }
}
