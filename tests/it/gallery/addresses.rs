//! One address for each thing: other spellings lead to it, and nothing leads elsewhere.

use anyhow::{Result, ensure};
use axum::body::Body;
use axum::extract::Request;

use super::packages::{former, release, rich};
use super::{Answer, Site, ask};

async fn site() -> Result<Site> {
    let mut documents = vec![
        ("plone", rich("Plone.Restapi", "2.0")),
        ("plone", former("Plone.Restapi", "1.0", 400)),
        ("plone", release("zope-mail", "1!2.0+local.1")),
        ("plone", former("zope-mail", "1.0", 100)),
        ("django", release("django-one", "1.0")),
    ];
    for number in 0..45 {
        documents.push(("flask", release(&format!("flask-part{number:02}"), "1.0")));
    }
    Site::of(&documents).await
}

/// Status and place of a redirect.
fn moved(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("location"))
}

#[tokio::test]
async fn other_spellings_lead_to_the_documents_own() -> Result<()> {
    let site = site().await?;
    for (asked, own) in [
        ("/plone/plone.restapi", "/plone/Plone.Restapi"),
        ("/plone/PLONE-RESTAPI", "/plone/Plone.Restapi"),
        ("/plone/Plone_Restapi", "/plone/Plone.Restapi"),
        ("/plone/%50lone-Restapi", "/plone/Plone.Restapi"),
        ("/plone/plone.restapi/1.0", "/plone/Plone.Restapi/1.0"),
        (
            "/plone/zope.mail/1!2.0+local.1",
            "/plone/zope-mail/1!2.0+local.1",
        ),
        (
            "/plone/plone-restapi/-/releases",
            "/plone/Plone.Restapi/-/releases",
        ),
        (
            "/plone/plone-restapi/-/changelog",
            "/plone/Plone.Restapi/-/changelog",
        ),
        (
            "/plone/plone-restapi/-/health",
            "/plone/Plone.Restapi/-/health",
        ),
        (
            "/plone/plone-restapi/-/dependents",
            "/plone/Plone.Restapi/-/dependents",
        ),
        (
            "/plone/plone-restapi/-/feed.atom",
            "/plone/Plone.Restapi/-/feed.atom",
        ),
        (
            "/plone/plone-restapi/-/feed.json?pre=1",
            "/plone/Plone.Restapi/-/feed.json?pre=1",
        ),
    ] {
        let answer = site.get(asked).await?;
        assert_eq!(moved(&answer), (301, own), "{asked}");
    }
    // Percent forms of what needs none.
    for (asked, own) in [
        ("/%70lone", "/plone"),
        ("/%70lone?q=rest&sort=new", "/plone?q=rest&sort=new"),
        ("/plone/%50lone.Restapi", "/plone/Plone.Restapi"),
        ("/plone/Plone%2ERestapi/1.0", "/plone/Plone.Restapi/1.0"),
        (
            "/plone/Plone.Restapi/%2d/health",
            "/plone/Plone.Restapi/-/health",
        ),
        ("/-/hel%70", "/-/help"),
    ] {
        let answer = site.get(asked).await?;
        assert_eq!(moved(&answer), (301, own), "{asked}");
    }
    // Until there is a later release.
    for (asked, own) in [
        ("/plone/Plone.Restapi/2.0", "/plone/Plone.Restapi"),
        ("/plone/zope-mail/1%212.0%2Blocal.1", "/plone/zope-mail"),
    ] {
        assert_eq!(moved(&site.get(asked).await?), (302, own), "{asked}");
    }
    for own in [
        "/plone/Plone.Restapi",
        "/plone/Plone.Restapi/1.0",
        "/plone/zope-mail",
    ] {
        site.page(own).await?;
    }
    Ok(())
}

#[tokio::test]
async fn equal_comparisons_have_one_address() -> Result<()> {
    let site = site().await?;
    let address = "/plone/-/compare";
    for (asked, own) in [
        ("p=PLONE.restapi&p=plone_restapi", "?p=Plone.Restapi"),
        ("p=zope_mail&p=nothing", "?p=zope-mail&p=nothing"),
        ("p=Plone.Restapi&p=", "?p=Plone.Restapi"),
        ("p=+zope-mail", "?p=zope-mail"),
        ("p=a&p=b&p=c&p=d&p=e", "?p=a&p=b&p=c&p=d"),
        ("p=", ""),
    ] {
        let answer = site.get(&format!("{address}?{asked}")).await?;
        let own = format!("{address}{own}");
        assert_eq!(moved(&answer), (302, own.as_str()), "{asked}");
        site.page(&own).await?;
    }
    let parts: Vec<String> = (0..5)
        .map(|number| format!("p=flask-part{number:02}"))
        .collect();
    let answer = site
        .get(&format!("/flask/-/compare?{}", parts.join("&")))
        .await?;
    let full = site.page(answer.header("location")).await?;
    assert_eq!(full.all("thead th").len(), 4);
    assert_eq!(
        full.text(".notice")?,
        "Only 4 packages fit side by side. Remove one to add another."
    );
    let three = site.page(full.values("thead th .clear", "href")[0]).await?;
    assert!(!three.has(".notice"));
    Ok(())
}

#[tokio::test]
async fn a_slash_at_the_end_goes_and_what_stands_behind_it_stays() -> Result<()> {
    let site = site().await?;
    for (asked, place) in [
        ("/plone/", "/plone"),
        (
            "/plone/?q=rest&framework=Plone+6.1",
            "/plone?q=rest&framework=Plone+6.1",
        ),
        ("/plone/Plone.Restapi/", "/plone/Plone.Restapi"),
        ("/plone/-/compare/?p=a&p=b", "/plone/-/compare?p=a&p=b"),
        ("/plone/-/feed.atom/", "/plone/-/feed.atom"),
        ("/-/help/", "/-/help"),
    ] {
        assert_eq!(moved(&site.get(asked).await?), (301, place), "{asked}");
    }
    Ok(())
}

#[tokio::test]
async fn no_address_leads_to_another_host_or_breaks_anything() -> Result<()> {
    let site = site().await?;
    for path in [
        "//evil.example",
        "//evil.example/",
        "///evil.example/",
        "//evil.example/%2e%2e",
        "/%5Cevil.example/",
        "/%2F%2Fevil.example/",
        "/plone//evil.example/",
        "/plone/%2F%2Fevil.example/",
        "/plone/%0d%0aLocation:%20https://evil.example/",
        "/plone/..%2f..%2fetc/passwd",
        "/plone/../../etc/passwd",
        "/plone/%2e%2e/",
        "/-/a/..%2f..%2fCargo.toml",
        "/-/a/gallery.css",
        "/-/a/",
        "/-/",
        "/-",
        "/-/-",
        "/plone/-",
        "/plone/-/",
        "/plone/-/nothing",
        "/plone/Plone.Restapi/-",
        "/plone/Plone.Restapi/-/nothing",
        "/plone/Plone.Restapi/1.0/-/health",
        "/plone/@scope",
        "/plone/@scope/name",
        "/plone/@scope/name/1.0",
        "/plone/@scope/name/-/health",
        "/plone/@scope/-/health",
        "/plone/@/x",
        "/plone/%40scope%2Fname",
        "/plone/a%60%26%26b",
        "/plone/%E2%80%AE",
        "/plone/%00",
        "/plone/%FF",
        "/plone/Plone.Restapi/%60",
        "/nothing",
        "/nothing/x/1.0",
        "/Plone",
        "/robots.txt/x",
        "/sitemap.xml/",
        "/*",
    ] {
        let answer = site.get(path).await?;
        let place = answer.header("location");
        match answer.status.as_u16() {
            301 => ensure!(
                place.starts_with('/') && !place.starts_with("//") && !place.contains("evil"),
                "{path} leads to {place}"
            ),
            404 => {
                answer.page()?;
            }
            status => anyhow::bail!("{path}: {status}"),
        }
    }
    // Longer than anything that there is.
    let long = format!("/plone/{}", "a".repeat(5_000));
    assert_eq!(site.get(&long).await?.status, 404);
    // As a proxy is asked, and without a path.
    for target in ["http://evil.example/plone/", "http://evil.example"] {
        let answer = ask(&site.router, Request::get(target).body(Body::empty())?).await?;
        assert!(!answer.header("location").contains("evil"), "{target}");
        assert!(answer.status.as_u16() < 500, "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn equal_lists_have_one_address() -> Result<()> {
    let site = site().await?;
    for (asked, place) in [
        (
            "q=rest+framework%3A%22Plone+6.1%22+-license%3AMIT+sort%3Anew",
            "/plone?q=rest&framework=Plone+6.1&not-license=MIT&sort=new",
        ),
        ("q=&sort=&updated=&archived=", "/plone"),
        ("sort=relevance", "/plone"),
        ("q=rest&page=1", "/plone?q=rest"),
        ("q=rest&page=0", "/plone?q=rest"),
        ("q=rest&page=-3", "/plone?q=rest"),
        ("q=rest&page=two", "/plone?q=rest"),
        ("q=++rest++", "/plone?q=rest"),
        (
            "python=3.13&python=3.12&python=3.13",
            "/plone?python=3.12&python=3.13",
        ),
        ("framework=", "/plone"),
        ("secure=yes", "/plone"),
        ("secure=1&q=rest", "/plone?q=rest&secure=1"),
    ] {
        let answer = site.get(&format!("/plone?{asked}")).await?;
        assert_eq!(moved(&answer), (302, place), "{asked}");
        // One step, and not another.
        let page = site.page(place).await?;
        let canonical = format!("http://gallery.test{place}");
        assert_eq!(page.value("link[rel=canonical]", "href")?, canonical);
    }
    // What others have added to an address is left alone, and is not the list's own.
    let page = site.page("/plone?utm_source=mail&q=rest").await?;
    assert_eq!(
        page.value("link[rel=canonical]", "href")?,
        "http://gallery.test/plone?q=rest"
    );
    Ok(())
}

#[tokio::test]
async fn pages_of_a_list_end() -> Result<()> {
    let site = site().await?;
    let first = site.page("/flask").await?;
    assert_eq!(first.values("a[rel=next]", "href"), ["/flask?page=2"]);
    assert!(!first.has("a[rel=prev]"));
    let last = site.page("/flask?page=3").await?;
    assert_eq!(last.values("a[rel=prev]", "href"), ["/flask?page=2"]);
    assert!(!last.has("a[rel=next]"));
    assert_eq!(last.all(".hits > li").len(), 5);
    assert_eq!(last.text("nav.pages [aria-current=page]")?, "Page 3");
    for beyond in ["4", "5001", "99999", "4294967295"] {
        let answer = site.get(&format!("/flask?page={beyond}")).await?;
        assert_eq!(moved(&answer), (302, "/flask?page=3"), "{beyond}");
    }
    let nothing = site.get("/flask?q=zzzzzz&page=2").await?;
    assert_eq!(moved(&nothing), (302, "/flask?q=zzzzzz"));
    Ok(())
}

#[tokio::test]
async fn whatever_is_asked_is_answered() -> Result<()> {
    let site = site().await?;
    let parameters = [
        "q",
        "framework",
        "not-framework",
        "type",
        "python",
        "status",
        "license",
        "health",
        "keyword",
        "maintainer",
        "requires",
        "updated",
        "secure",
        "archived",
        "sort",
        "page",
        "spelling",
        "p",
        "new",
        "pre",
    ];
    let values = [
        "%60",
        "%60%60",
        "%26%26",
        "%5B%5D",
        "%28",
        "%29%29",
        "%3A%3D",
        "*",
        "%22",
        "%5C",
        "%00",
        "%0A",
        "%FF",
        "%E2%80%AE",
        "a%60%5D%20%7C%7C%20is_latest:true",
        "-",
        "--",
        "%3C%2Fscript%3E",
        "%25",
        "999999999999999999999",
        "%F0%9F%98%80",
        "%CC%81",
        "a,b",
        "..",
        "%20",
        "true",
        "[1..2]",
    ];
    let files = [
        "feed.atom",
        "feed.json",
        "packages.csv",
        "suggest",
        "compare",
    ];
    let files = files.map(|file| (format!("/plone/-/{file}"), &["q", "framework"][..]));
    let list = [("/plone".to_owned(), &parameters[..])];
    for (path, parameters) in list.into_iter().chain(files) {
        for parameter in parameters {
            for value in values {
                let asked = format!("{path}?{parameter}={value}");
                let mut answer = site.get(&asked).await?;
                if answer.status == 302 {
                    answer = site.get(answer.header("location")).await?;
                }
                assert_eq!(answer.status, 200, "{asked}");
                if answer.header("content-type").starts_with("text/html") {
                    let page = answer.page();
                    ensure!(page.is_ok(), "{asked}: {page:?}");
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_search_that_is_too_long_is_refused_and_can_be_shortened() -> Result<()> {
    let site = site().await?;
    let words = "rest ".repeat(100);
    for path in [
        "/plone?q=",
        "/plone/-/feed.atom?q=",
        "/plone/-/suggest?q=",
        "/plone/-/packages.csv?q=",
    ] {
        let answer = site
            .get(&format!("{path}{}", words.replace(' ', "+")))
            .await?;
        assert_eq!(answer.status, 400, "{path}");
        let page = answer.page()?;
        assert!(page.text("main")?.contains("300 characters"), "{path}");
        let kept = page.value("input[type=search]", "value")?;
        assert!(kept.starts_with("rest rest") && kept.len() <= 300, "{kept}");
        assert_eq!(page.value("form[role=search]", "action")?, "/plone");
    }
    let many: String = (0..41).fold(String::new(), |many, number| {
        many + &format!("keyword={number}&")
    });
    let answer = site.get(&format!("/plone?q=rest&{many}")).await?;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.page()?.value("input[type=search]", "value")?, "rest");
    // Nothing is searched for that is no text, and nobody waits for it.
    let longest = format!("/plone?q={}", "a".repeat(60_000));
    assert_eq!(site.get(&longest).await?.status, 400);
    Ok(())
}
