//! Discussions with comments and replies.

/// A discussion. Times are Unix seconds, people are ids of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeDiscussion {
    pub id: u64,
    pub repository: u64,
    pub number: u64,
    pub title: String,
    pub author: u64,
    pub created: u64,
    pub updated: u64,
    pub closed: Option<u64>,
    pub labels: Vec<String>,
    pub votes: u64,
    pub threads: Vec<FakeThread>,
}

/// A comment on a discussion, with the replies to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeThread {
    pub author: u64,
    pub created: u64,
    /// Authors and times.
    pub replies: Vec<(u64, u64)>,
}
