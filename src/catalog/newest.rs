//! The newest releases of the packages of a list. The latest release of a package is one of them only if
//! it was uploaded last: an older version may have been mended since, or a pre-release made.
//!
//! Words are about packages, which are found as lists find them. Filters are about each release, whose
//! document has what enrichers know of the package, too.

use std::collections::BTreeSet;

use super::Catalog;
use super::fields::Fields;
use super::package::read_documents;
use super::parameters::{everything, literal_words};
use super::query::PackageQuery;
use super::search::LARGEST_PAGE;
use crate::model::{Document, ProjectName};
use crate::search::{SearchError, SearchParameters, filter};

/// What is read of each release, and what more of some.
const FIELDS: &str = "id,name,registry,version,summary,upload_timestamp,framework_versions";
const DETAILS: &str = "id,name,registry,maintainers,changelog";
/// Requests for releases until there are enough.
const MOST_REQUESTS: u32 = 4;

impl Catalog {
    /// Lists the releases that pass the filters of a query, of packages that answer its words, the
    /// newest first. 250 are read, and up to a thousand while `is_wanted` takes fewer than `enough`;
    /// those that were yanked, or whose time is not known, are not among them. The order, page and
    /// facets of the query do not matter.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn list_newest_releases(
        &self,
        query: &PackageQuery,
        enough: usize,
        is_wanted: impl Fn(&Document) -> bool,
    ) -> Result<Vec<Document>, SearchError> {
        let query = &*self.conceal_query(query).await;
        let names = self.find_names_of(query).await?;
        if names.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(Vec::new());
        }
        let mut newest = Vec::new();
        for page in 1..=MOST_REQUESTS {
            let answers = self
                .multi_search(|fields| {
                    vec![self.newest_search(query, names.as_ref(), page, fields)]
                })
                .await?;
            let Some(answer) = answers.into_iter().next() else {
                break;
            };
            let (releases, found) = read_documents(answer, "list the newest releases")?;
            let is_meant = |release: &Document| match &names {
                // A filter compares words: `name:=a.b` also finds `a b`.
                Some(names) => names.contains(&ProjectName::new(&release.name)),
                None => true,
            };
            let wanted = releases.into_iter();
            newest.extend(wanted.filter(|release| is_meant(release) && is_wanted(release)));
            let is_last = u64::from(page * LARGEST_PAGE) >= found;
            if is_last || newest.len() >= enough {
                break;
            }
        }
        Ok(newest)
    }

    /// Fetches who maintains the releases with these ids, at most 250, and their changelogs as safe
    /// HTML, in no order and without those that are gone. A changelog may have a megabyte.
    ///
    /// # Errors
    ///
    /// As [`Self::search`].
    pub async fn fetch_details(&self, ids: &[&str]) -> Result<Vec<Document>, SearchError> {
        // Some server that wrote the collection may have had ids that no filter can name.
        let is_possible = |id: &&str| filter::id_filter(&[id]).is_some();
        let ids: Vec<&str> = ids.iter().copied().filter(is_possible).collect();
        let Some(filter) = filter::id_filter(&ids) else {
            return Ok(Vec::new());
        };
        let mut search = everything(filter);
        search.extend([
            ("include_fields", DETAILS.to_owned()),
            ("per_page", LARGEST_PAGE.to_string()),
        ]);
        // The list of ids may be too long for an address.
        let answers = self
            .client
            .multi_search(&self.collection, &[search])
            .await?;
        let mut details = Vec::new();
        for answer in answers {
            details.append(&mut read_documents(answer, "read what changed in releases")?.0);
        }
        self.conceal(&mut details).await;
        Ok(details)
    }

    /// The packages that releases have to be of; `None` if the search for releases finds what is meant
    /// by itself.
    async fn find_names_of(
        &self,
        query: &PackageQuery,
    ) -> Result<Option<BTreeSet<ProjectName>>, SearchError> {
        let question = self.question(query);
        if query.earlier {
            let found = self.find_earlier_names(query, &question.literal()).await?;
            let names = found.names.iter().map(|name| ProjectName::new(name));
            return Ok(Some(names.collect()));
        }
        if question.is_empty() {
            return Ok(None);
        }
        let words = PackageQuery {
            words: query.words.clone(),
            exact_spelling: query.exact_spelling,
            ..PackageQuery::default()
        };
        let answering = self.find_answering(&words, &question).await?;
        let ranked = answering.ranked.iter();
        let names = ranked.map(|ranked| ProjectName::new(&ranked.package.name));
        // Of more than can be read, only what has the words as they are is shown anywhere.
        Ok(answering.is_whole.then(|| names.collect()))
    }

    fn newest_search(
        &self,
        query: &PackageQuery,
        names: Option<&BTreeSet<ProjectName>>,
        page: u32,
        fields: &Fields,
    ) -> SearchParameters {
        let mut base = "upload_timestamp:>0".to_owned();
        if fields.has("yanked") {
            base.push_str(" && yanked:!=true");
        }
        if let Some(names) = names {
            let quoted = names.iter().filter_map(|name| filter::quote(name.as_str()));
            let quoted: Vec<String> = quoted.collect();
            base = format!("{base} && name:=[{}]", quoted.join(","));
        }
        let filter = self.restrictions(query, fields).filter_instead(&base);
        let mut search = match names {
            Some(_) => everything(filter),
            None => literal_words(&self.question(query).literal(), filter),
        };
        let order = if fields.has("version_order") {
            "upload_timestamp:desc,name_sortable:asc,version_order:desc"
        } else {
            "upload_timestamp:desc,name_sortable:asc"
        };
        search.extend([
            ("sort_by", order.to_owned()),
            ("include_fields", FIELDS.to_owned()),
            ("highlight_fields", "none".to_owned()),
            ("page", page.to_string()),
            ("per_page", LARGEST_PAGE.to_string()),
        ]);
        search
    }
}
