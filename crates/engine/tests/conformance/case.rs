//! A file of cases, as written in `tests/conformance/*.yaml`.
//!
//! A file is a list of cases, and steps that come before each of them. A step is a request and
//! what is expected of its answer. Where the two sides are known to answer differently, a step
//! says how and why under `differs`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// What it is about.
    #[serde(rename = "topic")]
    _topic: String,
    /// Steps before each case, on an empty server.
    #[serde(default)]
    pub(crate) before: Vec<Step>,
    pub(crate) cases: Vec<Case>,
}

/// Steps that belong together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// A sentence.
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// A request and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// `METHOD /path?query`, sent as it is written.
    #[serde(default)]
    pub(crate) request: String,
    /// Instead of `request`: the collection to search, by GET.
    #[serde(default)]
    pub(crate) search: Option<String>,
    /// Parameters, encoded and added to the path.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, Value>,
    /// A body of JSON.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// A body as it is.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// A body of lines: JSON, or a text as it is.
    #[serde(default)]
    pub(crate) lines: Option<Vec<Value>>,
    /// The key in the head: the admin's if nothing is said, none if empty.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// A scoped key in the head instead: `[parent, parameters]`.
    #[serde(default)]
    pub(crate) scoped: Option<(String, String)>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Names for values of the answer (JSON pointers), to be used as `${name}`.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) answer: Answer,
    #[serde(default)]
    pub(crate) differs: Option<Differs>,
}

/// What is expected; what is not said is not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// 200 if nothing is said.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// The content type.
    #[serde(default, rename = "type")]
    pub(crate) content_type: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON that has at least these keys; arrays have exactly these elements.
    #[serde(default)]
    pub(crate) json: Option<Value>,
    /// JSON that is exactly this.
    #[serde(default)]
    pub(crate) exactly: Option<Value>,
    /// `{"message": …}` and nothing else.
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// The body as it is.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// The lines of the body: JSON with at least these keys.
    #[serde(default)]
    pub(crate) lines: Option<Vec<Value>>,
    /// JSON pointers that lead to nothing.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
    /// The ids of the hits, in their order.
    #[serde(default)]
    pub(crate) ids: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) found: Option<u64>,
    /// Per field the counts of values: all of them, the highest first, equal ones in any order.
    #[serde(default)]
    pub(crate) facets: BTreeMap<String, BTreeMap<String, u64>>,
}

/// One side answers in another way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differs {
    /// Instead of `answer` on this side.
    #[serde(default)]
    pub(crate) server: Option<Side>,
    #[serde(default)]
    pub(crate) engine: Option<Side>,
    /// A sentence.
    pub(crate) because: String,
}

/// What one side does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    Answer(Box<Answer>),
    /// It would not answer at all: not sent.
    Hangs,
}
