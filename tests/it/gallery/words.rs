//! How the page of a search says that words were understood otherwise than typed.

use anyhow::Result;

use super::Site;
use super::packages::{release, rich};

async fn site() -> Result<Site> {
    let mut forms = release("collective.easyform", "1.0");
    "Forms for everybody".clone_into(&mut forms.summary);
    Site::of(&[
        ("plone", rich("plone.restapi", "2.0")),
        ("plone", forms),
        ("plone", release("plone.other", "1.0")),
    ])
    .await
}

#[tokio::test]
async fn a_guess_is_said_and_can_be_taken_back() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=restapy&framework=Plone+6.1").await?;
    assert_eq!(page.texts(".hit h2 a"), ["plone.restapi"]);
    let notice = page.text(".notice")?;
    assert!(
        notice.starts_with("Showing packages with “restapi” instead of “restapy”."),
        "{notice}"
    );
    let exact = page.value(".notice a", "href")?;
    assert_eq!(exact, "/plone?q=restapy&spelling=exact&framework=Plone+6.1");
    let exact = site.page(exact).await?;
    assert_eq!(exact.text("#status")?, "No packages found");
    assert!(!exact.has(".notice"));
    // The form keeps it.
    assert_eq!(exact.value("input[name=spelling]", "value")?, "exact");
    // Words are shown as they were typed, whatever they are.
    assert_eq!(exact.value("input[type=search]", "value")?, "restapy");
    Ok(())
}

#[tokio::test]
async fn words_that_nothing_has_are_named() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=easyform+zzzzzz").await?;
    assert_eq!(page.texts(".hit h2 a"), ["collective.easyform"]);
    let notice = page.text(".notice")?;
    assert_eq!(
        notice,
        "None of these packages has all the words. Left out: “zzzzzz”."
    );
    Ok(())
}

#[tokio::test]
async fn what_matches_is_marked_and_a_name_is_called_exact() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=Plone-RESTAPI").await?;
    assert!(!page.has(".notice"));
    assert_eq!(page.texts(".tag"), ["exact match"]);
    let marked = page.texts(".hits > li:first-child h2 mark");
    assert_eq!(marked, ["plone", "restapi"]);
    let page = site.page("/plone?q=forms").await?;
    assert!(page.texts(".summary mark").contains(&"Forms".to_owned()));
    Ok(())
}

#[tokio::test]
async fn words_that_find_nothing_lead_to_other_lists() -> Result<()> {
    let mut documents = vec![
        ("plone", release("plone.one", "1.0")),
        ("plone", release("plone.two", "1.0")),
        ("flask", release("flask-other", "1.0")),
    ];
    for number in 0..3 {
        documents.push(("django", release(&format!("django-debug{number}"), "1.0")));
    }
    let site = Site::of(&documents).await?;
    let page = site.page("/plone?q=debug").await?;
    assert_eq!(
        page.texts(".empty li"),
        ["The same words in Django (3)", "All packages of Plone (2)"]
    );
    assert_eq!(
        page.values(".empty a", "href"),
        ["/django?q=debug", "/plone"]
    );
    assert_eq!(
        site.page("/django?q=debug").await?.all(".hit").len(),
        3,
        "as many as promised"
    );
    // Filters stay behind, and what is spelled so is looked for so.
    let page = site
        .page("/plone?q=debug&spelling=exact&framework=Plone+6.1")
        .await?;
    assert!(
        page.values(".empty a", "href")
            .contains(&"/django?q=debug&spelling=exact")
    );
    let page = site.page("/plone?q=zzzzzz").await?;
    assert_eq!(page.texts(".empty li"), ["All packages of Plone (2)"]);
    Ok(())
}

#[tokio::test]
async fn operators_learn_how_to_find_out_why_a_package_is_missing() -> Result<()> {
    let site = site().await?;
    let missing = async |path: &str| -> Result<String> {
        let answer = site.get(path).await?;
        assert_eq!(answer.status, 404);
        answer.page()?.text("p.lead")
    };
    let text = missing("/plone/Some.Thing").await?;
    assert!(
        text.contains("`pyfa explain Some.Thing -p plone`"),
        "{text}"
    );
    // Nothing that a command line would read otherwise.
    let text = missing("/plone/a%20;%20rm%20-rf").await?;
    assert!(!text.contains("pyfa explain"), "{text}");
    Ok(())
}
