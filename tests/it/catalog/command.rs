//! `pyfa search`, over the sample.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::embedded::Home;
use crate::support::Outcome;

fn names(found: &Outcome) -> Vec<&str> {
    let hits = found.report["hits"].as_array();
    hits.into_iter()
        .flatten()
        .filter_map(|hit| hit["document"]["name"].as_str())
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one journey")]
fn a_terminal_finds_what_the_gallery_finds() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    let search = |words: &[&str]| {
        let mut command = vec!["search", "--format", "json"];
        command.extend_from_slice(words);
        home.run(&command).exits(0)
    };

    // What was typed is explained.
    let text = home
        .run(&["search", "-p", "django", "djagno-filter"])
        .exits(0);
    let lines: Vec<&str> = text.stdout.lines().collect();
    assert!(lines[0].contains("packages match"), "{}", text.stdout);
    let at = lines
        .iter()
        .position(|line| line.starts_with("django-filter "));
    assert!(at.is_some(), "{}", text.stdout);
    let guessed = home
        .run(&["search", "-p", "plone", "multilingaul"])
        .exits(0);
    assert!(
        guessed
            .stdout
            .contains("showing packages with `multilingual` instead of `multilingaul`"),
        "{}",
        guessed.stdout
    );
    let missing = home
        .run(&["search", "-p", "plone", "multilingual", "zzzz"])
        .exits(0);
    assert!(
        missing
            .stdout
            .contains("none of these packages has all the words\nleft out: `zzzz`"),
        "{}",
        missing.stdout
    );
    let report = search(&["-p", "plone", "multilingaul"]).report;
    assert_eq!(
        report["interpretation"],
        json!({
            "guessed": [{"typed": "multilingaul", "found": "multilingual", "instead": true}],
            "missing": [], "partial": 0,
        })
    );

    // The exact name first, and the order that was asked for before everything.
    assert_eq!(
        names(&search(&["-t", "plone", "plone api"])).first(),
        Some(&"plone.api")
    );
    let by_name = names(&search(&["-p", "django", "--sort", "name", "django"]))
        .into_iter()
        .map(ToOwned::to_owned)
        .collect::<Vec<String>>();
    assert!(
        by_name.is_sorted_by_key(|name| name.to_lowercase()),
        "{by_name:?}"
    );
    let raw = search(&[
        "-p",
        "django",
        "--sort",
        "name_sortable:desc",
        "--limit",
        "2",
    ]);
    assert!(names(&raw).is_sorted_by(|one, other| one.to_lowercase() > other.to_lowercase()));

    // Filters and counts, by the names of facets and by those of fields.
    let narrowed = search(&[
        "-p",
        "plone",
        "--filter",
        "name:=[`plone.api`,`plone.restapi`]",
        "--facet",
        "type",
        "--facet",
        "classifiers",
    ]);
    assert_eq!(narrowed.report["found"], 2);
    let counts = |number: usize| -> Result<(String, u64)> {
        let facet = &narrowed.report["facet_counts"][number];
        let counted = facet["counts"].as_array().context("counts")?;
        let field = facet["field_name"].as_str().context("a name")?;
        let sum = counted
            .iter()
            .filter_map(|count| count["count"].as_u64())
            .sum();
        Ok((field.to_owned(), sum))
    };
    assert_eq!(counts(0)?, ("type".to_owned(), 2));
    assert_eq!(counts(1)?.0, "classifiers");
    assert!(counts(1)?.1 > 10);
    let all = search(&[
        "-p",
        "plone",
        "--all-versions",
        "--sort",
        "updated",
        "--facet",
        "framework",
    ]);
    assert_eq!(
        all.report["facet_counts"][0]["field_name"],
        "framework_versions"
    );
    assert_eq!(all.report.get("interpretation"), None);
    let refused = home.run(&["search", "-p", "plone", "--filter", "nobody:=1"]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("nobody"), "{}", refused.stderr);
    assert_eq!(refused.report, Value::Null);
    Ok(())
}

#[test]
fn a_terminal_understands_what_the_search_box_does() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    let search = |words: &[&str]| {
        let mut command = vec![
            "search", "-p", "plone", "--limit", "250", "--format", "json",
        ];
        command.extend_from_slice(words);
        home.run(&command).exits(0).report
    };
    let found = |report: &Value| report["found"].as_u64().unwrap_or_default();

    // The shell takes the quotes off; within one argument they stay.
    let all = found(&search(&[]));
    let newest = search(&["framework:Plone 6.1"]);
    assert!(found(&newest) > 0 && found(&newest) < all, "{newest}");
    assert_eq!(newest["notes"], json!([]));
    for spelled in ["framework:\"Plone 6.1\"", "framework:6.1", "Framework:6.1"] {
        assert_eq!(found(&search(&[spelled])), found(&newest), "{spelled}");
    }
    assert_eq!(
        found(&search(&["--", "-framework:6.1"])),
        all - found(&newest)
    );
    let both = search(&["framework:6.1", "api"]);
    assert!(found(&both) > 0 && found(&both) < found(&newest), "{both}");
    let sorted = search(&["sort:name"]);
    let by_flag = search(&["sort:health", "--sort", "name"]);
    assert_eq!(sorted["hits"], by_flag["hits"]);
    let archived = |which| found(&search(&[which]));
    assert_eq!(archived("archived:only") + archived("archived:no"), all);

    // What is not understood is said.
    for (word, said) in [
        (
            "foo:bar",
            "“foo:bar” is not a filter, so it was searched for as words.",
        ),
        ("updated:5y", "updated takes 30d, 6m, 1y or 2y."),
        ("framework:99", "No package here has the framework “99”."),
    ] {
        let notes = search(&[word])["notes"].to_string();
        assert!(notes.contains(said), "{word}: {notes}");
        let text = home.run(&["search", "-p", "plone", word]).exits(0).stdout;
        assert!(text.contains(said), "{text}");
    }
    for words in [
        &["framework:6.1", "--all-versions"][..],
        &["framework:6.1", "--sort", "name_sortable:desc"],
        &["is:secure", "--facet", "classifiers"],
        &["sort:new", "--all-versions"],
    ] {
        let mut command = vec!["search", "-p", "plone"];
        command.extend_from_slice(words);
        let refused = home.run(&command).exits(2);
        assert!(refused.stderr.contains("`--filter`"), "{}", refused.stderr);
    }
    Ok(())
}
