//! The written reference and the example of `.env`: both are made of the code.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pyfa::config::SETTINGS;
use pyfa::model::ProjectName;
use pyfa::profile::Profiles;

use super::Case;

#[test]
fn the_example_of_env_names_every_setting_and_changes_nothing() {
    let mut example = String::from(
        "# Settings of pyfa. Copy this file to `.env` and fill in what you need;\n\
         # an empty value counts as unset. docs/configuration.md says more.\n",
    );
    for setting in SETTINGS {
        let default = setting
            .default
            .map(|value| format!(" Default: {value}"))
            .unwrap_or_default();
        // An empty schedule is one that is switched off.
        let mark = ["", "# "][usize::from(setting.kind.can_be_empty())];
        write!(
            example,
            "\n# {}{default}\n{mark}{}=\n",
            setting.description, setting.name
        )
        .unwrap();
    }
    assert_written(&project_file(".env.example"), &example);

    let case = Case::new().file(".env", &example);
    assert_eq!(case.load().explain(), Case::new().load().explain());
}

#[test]
fn the_reference_is_made_of_the_code() {
    let file = project_file("docs/configuration.md");
    let document = fs::read_to_string(&file).unwrap();
    let start = document.find("<!-- settings").unwrap();
    let start = start + document[start..].find("-->\n").unwrap() + "-->\n".len();
    let end = document.find("<!-- end of settings -->").unwrap();
    let mut table =
        String::from("| name | in `pyfa.toml` | default | what it says |\n|---|---|---|---|\n");
    let code = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
    for setting in SETTINGS {
        let (key, default) = (code(setting.key), code(setting.default));
        let secret = if setting.secret { " Secret." } else { "" };
        writeln!(
            table,
            "| `{}` | {key} | {default} | {}{secret} |",
            setting.name, setting.description
        )
        .unwrap();
    }
    assert_written(
        &file,
        &format!("{}{table}{}", &document[..start], &document[end..]),
    );
}

#[test]
fn the_file_in_the_reference_is_valid() {
    let example = toml_in_reference(0);
    let case = Case::new()
        .file("pyfa.toml", &example)
        .environment("TYPESENSE_API_KEY", "key");
    let config = case.load();
    assert_eq!(config.home, PathBuf::from("/var/lib/pyfa"));
    assert_eq!(config.cache_limit, 20_000_000_000);
    assert_eq!(config.pypi.max_rps, Some(5.0));
    assert_eq!(config.github.cool_off, Duration::from_secs(1));
    assert_eq!(config.health_rules, PathBuf::from("default"));
    assert_eq!(config.typesense.unwrap().nodes.len(), 1);
    // Every key stands in the example, be it in a comment.
    for key in SETTINGS.iter().filter_map(|setting| setting.key) {
        let last = key.rsplit('.').next().unwrap();
        assert!(
            example.contains(last) || ["base_url", "token"].contains(&last),
            "{key}"
        );
    }
}

#[test]
fn the_profile_in_the_reference_is_valid() {
    let case = Case::new().file("profiles/ours.toml", &toml_in_reference(1));
    let profiles = Profiles::load(Some(&case.folder.path().join("profiles"))).unwrap();
    assert_eq!(profiles.check(), []);
    let rules = &profiles.get("ours").unwrap().rules;
    assert!(rules.selects_by_name(&ProjectName::new("collective.easyform")));
}

/// The TOML example with this number, from 0, in the reference.
fn toml_in_reference(number: usize) -> String {
    let document = fs::read_to_string(project_file("docs/configuration.md")).unwrap();
    let example = document.split("```toml\n").nth(number + 1).unwrap();
    example.split("```").next().unwrap().to_owned()
}

fn project_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The file holds exactly `text`; with `UPDATE_REFERENCE` set it is written instead.
fn assert_written(file: &Path, text: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the tests, not a setting"
    )]
    let update = std::env::var_os("UPDATE_REFERENCE").is_some();
    if update {
        fs::write(file, text).unwrap();
    }
    let written = fs::read_to_string(file).unwrap_or_default();
    assert!(
        written == text,
        "{} is out of date; run the tests with UPDATE_REFERENCE=1",
        file.display()
    );
}
