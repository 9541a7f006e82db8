//! What a package's page says of the activity in its repository.

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
            "Open issues",
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
        ["First response", "Open issues"]
    );
    let values = page.texts(".figures dd");
    assert!(values[4].starts_with("4 days "), "{values:?}");
    assert!(values[5].starts_with("+7 "), "{values:?}");
    let page = site.page("/plone/bare").await?;
    assert_eq!(page.texts(".figures dd"), ["not known yet"; 4]);
    Ok(())
}
