//! Logins of accounts on GitHub. No I/O.

/// Longer than any login of a person, as those of bots and of companies are.
const LONGEST_LOGIN: usize = 100;

/// Whether an account can have this name; bots have brackets in theirs.
#[must_use]
pub fn is_login(text: &str) -> bool {
    let is_allowed =
        |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '[' | ']');
    (1..=LONGEST_LOGIN).contains(&text.len()) && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::is_login;

    #[test]
    fn logins_are_told_from_everything_else() {
        for login in ["a", "octocat", "ci[bot]", "some-one_co"] {
            assert!(is_login(login), "{login}");
        }
        for wrong in ["", "a b", "../a", "a/b", "a\n", "ä", &"a".repeat(101)] {
            assert!(!is_login(wrong), "{wrong}");
        }
    }
}
