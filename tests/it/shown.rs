//! What README and documentation show is run, block by block, as a reader would: every block whose
//! fence says `sh run`, in the order of the page, in one folder, against one server.

use std::path::Path;
use std::process::{Command, Stdio};

use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};

/// A block of a page: the number of its first line, and its text.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (number, line) in page.lines().enumerate() {
        if is_open && line == "```" {
            is_open = false;
        } else if is_open {
            if let Some((_, block)) = blocks.last_mut() {
                block.push_str(line);
                block.push('\n');
            }
        } else if line == "```sh run" {
            is_open = true;
            blocks.push((number + 2, String::new()));
        }
    }
    blocks
}

const PLONE: &[&str] = &[
    "Framework :: Plone",
    "Framework :: Plone :: 6.0",
    "Programming Language :: Python :: 3.12",
];

/// Projects of the frameworks that the pages speak of.
fn populate(pypi: &FakePyPi) {
    for (name, classifiers) in [
        ("plone.api", PLONE),
        ("plone.restapi", PLONE),
        ("collective.easyform", PLONE),
        ("Products.CMFPlone", PLONE),
        ("django-filter", &["Framework :: Django"]),
        ("Flask-Login", &["Framework :: Flask"]),
    ] {
        for version in ["1.0", "2.0"] {
            let release = ReleaseSpec::new()
                .classifiers(classifiers.iter().copied())
                .summary(&format!("{name}: a rest api and forms"));
            pypi.publish(name, version, &release);
        }
    }
}

fn run(page: &str) {
    if typesense_or_skip().is_none() {
        return;
    }
    let pypi = FakePyPi::start().expect("a fake registry");
    populate(&pypi);
    let typesense = TypesenseServer::start_own().expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    let port = typesense.port().to_string();
    let settings = [
        ("TYPESENSE_HOST", "127.0.0.1"),
        ("TYPESENSE_PORT", &port),
        ("TYPESENSE_API_KEY", typesense.api_key()),
        ("PYPI_BASE_URL", &pypi.base_url()),
        // Nobody answers there; the projects name no repository that it would be asked for.
        ("GITHUB_API_URL", "http://127.0.0.1:9"),
    ];
    let lines: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    fs_err::write(folder.path().join(".env"), lines.concat()).expect("settings");
    let programs = Path::new(env!("CARGO_BIN_EXE_pyfa"))
        .parent()
        .expect("a folder");
    let path =
        std::env::join_paths([programs, Path::new("/usr/bin"), Path::new("/bin")]).expect("a path");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs_err::read_to_string(root.join(page)).expect(page);
    let blocks = blocks(&text);
    assert!(!blocks.is_empty(), "{page} shows nothing that can be run");
    for (line, block) in blocks {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &block])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", &path)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        assert!(
            output.status.success(),
            "{page}:{line} ended with {}:\n{block}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn the_readme() {
    run("README.md");
}

#[test]
fn the_workflows() {
    run("docs/workflows.md");
}

#[test]
fn the_front_ends() {
    run("docs/frontends.md");
}
