//! What the server says of itself.

use reqwest::Method;
use serde_json::{Map, Value};

use super::call::Call;
use super::{Client, SearchError};

/// What the server says of itself; it says nothing of single collections.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ServerState {
    /// `0.24.1` and so on.
    pub version: Option<String>,
    /// Bytes of memory in use, by all collections together.
    pub memory: Option<u64>,
    /// Bytes in use on the disk that it writes to, by whomever.
    pub disk: Option<u64>,
}

impl Client {
    /// Asks for version and size; what a node does not tell stays empty.
    pub async fn server_state(&self) -> Result<ServerState, SearchError> {
        let read = async |path: &str| {
            let doing = "ask the search server for its state".to_owned();
            let call = Call::new(Method::GET, path.to_owned(), doing).impatient();
            self.nodes.read::<Map<String, Value>>(call).await
        };
        let debug = read("/debug").await?;
        let metrics = read("/metrics.json").await?;
        // Numbers come as text.
        let number = |key: &str| metrics.get(key)?.as_str()?.parse().ok();
        Ok(ServerState {
            version: debug
                .get("version")
                .and_then(Value::as_str)
                .map(str::to_owned),
            memory: number("typesense_memory_active_bytes"),
            disk: number("system_disk_used_bytes"),
        })
    }
}
