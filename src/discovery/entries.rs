//! Accounts and repositories, as GitHub's JSON gives them. No I/O.
//!
//! What is not as it should be is no entry, and texts are cut where no true one is as long.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::model::{RepositorySlug, is_login};

/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 2_000;
/// The longest answer that is kept, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

/// Parts of a repository that tell of others, who may have asked to be forgotten.
const ABOUT_OTHERS: [&str; 4] = ["parent", "source", "template_repository", "organization"];

/// An account, as far as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) login: String,
    pub(super) node_id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) html_url: Option<String>,
}

/// An account with what its page says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccountDetails {
    pub(super) account: Account,
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    pub(super) bio: Option<String>,
    pub(super) company: Option<String>,
    pub(super) email: Option<String>,
    /// Whether the answer can say what the address is.
    pub(super) tells_email: bool,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    // Counts; `None` if the answer cannot say.
    pub(super) followers: Option<i64>,
    pub(super) following: Option<i64>,
    pub(super) public_gists: Option<i64>,
    pub(super) public_repos: Option<i64>,
    pub(super) starred: Option<i64>,
    pub(super) raw: Json,
}

/// A repository and its owner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Repository {
    pub(super) id: i64,
    pub(super) node_id: Option<String>,
    pub(super) owner: Account,
    pub(super) slug: RepositorySlug,
    pub(super) stargazers: i64,
    /// `None` if the answer cannot say.
    pub(super) subscribers: Option<i64>,
    json: Json,
}

impl Account {
    pub(super) fn read(json: &Json) -> Option<Self> {
        let login = json["login"].as_str().filter(|login| is_login(login))?;
        Some(Self {
            id: id(json, "id")?,
            login: login.to_owned(),
            node_id: text(json, "node_id"),
            kind: text(json, "type"),
            avatar_url: text(json, "avatar_url").filter(|url| is_address(url)),
            html_url: text(json, "html_url").filter(|url| is_address(url)),
        })
    }
}

impl AccountDetails {
    /// From REST.
    pub(super) fn read(json: &Json) -> Option<Self> {
        Some(Self {
            account: Account::read(json)?,
            name: text(json, "name"),
            location: text(json, "location"),
            bio: text(json, "bio"),
            company: text(json, "company"),
            email: text(json, "email"),
            tells_email: true,
            created_at: time(json, "created_at"),
            updated_at: time(json, "updated_at"),
            followers: Some(count(&json["followers"])),
            following: Some(count(&json["following"])),
            public_gists: Some(count(&json["public_gists"])),
            public_repos: Some(count(&json["public_repos"])),
            starred: None,
            raw: kept(json.clone()),
        })
    }

    /// From GraphQL.
    pub(super) fn read_node(json: &Json) -> Option<Self> {
        let renamed = json!({
            "id": json["databaseId"],
            "login": json["login"],
            "node_id": json["id"],
            "type": json["__typename"],
            "avatar_url": json["avatarUrl"],
            "html_url": json["url"],
        });
        // Organisations and bots do not have all of them.
        let total = |name: &str| json.get(name).map(|list| count(&list["totalCount"]));
        Some(Self {
            account: Account::read(&renamed)?,
            name: text(json, "name"),
            location: text(json, "location"),
            bio: text(json, "bio").or_else(|| text(json, "description")),
            company: text(json, "company"),
            email: None,
            tells_email: false,
            created_at: time(json, "createdAt"),
            updated_at: time(json, "updatedAt"),
            followers: total("followers"),
            following: total("following"),
            public_gists: total("gists"),
            public_repos: total("repositories"),
            starred: total("starredRepositories"),
            raw: kept(json.clone()),
        })
    }
}

impl Repository {
    pub(super) fn read(json: &Json) -> Option<Self> {
        let slug: RepositorySlug = json["full_name"].as_str()?.parse().ok()?;
        let mut raw = json.clone();
        if let Some(fields) = raw.as_object_mut() {
            for name in ABOUT_OTHERS {
                fields.remove(name);
            }
        }
        Some(Self {
            id: id(json, "id")?,
            node_id: text(json, "node_id"),
            owner: Account::read(&json["owner"])?,
            slug,
            stargazers: count(&json["stargazers_count"]),
            subscribers: json.get("subscribers_count").map(count),
            json: raw,
        })
    }

    /// The answer, as far as it is kept.
    pub(super) fn raw(&self) -> Json {
        kept(self.json.clone())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(&self.json, name)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.json[name].as_bool()
    }

    pub(super) fn count(&self, name: &str) -> i64 {
        count(&self.json[name])
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        time(&self.json, name)
    }
}

fn id(json: &Json, name: &str) -> Option<i64> {
    json[name].as_i64().filter(|id| *id > 0)
}

fn text(json: &Json, name: &str) -> Option<String> {
    let text = json[name].as_str()?;
    Some(text.chars().take(LONGEST_TEXT).collect())
}

pub(super) fn time(json: &Json, name: &str) -> Option<Timestamp> {
    json[name].as_str()?.parse().ok()
}

pub(super) fn count(json: &Json) -> i64 {
    let whole = json.as_i64();
    // Larger numbers than can be kept.
    let large = json.as_f64().filter(|number| *number > 0.0);
    whole.or(large.map(|_| i64::MAX)).unwrap_or(0).max(0)
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// An answer, unless it is longer than any true one.
fn kept(json: Json) -> Json {
    if json.to_string().len() > LONGEST_ANSWER {
        Json::Null
    } else {
        json
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Account, AccountDetails, Repository};

    #[test]
    fn what_is_no_account_is_not_read() {
        for wrong in [
            json!(null),
            json!({ "login": "a" }),
            json!({ "login": "a/../b", "id": 1 }),
            json!({ "login": "", "id": 1 }),
            json!({ "login": "a".repeat(101), "id": 1 }),
            json!({ "login": "a\n", "id": 1 }),
            json!({ "login": "a", "id": -1 }),
            json!({ "login": "a", "id": "1" }),
            json!({ "login": ["a"], "id": 1e300 }),
        ] {
            assert_eq!(Account::read(&wrong), None, "{wrong}");
        }
        let bot = json!({ "login": "ci[bot]", "id": 7, "avatar_url": "javascript:x" });
        let read = Account::read(&bot);
        assert_eq!(read.map(|read| (read.id, read.avatar_url)), Some((7, None)));
    }

    #[test]
    fn numbers_and_texts_stay_within_bounds() {
        let json = json!({
            "login": "a", "id": 1, "followers": 1e30, "following": -5, "public_repos": "many",
            "bio": "x".repeat(1 << 20), "created_at": "yesterday",
        });
        let read = AccountDetails::read(&json);
        let read = read.map(|read| {
            let bio = read.bio.map(|bio| bio.len());
            (
                read.followers,
                read.following,
                read.public_repos,
                bio,
                read.raw.is_null(),
            )
        });
        assert_eq!(
            read,
            Some((Some(i64::MAX), Some(0), Some(0), Some(2_000), true))
        );
    }

    #[test]
    fn a_repository_tells_nothing_of_others() {
        let owner = json!({ "login": "a", "id": 1 });
        let json = json!({
            "id": 2, "full_name": "a/b", "owner": owner,
            "parent": { "full_name": "someone/b" }, "source": { "full_name": "someone/b" },
        });
        let read = Repository::read(&json);
        assert!(read.is_some_and(|read| !read.raw().to_string().contains("someone")));
        let nameless = json!({ "id": 2, "full_name": "a", "owner": { "login": "a", "id": 1 } });
        assert_eq!(Repository::read(&nameless), None);
    }
}
