//! How long a visitor waits for a search server that is busy or silent.
//!
//! The client of the server waits for minutes, which is right for a run and too long for a page.

use std::time::Duration;

use anyhow::anyhow;

use super::address::{Address, ProfilePart};
use super::page::PageError;
use crate::search::SearchError;

/// How long a visitor waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a page.
    pub page: Duration,
    /// For what is made of many requests, and read by programs.
    pub file: Duration,
    /// For what a page can do without.
    pub glance: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            page: Duration::from_secs(10),
            file: Duration::from_mins(1),
            glance: Duration::from_secs(1),
        }
    }
}

impl Timeouts {
    /// How long what is at an address may take.
    pub(super) fn of(self, address: &Address) -> Duration {
        if is_file(address) {
            self.file
        } else {
            self.page
        }
    }
}

/// How often, and how far apart, an index is asked that is being brought up to date.
const MOST_ATTEMPTS: u32 = 20;
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Whether what is at an address is made of many requests.
pub(super) fn is_file(address: &Address) -> bool {
    matches!(
        address,
        Address::Profile {
            part: ProfilePart::Sitemap | ProfilePart::Csv,
            ..
        } | Address::Repository { .. }
            | Address::Person { .. }
    )
}

/// Whether the search server is asked for what is at an address.
pub(super) fn needs_search(address: &Address) -> bool {
    match address {
        Address::Robots
        | Address::Favicon
        | Address::Help
        | Address::Asset(_)
        | Address::OwnPage(_)
        | Address::Profile {
            part: ProfilePart::OpenSearch,
            ..
        } => false,
        Address::Start
        | Address::SitemapIndex
        | Address::Profile { .. }
        | Address::Package { .. }
        | Address::Repository { .. }
        | Address::Person { .. } => true,
    }
}

/// Whether a page that has failed so often is worth another attempt after a [`PAUSE`]: the index of a
/// collection is being brought up to date, as it is when the engine has just been opened.
pub(super) fn may_succeed<T>(page: &Result<T, PageError>, attempts: u32) -> bool {
    let Err(PageError::Unavailable(error)) = page else {
        return false;
    };
    let is_busy = matches!(
        error.downcast_ref(),
        Some(SearchError::Refused {
            status: Some(503),
            ..
        })
    );
    is_busy && attempts < MOST_ATTEMPTS
}

/// What `made` gives, or that the server is not available.
pub(super) async fn within<T, E>(
    limit: Duration,
    made: impl Future<Output = Result<T, E>>,
) -> Result<T, PageError>
where
    PageError: From<E>,
{
    match tokio::time::timeout(limit, made).await {
        Ok(made) => made.map_err(PageError::from),
        Err(_) => Err(PageError::Unavailable(anyhow!(
            "the search server has not answered within {limit:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::PageError;
    use super::{MOST_ATTEMPTS, Timeouts, may_succeed, within};
    use crate::search::SearchError;

    #[test]
    fn an_index_that_is_brought_up_to_date_is_asked_again() {
        let refused = |status| {
            Err::<(), _>(PageError::from(SearchError::Refused {
                operation: "search".to_owned(),
                status: Some(status),
                message: "later".to_owned(),
            }))
        };
        assert!(may_succeed(&refused(503), 1));
        assert!(!may_succeed(&refused(503), MOST_ATTEMPTS));
        assert!(!may_succeed(&refused(500), 1));
        assert!(!may_succeed(&Ok(()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_silent_server() {
        let silent = std::future::pending::<Result<(), PageError>>();
        let patience = Timeouts::default().page;
        let answer = within(patience, silent).await;
        assert!(
            matches!(answer, Err(PageError::Unavailable(_))),
            "{answer:?}"
        );
        let quick = within(patience, async { Ok::<_, PageError>(1) }).await;
        assert!(matches!(quick, Ok(1)), "{quick:?}");
    }
}
