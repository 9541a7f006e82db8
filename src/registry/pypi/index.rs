//! `GET /simple/`: every project with the serial of its last change.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::answer_error::PypiAnswerError;
use super::{INDEX_LIMIT, PyPi, SIMPLE_JSON};
use crate::model::{ProjectName, Serial};
use crate::registry::error::RegistryError;
use crate::registry::index::{Index, IndexEntry};

impl PyPi {
    /// The index with its serials (`/simple/` as JSON). About 44 MB and 900,000 entries at the
    /// public registry; the answer is held only while it is parsed.
    /// An index without serials is `Unreadable`.
    pub(super) async fn request_index(&self) -> Result<Index, RegistryError> {
        const WHAT: &str = "the index of all projects";
        let url = self.url_of(&["simple"], true);
        let body = self
            .get(url, WHAT, "index", Some(SIMPLE_JSON), INDEX_LIMIT)
            .await?;
        tokio::task::spawn_blocking(move || {
            parse(&body).map_err(|error| RegistryError::unreadable(WHAT, error))
        })
        .await
        .map_err(|error| RegistryError::unreadable(WHAT, error))?
    }
}

fn parse(body: &[u8]) -> Result<Index, PypiAnswerError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut index = IndexSeed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    if index.serial.is_none() && !index.projects.is_empty() {
        return Err(PypiAnswerError::NoSerials);
    }
    if !index
        .projects
        .is_sorted_by(|one, other| one.name < other.name)
    {
        index
            .projects
            .sort_by(|one, other| one.name.cmp(&other.name));
        index
            .projects
            .dedup_by(|later, first| later.name == first.name);
    }
    index.projects.shrink_to_fit();
    Ok(index)
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "_last-serial", default)]
    serial: u64,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
    #[serde(rename = "_last-serial", default)]
    serial: u64,
}

struct IndexSeed;

impl<'de> DeserializeSeed<'de> for IndexSeed {
    type Value = Index;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Index, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for IndexSeed {
    type Value = Index;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `meta` and `projects`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Index, A::Error> {
        let mut serial = None;
        let mut projects = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match key.as_ref() {
                "meta" => serial = Some(map.next_value::<Meta>()?.serial),
                "projects" => projects = Some(map.next_value_seed(ProjectsSeed)?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = <A::Error as serde::de::Error>::missing_field;
        Ok(Index {
            serial: serial.map(Serial::new).ok_or_else(|| missing("meta"))?,
            projects: projects.ok_or_else(|| missing("projects"))?,
            ..Index::default()
        })
    }
}

struct ProjectsSeed;

impl<'de> DeserializeSeed<'de> for ProjectsSeed {
    type Value = Vec<IndexEntry>;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ProjectsSeed {
    type Value = Vec<IndexEntry>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of projects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut projects = Vec::new();
        let mut nameless = 0_u64;
        while let Some(Entry { name, serial }) = sequence.next_element()? {
            let Some(normalized) = ProjectName::read(&name) else {
                nameless += 1;
                continue;
            };
            let display = (normalized.as_str() != name).then(|| name.as_ref().into());
            projects.push(IndexEntry {
                marks: Box::default(),
                name: normalized,
                display,
                serial: Serial::new(serial),
            });
        }
        if nameless > 0 {
            tracing::warn!(nameless, "the index lists projects with invalid names");
        }
        Ok(projects)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::parse;
    use crate::model::{ProjectName, Serial};

    #[test]
    fn names_are_normalised_sorted_and_unique() {
        let index = parse(
            br#"{"meta":{"_last-serial":9,"api-version":"1.4"},"extra":[1],"projects":[
                {"_last-serial":3,"name":"zope"},{"_last-serial":7,"name":"Plone.API"},
                {"_last-serial":1,"name":"zope"},{"name":""},{"name":"a\nb"}]}"#,
        )
        .unwrap();
        let names: Vec<_> = index
            .projects
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        assert_eq!(index.serial, Serial::new(9));
        assert_eq!(names, ["plone-api", "zope"]);
        let entry = index.get(&ProjectName::new("plone_api")).unwrap();
        assert_eq!(
            (entry.display_name(), entry.serial),
            ("Plone.API", Serial::new(7))
        );
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        for body in [
            &b"<html>"[..],
            b"{}",
            b"{\"meta\":{},\"projects\":[{\"name\":\"a\"}]}",
            b"[]",
        ] {
            assert!(parse(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}
