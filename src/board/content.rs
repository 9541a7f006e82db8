//! Issues, pull requests and discussions, as searches give them. No I/O.

use serde_json::Value as Json;

use crate::model::clean_line;

/// Characters of a title; GitHub allows 256.
pub(super) const LONGEST_TITLE: usize = 1_000;

/// Something that may belong on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub id: String,
    pub kind: ContentKind,
    pub url: String,
    pub title: String,
    /// `owner/name`
    pub repository: String,
    pub number: i64,
    /// Times as GitHub writes them.
    pub created_at: String,
    pub updated_at: String,
    pub closed_at: Option<String>,
    /// `None` if the account was deleted.
    pub author: Option<Person>,
    pub votes: i64,
    pub labels: Vec<String>,
    /// Comments, with replies.
    pub comments: i64,
    /// The last comment or reply.
    pub final_comment: Option<Comment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentKind {
    Issue,
    PullRequest,
    Discussion,
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub login: String,
    /// What GitHub calls a bot.
    pub is_bot: bool,
}

/// A comment or reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub at: String,
    /// To a comment of a discussion.
    pub is_reply: bool,
    /// `None` if the account was deleted.
    pub author: Option<Person>,
}

/// What a page did not have room for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Overflow {
    /// Where further labels begin.
    pub(super) labels: Option<String>,
    /// Where further comments of a discussion begin.
    pub(super) threads: Option<String>,
}

/// Reads an entry of a search; `None` if it has not what every entry has.
pub(super) fn read_content(node: &Json) -> Option<(Content, Overflow)> {
    let kind = match node["__typename"].as_str()? {
        "Issue" => ContentKind::Issue,
        "PullRequest" => ContentKind::PullRequest,
        "Discussion" => ContentKind::Discussion,
        _ => return None,
    };
    let text = |name: &str| node[name].as_str().map(str::to_owned);
    let time = |name: &str| {
        node[name]
            .as_str()
            .filter(|at| is_time(at))
            .map(str::to_owned)
    };
    let comments = &node["comments"];
    let mut content = Content {
        id: text("id")?,
        kind,
        url: text("url")?,
        title: clean_line(node["title"].as_str()?, LONGEST_TITLE),
        repository: node["repository"]["nameWithOwner"].as_str()?.to_owned(),
        number: node["number"].as_i64()?,
        created_at: time("createdAt")?,
        updated_at: time("updatedAt")?,
        closed_at: time("closedAt"),
        author: read_person(&node["author"]),
        votes: node["votes"]["totalCount"].as_i64()?,
        labels: Vec::new(),
        comments: comments["totalCount"].as_i64()?,
        final_comment: comments["nodes"].get(0).and_then(read_comment),
    };
    let overflow = Overflow {
        labels: add_labels(&mut content, &node["labels"]),
        threads: match kind {
            ContentKind::Discussion => add_threads(&mut content, &node["threads"]),
            _ => None,
        },
    };
    Some((content, overflow))
}

/// Adds a page of labels; where the next one begins.
pub(super) fn add_labels(content: &mut Content, page: &Json) -> Option<String> {
    let nodes = page["nodes"].as_array().into_iter().flatten();
    let names = nodes.filter_map(|node| node["name"].as_str());
    content.labels.extend(names.map(str::to_owned));
    next_page(page)
}

/// Counts the replies of a page of comments, and takes the newest for the last comment if it is later;
/// where the next page begins.
pub(super) fn add_threads(content: &mut Content, page: &Json) -> Option<String> {
    for thread in page["nodes"].as_array().into_iter().flatten() {
        let replies = &thread["replies"];
        content.comments += replies["totalCount"].as_i64().unwrap_or(0);
        let Some(reply) = replies["nodes"].get(0).and_then(read_comment) else {
            continue;
        };
        let is_later = content
            .final_comment
            .as_ref()
            .is_none_or(|last| reply.at > last.at);
        if is_later {
            content.final_comment = Some(Comment {
                is_reply: true,
                ..reply
            });
        }
    }
    next_page(page)
}

/// Where the page after this one begins.
pub(super) fn next_page(page: &Json) -> Option<String> {
    let info = &page["pageInfo"];
    let has_next = info["hasNextPage"].as_bool() == Some(true);
    let cursor = info["endCursor"].as_str().filter(|_| has_next)?;
    Some(cursor.to_owned())
}

fn read_person(node: &Json) -> Option<Person> {
    Some(Person {
        login: node["login"].as_str()?.to_owned(),
        is_bot: node["__typename"].as_str() == Some("Bot"),
    })
}

fn read_comment(node: &Json) -> Option<Comment> {
    Some(Comment {
        is_reply: false,
        at: node["createdAt"]
            .as_str()
            .filter(|at| is_time(at))?
            .to_owned(),
        author: read_person(&node["author"]),
    })
}

/// Whether a text is a time in UTC with a day of four, two and two digits, which sorts as it is.
fn is_time(text: &str) -> bool {
    text.is_ascii() && text.len() >= 20 && text.parse::<jiff::Timestamp>().is_ok()
}

impl Content {
    /// Who wrote the last comment, or the author if there is none.
    #[must_use]
    pub(super) fn final_author(&self) -> Option<&Person> {
        match &self.final_comment {
            Some(comment) => comment.author.as_ref(),
            None => self.author.as_ref(),
        }
    }

    /// When the last comment was written, or this itself if there is none.
    #[must_use]
    pub(super) fn final_at(&self) -> &str {
        match &self.final_comment {
            Some(comment) => &comment.at,
            None => &self.created_at,
        }
    }

    /// As people call it, such as `SciTools/iris#12`.
    #[must_use]
    pub(super) fn name(&self) -> String {
        format!("{}#{}", self.repository, self.number)
    }
}
