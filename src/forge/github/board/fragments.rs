//! The fragments of queries: what each kind of object is asked for is written once. No I/O.

use std::collections::BTreeSet;

const FRAGMENTS: [(&str, &str); 15] = [
    ("BoardComment", include_str!("fragments/comment.graphql")),
    (
        "BoardDiscussion",
        include_str!("fragments/discussion.graphql"),
    ),
    ("BoardEntry", include_str!("fragments/entry.graphql")),
    ("BoardFields", include_str!("fragments/fields.graphql")),
    ("BoardIssue", include_str!("fragments/issue.graphql")),
    (
        "BoardIssueComments",
        include_str!("fragments/issue_comments.graphql"),
    ),
    ("BoardItem", include_str!("fragments/item.graphql")),
    ("BoardLabels", include_str!("fragments/labels.graphql")),
    ("BoardPage", include_str!("fragments/page.graphql")),
    ("BoardPerson", include_str!("fragments/person.graphql")),
    ("BoardProject", include_str!("fragments/project.graphql")),
    (
        "BoardPullRequest",
        include_str!("fragments/pull_request.graphql"),
    ),
    ("BoardThreads", include_str!("fragments/threads.graphql")),
    ("BoardValue", include_str!("fragments/value.graphql")),
    ("BoardVotes", include_str!("fragments/votes.graphql")),
];

/// A query with the fragments that it uses, and those that these use; GitHub refuses others.
pub(super) fn with_fragments(query: &str) -> String {
    let mut text = query.to_owned();
    let mut used = BTreeSet::new();
    loop {
        let is_missing = |name: &str| !used.contains(name) && uses(&text, name);
        let missing = FRAGMENTS.iter().filter(|(name, _)| is_missing(name));
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            return text;
        }
        for (name, fragment) in missing {
            used.insert(*name);
            text.extend(["\n", *fragment]);
        }
    }
}

/// Whether a text has a fragment in it.
fn uses(text: &str, name: &str) -> bool {
    let spreads = text.split("...").skip(1);
    let mut rests = spreads.filter_map(|spread| spread.strip_prefix(name));
    rests.any(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::{FRAGMENTS, with_fragments};

    #[test]
    fn a_query_brings_what_it_uses_once_and_nothing_else() {
        let text =
            with_fragments("{ a { ...BoardIssue ...BoardPullRequest } b { ...BoardIssue } }");
        for (name, fragment) in FRAGMENTS {
            let is_used = !matches!(
                name,
                "BoardDiscussion"
                    | "BoardThreads"
                    | "BoardFields"
                    | "BoardProject"
                    | "BoardItem"
                    | "BoardValue"
            );
            let count = text.matches(fragment).count();
            assert_eq!(count, usize::from(is_used), "{name}");
        }
        assert_eq!(
            with_fragments("{ viewer { login } }"),
            "{ viewer { login } }"
        );
    }
}
