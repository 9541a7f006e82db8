//! API keys: create, list, delete.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::none_if_not_found;
use super::request::ApiRequest;
use super::{Client, SearchError};

/// What a key is created from.
#[derive(Debug, Serialize)]
pub struct NewApiKey {
    /// For people.
    pub description: String,
    /// `documents:search` and so on; the server accepts unknown ones.
    pub actions: Vec<String>,
    /// Regular expressions that match an entire name. They are compared with the name in the
    /// address of a request: a key for an alias does not open the collection behind it.
    pub collections: Vec<String>,
    /// The key itself; the server invents one where this is `None`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    pub value: Option<SecretString>,
    /// Unix seconds; the server's default is far away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// A new key; the server never tells its value again.
#[derive(Debug, Deserialize)]
pub struct CreatedApiKey {
    /// By which it is deleted.
    pub id: u64,
    /// The key itself.
    #[serde(deserialize_with = "secret")]
    pub value: SecretString,
}

/// A key as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiKey {
    /// By which it is deleted.
    pub id: u64,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// As in [`NewApiKey`].
    #[serde(default)]
    pub actions: Vec<String>,
    /// As in [`NewApiKey`].
    #[serde(default)]
    pub collections: Vec<String>,
    /// The first characters of the value.
    #[serde(default)]
    pub value_prefix: String,
    /// Unix seconds.
    #[serde(default)]
    pub expires_at: u64,
}

impl Client {
    /// Creates a key. After an error that leaves the outcome unknown, a key may exist.
    pub async fn create_key(&self, key: &NewApiKey) -> Result<CreatedApiKey, SearchError> {
        let operation = format!("create the key \"{}\"", key.description);
        let request = ApiRequest::post("/keys".to_owned(), operation).json(key)?;
        self.api.fetch(request).await
    }

    /// All keys, without their values.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, SearchError> {
        #[derive(Deserialize)]
        struct Keys {
            keys: Vec<ApiKey>,
        }
        let request = ApiRequest::get("/keys".to_owned(), "list the keys".to_owned());
        Ok(self.api.fetch::<Keys>(request).await?.keys)
    }

    /// Deletes a key; false where there was none.
    pub async fn delete_key(&self, id: u64) -> Result<bool, SearchError> {
        let operation = format!("delete the key {id}");
        let request = ApiRequest::delete(format!("/keys/{id}"), operation);
        Ok(none_if_not_found(self.api.send(&request).await)?.is_some())
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn exposed<S: Serializer>(value: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    value
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(to)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    Ok(String::deserialize(deserializer)?.into())
}
