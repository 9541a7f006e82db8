//! What the operator decides: sections of `pyfa.toml`, a folder of files, and what is wrong with them.

use std::path::Path;

use anyhow::{Context, Result};
use pyfa::config::{Config, Sources};
use pyfa::profile::Profiles;
use pyfa::web::gallery::GallerySettings;
use serde_json::json;
use tempfile::TempDir;

use super::packages::{former, release, rich, with};
use super::{Site, get};
use crate::embedded::Home;
use crate::support::outcome;

/// A logo.
const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>";

/// A working directory with a `pyfa.toml` and other files.
struct Folder(TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Result<Self> {
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

    fn settings(&self) -> Result<GallerySettings> {
        Ok(self.load()?.gallery)
    }

    /// Why a gallery with these files does not start.
    fn error(&self, site: &Site) -> String {
        let started = self
            .settings()
            .and_then(|settings| site.restarted(settings));
        match started {
            Ok(_) => "it starts".to_owned(),
            Err(error) => format!("{error:#}").replace(&*self.0.path().to_string_lossy(), "FOLDER"),
        }
    }
}

async fn site() -> Result<Site> {
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
            text.contains("https:&#x2f;&#x2f;packages.example.org")
                || text.contains("https://packages.example.org"),
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

#[tokio::test]
async fn mistakes_are_told_with_their_place() -> Result<()> {
    let site = site().await?;
    for (toml, says) in [
        (
            "[gallery]\nimage = true\n",
            "pyfa.toml line 2: there is no setting `gallery.image`; the nearest is `gallery.images`",
        ),
        (
            "[gallery]\nimages = \"maybe\"\n",
            "GALLERY_IMAGES (pyfa.toml line 2): \"maybe\" is neither `true` nor `false`",
        ),
        (
            "[gallery]\ntrusted_proxies = [\"proxy\"]\n",
            "GALLERY_TRUSTED_PROXIES (pyfa.toml line 2)",
        ),
        (
            "[gallery]\nbase_url = \"ftp://x.example\"\n",
            "GALLERY_BASE_URL (pyfa.toml line 2)",
        ),
        (
            "[gallery]\nbase_url = \"https://x.example/sub\"\n",
            "GALLERY_BASE_URL is `https://x.example/sub`; the gallery is at the top of its host",
        ),
        (
            "[gallery.plone]\ncolour = \"#000000\"\n",
            "pyfa.toml line 1: [gallery.plone]: unknown field `colour`, expected one of `title`, `description`, `color`",
        ),
        (
            "[gallery.plone]\nhidden = \"yes\"\n",
            "pyfa.toml line 1: [gallery.plone]: invalid type: string \"yes\", expected a boolean",
        ),
        (
            "[gallery.plone]\nlinks = [{ text = \"x\" }]\n",
            "pyfa.toml line 1: [gallery.plone]: missing field `url`",
        ),
        (
            "[gallery.plone]\ncolor = \"blue\"\n",
            "the colour of `[gallery.plone]` cannot be used: `blue` is not a colour; write six hexadecimal digits as in `#0a5c8f`",
        ),
        (
            "[gallery.plone]\ncolor = \"#ffee00\"\n",
            "#ffee00 has a contrast of 1.2 to 1 on the light ground; text needs 4.5 to 1, so use a darker colour",
        ),
        (
            "[gallery.plone]\ncolor_dark = \"#0a5c8f\"\n",
            "on the dark ground; text needs 4.5 to 1, so use a lighter colour",
        ),
        (
            "[gallery.plnoe]\ntitle = \"x\"\n",
            "there is no profile `plnoe` for the section `[gallery.plnoe]`; did you mean `plone`?",
        ),
        (
            "[gallery.plone]\nlogo = \"plone.svg\"\n",
            "the logo `plone.svg` has to be a file in the gallery's folder (GALLERY_DIR)",
        ),
        (
            "[gallery]\ndir = \"ours\"\n[gallery.plone]\nlogo = \"plone.svg\"\n",
            "FOLDER/ours/plone.svg cannot be read: ",
        ),
        (
            "[gallery]\ndir = \"ours\"\n[gallery.plone]\nlogo = \"../pyfa.toml\"\n",
            "the logo `../pyfa.toml` is no image that browsers show; use svg, png, webp, jpg or ico",
        ),
        (
            "[gallery]\ndir = \"ours\"\n[gallery.plone]\nlogo = \"../plone.svg\"\n",
            "the logo `../plone.svg` has to be a file in the gallery's folder",
        ),
        (
            "[gallery.plone]\nlinks = [{ text = \"x\", url = \"javascript:alert(1)\" }]\n",
            "a link of `[gallery.plone]` leads to `javascript:alert(1)`; an address begins with `https://`, `http://`, `mailto:` or `/`",
        ),
        (
            "[gallery.plone]\nlinks = [{ text = \"x\", url = \"//evil.example\" }]\n",
            "leads to `//evil.example`",
        ),
        (
            "[gallery.plone]\nlinks = [{ text = \" \", url = \"/-/about\" }]\n",
            "has a text",
        ),
    ] {
        let folder = Folder::of(&[("pyfa.toml", toml)])?;
        let error = folder.error(&site);
        assert!(error.contains(says), "{toml}\n{error}");
        // A sentence, and not the insides of the program.
        assert!(!error.contains('{') && !error.contains("Error("), "{error}");
    }
    for (file, text, says) in [
        (
            "templates/lists.html",
            "x",
            "FOLDER/ours/templates/lists.html replaces no template; those that there are: base.html, ",
        ),
        (
            "templates/list.html",
            "line\n{% if %}",
            "FOLDER/ours/templates/list.html is no template: syntax error: unexpected end of block, expected expression (in list.html:2)",
        ),
        (
            "templates/list.html",
            "{{ x|nonsense }}{% endblock %}",
            "FOLDER/ours/templates/list.html is no template: syntax error",
        ),
        (
            "pages/a.md",
            "x",
            "a page can be called by letters, digits and dashes, and neither `a` nor `help`: FOLDER/ours/pages/a.md",
        ),
        (
            "pages/help.md",
            "x",
            "neither `a` nor `help`: FOLDER/ours/pages/help.md",
        ),
        ("pages/über uns.md", "x", "a page can be called by letters"),
    ] {
        let folder = Folder::of(&[
            ("pyfa.toml", "[gallery]\ndir = \"ours\"\n"),
            (&format!("ours/{file}"), text),
        ])?;
        let error = folder.error(&site);
        assert!(error.contains(says), "{file}\n{error}");
    }
    let long = "x".repeat(1_000_001);
    for file in ["pages/long.md", "templates/list.html"] {
        let folder = Folder::of(&[
            ("pyfa.toml", "[gallery]\ndir = \"ours\"\n"),
            (&format!("ours/{file}"), &long),
        ])?;
        let error = folder.error(&site);
        assert!(
            error.contains("bytes") && error.contains("FOLDER/ours/"),
            "{error}"
        );
    }
    // A folder that is not there is a mistake too.
    let folder = Folder::of(&[("pyfa.toml", "[gallery]\ndir = \"nowhere\"\n")])?;
    let error = folder.error(&site);
    assert!(
        error.contains("FOLDER/nowhere") && error.contains("GALLERY_DIR"),
        "{error}"
    );
    Ok(())
}

/// The examples in the documentation are good ones.
#[tokio::test]
async fn the_documented_sections_are_sound() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs_err::read_to_string(root.join("docs/gallery.md"))?;
    let example = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let folder = Folder::of(&[
        ("pyfa.toml", example.context("an example")?),
        ("gallery/plone.svg", PICTURE),
    ])?;
    let site = site().await?;
    let gallery = site.restarted(folder.settings()?)?;
    assert_eq!(
        get(&gallery, "/plone").await?.page()?.text("title")?,
        "Plone add-ons"
    );

    let text = fs_err::read_to_string(root.join("docs/configuration.md"))?;
    let example = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let folder = Folder::of(&[
        ("pyfa.toml", example.context("an example")?),
        (".env", "TYPESENSE_API_KEY=x\n"),
    ])?;
    let gallery = site.restarted(folder.settings()?)?;
    assert_eq!(
        get(&gallery, "/plone").await?.page()?.text("title")?,
        "Plone add-ons"
    );
    Ok(())
}

#[test]
fn the_settings_are_shown_and_mistakes_end_the_program() -> Result<()> {
    let home = Home::new()?;
    let mut command = home.command(&["config"]);
    command
        .env("GALLERY_BASE_URL", "https://packages.example.org")
        .env("GALLERY_IMAGES", "true")
        .env("GALLERY_TRUSTED_PROXIES", "10.0.0.1, ::1")
        .env("GALLERY_DIR", "ours");
    let shown = outcome(&mut command).exits(0).stdout;
    for (name, value) in [
        ("GALLERY_BASE_URL", "https://packages.example.org/"),
        ("GALLERY_IMAGES", "true"),
        ("GALLERY_TRUSTED_PROXIES", "10.0.0.1,::1"),
        ("GALLERY_DIR", "ours"),
    ] {
        let line = shown.lines().find(|line| line.starts_with(name));
        let line = line.with_context(|| format!("{name} in {shown}"))?;
        assert!(
            line.contains(value) && line.contains("the environment"),
            "{line}"
        );
    }
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("GALLERY_DIR", "nowhere");
    let refused = outcome(&mut command);
    assert_ne!(refused.code, 0);
    assert!(
        refused.stderr.starts_with("error: ") && refused.stderr.contains("GALLERY_DIR"),
        "{}",
        refused.stderr
    );
    let mut command = home.command(&["serve", "--no-gallery", "--no-api"]);
    assert_eq!(outcome(&mut command).code, 2);
    Ok(())
}

#[test]
fn a_profile_that_could_not_be_reached_is_an_error() -> Result<()> {
    let home = Home::new()?;
    let folder = Folder::of(&[
        ("collections.toml", "name = \"C\"\ninclude = [\"a\"]\n"),
        ("keys.toml", "name = \"K\"\ninclude = [\"a\"]\n"),
        ("multi_search.toml", "name = \"M\"\ninclude = [\"a\"]\n"),
        ("-.toml", "name = \"D\"\ninclude = [\"a\"]\n"),
        ("ours.toml", "name = \"O\"\ninclude = [\"a\"]\n"),
    ])?;
    let mut command = home.command(&["profiles", "check"]);
    command.env("PROFILES_DIR", folder.0.path());
    let checked = outcome(&mut command).exits(1);
    for key in ["collections", "keys", "multi_search", "-"] {
        let says = format!(
            "{key}.toml line 1: a profile cannot be called `{key}`, because `pyfa serve` has something else"
        );
        assert!(checked.stdout.contains(&says), "{key}: {}", checked.stdout);
    }
    assert!(checked.stdout.contains("4 findings"), "{}", checked.stdout);
    // None of the shipped ones is.
    home.run(&["profiles", "check"]).exits(0);
    let shipped = Profiles::load(None)?;
    assert_eq!(shipped.find_taken_keys(pyfa_engine::is_api_segment), []);
    Ok(())
}
