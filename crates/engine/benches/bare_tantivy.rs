//! What tantivy does for the searches of `scripts/bench-engine` when nothing stands around it.
//!
//! Answers the three requests that the script sends: making a collection (ignored), importing lines
//! and searching. Words are found with tantivy's own queries and scores, values counted with its
//! aggregations, documents read from its store. No keys, no schema, no typos unless nothing is
//! found, no marks, nothing durable before the first search: a floor, not a product.
//!
//! `--config=FILE` names address and folder as for a Typesense server.

#![allow(clippy::print_stdout, reason = "the script reads the address")]

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tantivy::aggregation::{AggContextParams, AggregationCollector};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, STRING, Schema, TEXT, Term, Value as _,
};
use tantivy::{DocAddress, Index, IndexReader, IndexWriter, Order, TantivyDocument};

/// Fields that words are looked for in, with their weights.
const TEXTS: [(&str, f32); 6] = [
    ("name", 10.0),
    ("title", 8.0),
    ("keywords", 8.0),
    ("first_chapter", 5.0),
    ("main_content", 3.0),
    ("changelog", 1.0),
];
/// Fields that are filtered by, counted, or sorted by.
const VALUES: [&str; 5] = [
    "framework_versions",
    "python_versions",
    "classifiers",
    "is_latest",
    "name_sortable",
];
const PAGE: usize = 20;

/// What is shown of a document; the rest is skipped.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Shown {
    name: String,
    version: String,
    summary: String,
}

type Failure = Box<dyn Error + Send + Sync>;

struct Bare {
    writer: Mutex<(IndexWriter, bool)>,
    reader: IndexReader,
    stored: Field,
    texts: Vec<(Field, f32)>,
    values: Vec<(&'static str, Field)>,
}

impl Bare {
    fn make(folder: &Path) -> Result<Self, Failure> {
        let mut schema = Schema::builder();
        let stored = schema.add_bytes_field("stored", BytesOptions::default().set_stored());
        let texts = TEXTS.map(|(name, weight)| {
            let field = schema.add_text_field(&format!("text.{name}"), TEXT);
            (field, weight)
        });
        let values = VALUES.map(|name| (name, schema.add_text_field(name, STRING | FAST)));
        let index = Index::create_in_dir(folder, schema.build())?;
        Ok(Self {
            writer: Mutex::new((index.writer_with_num_threads(2, 128 << 20)?, false)),
            reader: index.reader()?,
            stored,
            texts: texts.to_vec(),
            values: values.to_vec(),
        })
    }

    fn import(&self, lines: &[u8]) -> Result<usize, Failure> {
        let mut count = 0;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.split(|byte| *byte == b'\n') {
            let document: Value = serde_json::from_slice(line)?;
            let mut made = TantivyDocument::new();
            made.add_bytes(self.stored, line);
            for ((name, _), (field, _)) in TEXTS.iter().zip(&self.texts) {
                each_text(&document[name], &mut |text| made.add_text(*field, text));
            }
            for (name, field) in &self.values {
                each_text(&document[name], &mut |text| made.add_text(*field, text));
            }
            writer.0.add_document(made)?;
            count += 1;
        }
        writer.1 = true;
        Ok(count)
    }

    fn search(&self, query: &str) -> Result<Value, Failure> {
        {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::take(&mut writer.1) {
                writer.0.commit()?;
                self.reader.reload()?;
            }
        }
        let asked: Map<String, Value> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
        let searcher = self.reader.searcher();
        let mut counts = Map::new();
        for name in text("facet_by").split(',').filter(|name| !name.is_empty()) {
            counts.insert(
                name.to_owned(),
                json!({"terms": {"field": name, "size": 10}}),
            );
        }
        let counts = serde_json::from_value(Value::Object(counts))?;
        let collectors = (
            Count,
            AggregationCollector::from_aggs(counts, AggContextParams::default()),
        );
        let page: usize = text("page").parse().unwrap_or(1);
        let page = TopDocs::with_limit(PAGE).and_offset(page.saturating_sub(1) * PAGE);
        let filter_by = text("filter_by");
        let (found, counts, best): (usize, _, Vec<DocAddress>) = if text("q") == "*" {
            let query = self.query(&[], 0, filter_by);
            let first = page.order_by_string_fast_field("name_sortable", Order::Asc);
            let (best, found, counts) =
                searcher.search(&query, &(first, collectors.0, collectors.1))?;
            (found, counts, best.into_iter().map(|(_, at)| at).collect())
        } else {
            let words: Vec<String> = text("q")
                .split_whitespace()
                .map(str::to_lowercase)
                .collect();
            let query = self.query(&words, 0, filter_by);
            let exact = searcher.search(&query, &Count)?;
            let query = match exact {
                0 => self.query(&words, 2, filter_by),
                _ => query,
            };
            let (best, found, counts) =
                searcher.search(&query, &(page.order_by_score(), collectors.0, collectors.1))?;
            (found, counts, best.into_iter().map(|(_, at)| at).collect())
        };
        let mut hits = Vec::new();
        for at in best {
            let document: TantivyDocument = searcher.doc(at)?;
            let stored = document
                .get_first(self.stored)
                .and_then(|value| value.as_bytes());
            let shown: Shown = serde_json::from_slice(stored.unwrap_or(b"{}"))?;
            hits.push(shown);
        }
        Ok(json!({"facet_counts": counts, "found": found, "hits": hits}))
    }

    /// All words in any field each, the last one as a beginning, among the documents that pass.
    fn query(&self, words: &[String], typos: u8, filter_by: &str) -> BooleanQuery {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(AllQuery))];
        if !words.is_empty() {
            parts.clear();
        }
        for (at, word) in words.iter().enumerate() {
            let last = at + 1 == words.len();
            let fields = self.texts.iter().map(|(field, weight)| {
                let term = Term::from_field_text(*field, word);
                let query: Box<dyn Query> = match (last, typos) {
                    (true, _) => Box::new(FuzzyTermQuery::new_prefix(term, typos, true)),
                    (false, 0) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
                    (false, _) => Box::new(FuzzyTermQuery::new(term, typos, true)),
                };
                let boosted: Box<dyn Query> = Box::new(BoostQuery::new(query, *weight));
                (Occur::Should, boosted)
            });
            parts.push((Occur::Must, Box::new(BooleanQuery::new(fields.collect()))));
        }
        for clause in filter_by.split(" && ").filter(|clause| !clause.is_empty()) {
            let (name, value) = clause.split_once(":=").unwrap_or((clause, ""));
            let field = self.values.iter().find(|(known, _)| *known == name);
            if let Some((_, field)) = field {
                let term = Term::from_field_text(*field, value.trim_matches('`'));
                let query = TermQuery::new(term, IndexRecordOption::Basic);
                parts.push((Occur::Must, Box::new(BoostQuery::new(Box::new(query), 0.0))));
            }
        }
        BooleanQuery::new(parts)
    }
}

fn each_text(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Bool(yes) => each(if *yes { "true" } else { "false" }),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, each)),
        _ => {}
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let file = std::env::args()
        .find_map(|word| word.strip_prefix("--config=").map(ToOwned::to_owned))
        .ok_or("bare_tantivy --config=FILE")?;
    let text = fs_err::read_to_string(&file)?;
    let entry = |wanted: &str| {
        let mut entries = text.lines().filter_map(|line| line.split_once('='));
        let found = entries.find(|(name, _)| name.trim() == wanted);
        found
            .map(|(_, value)| value.trim())
            .ok_or("an entry is missing")
    };
    let bare = Arc::new(Bare::make(Path::new(entry("data-dir")?))?);
    let address = format!("{}:{}", entry("api-address")?, entry("api-port")?);
    let app = Router::new()
        .route("/health", get(async || r#"{"ok":true}"#))
        .route("/collections", get(async || "[]").post(async || "{}"))
        .route("/collections/{name}/documents/import", post(import))
        .route("/collections/{name}/documents/search", get(search))
        .layer(DefaultBodyLimit::disable())
        .with_state(bare);
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}");
    Ok(axum::serve(listener, app).await?)
}

async fn import(
    State(bare): State<Arc<Bare>>,
    lines: Bytes,
) -> Result<String, (StatusCode, String)> {
    let done = tokio::task::spawn_blocking(move || bare.import(&lines));
    let count = done
        .await
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&*error))?;
    Ok(vec![r#"{"success":true}"#; count].join("\n"))
}

async fn search(
    State(bare): State<Arc<Bare>>,
    RawQuery(query): RawQuery,
) -> Result<String, (StatusCode, String)> {
    let query = query.unwrap_or_default();
    let done = tokio::task::spawn_blocking(move || bare.search(&query));
    Ok(done
        .await
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&*error))?
        .to_string())
}

fn broken(error: &dyn Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
