//! What an operator decides about programs that ask. Plain data; `config` reads it.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use crate::database::DatabaseSettings;

/// Who may ask, how often, and for how long.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    pub database: DatabaseSettings,
    /// Whether requests of this machine may read without a key.
    pub without_key: bool,
    /// Of each key; 0 for any number.
    pub requests_per_minute: u32,
    /// How long a question may take.
    pub patience: Duration,
    /// The pages of other hosts that may ask, as `https://www.example.org`; `*` for all.
    pub origins: Vec<String>,
    /// The address under which others reach the program; none means the one that each request names.
    pub base_url: Option<Url>,
    /// Machines whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl DoorSettings {
    /// The usual settings over this database.
    #[must_use]
    pub fn new(database: DatabaseSettings) -> Self {
        Self {
            database,
            without_key: false,
            requests_per_minute: 600,
            patience: Duration::from_secs(5),
            origins: Vec::new(),
            base_url: None,
            trusted_proxies: Vec::new(),
        }
    }
}
