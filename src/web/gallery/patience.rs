//! How long a visitor waits for a search server that is busy or silent.
//!
//! The client of the server waits for minutes, which is right for a run and too long for a page.

use std::time::Duration;

use anyhow::anyhow;

use super::address::{Address, ProfilePart};
use super::page::PageError;

/// For a page.
pub(super) const PAGE: Duration = Duration::from_secs(10);
/// For what is made of many requests, and read by programs.
const FILE: Duration = Duration::from_mins(1);

/// How long what is at an address may take.
pub(super) fn of(address: &Address) -> Duration {
    match address {
        Address::Profile {
            part: ProfilePart::Sitemap | ProfilePart::Csv,
            ..
        } => FILE,
        _ => PAGE,
    }
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
            "the search server has not answered within {} seconds",
            limit.as_secs()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::PageError;
    use super::{PAGE, within};

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_silent_server() {
        let silent = std::future::pending::<Result<(), PageError>>();
        let answer = within(PAGE, silent).await;
        assert!(
            matches!(answer, Err(PageError::Unavailable(_))),
            "{answer:?}"
        );
        let quick = within(PAGE, async { Ok::<_, PageError>(1) }).await;
        assert!(matches!(quick, Ok(1)), "{quick:?}");
    }
}
