//! Where the vulnerability database is. Plain data; made by `config`.

use pyfa_http::Url;
use serde::Deserialize;

/// The public database.
pub const PUBLIC_OSV_URL: &str = "https://api.osv.dev/";

/// Where the database is.
#[derive(Debug, Clone, Deserialize)]
pub struct AdvisoriesSettings {
    pub osv_url: Url,
}
