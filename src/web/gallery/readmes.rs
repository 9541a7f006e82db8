//! READMEs and changelogs as pages show them: prepared off the threads that listen, and kept for those
//! who look next.

use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use pyfa_readme::{Heading, Images, PageReadme, for_page};
use xxhash_rust::xxh3::xxh3_128;

use super::page::PageError;
use super::shared_cache::SharedCache;
use super::workers::Workers;

/// Bytes of all that are kept.
const KEPT: u64 = 32 << 20;
/// How long one is kept.
const AGE: Duration = Duration::from_hours(1);
/// Bytes of a text that a page shows.
const LONGEST: usize = 300_000;

/// Which text of which release it is, and what it says: another release's text never stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ReadmeKey {
    profile: String,
    document: String,
    part: ReadmePart,
    hash: u128,
}

/// A text of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ReadmePart {
    Description,
    Changelog,
}

/// The texts that were prepared.
#[derive(Debug)]
pub(super) struct Readmes {
    workers: Workers,
    kept: SharedCache<ReadmeKey, Arc<PageReadme>>,
}

impl Readmes {
    pub(super) fn new(workers: Workers) -> Self {
        Self {
            workers,
            kept: SharedCache::new(KEPT, AGE, |readme| size(readme)),
        }
    }

    /// A text of the release with the id `document` in a profile, ready for a page. `images` are the
    /// same for all texts of a profile.
    ///
    /// # Errors
    ///
    /// [`PageError::Broken`] if it cannot be prepared.
    pub(super) async fn prepare(
        &self,
        profile: &str,
        document: &str,
        part: ReadmePart,
        html: &str,
        images: Images,
    ) -> Result<Arc<PageReadme>, PageError> {
        let key = ReadmeKey {
            profile: profile.to_owned(),
            document: document.to_owned(),
            part,
            hash: xxh3_128(html.as_bytes()),
        };
        let make = async {
            let html = html.to_owned();
            let making = move || Arc::new(for_page(&html, images, LONGEST));
            self.workers.run(making).await
        };
        self.kept.get_or_make(key, make).await
    }
}

/// Bytes in memory, about.
fn size(readme: &PageReadme) -> usize {
    let headings = readme.headings.iter();
    let headings =
        headings.map(|heading| size_of::<Heading>() + heading.id.len() + heading.text.len());
    readme.html.len() + headings.sum::<usize>()
}
