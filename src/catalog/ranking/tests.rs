//! What stands before what, whatever a server says.

use proptest::prelude::*;

use super::super::interpretation::interpret;
use super::super::question::Question;
use super::super::results::{Interpretation, PackageSummary, Spelling};
use super::{Candidate, rank};

fn question(words: &str) -> Question {
    Question::new(words, false, &["Framework :: Django".to_owned()])
}

fn package(name: &str, summary: &str, rank: i64) -> Candidate {
    Candidate {
        package: PackageSummary {
            name: name.to_owned(),
            summary: summary.to_owned(),
            search_rank: Some(rank),
            ..PackageSummary::default()
        },
        ..Candidate::default()
    }
}

fn names(words: &str, candidates: &[Candidate]) -> Vec<String> {
    let ranked = rank(&question(words), candidates.to_vec());
    ranked
        .into_iter()
        .map(|ranked| ranked.package.name)
        .collect()
}

#[test]
fn the_name_that_was_typed_stands_first_in_any_spelling() {
    let candidates = [
        package(
            "django-filter-extra",
            "Filters for Django, with a filter",
            999,
        ),
        package("Django.Filter", "Unused", 0),
        package("djangofilter", "Joined", 900),
        package("django-filters", "Plural", 950),
    ];
    for typed in [
        "django-filter",
        "DJANGO_FILTER",
        "django filter",
        "Django.Filter",
    ] {
        let order = names(typed, &candidates);
        assert_eq!(
            order,
            [
                "Django.Filter",
                "djangofilter",
                "django-filters",
                "django-filter-extra"
            ],
            "{typed}"
        );
    }
}

#[test]
fn joined_and_split_words_are_the_same() {
    let candidates = [
        package("django-allauth", "Authentication", 900),
        package("django-debug-toolbar", "Panels", 900),
        package("djangorestframework", "Web APIs", 900),
        package("django-oscar", "A domain-driven e-commerce framework", 900),
        package("django-multiselectfield", "Fields", 900),
    ];
    for (typed, first) in [
        ("all auth", "django-allauth"),
        ("djangoallauth", "django-allauth"),
        ("djangodebugtoolbar", "django-debug-toolbar"),
        ("debugtool", "django-debug-toolbar"),
        ("debug tool bar", "django-debug-toolbar"),
        ("restframework", "djangorestframework"),
        ("rest framework", "djangorestframework"),
        ("ecommerce", "django-oscar"),
        ("multi select field", "django-multiselectfield"),
    ] {
        let order = names(typed, &candidates);
        assert_eq!(order.first().map(String::as_str), Some(first), "{typed}");
    }
}

#[test]
fn who_has_more_words_stands_before_who_is_used_more() {
    let candidates = [
        package("django-import-export", "Data in many formats", 999),
        package("django-csv", "Import of CSV", 10),
        package(
            "django-postgres-copy",
            "Import and export delimited data",
            900,
        ),
    ];
    assert_eq!(
        names("import csv", &candidates),
        ["django-csv", "django-import-export", "django-postgres-copy"]
    );
}

#[test]
fn the_field_and_the_use_decide_between_equals() {
    let candidates = [
        package("django-tags", "Unused", 10),
        package("django-taggit", "A reusable application for tagging", 950),
        package("django-other", "It has tags, among others", 20),
    ];
    assert_eq!(
        names("tags", &candidates),
        ["django-taggit", "django-tags", "django-other"]
    );
    // Without a rank, downloads count, and then stars.
    let with = |name: &str, downloads, stars| {
        let mut candidate = package(name, "Tags", 0);
        candidate.package.search_rank = None;
        candidate.package.download_last_month = downloads;
        candidate.package.github_stars = stars;
        candidate
    };
    let candidates = [
        with("a-none", None, None),
        with("b-stars", None, Some(20)),
        with("c-downloads", Some(900_000), None),
        with("d-broken", Some(-5), Some(i64::MAX)),
    ];
    assert_eq!(
        names("tags", &candidates),
        ["c-downloads", "b-stars", "a-none", "d-broken"]
    );
}

#[test]
fn words_of_the_readme_count_less() {
    let mut readme = package("django-one", "Something", 500);
    readme.has_all_words = true;
    let mut early = package("django-two", "Something", 500);
    early.has_all_words = true;
    early.is_early = true;
    let candidates = [
        readme,
        early,
        package("django-three", "About webhooks", 500),
        package("django-four", "Nothing of it", 999),
    ];
    assert_eq!(
        names("webhooks", &candidates),
        ["django-three", "django-two", "django-one"]
    );
}

#[test]
fn one_word_of_three_is_no_answer() {
    let candidates = [package("django-basket", "A basket", 900)];
    assert_eq!(names("underwater basket weaving", &candidates), [""; 0]);
    assert_eq!(names("zzzzqqq django", &candidates), [""; 0]);
    assert_eq!(names("basket weaving", &candidates), ["django-basket"]);
    // What says nothing needs no answer.
    assert_eq!(
        names("a basket with the django", &candidates),
        ["django-basket"]
    );
}

/// How words are understood.
fn interpretation_of(words: &str, candidates: &[Candidate]) -> Interpretation {
    let question = question(words);
    let ranked = rank(&question, candidates.to_vec());
    interpret(&question, &ranked.iter().collect::<Vec<_>>())
}

#[test]
fn a_guess_beside_what_was_typed_is_told_too() {
    let candidates = [
        package("django-forc", "One", 1),
        package("django-fork", "Two", 1),
        package("django-forx", "Three", 1),
    ];
    let guessed = interpretation_of("forc", &candidates).guessed;
    let [guess] = guessed.as_slice() else {
        panic!("{guessed:?}");
    };
    assert!(
        !guess.instead && ["fork", "forx"].contains(&guess.found.as_str()),
        "{guess:?}"
    );
    // Words that were taken for one are one guess.
    let joined = interpretation_of("al lauht", &[package("django-allauth", "One", 1)]).guessed;
    assert_eq!(joined.len(), 1, "{joined:?}");
    assert_eq!(joined[0].typed, "al lauht");
}

#[test]
fn words_that_say_nothing_are_neither_guessed_nor_marked() {
    let candidates = [
        package("django-form", "A form for everybody", 1),
        package("django-other", "Data for and from others", 999),
    ];
    assert_eq!(names("form", &candidates), ["django-form"]);
    assert!(interpretation_of("form", &candidates).is_literal());
    let marked = |typed: &str, text: &str| -> Vec<String> {
        let question = question(typed);
        let marks = question.marks_in(text, &question.typed).into_iter();
        marks
            .map(|(start, end)| text[start..end].to_owned())
            .collect()
    };
    assert_eq!(marked("form", "A form for everybody, from me"), ["form"]);
    assert_eq!(
        marked("form for django", "A form for Django"),
        ["form", "Django"]
    );
    // Alone they are asked for.
    assert_eq!(marked("for", "A form for Django"), ["for", "for"]);
}

#[test]
fn guesses_and_missing_words_are_told() {
    let candidates = [
        package("django-filter", "Filters", 900),
        package("wagtail", "A content management system", 900),
    ];
    let interpret = |words: &str| interpretation_of(words, &candidates);
    assert!(interpret("filter").is_literal() && interpret("filters").is_literal());
    let guessed = interpret("wagtial");
    assert_eq!(
        guessed.guessed,
        [Spelling {
            typed: "wagtial".to_owned(),
            found: "wagtail".to_owned(),
            instead: true,
        }]
    );
    let partial = interpret("filter zzz");
    assert_eq!(
        (partial.missing.as_slice(), partial.partial),
        (&["zzz".to_owned()][..], 1)
    );
    // Both have one of the words, and neither lacks the same.
    let partial = interpret("filter content");
    assert_eq!((partial.missing.len(), partial.partial), (0, 2));
    assert!(interpret("djangofilter").is_literal());
    assert!(interpret("nonsense").is_literal());
}

#[test]
fn what_many_have_is_no_mistake() {
    let mut candidates = vec![
        package("django-other", "A fork of it", 999),
        package("django-form", "One", 1),
        package("django-two", "A form", 1),
    ];
    assert_eq!(names("form", &candidates).len(), 3);
    candidates.push(package("django-three", "Another form", 1));
    let order = names("form", &candidates);
    assert!(!order.contains(&"django-other".to_owned()), "{order:?}");
}

#[test]
fn marks_never_part_a_letter() {
    for (text, typed) in [("İẞ", "i\u{307}"), ("Ünïcode-ẞ", "üni"), ("ǅx İİ", "ǆ")] {
        for (start, end) in question(typed).marks_in(text, &[]) {
            assert!(text.get(start..end).is_some(), "{text} {start} {end}");
        }
    }
}

#[test]
fn numbers_are_no_mistakes() {
    let candidates = [package("django-bootstrap5", "Bootstrap 5", 900)];
    assert_eq!(names("bootstrap4", &candidates), [""; 0]);
    assert_eq!(names("djangobootstrap4", &candidates), [""; 0]);
    assert_eq!(names("bootstrap5", &candidates), ["django-bootstrap5"]);
}

#[test]
fn exact_spelling_takes_no_similar_word() {
    let question = Question::new("wagtial", true, &[]);
    let ranked = rank(&question, vec![package("wagtail", "Wagtail", 900)]);
    assert!(ranked.is_empty());
}

proptest! {
    #[test]
    fn the_order_of_the_candidates_does_not_matter(
        words in "[a-c]{1,3}( [a-c]{1,3}){0,3}",
        candidates in prop::collection::vec(("[a-c]{1,3}(-[a-c]{1,3}){0,2}", "[a-c ]{0,12}", 0..1000_i64), 0..12),
    ) {
        let mut seen = std::collections::HashSet::new();
        let mut candidates: Vec<Candidate> = candidates
            .iter()
            .filter(|(name, ..)| seen.insert(name.clone()))
            .map(|(name, summary, rank)| package(name, summary, *rank))
            .collect();
        let order = names(&words, &candidates);
        candidates.reverse();
        prop_assert_eq!(&order, &names(&words, &candidates));
        let exact: Vec<&str> = words.split(' ').collect();
        if let Some(place) = order.iter().position(|name| name.split('-').eq(exact.iter().copied())) {
            prop_assert_eq!(place, 0);
        }
    }

    #[test]
    fn who_is_used_more_never_stands_lower(
        words in "[a-c]{1,3}( [a-c]{1,3}){0,3}",
        name in "[a-c]{1,3}-[a-c]{1,3}",
        low in 0..1000_i64,
        high in 0..1000_i64,
    ) {
        prop_assume!(low < high);
        // They differ in the case of their letters alone.
        let candidates = [package(&name, "", low), package(&name.to_uppercase(), "", high)];
        let order = names(&words, &candidates);
        if let Some(first) = order.first() {
            prop_assert_eq!(first, &name.to_uppercase());
        }
    }

    #[test]
    fn any_text_can_be_typed_and_searched(words in any::<String>(), name in any::<String>(), summary in any::<String>()) {
        let question = question(&words);
        let ranked = rank(&question, vec![package(&name, &summary, 0)]);
        interpret(&question, &ranked.iter().collect::<Vec<_>>());
        for text in [&name, &summary, &words] {
            let mut behind = 0;
            for (start, end) in question.marks_in(text, &question.typed) {
                prop_assert!(behind <= start && start < end);
                prop_assert!(text.get(start..end).is_some());
                behind = end;
            }
        }
    }

    #[test]
    fn a_name_finds_its_package(name in "[a-z]{3,9}([-_.][a-z0-9]{1,9}){0,3}") {
        let candidates = [package("other", &name, 999), package(&name, "", 0)];
        let joined: String = name.split(['-', '_', '.']).collect();
        for typed in [name.clone(), name.to_uppercase(), joined] {
            let order = names(&typed, &candidates);
            prop_assert_eq!(order.first(), Some(&name));
        }
    }
}
