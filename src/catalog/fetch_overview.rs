//! Reads what there is in a collection at all, once in a while.

use std::sync::Arc;

use super::Catalog;
use super::answer::Answer;
use super::facet::Facet;
use super::overview::{BY_NUMBERS, KNOWN, MOST_FREQUENT, Overview, TYPED};
use super::parameters::{count_values, everything, without_hits};
use super::restrictions::LATEST;
use crate::search::SearchError;

impl Catalog {
    /// Reads which values and numbers the packages have; what was read in the last minute is given
    /// again.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn fetch_overview(&self) -> Result<Arc<Overview>, SearchError> {
        if let Some(overview) = self.overview.get() {
            return Ok(self.conceal_overview(overview).await);
        }
        let answers = self
            .multi_search(|fields| {
                let mut values = everything(LATEST.to_owned());
                without_hits(&mut values);
                let counted: Vec<Facet> = KNOWN.into_iter().chain(TYPED).collect();
                count_values(&mut values, &counted, fields);
                let numbers = BY_NUMBERS.iter().map(|sort| {
                    let field = sort.field();
                    let filter = if fields.has(field) {
                        format!("{LATEST} && {field}:>=0")
                    } else {
                        format!("{LATEST} && is_latest:=false")
                    };
                    let mut search = everything(filter);
                    without_hits(&mut search);
                    search
                });
                std::iter::once(values).chain(numbers).collect()
            })
            .await?;
        let mut answers = answers.into_iter().map(Answer::read);
        let mut overview = Overview::default();
        if let Some(values) = answers.next().transpose()? {
            overview.packages = values.found;
            let of = |facet: Facet| (facet, values.values_of(facet, &self.roots));
            overview.values = KNOWN.into_iter().map(of).collect();
            let frequent = |facet: Facet| {
                let values = values.values_of(facet, &self.roots).into_iter();
                let values = values
                    .map(|one| one.value)
                    .filter(|value| !value.is_empty());
                (facet, values.take(MOST_FREQUENT).collect())
            };
            overview.frequent = TYPED.into_iter().map(frequent).collect();
        }
        for (sort, answer) in BY_NUMBERS.into_iter().zip(answers) {
            if answer?.found > 0 {
                overview.sorts.push(sort);
            }
        }
        let overview = Arc::new(overview);
        self.overview.set(Arc::clone(&overview));
        Ok(self.conceal_overview(overview).await)
    }
}
