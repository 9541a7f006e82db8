//! What a collection looks like from outside: whether something made of it is still what it would be.

use super::Catalog;
use super::answer::Answer;
use super::parameters::{everything, sort_expression, with_hits, without_hits};
use super::query::Sort;
use super::restrictions::LATEST;
use crate::search::SearchError;

/// What one small request shows. Releases that come and go change it; numbers of packages do not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CollectionState {
    releases: u64,
    packages: u64,
    /// Name, version and time of the newest release.
    newest: Option<(String, String, i64)>,
}

impl CollectionState {
    /// When the newest of the latest releases was uploaded, in Unix seconds, if that is known.
    #[must_use]
    pub fn newest_upload(&self) -> Option<i64> {
        let (_, _, seconds) = self.newest.as_ref()?;
        Some(*seconds).filter(|seconds| *seconds > 0)
    }
}

impl Catalog {
    /// Fetches the state of the collection.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn fetch_state(&self) -> Result<CollectionState, SearchError> {
        let answers = self
            .multi_search(|fields| {
                let mut all = vec![("q", "*".to_owned())];
                without_hits(&mut all);
                let mut newest = everything(LATEST.to_owned());
                with_hits(&mut newest, sort_expression(Sort::Updated, fields), 1, 1);
                vec![all, newest]
            })
            .await?;
        let mut state = CollectionState::default();
        let mut answers = answers.into_iter().map(Answer::read);
        if let Some(all) = answers.next() {
            state.releases = all?.found;
        }
        if let Some(latest) = answers.next() {
            let latest = latest?;
            state.packages = latest.found;
            if let Some(hit) = latest.hits.into_iter().next() {
                let newest = hit.into_summary()?;
                state.newest = Some((newest.name, newest.version, newest.upload_timestamp));
            }
        }
        Ok(state)
    }
}
