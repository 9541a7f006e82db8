//! Many packages at once, by their names.

use super::Catalog;
use super::answer::Answer;
use super::parameters::{everything, with_hits};
use super::restrictions::LATEST;
use super::results::PackageSummary;
use crate::model::PackageName;
use crate::search::{SearchError, filter};

/// Documents in one answer: a filter compares words, so there may be more than names.
const MOST: u32 = 250;
/// Names in one request.
const AT_ONCE: usize = 50;

impl Catalog {
    /// Finds the packages with these names, in any spelling and order.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn find_summaries(&self, names: &[&str]) -> Result<Vec<PackageSummary>, SearchError> {
        let wanted: Vec<PackageName> = names.iter().map(|name| PackageName::read(name)).collect();
        let mut found = Vec::new();
        for names in wanted.chunks(AT_ONCE) {
            let quoted: Vec<String> = names
                .iter()
                .filter_map(|name| filter::quote(name.as_str()))
                .collect();
            if quoted.is_empty() {
                continue;
            }
            let filter = format!("{LATEST} && name:=[{}]", quoted.join(","));
            let mut search = everything(filter);
            with_hits(&mut search, "name_sortable:asc".to_owned(), 1, MOST);
            let answer = self.client.search(&self.collection, &search).await?;
            for hit in Answer::read(answer)?.hits {
                let package = hit.into_summary()?;
                let key = package.key();
                if key.is_some_and(|key| names.iter().any(|name| name.is(&key))) {
                    found.push(package);
                }
            }
        }
        Ok(found)
    }
}
