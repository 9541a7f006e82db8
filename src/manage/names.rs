//! Versioned names: `plone-12` is version 12 of `plone`.

/// The most digits that a version has; longer numbers, such as timestamps, are part of the name.
const LONGEST: usize = 9;

/// The name without its version, and the version; 0 if it has none.
pub(super) fn split(name: &str) -> (&str, u64) {
    match name.rsplit_once('-') {
        Some((base, digits))
            if !base.is_empty()
                && !digits.is_empty()
                && digits.len() <= LONGEST
                && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            match digits.parse() {
                Ok(version) => (base, version),
                Err(_) => (name, 0),
            }
        }
        _ => (name, 0),
    }
}

/// The next version of `base`: one above the highest of `taken`.
pub(super) fn next<'a>(base: &str, taken: impl IntoIterator<Item = &'a str>) -> String {
    let highest = taken
        .into_iter()
        .map(split)
        .filter(|(other, _)| *other == base)
        .map(|(_, version)| version)
        .max();
    let version = highest.unwrap_or_default() + 1;
    format!("{base}-{version}")
}

#[cfg(test)]
mod tests {
    use super::{next, split};

    #[test]
    fn only_digits_after_the_last_dash_are_a_version() {
        for (name, expected) in [
            ("plone-12", ("plone", 12)),
            ("plone-v2-1", ("plone-v2", 1)),
            ("plone", ("plone", 0)),
            ("plone-v1", ("plone-v1", 0)),
            ("plone-", ("plone-", 0)),
            ("-5", ("-5", 0)),
            (
                "a-99999999999999999999999",
                ("a-99999999999999999999999", 0),
            ),
            ("a-1\u{661}", ("a-1\u{661}", 0)),
        ] {
            assert_eq!(split(name), expected);
        }
    }

    #[test]
    fn the_next_version_is_above_all_others() {
        let taken = ["plone-1", "plone-12", "plone-v2-40", "plone", "django-99"];
        assert_eq!(next("plone", taken), "plone-13");
        assert_eq!(next("flask", taken), "flask-1");
    }
}
