//! Operations that only the embedded engine has: rebuild an index, adopt a folder.

use serde::Deserialize;

use super::request::{ApiRequest, collection_path};
use super::{Client, Collection, SearchError};

/// A folder of the embedded engine that its catalogue does not know.
#[derive(Debug, Deserialize)]
pub struct UnknownFolder {
    /// Its name.
    pub folder: String,
    /// The name of the collection in it, if there is one.
    pub collection: Option<String>,
    /// How many documents that collection has.
    #[serde(default)]
    pub num_documents: u64,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

impl Client {
    /// Rebuilds the search index of a collection of the embedded engine; returns how many documents
    /// it holds.
    pub async fn rebuild_index(&self, name: &str) -> Result<u64, SearchError> {
        #[derive(Deserialize)]
        struct Rebuilt {
            num_documents: u64,
        }
        let operation = format!("rebuild the search index of `{name}`");
        let path = format!("{}/operations/rebuild", collection_path(name, &operation)?);
        let request = ApiRequest::post(path, operation)
            .long_timeout()
            .idempotent();
        let rebuilt: Rebuilt = self.api.fetch(request).await?;
        Ok(rebuilt.num_documents)
    }

    /// Lists the folders among those of the embedded engine's collections that its catalogue does
    /// not know.
    pub async fn list_unknown_folders(&self) -> Result<Vec<UnknownFolder>, SearchError> {
        let operation = "list the folders that the catalogue does not know".to_owned();
        let path = "/operations/folders".to_owned();
        self.api.fetch(ApiRequest::get(path, operation)).await
    }

    /// Takes the collection in such a folder into the catalogue, under its own name or another one.
    ///
    /// # Errors
    ///
    /// [`SearchError::Refused`] where the name is taken or the folder holds no collection,
    /// [`SearchError::NotFound`] where there is no such folder.
    pub async fn adopt_folder(
        &self,
        folder: &str,
        name: Option<&str>,
    ) -> Result<Collection, SearchError> {
        let operation = format!("adopt the folder {folder}");
        let path = "/operations/folders/adopt".to_owned();
        let body = serde_json::json!({"folder": folder, "name": name});
        let request = ApiRequest::post(path, operation).json(&body)?;
        self.api.fetch(request).await
    }
}
