//! The server itself: whether it is ready, its version, and what it uses.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::ApiRequest;
use super::{Client, SearchError};

/// What the server says of itself; it says nothing of single collections.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ServerState {
    /// `0.24.1` and so on.
    pub version: Option<String>,
    /// Bytes of memory in use, by all collections together.
    pub memory: Option<u64>,
    /// Bytes in use on the disk that it writes to, by all programs.
    pub disk: Option<u64>,
}

impl Client {
    /// Asks whether a node is ready, once and without waiting.
    ///
    /// # Errors
    ///
    /// [`SearchError::Unreachable`] or, while the server starts or lags, [`SearchError::Busy`].
    pub async fn check_health(&self) -> Result<(), SearchError> {
        #[derive(Deserialize)]
        struct Health {
            ok: bool,
        }
        let operation = "check the health of the search server".to_owned();
        let request = ApiRequest::get("/health".to_owned(), operation.clone()).without_waiting();
        let health: Health = self.api.fetch(request).await?;
        if health.ok {
            return Ok(());
        }
        Err(SearchError::Busy {
            operation,
            nodes: self.address().to_owned(),
            message: "it reports that it is not healthy".to_owned(),
        })
    }

    /// Asks for version and size; what a node does not tell stays empty.
    pub async fn fetch_server_state(&self) -> Result<ServerState, SearchError> {
        let fetch = async |path: &str| {
            let operation = "read the state of the search server".to_owned();
            let request = ApiRequest::get(path.to_owned(), operation).without_waiting();
            self.api.fetch::<Map<String, Value>>(request).await
        };
        let debug = fetch("/debug").await?;
        let metrics = fetch("/metrics.json").await?;
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
