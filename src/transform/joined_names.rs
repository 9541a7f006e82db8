//! The forms of a name that people type without its separators.

use super::classifiers::frameworks;

/// Bytes of a name that has such forms. The registry's longest names have fewer than a hundred.
const LONGEST_NAME: usize = 255;
/// Forms of one name.
const MOST_FORMS: usize = 12;
/// Characters that must be left without the framework's word.
const SHORTEST_REST: usize = 3;

/// The name without separators, from its beginning and from each later part on, in lower case. Each
/// form that begins with the word of a framework of the release's own also stands without it, as
/// `restframework` of `djangorestframework`.
#[must_use]
pub fn joined_names(name: &str, classifiers: &[String]) -> Vec<String> {
    if name.len() > LONGEST_NAME {
        return Vec::new();
    }
    let lowered = name.to_lowercase();
    let parts = split_parts(&lowered);
    let words: Vec<String> = frameworks(classifiers)
        .map(|framework| split_parts(&framework.to_lowercase()).concat())
        .filter(|word| !word.is_empty())
        .collect();
    let mut forms: Vec<String> = Vec::new();
    let mut keep = |form: &str| {
        if forms.len() < MOST_FORMS && !forms.iter().any(|kept| kept == form) {
            forms.push(form.to_owned());
        }
    };
    for start in 0..parts.len() {
        let form = parts.get(start..).unwrap_or_default().concat();
        keep(&form);
        words
            .iter()
            .filter_map(|word| form.strip_prefix(word.as_str()))
            .filter(|rest| rest.chars().count() >= SHORTEST_REST)
            .for_each(&mut keep);
    }
    forms
}

fn split_parts(text: &str) -> Vec<&str> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::joined_names;

    fn forms(name: &str, classifiers: &[&str]) -> Vec<String> {
        let classifiers: Vec<String> = classifiers.iter().map(ToString::to_string).collect();
        joined_names(name, &classifiers)
    }

    #[test]
    fn names_are_joined_from_each_part_on() {
        assert_eq!(
            forms("plone.app.multilingual", &["Framework :: Plone :: 6.0"]),
            ["ploneappmultilingual", "appmultilingual", "multilingual"]
        );
        assert_eq!(
            forms("Flask-SQLAlchemy", &[]),
            ["flasksqlalchemy", "sqlalchemy"]
        );
        assert_eq!(forms("requests", &[]), ["requests"]);
        assert_eq!(forms("__a..b--C_", &[]), ["abc", "bc", "c"]);
        assert_eq!(forms("@plone/volto", &[]), ["plonevolto", "volto"]);
    }

    #[test]
    fn the_word_of_the_framework_can_be_left_out() {
        let django = &["Framework :: Django", "Framework :: Django :: 5.2"][..];
        for (name, classifiers, expected) in [
            (
                "djangorestframework",
                django,
                &["djangorestframework", "restframework"][..],
            ),
            ("djangorestframework", &[], &["djangorestframework"]),
            (
                "django-debug-toolbar",
                django,
                &["djangodebugtoolbar", "debugtoolbar", "toolbar"],
            ),
            (
                "collective.plonetruegallery",
                &["Framework :: Plone"],
                &[
                    "collectiveplonetruegallery",
                    "plonetruegallery",
                    "truegallery",
                ],
            ),
            (
                "awscdk-thing",
                &["Framework :: AWS CDK :: 2"],
                &["awscdkthing", "thing"],
            ),
            ("django", django, &["django"]),
            ("djangoq", django, &["djangoq"]),
            (
                "wagtail",
                &["Framework :: ", "Framework :: -"],
                &["wagtail"],
            ),
        ] {
            assert_eq!(forms(name, classifiers), expected, "{name}");
        }
    }

    #[test]
    fn no_name_has_many_forms_or_long_ones() {
        for name in ["", "---", &"a-".repeat(30_000)] {
            assert_eq!(forms(name, &[]), [""; 0]);
        }
        assert_eq!(forms(&"a-".repeat(127), &[]).len(), 12);
        assert_eq!(forms("ÀB.é", &[]), ["àbé", "é"]);
    }
}
