//! Fetches the contributors of a repository, which only the REST API lists.

use super::exchange::{ApiAnswer, ApiCall};
use super::{Contributors, EntityTag, GitHub, RETRIES, rest};
use crate::forge::ForgeError;
use crate::model::RepositorySlug;

/// The page size; only the first page is fetched.
const PER_PAGE: &str = "5";

impl GitHub {
    /// Fetches the five contributors with the most commits, unless `etag` is still valid.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; a problem with this repository alone is an answer.
    pub async fn fetch_contributors(
        &self,
        slug: &RepositorySlug,
        etag: Option<&EntityTag>,
    ) -> Result<Contributors, ForgeError> {
        let mut url = self.repository_url(slug, &["contributors"]);
        url.query_pairs_mut().append_pair("per_page", PER_PAGE);
        let mut attempts = 0;
        loop {
            let question = ApiCall::rest(url.clone(), "contributors", 1).etag(self.own(etag));
            let why = match self.exchange(&question).await? {
                ApiAnswer::Answer(answer) if answer.not_modified => {
                    return Ok(Contributors::Unchanged);
                }
                ApiAnswer::Answer(answer) if answer.status == 204 => {
                    return Ok(Contributors::Listed {
                        people: Vec::new(),
                        etag: None,
                    });
                }
                ApiAnswer::Answer(answer) => match rest::read_contributors(&answer.body) {
                    Ok(people) => {
                        let etag = self.tag_of(&answer);
                        return Ok(Contributors::Listed { people, etag });
                    }
                    Err(error) => error.line(),
                },
                ApiAnswer::Missing => return Ok(Contributors::Gone),
                ApiAnswer::Refused(why) if why.contains("too large") => {
                    return Ok(Contributors::TooMany);
                }
                ApiAnswer::Refused(why) => return Ok(Contributors::Refused { why }),
                ApiAnswer::Unavailable(why) => why,
            };
            attempts += 1;
            if attempts > RETRIES {
                return Ok(Contributors::Broken { why });
            }
            self.pause(attempts).await;
        }
    }
}
