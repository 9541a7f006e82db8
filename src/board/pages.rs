//! Follows the pages of a list, and gives up on lists without an end. No I/O.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::content::next_page;

/// Entries that are asked for at most; a project has up to 50,000 items, and a search shows 1,000.
const MOST_ENTRIES: usize = 200_000;

/// The pages of one list.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    /// Where pages have begun.
    cursors: HashSet<String>,
    /// How many entries were asked for.
    entries: usize,
}

impl Pages {
    /// Where the page after this one begins, for which `size` entries were asked; `None` after the last.
    ///
    /// # Errors
    ///
    /// A sentence if the list has no end.
    pub(super) fn next(
        &mut self,
        page: &Json,
        size: usize,
    ) -> Result<Option<String>, &'static str> {
        let Some(cursor) = next_page(page) else {
            return Ok(None);
        };
        self.entries = self.entries.saturating_add(size);
        if self.entries > MOST_ENTRIES {
            return Err("its pages do not end");
        }
        if !self.cursors.insert(cursor.clone()) {
            return Err("its pages begin again");
        }
        Ok(Some(cursor))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MOST_ENTRIES, Pages};

    fn page(cursor: &str) -> Value {
        json!({ "pageInfo": { "hasNextPage": true, "endCursor": cursor } })
    }

    #[test]
    fn a_list_ends_when_it_comes_back_to_a_page_or_never_stops() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(&page("a"), 100), Ok(Some("a".to_owned())));
        assert_eq!(pages.next(&page("b"), 100), Ok(Some("b".to_owned())));
        assert!(pages.next(&page("a"), 100).is_err());

        let mut pages = Pages::default();
        let mut steps = (0..).map(|number| pages.next(&page(&number.to_string()), 100));
        assert_eq!(
            steps.position(|next| next.is_err()),
            Some(MOST_ENTRIES / 100)
        );

        let last = json!({ "pageInfo": { "hasNextPage": false, "endCursor": "a" } });
        assert_eq!(Pages::default().next(&last, 100), Ok(None));
    }
}
