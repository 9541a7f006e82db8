//! Temporary.

use super::{Catalog, FacetValue, PackageQuery, PackageSummary};
use crate::model::Document;
use crate::search::SearchError;

pub struct Alternative {
    pub label: String,
    pub query: PackageQuery,
    pub found: u64,
}
#[derive(Default)]
pub struct Matrix {
    pub pythons: Vec<String>,
    pub rows: Vec<MatrixRow>,
}
pub struct MatrixRow {
    pub framework: String,
    pub total: u64,
    pub counts: Vec<FacetValue>,
}

impl Catalog {
    pub async fn count_alternatives(
        &self,
        _query: &PackageQuery,
    ) -> Result<Vec<Alternative>, SearchError> {
        Ok(Vec::new())
    }
    pub async fn count_matrix(&self) -> Result<Matrix, SearchError> {
        Ok(Matrix::default())
    }
    pub async fn suggest(
        &self,
        words: &str,
        limit: u32,
    ) -> Result<Vec<PackageSummary>, SearchError> {
        let query = PackageQuery {
            words: words.to_owned(),
            per_page: limit,
            ..PackageQuery::default()
        };
        Ok(self
            .search(&query)
            .await?
            .hits
            .into_iter()
            .map(|hit| hit.package)
            .collect())
    }
    pub async fn find_similar(
        &self,
        _document: &Document,
        _limit: u32,
    ) -> Result<Vec<PackageSummary>, SearchError> {
        Ok(Vec::new())
    }
}
