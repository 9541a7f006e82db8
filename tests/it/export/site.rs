//! The gallery as files: every link leads to something valid, and it is the same with either engine.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use pyfa::discovery::forget;
use pyfa::export::{ExportError, ExportFormat, Scope};
use pyfa::model::Document;
use pyfa::web::gallery::GallerySettings;
use serde_json::{Value, json};
use url::Url;

use super::{Collection, four, tree};
use crate::database::{Place, settings as database_settings};
use crate::embedded::Home;
use crate::gallery::feed::check_feed;
use crate::gallery::html::Page;
use crate::gallery::packages::{former, release, with};
use crate::gallery::xml::Element;

type Files = BTreeMap<String, Vec<u8>>;

/// A site at an address, as a web server would have it.
struct Served {
    files: Files,
    base: Url,
}

impl Served {
    /// The file at an address, as any web server finds it; `None` for one that it does not have.
    fn file(&self, url: &Url) -> Option<&str> {
        let path = url.path().strip_prefix(self.base.path())?;
        let path = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .ok()?;
        let name = if path.is_empty() || path.ends_with('/') {
            format!("{path}index.html")
        } else {
            path.into_owned()
        };
        Some(self.files.get_key_value(&name)?.0)
    }

    fn url(&self, name: &str) -> Result<Url> {
        let name = name.strip_suffix("index.html").unwrap_or(name);
        Ok(self.base.join(&name.replace('%', "%25"))?)
    }

    /// Holds that everything is valid, and that every link leads to a file.
    fn check(&self) -> Result<()> {
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut links: Vec<(String, Url)> = Vec::new();
        for (name, content) in &self.files {
            let text = std::str::from_utf8(content).with_context(|| name.clone())?;
            ensure!(!text.contains("gallery.invalid"), "{name}");
            let url = self.url(name)?;
            let found = match name.rsplit('.').next().unwrap_or_default() {
                "html" => {
                    let (known, found) = self.check_page(&url, name, text)?;
                    ids.insert(name.clone(), known);
                    found
                }
                "atom" => feed_links("application/atom+xml", text)?,
                "rss" => feed_links("application/rss+xml", text)?,
                "xml" => xml_links(text).with_context(|| name.clone())?,
                "json" if name.ends_with("feed.json") => feed_links("application/feed+json", text)?,
                _ => Vec::new(),
            };
            links.extend(found.into_iter().map(|link| (name.clone(), link)));
        }
        for (from, link) in links {
            if link.origin() != self.base.origin() {
                continue;
            }
            let file = self.file(&link);
            let file = file.with_context(|| format!("{link} (from {from}) leads nowhere"))?;
            if let Some(fragment) = link.fragment() {
                let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
                let known = ids.get(file).is_some_and(|ids| ids.contains(&*fragment));
                ensure!(known, "{link} (from {from}) has no such id");
            }
        }
        Ok(())
    }

    fn check_page(
        &self,
        url: &Url,
        name: &str,
        text: &str,
    ) -> Result<(BTreeSet<String>, Vec<Url>)> {
        let page = Page::read(text).with_context(|| name.to_owned())?;
        let policy = page.value("meta[http-equiv]", "content")?;
        ensure!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
        let ids = page.values("[id]", "id").into_iter().map(str::to_owned);
        let mut links = Vec::new();
        for (selector, attribute) in [
            ("a[href]", "href"),
            ("link[href]", "href"),
            ("script[src]", "src"),
            ("script[data-index]", "data-index"),
            ("img[src]", "src"),
            ("form[action]", "action"),
            ("[data-canonical]", "data-canonical"),
            ("meta[property='og:url']", "content"),
        ] {
            for value in page.values(selector, attribute) {
                let link = url.join(value).with_context(|| value.to_owned())?;
                // A page leads to pages, and not past the redirect of a server.
                ensure!(
                    link.origin() != self.base.origin() || self.file(&link).is_some(),
                    "{value} (from {name}) leads nowhere"
                );
                links.push(link);
            }
        }
        Ok((ids.collect(), links))
    }
}

fn feed_links(kind: &str, text: &str) -> Result<Vec<Url>> {
    Ok(check_feed(kind, text)?.links.into_iter().collect())
}

fn xml_links(text: &str) -> Result<Vec<Url>> {
    let root = Element::parse(text)?;
    let places = root
        .all("loc")
        .into_iter()
        .map(|place| place.text().parse());
    Ok(places.collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn the_same_state_gives_the_same_site_with_either_engine() -> Result<()> {
    let embedded = Collection::embedded(&four()).await?;
    let at = |base: &str| -> Result<GallerySettings> {
        Ok(GallerySettings {
            base_url: Some(base.parse()?),
            ..GallerySettings::default()
        })
    };
    let top = at("https://packages.example.org")?;
    let export = async |collection: &Collection, name: &str, settings: &GallerySettings| {
        let made = collection.export_with(ExportFormat::Site, name, |request| {
            request.gallery = settings.clone();
        });
        made.await?;
        tree(&collection.path(name))
    };
    let first = export(&embedded, "site", &top).await?;
    assert!(export(&embedded, "site", &top).await? == first);
    assert!(export(&embedded, "other", &top).await? == first);
    if let Some(typesense) = Collection::on_typesense(&four()).await? {
        let there = export(&typesense, "site", &top).await?;
        let differ: Vec<&String> = first
            .iter()
            .filter(|(name, content)| there.get(*name) != Some(*content))
            .map(|(name, _)| name)
            .collect();
        assert!(
            differ.is_empty() && there.len() == first.len(),
            "{differ:?}"
        );
    }
    let served = Served {
        files: first,
        base: "https://packages.example.org/".parse()?,
    };
    served.check()?;
    for name in [
        "index.html",
        "404.html",
        "robots.txt",
        "sitemap.xml",
        "-/help/index.html",
        "plone/-/matrix/index.html",
        "plone/-/opensearch.xml",
        "plone/-/packages.csv",
        "plone/-/feed.rss",
        "plone/plone.rich/1.10/index.html",
        "plone/plone.rich/-/changelog/index.html",
        "plone/plone.rich/-/feed.json",
        "plone/collective.form/-/dependents/index.html",
    ] {
        assert!(served.files.contains_key(name), "{name}");
    }
    assert!(!served.files.contains_key("plone/plone.rich/2.0/index.html"));

    // In a folder of a host.
    let deep = at("https://deep.example.net/our/packages/")?;
    let served = Served {
        files: export(&embedded, "deep", &deep).await?,
        base: "https://deep.example.net/our/packages/".parse()?,
    };
    served.check()?;
    let list = Page::read(std::str::from_utf8(&served.files["plone/index.html"])?)?;
    assert_eq!(list.value("form.refine", "action")?, "/our/packages/plone/");
    assert_eq!(
        list.value("link[rel=canonical]", "href")?,
        "https://deep.example.net/our/packages/plone/"
    );
    Ok(())
}

#[tokio::test]
async fn people_and_repositories_have_pages_without_those_who_asked_to_be_forgotten() -> Result<()>
{
    let of = |name: &str, url: &str| {
        let document = Document {
            maintainers: vec!["Mona".to_owned(), "otto".to_owned()],
            author: "Mona Example".to_owned(),
            ..release(name, "1.0")
        };
        with(
            document,
            &json!({"github_url": url, "contributors": [{"username": "ada"}, {"username": "gone"}]}),
        )
    };
    let documents = [
        of("a.one", "https://github.com/Org/one"),
        of("b.two", "https://github.com/gone/two"),
    ];
    let collection = Collection::embedded(&documents).await?;
    let place = Place::sqlite()?;
    let database = place.open().await?;
    forget(
        &database,
        &["gone", "pypi:mona", "name:Mona Example"].map(str::to_owned),
    )
    .await?;
    let formats = [
        (ExportFormat::Site, "site"),
        (ExportFormat::Jsonl, "out.jsonl"),
        (ExportFormat::Csv, "out.csv"),
        (ExportFormat::Sqlite, "out.sqlite"),
        (ExportFormat::Markdown, "out.md"),
    ];
    for (format, name) in formats {
        let export = collection.export_with(format, name, |request| {
            request.gallery.database = Some(place.settings.clone());
        });
        export.await?;
    }
    let served = Served {
        files: tree(&collection.path("site"))?,
        base: "http://localhost/".parse()?,
    };
    served.check()?;
    let inside = |part: &str| -> Vec<&str> {
        let names = served.files.keys();
        names.filter_map(|name| name.strip_prefix(part)).collect()
    };
    assert_eq!(
        inside("plone/-/people/"),
        ["Org/index.html", "ada/index.html", "otto/index.html"]
    );
    assert_eq!(inside("plone/-/repositories/"), ["Org/one/index.html"]);
    let page = Page::read(std::str::from_utf8(
        &served.files["plone/a.one/index.html"],
    )?)?;
    let links = page.values(".aside a", "href");
    for href in ["/plone/-/people/ada/", "/plone/-/repositories/Org/one/"] {
        assert!(links.contains(&href), "{links:?}");
    }
    // The repository is where it is, and its owner has no page.
    let page = String::from_utf8_lossy(&served.files["plone/b.two/index.html"]);
    assert!(page.contains("https://github.com/gone/two"), "{page}");
    assert!(!page.contains("/-/people/gone"), "{page}");
    let mut others = Files::new();
    for (_, name) in formats.into_iter().skip(1) {
        others.insert(name.to_owned(), fs_err::read(collection.path(name))?);
    }
    for (name, content) in served.files.iter().chain(&others) {
        let text = String::from_utf8_lossy(content).to_lowercase();
        assert!(!text.contains("mona"), "{name}: {text}");
        let names_gone = ["\"gone\"", ">gone<", "people/gone", "gone,"];
        assert!(
            !names_gone.iter().any(|gone| text.contains(gone)),
            "{name}: {text}"
        );
    }
    database.close().await;
    Ok(())
}

#[tokio::test]
async fn an_export_is_not_made_while_nobody_knows_who_must_not_be_named() -> Result<()> {
    let collection = Collection::embedded(&[release("a.one", "1.0")]).await?;
    let away = database_settings("postgres://pyfa@127.0.0.1:9/pyfa")?;
    let export = collection.export_with(ExportFormat::Jsonl, "out.jsonl", |request| {
        request.gallery.database = Some(away);
    });
    assert!(matches!(export.await, Err(ExportError::NoList)));
    assert!(!collection.path("out.jsonl").exists());
    Ok(())
}

#[tokio::test]
async fn releases_have_as_many_pages_as_they_need() -> Result<()> {
    let mut documents = vec![release("plone.many", "300.0")];
    documents.extend((1..300).map(|number| former("plone.many", &format!("{number}.0"), 400)));
    let collection = Collection::embedded(&documents).await?;
    collection
        .export_with(ExportFormat::Site, "site", |request| {
            request.scope = Scope::Latest;
        })
        .await?;
    let served = Served {
        files: tree(&collection.path("site"))?,
        base: "http://localhost/".parse()?,
    };
    served.check()?;
    let read = |name: &str| Page::read(std::str::from_utf8(&served.files[name])?);
    let first = read("plone/plone.many/-/releases/index.html")?;
    let second = "/plone/plone.many/-/releases/2/";
    assert_eq!(first.values("a[rel=next]", "href"), [second]);
    let second = read("plone/plone.many/-/releases/2/index.html")?;
    assert_eq!(second.all("tbody th").len(), 50);
    assert_eq!(
        second.values("a[rel=prev]", "href"),
        ["/plone/plone.many/-/releases/"]
    );
    Ok(())
}

#[tokio::test]
async fn ages_are_counted_up_to_a_day_that_the_pages_name() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    collection
        .export_with(ExportFormat::Site, "site", |request| {
            request.as_of = Some(4_102_444_800);
            request.scope = Scope::Latest;
        })
        .await?;
    let served = Served {
        files: tree(&collection.path("site"))?,
        base: "http://localhost/".parse()?,
    };
    served.check()?;
    let read = |name: &str| Page::read(std::str::from_utf8(&served.files[name])?);
    let list = read("plone/index.html")?;
    assert!(list.texts(".hit time")[0].ends_with("years ago"));
    let foot = list.texts("footer p");
    assert!(foot[0].ends_with("as of 1 January 2100."), "{foot:?}");
    // Without pages of older releases nothing leads there.
    assert!(
        !served
            .files
            .contains_key("plone/plone.rich/1.10/index.html")
    );
    let releases = read("plone/plone.rich/-/releases/index.html")?;
    assert_eq!(releases.texts("tbody th"), ["2.0", "1.10", "1.9"]);
    assert_eq!(releases.texts("tbody th a"), ["2.0"]);
    assert!(!list.has("a[href*=compare]") && !releases.has("a[href*=compare]"));
    Ok(())
}

#[tokio::test]
async fn the_search_reads_every_package_by_column() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    collection.export(ExportFormat::Site, "site").await?;
    let files = tree(&collection.path("site"))?;
    let index = files.iter().find(|(name, _)| name.contains("/-/search."));
    let index: Value = serde_json::from_slice(index.context("an index")?.1)?;
    assert_eq!(index["about"]["count"], 4);
    let columns = index.as_object().context("columns")?;
    for (name, column) in columns
        .iter()
        .filter(|(name, _)| !name.starts_with("values_"))
    {
        if name != "about" {
            assert_eq!(column.as_array().map(Vec::len), Some(4), "{name}");
        }
    }
    assert_eq!(index["name"][2], "plone.rich");
    assert_eq!(index["numbers"][2], serde_json::json!([81, 56_789, 1_234]));
    let first = index["facet_keyword"][2][0].as_u64().context("a number")?;
    assert_eq!(index["values_keyword"][usize::try_from(first)?], "forms");
    let kinds: Vec<&Value> = index["values_type"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(kinds, ["Addon"]);
    Ok(())
}

#[test]
fn every_link_of_the_sample_leads_to_a_file() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    let export = ["export", "-p", "plone", "--to", "site"];
    let first = home.run(&export).exits(0);
    assert!(
        first.stderr.contains("GALLERY_BASE_URL is not set"),
        "{}",
        first.stderr
    );
    let served = Served {
        files: tree(&home.path("plone-site"))?,
        base: "http://localhost/".parse()?,
    };
    served.check()?;
    let pages = served
        .files
        .keys()
        .filter(|name| name.ends_with("index.html"));
    assert!(pages.count() > 70);
    home.run(&export).exits(0);
    assert!(tree(&home.path("plone-site"))? == served.files);
    Ok(())
}
