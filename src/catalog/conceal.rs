//! Leaves out who may not be named: nothing that leaves a [`Catalog`] with a discretion names them.

use std::borrow::Cow;
use std::sync::Arc;

use super::Catalog;
use super::discretion::Discretion;
use super::facet::Facet;
use super::overview::Overview;
use super::query::{FacetFilter, PackageQuery};
use crate::model::{Document, Forgotten, RegistryKind};

/// A maintainer whom no package has.
const NOBODY: &str = "-";

impl Catalog {
    /// The same, which names nobody who asked to be forgotten.
    #[must_use]
    pub fn with_discretion(self, discretion: Arc<dyn Discretion>) -> Self {
        Self {
            discretion: Some(discretion),
            ..self
        }
    }

    async fn forgotten(&self) -> Option<Arc<Forgotten>> {
        let discretion = self.discretion.as_ref()?;
        let list = discretion.fetch_forgotten().await;
        let list = list.unwrap_or_else(|| Arc::new(Forgotten::everybody()));
        Some(list).filter(|list| !list.is_empty())
    }

    pub(super) async fn conceal<'d>(&self, documents: impl IntoIterator<Item = &'d mut Document>) {
        if let Some(list) = self.forgotten().await {
            for document in documents {
                list.conceal(document);
            }
        }
    }

    /// A query that finds nothing by the names of those who may not be named.
    pub(super) async fn conceal_query<'q>(&self, query: &'q PackageQuery) -> Cow<'q, PackageQuery> {
        let is_about_somebody = |filter: &FacetFilter| filter.facet == Facet::Maintainer;
        let mut query = Cow::Borrowed(query);
        if !query.filters.iter().any(is_about_somebody) {
            return query;
        }
        let Some(list) = self.forgotten().await else {
            return query;
        };
        let is_meant =
            |filter: &FacetFilter| is_about_somebody(filter) && is_concealed(&list, &filter.value);
        if query.filters.iter().any(is_meant) {
            let filters = query.to_mut().filters.iter_mut();
            for filter in filters.filter(|filter| is_meant(filter)) {
                NOBODY.clone_into(&mut filter.value);
            }
        }
        query
    }

    pub(super) async fn conceal_overview(&self, overview: Arc<Overview>) -> Arc<Overview> {
        match self.forgotten().await {
            Some(list) => {
                let mut overview = (*overview).clone();
                if let Some(names) = overview.frequent.get_mut(&Facet::Maintainer) {
                    names.retain(|name| !is_concealed(&list, name));
                }
                Arc::new(overview)
            }
            None => overview,
        }
    }
}

/// Whether a name is that of a user of some registry who may not be named.
fn is_concealed(list: &Forgotten, name: &str) -> bool {
    [RegistryKind::PyPi, RegistryKind::Npm]
        .into_iter()
        .any(|registry| list.has_account(registry, name))
}
