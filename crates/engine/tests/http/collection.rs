//! Collections that a test makes, fills and searches.

use reqwest::Method;
use serde_json::{Value, json};

use super::served::{Failure, Served};

impl Served {
    /// Status and answer of a request with a body of JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let answer = self.ask(method, path).body(body.to_string()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_str(&answer.text().await?)?))
    }

    /// Makes the collection `made` and imports documents, all of which are taken.
    pub(crate) async fn make(&self, schema: Value, documents: &[Value]) -> Result<(), Failure> {
        let mut schema = schema;
        schema["name"] = json!("made");
        let (status, answer) = self.send(Method::POST, "/collections", &schema).await?;
        assert_eq!(status, 201, "{answer}");
        for answer in self.import("", documents).await? {
            assert_eq!(answer, json!({"success": true}));
        }
        Ok(())
    }

    /// The answers to the lines of an import into `made`.
    pub(crate) async fn import(
        &self,
        query: &str,
        documents: &[Value],
    ) -> Result<Vec<Value>, Failure> {
        let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
        let path = format!("/collections/made/documents/import?{query}");
        let import = self.ask(Method::POST, &path).body(lines.join("\n"));
        let answer = import.send().await?.text().await?;
        let lines = answer.lines().map(serde_json::from_str);
        Ok(lines.collect::<Result<_, _>>()?)
    }

    /// Status and answer of a search in `made`.
    pub(crate) async fn find(&self, parameters: &[(&str, &str)]) -> Result<(u16, Value), Failure> {
        let search = self.ask(Method::GET, "/collections/made/documents/search");
        let answer = search.query(parameters).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_str(&answer.text().await?)?))
    }

    /// The ids that a search in `made` finds, in alphabetical order.
    pub(crate) async fn ids(&self, parameters: &[(&str, &str)]) -> Result<Vec<String>, Failure> {
        let (status, answer) = self.find(parameters).await?;
        assert_eq!(status, 200, "{answer}");
        let hits = answer["hits"].as_array().into_iter().flatten();
        let mut ids: Vec<String> = hits
            .filter_map(|hit| Some(hit["document"]["id"].as_str()?.to_owned()))
            .collect();
        ids.sort();
        Ok(ids)
    }
}
