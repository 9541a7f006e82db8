//! Whatever is sent to the routes is answered: soon, with a status that means something, with JSON
//! where JSON is promised, and never with a fault of the engine.
//!
//! The requests share one engine and change it as they like.

mod requests;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use pyfa_engine::{AdminKey, Engine, EngineSettings, routes};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use requests::{Asked, SEARCH_KEY, asked};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a request may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// The routes of an engine in a folder.
struct World {
    routes: axum::Router,
    folder: tempfile::TempDir,
    engine: Arc<Engine>,
}

impl World {
    async fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("engine");
        let settings = EngineSettings {
            // A search that is slower than this answers late, not with a fault.
            search_cutoff: Duration::from_secs(5),
            ..EngineSettings::default()
        };
        let engine = tokio::task::spawn_blocking(move || Engine::open(&path, settings)).await??;
        let engine = Arc::new(engine);
        let routes = routes(Arc::clone(&engine), vec![AdminKey::new("key")]).await?;
        let world = Self {
            routes,
            folder,
            engine,
        };
        let key = json!({"description": "", "actions": ["documents:search"], "collections": [".*"], "value": SEARCH_KEY});
        world.done("POST", "/keys", &key).await?;
        Ok(world)
    }

    /// The collection that requests are about, as it was before they changed or dropped it.
    async fn refresh(&self) -> Result<(), Failure> {
        let names: Vec<String> = self
            .engine
            .collections()
            .iter()
            .map(|one| one.name())
            .collect();
        for name in names {
            let engine = Arc::clone(&self.engine);
            tokio::task::spawn_blocking(move || engine.delete_collection(&name)).await??;
        }
        let fields = json!([
            {"name": "t", "type": "string", "facet": true, "sort": true, "infix": true},
            {"name": "n", "type": "int32", "facet": true},
            {"name": "tags", "type": "string[]", "facet": true, "optional": true},
            {"name": "f", "type": "float", "optional": true, "facet": true},
            {"name": "b", "type": "bool", "optional": true, "facet": true},
            {"name": "loc", "type": "geopoint", "optional": true},
            {"name": "o", "type": "object", "optional": true},
            {"name": "new.*", "type": "auto"},
        ]);
        let schema = json!({"name": "c", "fields": fields, "enable_nested_fields": true, "default_sorting_field": "n"});
        self.done("POST", "/collections", &schema).await?;
        self.done("PUT", "/aliases/a", &json!({"collection_name": "c"}))
            .await?;
        let preset = json!({"value": {"q": "w1", "query_by": "t"}});
        self.done("PUT", "/presets/p", &preset).await?;
        for n in 0..4 {
            let document = json!({"id": n.to_string(), "t": format!("w{n} w1 word"), "n": n, "tags": ["a", format!("w{n}")], "f": 0.5, "loc": [n, 11.5], "o": {"s": "x", "n": [{"a": 1}]}});
            self.done("POST", "/collections/c/documents", &document)
                .await?;
        }
        Ok(())
    }

    async fn done(&self, method: &'static str, path: &str, body: &Value) -> Result<(), Failure> {
        let asked = Asked {
            method,
            path: path.to_owned(),
            key: "key".to_owned(),
            body: body.to_string().into_bytes(),
        };
        let answer = self.ask(&asked).await?;
        assert!(answer.status().is_success(), "{asked:?} {answer:?}");
        Ok(())
    }

    async fn ask(&self, asked: &Asked) -> Result<Response<Bytes>, Failure> {
        let request = Request::builder()
            .method(asked.method)
            .uri(&asked.path)
            .header("x-typesense-api-key", &asked.key)
            .body(Body::from(asked.body.clone()))?;
        let answering = async {
            let answer = self.routes.clone().oneshot(request).await?;
            let (head, body) = answer.into_parts();
            Ok::<_, Failure>(Response::from_parts(
                head,
                to_bytes(body, usize::MAX).await?,
            ))
        };
        tokio::time::timeout(PATIENCE, answering).await?
    }

    /// What is wrong with an answer, if anything.
    fn fault(asked: &Asked, answer: &Response<Bytes>) -> Option<String> {
        let status = answer.status().as_u16();
        let body = answer.body();
        let told = || String::from_utf8_lossy(body.get(..400).unwrap_or(body)).into_owned();
        let kind = answer.headers().get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let parsed = serde_json::from_slice::<Value>(body);
        // The two that the API answers so.
        let known_500 = [
            "conflicts with an existing collection name",
            "Embedded params parsing error",
        ];
        match status {
            200 | 201 | 400 | 401 | 404 | 408 | 409 | 413 | 422 | 501 => {}
            500 if known_500.iter().any(|known| told().contains(known)) => {}
            _ => return Some(format!("{status} {}", told())),
        }
        if asked.method == "OPTIONS" || asked.method == "HEAD" {
            return None;
        }
        if kind.starts_with("application/json") {
            let message = parsed
                .as_ref()
                .ok()
                .and_then(|body| body.get("message"))
                .and_then(Value::as_str);
            return match parsed {
                Err(error) => Some(format!("no JSON ({error}): {}", told())),
                Ok(_) if status >= 400 && message.is_none_or(str::is_empty) => {
                    Some(format!("no message: {}", told()))
                }
                Ok(_) => None,
            };
        }
        let mut lines = body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        if lines
            .clone()
            .any(|line| serde_json::from_slice::<Map<String, Value>>(line).is_err())
        {
            return Some(format!("a line is no object: {}", told()));
        }
        let sent = asked.body.split(|byte| *byte == b'\n');
        let sent = sent
            .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
            .count();
        if asked.path.contains("/import?") && lines.by_ref().count() != sent {
            return Some(format!(
                "not an answer for each of {sent} lines: {}",
                told()
            ));
        }
        None
    }

    /// What there is next to the engine's own folder.
    fn is_alone(&self) -> std::io::Result<bool> {
        Ok(fs_err::read_dir(self.folder.path())?.count() == 1)
    }
}

#[test]
fn every_request_is_answered() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let world = RefCell::new(runtime.block_on(World::new())?);
    let settings = ProptestConfig {
        cases: 96,
        ..ProptestConfig::default()
    };
    proptest!(settings, |(requests in vec(asked(), 1..16))| {
        let world = world.borrow();
        let faults = runtime.block_on(async {
            world.refresh().await.map_err(|error| error.to_string())?;
            for asked in &requests {
                let answer = world.ask(asked).await.map_err(|error| format!("{asked:?}: {error}"))?;
                if let Some(fault) = World::fault(asked, &answer) {
                    return Err(format!("{asked:?}: {fault}"));
                }
            }
            Ok(())
        });
        prop_assert_eq!(faults, Ok(()));
        prop_assert!(world.is_alone().unwrap_or_default());
    });
    Ok(())
}
