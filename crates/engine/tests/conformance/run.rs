//! Runs the cases of a file against one side and says what did not agree.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::Value;
use sha2::Sha256;

use crate::Failure;
use crate::case::{Answer, File, Side, Step};
use crate::compare::{Came, differences};
use crate::subject::Subject;

/// How many steps were asked, and what was wrong with which.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) steps: usize,
    /// Steps that are known to differ on this side.
    pub(crate) known: usize,
    pub(crate) failed: usize,
    pub(crate) report: String,
}

/// Runs all cases, each on an empty side.
pub(crate) async fn run(file: &File, side: &Subject) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    for case in &file.cases {
        side.clear().await?;
        let mut saved = BTreeMap::new();
        for step in file.before.iter().chain(&case.steps) {
            outcome.steps += 1;
            let wrong = check(step, side, &mut saved, &mut outcome.known).await?;
            if !wrong.is_empty() {
                outcome.failed += 1;
                let what = wrong.join("\n    ");
                let title = title(step);
                let line = format!("\n{}: {title}\n    {what}", case.name);
                outcome.report.push_str(&line);
            }
        }
    }
    Ok(outcome)
}

fn title(step: &Step) -> String {
    let parameters = if step.query.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&step.query).unwrap_or_default()
    };
    match &step.search {
        Some(collection) => format!("search {collection} {parameters}"),
        None => format!("{} {parameters}", step.request),
    }
}

async fn check(
    step: &Step,
    side: &Subject,
    saved: &mut BTreeMap<String, String>,
    known: &mut usize,
) -> Result<Vec<String>, Failure> {
    let differs = step.differs.as_ref().and_then(|differs| {
        assert!(!differs.because.is_empty(), "a difference needs a reason");
        let other = if side.is_server() {
            &differs.server
        } else {
            &differs.engine
        };
        other.as_ref()
    });
    *known += usize::from(differs.is_some());
    let other = match differs {
        Some(Side::Hangs) => return Ok(Vec::new()),
        Some(Side::Answer(answer)) => Some(filled(answer, saved)?),
        None => None,
    };
    let came = match send(step, side, saved).await {
        Ok(came) => came,
        Err(failure) => return Ok(vec![failure.to_string()]),
    };
    let json = came.json();
    for (name, pointer) in &step.save {
        let value = match json.pointer(pointer) {
            Some(Value::String(value)) => value.clone(),
            Some(value) => value.to_string(),
            None => return Ok(vec![format!("there is no {pointer} in {}", came.text)]),
        };
        saved.insert(name.clone(), value);
    }
    let wanted = filled(&step.answer, saved)?;
    let mut wrong = differences(other.as_ref().unwrap_or(&wanted), &came);
    if other.is_some() && differences(&wanted, &came).is_empty() {
        wrong.push("it answers like the other side: it does not differ any more".to_owned());
    }
    if !wrong.is_empty() {
        let start: String = came.text.chars().take(600).collect();
        wrong.push(format!("in {start}"));
    }
    Ok(wrong)
}

/// An expectation with the values that were saved.
fn filled(answer: &Answer, saved: &BTreeMap<String, String>) -> Result<Answer, Failure> {
    let mut answer = answer.clone();
    for value in [&mut answer.json, &mut answer.exactly]
        .into_iter()
        .flatten()
    {
        let mut text = value.to_string();
        for (name, saved) in saved {
            // A number that was saved is one again where it stands alone.
            let is_number = saved.parse::<u64>().is_ok();
            if is_number {
                text = text.replace(&format!("\"${{{name}}}\""), saved);
            }
            text = text.replace(&format!("${{{name}}}"), saved);
        }
        *value = serde_json::from_str(&text)?;
    }
    Ok(answer)
}

fn with(saved: &BTreeMap<String, String>, text: &str) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
    })
}

async fn send(
    step: &Step,
    side: &Subject,
    saved: &BTreeMap<String, String>,
) -> Result<Came, Failure> {
    let request = match &step.search {
        Some(collection) => format!("GET /collections/{collection}/documents/search"),
        None => with(saved, &step.request),
    };
    let (method, path) = request
        .split_once(' ')
        .ok_or_else(|| format!("no request: {request}"))?;
    let method = Method::from_bytes(method.as_bytes())?;
    let mut sent = side.client.request(method, side.url(path));
    let query: Vec<(&str, String)> = step
        .query
        .iter()
        .flat_map(|(name, value)| {
            let values = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            values
                .iter()
                .map(move |value| (name.as_str(), plain(value)))
        })
        .map(|(name, value)| (name, with(saved, &value)))
        .collect();
    if !query.is_empty() {
        sent = sent.query(&query);
    }
    let key = match (&step.scoped, &step.key) {
        (Some((parent, parameters)), _) => scoped(&with(saved, parent), parameters),
        (None, Some(key)) => with(saved, key),
        (None, None) => side.admin.clone(),
    };
    if !key.is_empty() {
        sent = sent.header("x-typesense-api-key", key);
    }
    for (name, value) in &step.headers {
        sent = sent.header(name, value);
    }
    if let Some(body) = body(step) {
        sent = sent.body(with(saved, &body));
    }
    let came = sent.send().await?;
    Ok(Came {
        status: came.status().as_u16(),
        headers: came.headers().clone(),
        text: came.text().await?,
    })
}

fn body(step: &Step) -> Option<String> {
    let of_lines = step.lines.as_ref().map(|lines| {
        let lines: Vec<String> = lines.iter().map(plain).collect();
        lines.join("\n")
    });
    let of_json = step.body.as_ref().map(Value::to_string);
    step.text.clone().or(of_lines).or(of_json)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a key's holder makes of it.
fn scoped(parent: &str, parameters: &str) -> String {
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(parent.as_bytes()) else {
        return String::new();
    };
    mac.update(parameters.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let prefix: String = parent.chars().take(4).collect();
    STANDARD.encode(format!("{signature}{prefix}{parameters}"))
}
