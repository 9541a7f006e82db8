//! Where the vulnerability database is. Plain data; made by `cli`.

use pyfa_http::Url;

use crate::enrich::source::RequestSettings;

/// The public database.
pub const PUBLIC_OSV_URL: &str = "https://api.osv.dev/";

/// Where the database is, and how it is asked.
#[derive(Debug, Clone)]
pub struct AdvisoriesSettings {
    pub base_url: Url,
    pub requests: RequestSettings,
}
