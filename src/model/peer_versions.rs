//! The major version that a peer dependency asks for at least.

/// The longest range that is read; real ones have fewer than two hundred characters.
const LONGEST_RANGE: usize = 1_000;

/// The lowest major version of each of `peer_dependencies` (`name range`), as `name major`:
/// `@plone/volto >=16.0.0-alpha.38` gives `@plone/volto 16`. A dependency whose range has no lower
/// bound, or is no range of versions, is left out.
#[must_use]
pub fn peer_versions(peer_dependencies: &[String]) -> Vec<String> {
    let majors = peer_dependencies.iter().filter_map(|dependency| {
        let (name, range) = dependency.split_once(' ')?;
        Some(format!("{name} {}", lowest_major(range)?))
    });
    majors.collect()
}

/// The lowest major version that a range of npm allows.
fn lowest_major(range: &str) -> Option<u64> {
    if range.len() > LONGEST_RANGE {
        return None;
    }
    let alternatives = range.split("||").map(alternative_major);
    // One alternative without a bound leaves the whole range without one.
    alternatives
        .collect::<Option<Vec<u64>>>()?
        .into_iter()
        .min()
}

/// The lowest major version of comparators that all have to hold.
fn alternative_major(alternative: &str) -> Option<u64> {
    let alternative = alternative
        .trim()
        .strip_prefix("workspace:")
        .unwrap_or(alternative);
    // `1.2 - 2.3`
    let alternative = match alternative.split_once(" - ") {
        Some((lower, _)) => lower,
        None => alternative,
    };
    let mut bounds = Vec::new();
    let mut operator = "";
    for word in alternative.split_whitespace() {
        let version = word.trim_start_matches(['<', '>', '=', '^', '~', 'v']);
        let before = word.get(..word.len() - version.len())?;
        if version.is_empty() {
            operator = before;
            continue;
        }
        let operator = if before.is_empty() {
            std::mem::take(&mut operator)
        } else {
            before
        };
        let mut parts = version.splitn(3, '.');
        let major = parts.next()?;
        if matches!(major, "*" | "x" | "X") {
            continue;
        }
        let major = major.split(['-', '+']).next()?.parse::<u64>().ok()?;
        match operator.trim_end_matches('v') {
            "<" | "<=" => {}
            // `>1` excludes all of 1.
            ">" if parts
                .next()
                .is_none_or(|minor| matches!(minor, "x" | "X" | "*")) =>
            {
                bounds.push(major.checked_add(1)?);
            }
            _ => bounds.push(major),
        }
    }
    bounds.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::{lowest_major, peer_versions};

    #[test]
    fn ranges_have_a_lowest_major_version() {
        for (range, expected) in [
            (">=16.0.0-alpha.38", Some(16)),
            ("^17 || ^18", Some(17)),
            ("^18.2.0||^19.0.0", Some(18)),
            ("18.x", Some(18)),
            ("~16", Some(16)),
            ("=4.0.0", Some(4)),
            ("v4", Some(4)),
            (">= 16 < 19", Some(16)),
            (">=17.0.0 <18", Some(17)),
            ("16.1 - 18", Some(16)),
            (">1", Some(2)),
            (">1.0.0", Some(1)),
            ("workspace:^5.1.0", Some(5)),
            ("0.13 || ^16", Some(0)),
            ("1-beta", Some(1)),
            ("*", None),
            ("", None),
            ("<18", None),
            ("^18 || *", None),
            ("latest", None),
            ("github:plone/volto", None),
            ("npm:other@1", None),
            (">99999999999999999999", None),
            (">18446744073709551615", None),
            ("é", None),
        ] {
            assert_eq!(lowest_major(range), expected, "{range}");
        }
        assert_eq!(lowest_major(&"1||".repeat(500)), None);
    }

    #[test]
    fn each_dependency_has_its_own() {
        let dependencies = [
            "@plone/volto >=16.0.0",
            "react *",
            "nothing",
            "react-dom ^17",
        ];
        assert_eq!(
            peer_versions(&dependencies.map(str::to_owned)),
            ["@plone/volto 16", "react-dom 17"]
        );
    }
}
