//! What the engine's matching of words finds.

use std::sync::Arc;

use pyfa_engine::index::{Entry, Fed, Index, IndexSettings, Snapshot};
use pyfa_engine::language::words::{Infix, SplitJoin, TextMatchType, WordField, WordSearch};
use pyfa_engine::query::Bits;
use pyfa_engine::query::matching::{CandidateCache, find};
use pyfa_engine::schema::{Field, FieldType, Schema};
use pyfa_engine::text::Tokenizer;
use serde_json::{Value, json};

use crate::generate::Case;
use crate::{Failure, Found};

const FIELDS: [(&str, FieldType); 5] = [
    ("name", FieldType::String),
    ("summary", FieldType::String),
    ("description", FieldType::String),
    ("tags", FieldType::Strings),
    ("stars", FieldType::Int64),
];

/// The schema of all cases, as the API takes it.
pub(crate) fn schema_json(name: &str, separators: &[char]) -> Value {
    let fields: Vec<Value> = FIELDS
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind, "infix": *name == "name"}))
        .collect();
    json!({"name": name, "fields": fields, "token_separators": separators})
}

fn schema(separators: &[char]) -> Schema {
    Schema {
        name: "differential".to_owned(),
        fields: (0..)
            .zip(FIELDS)
            .map(|(number, (name, kind))| Field {
                name: name.to_owned(),
                kind,
                facet: false,
                index: true,
                infix: name == "name",
                locale: String::new(),
                optional: false,
                sort: !kind.is_text(),
                number,
            })
            .collect(),
        default_sorting_field: String::new(),
        enable_nested_fields: false,
        token_separators: separators.to_vec(),
        symbols_to_index: Vec::new(),
        metadata: None,
        created_at: 0,
        next_field: 5,
    }
}

/// An index of a case's documents.
pub(crate) struct Collection {
    schema: Schema,
    tokenizer: Tokenizer,
    snapshot: Arc<Snapshot>,
    cache: CandidateCache,
    _folder: tempfile::TempDir,
}

impl Collection {
    pub(crate) fn new(case: &Case) -> Result<Self, Failure> {
        let schema = schema(&case.separators);
        let tokenizer = Tokenizer::of(&schema);
        let folder = tempfile::tempdir()?;
        let index = Index::create(folder.path(), IndexSettings::default())?;
        let entries: Vec<Entry> = (0..)
            .zip(&case.documents)
            .map(|(number, document)| Entry::new(number, document, &schema, &tokenizer))
            .collect();
        // Two segments, so that what is gathered over segments is part of the test.
        let (first, second) = entries.split_at(entries.len() / 2);
        index.feed(first.iter().map(Fed::New), 1)?;
        index.commit()?;
        index.feed(second.iter().map(Fed::New), 2)?;
        Ok(Self {
            cache: CandidateCache::of(&schema),
            snapshot: index.snapshot()?,
            schema,
            tokenizer,
            _folder: folder,
        })
    }

    pub(crate) fn search(&self, parameters: &Value) -> Result<Found, Failure> {
        let words = self.words(parameters)?;
        let filter = self.filter(parameters)?;
        let matches = find(
            &self.snapshot,
            &words,
            &self.tokenizer,
            filter.as_deref(),
            &self.cache,
        )?;
        let mut found = Vec::new();
        for (segment, hits) in self.snapshot.segments().iter().zip(&matches.segments) {
            found.extend(hits.iter().map(|hit| (segment.seq(hit.doc), hit.score)));
        }
        found.sort_by_key(|&(number, score)| (std::cmp::Reverse(score), std::cmp::Reverse(number)));
        Ok(found
            .into_iter()
            .map(|(number, score)| (number.to_string(), score))
            .collect())
    }

    fn words(&self, parameters: &Value) -> Result<WordSearch, Failure> {
        let text = |name: &str| parameters[name].as_str().unwrap_or_default();
        let number = |name: &str| {
            let number = parameters[name].as_u64();
            number.map_or(1, |number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        let list = |name: &str, at: usize| {
            let list: Vec<&str> = text(name).split(',').collect();
            let value = if list.len() == 1 { list[0] } else { list[at] };
            Some(value.to_owned()).filter(|value| !value.is_empty())
        };
        let mut fields = Vec::new();
        for (at, name) in text("query_by").split(',').enumerate() {
            let field = self.schema.field(name).ok_or("no such field")?;
            let weight = list("query_by_weights", at);
            fields.push(WordField {
                number: field.number,
                weight: match weight {
                    Some(weight) => weight.parse()?,
                    None => u8::try_from(15 - at)?,
                },
                prefix: list("prefix", at).is_none_or(|prefix| prefix == "true"),
                typos: list("num_typos", at).map_or(Ok(2), |typos| typos.parse())?,
                infix: match text("infix") {
                    "always" => Infix::Always,
                    "fallback" => Infix::Fallback,
                    _ => Infix::Off,
                },
            });
        }
        Ok(WordSearch {
            text: text("q").to_owned(),
            fields,
            typo_tokens_threshold: number("typo_tokens_threshold"),
            drop_tokens_threshold: number("drop_tokens_threshold"),
            min_len_1typo: 4,
            min_len_2typo: 7,
            max_extra_prefix: usize::MAX,
            max_extra_suffix: usize::MAX,
            split_join_tokens: match text("split_join_tokens") {
                "off" => SplitJoin::Off,
                "always" => SplitJoin::Always,
                _ => SplitJoin::Fallback,
            },
            text_match_type: match text("text_match_type") {
                "max_weight" => TextMatchType::MaxWeight,
                _ => TextMatchType::MaxScore,
            },
            prioritize_exact_match: true,
            prioritize_token_position: false,
            exhaustive_search: false,
            deadline: None,
        })
    }

    /// Of the form `stars:=N`.
    fn filter(&self, parameters: &Value) -> Result<Option<Vec<Bits>>, Failure> {
        let Some(stars) = parameters["filter_by"].as_str() else {
            return Ok(None);
        };
        let stars: i64 = stars.trim_start_matches("stars:=").parse()?;
        let field = self.schema.field("stars").ok_or("no such field")?;
        let mut filter = Vec::new();
        for segment in self.snapshot.segments() {
            let mut bits = Bits::none(segment.size());
            if let Some(column) = segment.integers(field.number)? {
                for document in 0..segment.size() {
                    if column.first(document) == Some(stars) {
                        bits.insert(document);
                    }
                }
            }
            filter.push(bits);
        }
        Ok(Some(filter))
    }
}
