//! Values inside filters: quoting, and lists of ids.
//!
//! Equality of text in a filter is equality of its words: ``name:=`plone.api` `` also finds
//! `Plone-API`. Ids are the exception: they compare exactly. After a filter by name,
//! compare the names in the answer.

/// Quotes a value for a filter; `None` where it cannot be written in one: when it is empty, or
/// holds a back-tick or a backslash.
#[must_use]
pub fn quote(value: &str) -> Option<String> {
    (!value.is_empty() && !value.contains(['`', '\\'])).then(|| format!("`{value}`"))
}

/// A filter that matches exactly the documents with these ids; `None` where there is no id or
/// one that cannot be written in a filter (the server trims spaces around a value).
#[must_use]
pub fn id_filter(ids: &[&str]) -> Option<String> {
    let quoted: Option<Vec<String>> = ids.iter().map(|id| quote_id(id)).collect();
    let quoted = quoted.filter(|quoted| !quoted.is_empty())?;
    Some(format!("id:=[{}]", quoted.join(",")))
}

/// The ids in batches whose filters stay near `limit` encoded characters, and those that no
/// such filter can name.
pub(super) fn id_batches<'a>(ids: &[&'a str], limit: usize) -> (Vec<Vec<&'a str>>, Vec<&'a str>) {
    let mut batches: Vec<Vec<&str>> = Vec::new();
    let mut alone = Vec::new();
    let mut length = usize::MAX;
    for &id in ids {
        let cost = match quote_id(id) {
            Some(quoted) => super::request::percent_encode(&quoted).len() + "%2C".len(),
            None => usize::MAX,
        };
        if cost > limit {
            alone.push(id);
            continue;
        }
        length = length.saturating_add(cost);
        if length > limit {
            batches.push(Vec::new());
            length = cost;
        }
        if let Some(batch) = batches.last_mut() {
            batch.push(id);
        }
    }
    (batches, alone)
}

fn quote_id(id: &str) -> Option<String> {
    quote(id).filter(|_| id.trim() == id)
}

#[cfg(test)]
mod tests {
    use super::{id_batches, id_filter, quote};

    #[test]
    fn values_are_quoted_or_refused() {
        assert_eq!(quote("a, b] && (c)").as_deref(), Some("`a, b] && (c)`"));
        for value in ["", "a`b", "`", "a\\"] {
            assert_eq!(quote(value), None);
        }
    }

    #[test]
    fn id_filters_name_every_id_or_nothing() {
        assert_eq!(
            id_filter(&["a-1", "b-2"]).as_deref(),
            Some("id:=[`a-1`,`b-2`]")
        );
        assert_eq!(id_filter(&["a-1", "b`-2"]), None);
        assert_eq!(id_filter(&["a-1 "]), None);
        assert_eq!(id_filter(&[]), None);
    }

    #[test]
    fn batches_keep_every_id_and_the_limit() {
        let names: Vec<String> = (0..1000).map(|number| format!("näme {number}")).collect();
        let mut ids: Vec<&str> = names.iter().map(String::as_str).collect();
        ids.insert(500, "tick`");
        let (batches, alone) = id_batches(&ids, 500);
        assert_eq!(alone, ["tick`"]);
        ids.remove(500);
        assert_eq!(batches.concat(), ids);
        for batch in &batches {
            let filter = id_filter(batch).unwrap_or_default();
            assert!(
                !batch.is_empty() && super::super::request::percent_encode(&filter).len() < 530
            );
        }
    }

    #[test]
    fn an_id_longer_than_the_limit_stands_alone() {
        let long = "x".repeat(900);
        let (batches, alone) = id_batches(&["a", &long, "b"], 500);
        assert_eq!(
            (batches, alone),
            (vec![vec!["a", "b"]], vec![long.as_str()])
        );
    }
}
