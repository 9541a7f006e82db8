//! The whole answer of one search.

use std::cell::RefCell;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::facet_counts::facet_counts;
use super::highlight::Highlighter;
use super::hits::HitRenderer;
use crate::document::{Projection, is_inside, values_at};
use crate::error::EngineResult;
use crate::execute::{PageEntry, RankedHit, ResultPage, SearchContext, SearchResults};
use crate::memory::AnswerBudget;
use crate::plan::{PlannedField, SearchPlan};

/// See [`Renderer::fetch_documents`].
pub(crate) type DocumentFetcher<'a> =
    &'a dyn Fn(&[u64], &dyn Fn(&str) -> bool) -> EngineResult<Vec<Option<Value>>>;

/// What an answer is rendered with.
#[derive(Clone, Copy)]
pub(crate) struct Renderer<'a> {
    /// The state of the index, and when to end.
    pub(crate) context: SearchContext<'a>,
    /// The stored documents of these numbers, with the members whose names are wanted; `None` for
    /// one that is gone.
    pub(crate) fetch_documents: DocumentFetcher<'a>,
    /// The bytes that the answer may have.
    pub(crate) budget: &'a AnswerBudget,
    /// When the search began.
    pub(crate) started: Instant,
}

impl Renderer<'_> {
    /// The answer; when time is up it has some of the hits.
    pub(crate) fn render(
        &self,
        results: SearchResults<'_>,
        plan: &SearchPlan,
    ) -> EngineResult<Value> {
        let SearchResults {
            found,
            page,
            matches,
            facets,
            distances,
        } = results;
        let facets = facet_counts(facets, plan, &self.context, self.budget)?;
        let hits = HitRenderer {
            plan,
            projection: Projection {
                include: &plan.include_fields,
                exclude: &plan.exclude_fields,
            },
            highlighter: Highlighter::new(&self.context, plan),
            matches: &matches,
            deadline: self.context.deadline,
            budget: self.budget,
            distances,
            wanted: RefCell::default(),
        };
        let mut answer = Map::new();
        answer.insert("facet_counts".to_owned(), Value::Array(facets));
        answer.insert("found".to_owned(), json!(found));
        match page {
            ResultPage::Hits(entries) => {
                answer.insert("hits".to_owned(), self.hits(entries, &hits)?);
            }
            ResultPage::Groups(groups) => {
                let rendered = self.groups(groups, &hits, &plan.group_by)?;
                answer.insert("grouped_hits".to_owned(), rendered);
            }
        }
        let documents = self.context.snapshot.documents();
        answer.insert("out_of".to_owned(), json!(documents));
        answer.insert("page".to_owned(), json!(plan.page.number));
        let request_params = json!({
            "collection_name": plan.collection,
            "per_page": plan.page.size,
            "q": plan.text.text,
        });
        answer.insert("request_params".to_owned(), request_params);
        let was_cut_off = self.context.deadline.was_missed();
        answer.insert("search_cutoff".to_owned(), json!(was_cut_off));
        let elapsed = self.started.elapsed().as_millis();
        let milliseconds = u64::try_from(elapsed).unwrap_or(u64::MAX);
        answer.insert("search_time_ms".to_owned(), json!(milliseconds));
        Ok(Value::Object(answer))
    }

    fn hits(&self, page: Vec<PageEntry>, hits: &HitRenderer<'_>) -> EngineResult<Value> {
        let seqs: Vec<u64> = page.iter().map(PageEntry::seq).collect();
        let documents = (self.fetch_documents)(&seqs, &|name| hits.wants(name))?;
        let mut rendered = Vec::with_capacity(page.len());
        for (entry, stored) in page.into_iter().zip(documents) {
            let Some(document) = stored.filter(|_| hits.in_time()) else {
                continue;
            };
            rendered.push(match entry {
                PageEntry::Found(ranked) => hits.render(&ranked, document)?,
                PageEntry::Pinned(_) => hits.render_pinned(document),
            });
        }
        Ok(Value::Array(rendered))
    }

    fn groups(
        &self,
        page: Vec<Vec<RankedHit>>,
        hits: &HitRenderer<'_>,
        fields: &[PlannedField],
    ) -> EngineResult<Value> {
        let seqs: Vec<u64> = page.iter().flatten().map(|ranked| ranked.seq).collect();
        let names_group = |name: &str| {
            let mut names = fields.iter().map(|field| field.name.as_str());
            names.any(|field| field == name || is_inside(field, name))
        };
        let wanted = |name: &str| names_group(name) || hits.wants(name);
        let mut documents = (self.fetch_documents)(&seqs, &wanted)?.into_iter();
        let mut rendered = Vec::new();
        for members in page {
            let mut key = Vec::new();
            let mut group = Vec::new();
            for ranked in members {
                if let Some(document) = documents.next().flatten().filter(|_| hits.in_time()) {
                    if key.is_empty() {
                        key = group_key(&document, fields);
                    }
                    group.push(hits.render(&ranked, document)?);
                }
            }
            if !group.is_empty() {
                rendered.push(json!({"group_key": key, "hits": group}));
            }
        }
        Ok(Value::Array(rendered))
    }
}

/// A group's `group_key`: the values of a document, without those that it lacks.
fn group_key(document: &Value, fields: &[PlannedField]) -> Vec<Value> {
    let mut key = Vec::new();
    for field in fields {
        let mut found = Vec::new();
        values_at(document, &field.name, &mut found);
        let mut values = found.into_iter().cloned();
        if field.kind.is_array() {
            let items: Vec<Value> = values.collect();
            if !items.is_empty() || document.get(&field.name).is_some() {
                key.push(Value::Array(items));
            }
        } else if let Some(value) = values.next() {
            key.push(value);
        }
    }
    key
}
