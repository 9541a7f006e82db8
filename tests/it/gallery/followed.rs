//! What pages and tables say of the activity in the repositories of packages.

use anyhow::Result;
use serde_json::json;

use super::Site;
use super::packages::{DAY, NOW, release, with};

#[tokio::test]
async fn a_followed_repository_is_shown_and_another_is_not() -> Result<()> {
    let checked = *NOW - 2 * DAY;
    let followed = with(
        release("followed", "1.0"),
        &json!({
            "activity_checked": checked, "activity_first_response": 5.4,
            "activity_last_human_response": *NOW - 3 * DAY, "activity_new_contributors": 1_200,
            "activity_open_issues_growth": -4, "activity_merge_rate": 0, "activity_bus_factor": 2,
        }),
    );
    let quiet = with(
        release("quiet", "1.0"),
        &json!({"activity_checked": checked, "activity_open_issues_growth": 7,
            "activity_first_response": 99.0, "activity_bus_factor": null}),
    );
    let bare = release("bare", "1.0");
    let site = Site::of(&[("plone", followed), ("plone", quiet), ("plone", bare)]).await?;
    let page = site.page("/plone/followed").await?;
    let labels = page.texts(".figures dt");
    assert_eq!(
        labels[4..],
        [
            "First response",
            "Last response by a person",
            "Change of open issues",
            "Pull requests merged",
            "New contributors",
            "Bus factor",
        ]
    );
    let source = "issues on GitHub, 2 days ago";
    assert_eq!(
        page.texts(".figures dd")[4..],
        [
            format!("5 hours median of 90 days {source}"),
            format!("3 days ago {source}"),
            format!("−4 in 90 days {source}"),
            format!("0 % of those closed in 90 days {source}"),
            format!("1,200 in 90 days {source}"),
            format!("2 people make half of all contributions {source}"),
        ]
    );
    let page = site.page("/plone/quiet").await?;
    assert_eq!(
        page.texts(".figures dt")[4..],
        ["First response", "Change of open issues"]
    );
    let values = page.texts(".figures dd");
    assert!(values[4].starts_with("4 days "), "{values:?}");
    assert!(values[5].starts_with("+7 "), "{values:?}");
    let page = site.page("/plone/bare").await?;
    assert_eq!(page.texts(".figures dd"), ["not known yet"; 4]);
    Ok(())
}

#[tokio::test]
async fn tables_and_comparisons_have_what_is_known_of_activity() -> Result<()> {
    let followed = with(
        release("followed", "1.0"),
        &json!({
            "activity_checked": *NOW, "activity_first_response": 5.4,
            "activity_last_human_response": 1_780_000_000, "activity_contributors": 9,
            "activity_new_contributors": 1_200, "activity_open_issues_growth": -4,
            "activity_merge_rate": 0, "activity_bus_factor": 2,
        }),
    );
    let bare = release("bare", "1.0");
    let site = Site::of(&[("plone", followed), ("plone", bare)]).await?;
    for parameters in ["", "?q=followed", "?q=followed&sort=name"] {
        let answer = site
            .get(&format!("/plone/-/packages.csv{parameters}"))
            .await?;
        let mut reader = csv::Reader::from_reader(answer.body.as_slice());
        let columns: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
        let row = |name: &str| rows.iter().find(|row| &row[0] == name);
        let cell = |name: &str, column: &str| {
            let at = columns.iter().position(|one| one == column)?;
            Some(row(name)?.get(at)?.to_owned())
        };
        for (column, known) in [
            ("activity_first_response", "5.4"),
            ("activity_last_human_response", "2026-05-28T20:26:40Z"),
            ("activity_open_issues_growth", "-4"),
            ("activity_merge_rate", "0"),
            ("activity_contributors", "9"),
            ("activity_new_contributors", "1200"),
            ("activity_bus_factor", "2"),
        ] {
            let found = cell("followed", column);
            assert_eq!(found.as_deref(), Some(known), "{column} {parameters}");
            if parameters.is_empty() {
                assert_eq!(cell("bare", column).as_deref(), Some(""), "{column}");
            }
        }
    }
    let page = site.page("/plone/-/compare?p=followed&p=bare").await?;
    let labels = page.texts("tbody th");
    let values = page.texts("tbody td");
    for (label, known) in [
        ("First response", "5 hours median of 90 days"),
        ("Change of open issues", "−4 in 90 days"),
        ("New contributors", "1,200 in 90 days"),
        ("Bus factor", "2 people make half of all contributions"),
    ] {
        let at = labels.iter().position(|one| one == label);
        let at = at.unwrap_or_else(|| panic!("no row {label} in {labels:?}"));
        assert_eq!(values[at * 2..at * 2 + 2], [known, "not known"]);
    }
    // Nobody follows either of them.
    let page = site.page("/plone/-/compare?p=bare").await?;
    assert!(!page.texts("tbody th").contains(&"Bus factor".to_owned()));
    Ok(())
}
