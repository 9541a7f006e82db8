//! Mistakes in what the operator has written are told with their place.

use std::path::Path;

use anyhow::{Context, Result};
use pyfa::profile::Profiles;

use super::get;
use super::settings::{Folder, PICTURE, site};
use crate::embedded::Home;
use crate::support::outcome;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn mistakes_are_told_with_their_place() -> Result<()> {
    let site = site().await?;
    for (toml, says) in [
        (
            "[gallery]\nimage = true\n",
            "pyfa.toml line 2: unknown key \"gallery.image\"; the nearest is `gallery.images`",
        ),
        (
            "[gallery]\nimages = \"maybe\"\n",
            "gallery.images from pyfa.toml line 2: \"maybe\" is neither `true` nor `false`",
        ),
        (
            "[gallery]\ntrusted_proxies = [\"proxy\"]\n",
            "gallery.trusted_proxies from pyfa.toml line 2",
        ),
        (
            "[gallery]\nbase_url = \"ftp://x.example\"\n",
            "gallery.base_url from pyfa.toml line 2",
        ),
        (
            "[gallery]\nbase_url = \"https://u:secret@x.example/sub\"\n",
            "GALLERY_BASE_URL has a user, or a part of its path is empty; give scheme, host",
        ),
        (
            "[gallery]\nbase_url = \"https://x.example/sub//all\"\n",
            "GALLERY_BASE_URL has a user, or a part of its path is empty",
        ),
        (
            "[gallery]\nbase_url = \"https://x.example/plone/all\"\n",
            "and `plone` is also the beginning of addresses of the gallery; choose another path",
        ),
        (
            "[gallery]\nbase_url = \"https://x.example/collections\"\n",
            "and `collections` is also the beginning",
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
            "the logo `../pyfa.toml` is not an image that browsers show; use svg, png, webp, jpg or ico",
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
        let folder = Folder::of(&[("pyfa.toml", toml), ("ours/empty.txt", "")])?;
        let error = folder.error(&site);
        assert!(error.contains(says), "{toml}\n{error}");
        // A sentence, and not the insides of the program, nor a password.
        assert!(!error.contains("secret"), "{error}");
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
            "FOLDER/ours/templates/list.html is not a valid template: syntax error: unexpected end of block (in list.html:2)",
        ),
        (
            "templates/list.html",
            "{{ x|nonsense }}{% endblock %}",
            "FOLDER/ours/templates/list.html is not a valid template: syntax error",
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
        assert_eq!(
            error.matches("syntax error").count(),
            says.matches("syntax error").count()
        );
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
        ("GALLERY_BASE_URL", "https://packages.example.org"),
        ("GALLERY_IMAGES", "true"),
        ("GALLERY_TRUSTED_PROXIES", "10.0.0.1, ::1"),
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
