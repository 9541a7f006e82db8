//! What the operator decides: sections of `pyfa.toml`, and a folder of files.

use std::path::Path;

use anyhow::Result;
use pyfa::config::{Config, Sources};
use pyfa::web::gallery::GallerySettings;
use serde_json::json;
use tempfile::TempDir;

use super::packages::{former, release, rich, with};
use super::{Site, get};

/// A logo.
pub(super) const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>";

/// A working directory with a `pyfa.toml` and other files.
pub(super) struct Folder(pub(super) TempDir);

impl Folder {
    pub(super) fn of(files: &[(&str, &str)]) -> Result<Self> {
        let folder = Self(tempfile::tempdir()?);
        for (name, text) in files {
            folder.write(name, text)?;
        }
        Ok(folder)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.0.path().join(name);
        fs_err::create_dir_all(file.parent().unwrap_or(Path::new("/")))?;
        Ok(fs_err::write(file, text)?)
    }

    fn load(&self) -> Result<Config> {
        Ok(Config::load(&Sources {
            working_dir: self.0.path().to_owned(),
            ..Sources::default()
        })?)
    }

    pub(super) fn settings(&self) -> Result<GallerySettings> {
        Ok(self.load()?.gallery)
    }

    /// Why a gallery with these files does not start.
    pub(super) fn error(&self, site: &Site) -> String {
        let started = self
            .settings()
            .and_then(|settings| site.restarted(settings));
        match started {
            Ok(_) => "it starts".to_owned(),
            Err(error) => format!("{error:#}").replace(&*self.0.path().to_string_lossy(), "FOLDER"),
        }
    }
}

pub(super) async fn site() -> Result<Site> {
    Site::of(&[
        ("plone", rich("plone.rich", "2.0")),
        ("plone", former("plone.rich", "1.0", 400)),
        (
            "plone",
            with(
                release("plone.old", "1.0"),
                &json!({"github_archived": true}),
            ),
        ),
        ("django", release("django-one", "1.0")),
        ("flask", release("flask-one", "1.0")),
    ])
    .await
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn a_profile_looks_as_its_section_says() -> Result<()> {
    let site = site().await?;
    let folder = Folder::of(&[
        (
            "pyfa.toml",
            "[gallery]\ndir = \"ours\"\nbase_url = \"https://packages.example.org\"\n\
             [gallery.plone]\ntitle = \"Plone <add-ons>\"\ndescription = \"Everything & more\"\n\
             color = \"#0A5c8f\"\ncolor_dark = \"#7fc7ff\"\nlogo = \"plone.svg\"\nhide_archived = true\n\
             links = [{ text = \"Imprint\", url = \"https://example.org/imprint\" }, { text = \"Mail\", url = \"mailto:a@example.org\" }]\n\
             [gallery.flask]\nhidden = true\n",
        ),
        ("ours/plone.svg", PICTURE),
    ])?;
    let gallery = site.restarted(folder.settings()?)?;
    let page = get(&gallery, "/plone").await?.page()?;
    assert_eq!(page.text("title")?, "Plone <add-ons>");
    assert_eq!(page.text("p.lead")?, "Everything & more");
    assert_eq!(
        page.value("meta[name=description]", "content")?,
        "Everything & more"
    );
    assert_eq!(
        page.values("footer a[rel=noopener]", "href")[..2],
        ["https://example.org/imprint", "mailto:a@example.org"]
    );
    let styles = page.values("link[rel=stylesheet]", "href");
    assert_eq!(styles.len(), 2);
    let colors = get(&gallery, styles[1]).await?;
    assert_eq!(
        colors.text()?,
        ":root{--accent-light:#0a5c8f;--accent-dark:#7fc7ff;}\n"
    );
    assert_eq!(colors.header("content-type"), "text/css; charset=utf-8");
    let logo = page.value("header img", "src")?;
    assert!(logo.starts_with("/-/a/logo."), "{logo}");
    let logo = get(&gallery, logo).await?;
    assert_eq!(
        (logo.text()?, logo.header("content-type")),
        (PICTURE, "image/svg+xml")
    );
    assert_eq!(
        logo.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    // The others look as ever.
    let other = get(&gallery, "/django").await?.page()?;
    assert_eq!(other.values("link[rel=stylesheet]", "href").len(), 1);
    assert!(!other.has("header img"));

    // What is archived comes when it is asked for, by words or by the filter; feed and table agree.
    assert_eq!(page.texts(".hit h2 a"), ["plone.rich"]);
    for path in ["/plone?q=old", "/plone?archived=only"] {
        assert_eq!(
            get(&gallery, path).await?.page()?.texts(".hit h2 a"),
            ["plone.old"],
            "{path}"
        );
    }
    for path in ["/plone/-/feed.json", "/plone/-/packages.csv"] {
        assert!(
            !get(&gallery, path).await?.text()?.contains("plone.old"),
            "{path}"
        );
        assert!(
            get(&gallery, &format!("{path}?q=old"))
                .await?
                .text()?
                .contains("plone.old"),
            "{path}"
        );
    }

    // What is hidden is nowhere.
    assert_eq!(
        get(&gallery, "/")
            .await?
            .page()?
            .values(".card h2 a", "href"),
        ["/django", "/plone"]
    );
    for path in [
        "/flask",
        "/flask/flask-one",
        "/flask/-/feed.atom",
        "/flask/-/sitemap.xml",
    ] {
        assert_eq!(get(&gallery, path).await?.status, 404, "{path}");
    }
    for path in ["/", "/sitemap.xml", "/plone", "/nothing"] {
        assert!(
            !get(&gallery, path).await?.text()?.contains("flask"),
            "{path}"
        );
    }
    // The public address is everywhere, whatever a request names.
    for path in [
        "/sitemap.xml",
        "/robots.txt",
        "/plone/-/feed.atom",
        "/plone/-/opensearch.xml",
        "/plone/-/suggest?q=rich",
    ] {
        let answer = get(&gallery, path).await?;
        let text = answer.text()?;
        assert!(
            text.contains("https://packages.example.org"),
            "{path}: {text}"
        );
        assert!(!text.contains("gallery.test"), "{path}");
    }
    assert_eq!(
        page.value("link[rel=canonical]", "href")?,
        "https://packages.example.org/plone"
    );
    Ok(())
}

#[tokio::test]
async fn the_folder_has_pages_and_templates() -> Result<()> {
    let site = site().await?;
    let folder = Folder::of(&[
        ("pyfa.toml", "[gallery]\ndir = \"ours\"\n"),
        (
            "ours/pages/about.md",
            "# About <us>\n\nWe *like* [packages](https://example.org).\n\n## Who\n\n<script>alert(1)</script>\n",
        ),
        ("ours/pages/data-protection.md", "No heading."),
        ("ours/pages/notes.txt", "no page"),
        (
            "ours/templates/start.html",
            "{% extends \"base.html\" %}{% block main %}<h1>Ours: {{ site.title }}</h1>{% endblock %}",
        ),
        ("ours/templates/.start.html.swp", "{% an editor's"),
    ])?;
    let gallery = site.restarted(folder.settings()?)?;
    let start = get(&gallery, "/").await?.page()?;
    assert_eq!(start.text("h1")?, "Ours: Packages");
    let pages: Vec<&str> = start.values("footer a[href^=\"/-/\"]", "href");
    assert_eq!(pages, ["/-/about", "/-/data-protection", "/-/help"]);
    let page = get(&gallery, "/-/about").await?.page()?;
    assert_eq!(page.text("h1")?, "About <us>");
    assert_eq!(page.texts("main h2, main h3"), ["Who"]);
    assert!(page.text("main")?.contains("We like packages."));
    assert_eq!(page.value("meta[name=robots]", "content")?, "index, follow");
    assert_eq!(
        get(&gallery, "/-/data-protection")
            .await?
            .page()?
            .text("h1")?,
        "data-protection"
    );
    for path in [
        "/-/notes",
        "/-/notes.txt",
        "/-/about.md",
        "/-/..%2fpyfa",
        "/-/About",
    ] {
        assert_eq!(get(&gallery, path).await?.status, 404, "{path}");
    }
    // Nothing but a page can be reached below the folder.
    assert_eq!(get(&gallery, "/-/a/plone.svg").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn pages_of_no_profile_have_the_links_of_all() -> Result<()> {
    let site = site().await?;
    let folder = Folder::of(&[
        (
            "pyfa.toml",
            "[gallery]\ndir = \"ours\"\n\
             [gallery.plone]\nlinks = [{ text = \"Imprint\", url = \"https://example.org/imprint\" }, { text = \"Plone\", url = \"https://plone.org\" }]\n\
             [gallery.django]\nlinks = [{ text = \"Imprint\", url = \"https://example.org/imprint\" }, { text = \"Django\", url = \"/imprint-of-django\" }]\n\
             [gallery.flask]\nhidden = true\nlinks = [{ text = \"Hidden\", url = \"https://example.org/hidden\" }]\n",
        ),
        ("ours/pages/about.md", "# About\n"),
    ])?;
    let gallery = site.restarted(folder.settings()?)?;
    let links = async |path: &str| -> Result<Vec<String>> {
        let page = get(&gallery, path).await?.page()?;
        Ok(page.texts("footer nav a[rel=noopener]"))
    };
    for path in [
        "/",
        "/-/help",
        "/-/about",
        "/there/is/nothing/here",
        "/-/nothing",
    ] {
        assert_eq!(links(path).await?, ["Imprint", "Django", "Plone"], "{path}");
    }
    assert_eq!(links("/plone").await?, ["Imprint", "Plone"]);
    assert_eq!(links("/django/nothing").await?, ["Imprint", "Django"]);
    Ok(())
}

#[tokio::test]
async fn images_are_allowed_for_all_pages_or_those_of_a_profile() -> Result<()> {
    let site = Site::of(&[
        ("plone", rich("plone.rich", "2.0")),
        ("django", rich("django-rich", "1.0")),
    ])
    .await?;
    let about = "# About\n\n![A view](https://images.example.org/i.png)\n";
    let gallery = |settings: &str| -> Result<_> {
        let folder = Folder::of(&[
            (
                "pyfa.toml",
                &format!("[gallery]\ndir = \"ours\"\n{settings}"),
            ),
            ("ours/pages/about.md", about),
        ])?;
        site.restarted(folder.settings()?)
    };
    let own = "[gallery.plone]\nimages = true\n";
    let other = "images = true\n[gallery.plone]\nimages = false\n";
    for (settings, with_images) in [
        ("", &[][..]),
        (own, &["/plone/plone.rich"]),
        (
            "images = true\n",
            &["/-/about", "/plone/plone.rich", "/django/django-rich"],
        ),
        (other, &["/-/about", "/django/django-rich"]),
    ] {
        let gallery = gallery(settings)?;
        for path in ["/-/about", "/plone/plone.rich", "/django/django-rich"] {
            let answer = get(&gallery, path).await?;
            let is_allowed = answer
                .header("content-security-policy")
                .contains("img-src 'self' data: https:");
            let page = answer.page()?;
            let expected = with_images.contains(&path);
            // Nothing is shown that the browser would refuse to load.
            assert_eq!(
                (
                    is_allowed,
                    page.has("main .readme img"),
                    page.has("main .readme a.image")
                ),
                (expected, expected, !expected),
                "{settings}: {path}"
            );
        }
        let help = get(&gallery, "/-/help").await?.page()?.text("main")?;
        assert_eq!(
            help.contains("except the images"),
            !with_images.is_empty(),
            "{settings}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_is_a_page_about_that() -> Result<()> {
    let site = site().await?;
    let folder = Folder::of(&[
        ("pyfa.toml", "[gallery]\ndir = \"ours\"\n"),
        (
            "ours/templates/list.html",
            "{% extends \"base.html\" %}{% block main %}{{ view.nonsense }}{% endblock %}",
        ),
    ])?;
    let gallery = site.restarted(folder.settings()?)?;
    let broken = get(&gallery, "/plone").await?;
    assert_eq!(broken.status, 500);
    assert_eq!(broken.header("cache-control"), "no-store");
    assert!(broken.page()?.text("h1")?.contains("could not be made"));
    assert!(!broken.text()?.contains("nonsense"), "{}", broken.text()?);
    // Not even the page about it can be made.
    folder.write("ours/templates/base.html", "{{ nonsense }}")?;
    let gallery = site.restarted(folder.settings()?)?;
    let broken = get(&gallery, "/plone").await?;
    assert_eq!(broken.status, 500);
    let text = broken.text()?;
    assert!(
        text.starts_with("<!doctype html><html lang=\"en\">"),
        "{text}"
    );
    assert!(
        super::conformance::parse(text, false).1.is_empty(),
        "{text}"
    );
    Ok(())
}
