//! The client of Open Humans, where members keep files and let projects in.
//!
//! A [`Project`] signs members in by OAuth; an [`OpenHumans`] reads, uploads and deletes the files of one
//! member. Keeps nothing. Tokens appear in no message and no log, and neither do names and addresses of
//! files. Files are fetched from and brought to the addresses that Open Humans gives, without the token.
//! Called by `archive`.

mod client;
mod error;
mod project;

use secrecy::SecretString;
use url::Url;

pub use client::{Member, OpenHumans, RemoteFile, Upload};
pub use error::OpenHumansError;
pub use project::{MemberTokens, Project};

/// The public service.
pub const PUBLIC_URL: &str = "https://www.openhumans.org/";

/// How Open Humans is asked.
#[derive(Debug, Clone)]
pub struct OpenHumansSettings {
    pub base_url: Url,
    /// Of the project; `None` if nobody can sign in.
    pub client_id: Option<String>,
    pub client_secret: Option<SecretString>,
    /// A member's token for the command line.
    pub access_token: Option<SecretString>,
}

impl OpenHumansSettings {
    /// An address of the service.
    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        let before = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}/{path}"));
        url
    }
}
