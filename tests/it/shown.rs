//! What README and documentation show is run as a reader would: every block whose fence says
//! `sh run`, in the order of the page, in one shell and one folder, against one server; and the
//! JavaScript of the front ends.

use std::path::Path;
use std::process::{Command, Stdio};

use pyfa_testkit::javascript::clients_or_skip;
use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};

/// The blocks of a page with this fence: the number of the first line, and the text.
fn blocks(page: &str, fence: &str) -> Vec<(usize, String)> {
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
        } else if line == fence {
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

/// What a reader has before the first line: a server, a registry, a folder with settings.
struct Reader {
    _pypi: FakePyPi,
    typesense: TypesenseServer,
    folder: tempfile::TempDir,
}

impl Reader {
    fn new() -> Option<Self> {
        typesense_or_skip()?;
        let pypi = FakePyPi::start().expect("a fake registry");
        populate(&pypi);
        let typesense = TypesenseServer::start_own().expect("a server");
        let folder = tempfile::tempdir().expect("a folder");
        // Nobody answers for GitHub; the projects name no repository that it would be asked for.
        let settings = format!(
            "TYPESENSE_HOST=127.0.0.1\nTYPESENSE_PORT={}\nTYPESENSE_API_KEY={}\n\
             PYPI_BASE_URL={}\nGITHUB_API_URL=http://127.0.0.1:9\n",
            typesense.port(),
            typesense.api_key(),
            pypi.base_url()
        );
        fs_err::write(folder.path().join(".env"), settings).expect("settings");
        Some(Self {
            _pypi: pypi,
            typesense,
            folder,
        })
    }

    /// Runs a script of `bash` or `node`; gives what it prints.
    fn run(&self, program: &mut Command) -> String {
        let programs = Path::new(env!("CARGO_BIN_EXE_pyfa")).parent();
        let usual = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
        let path = std::env::join_paths(programs.into_iter().chain(usual));
        let output = program
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path.expect("a path"))
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "it ended with {}:\n{}\n{said}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }

    fn shell(&self, script: &str) -> String {
        self.run(Command::new("bash").args(["-euo", "pipefail", "-c", script]))
    }
}

fn page(path: &str) -> String {
    fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// Runs the blocks of a page, at least `least` of them, after `before`.
fn run(path: &str, before: &str, least: usize) {
    let Some(reader) = Reader::new() else { return };
    let blocks = blocks(&page(path), "```sh run");
    assert!(
        blocks.len() >= least,
        "{path} shows too little that can be run"
    );
    let mut script = format!("{before}\n");
    for (line, block) in blocks {
        script.extend([
            "echo '--- ",
            path,
            ":",
            &line.to_string(),
            "' >&2\n",
            &block,
        ]);
    }
    reader.shell(&script);
}

#[test]
fn the_readme() {
    run("README.md", "", 4);
}

#[test]
fn the_fetching() {
    run("docs/fetching.md", "", 4);
}

#[test]
fn the_workflows() {
    run("docs/workflows.md", "", 4);
}

#[test]
fn the_jobs() {
    run("docs/jobs.md", "", 1);
}

#[test]
fn the_api() {
    run("docs/api.md", "", 7);
}

#[test]
fn the_shapes_of_git_o_matic() {
    run("docs/git-o-matic.md", "", 2);
}

#[test]
fn the_activity() {
    print_what_the_page_says("docs/activity.md");
}

#[test]
fn the_board() {
    print_what_the_page_says("docs/board.md");
}

#[test]
fn the_archive() {
    if pyfa_testkit::github::schema_or_skip().is_none() {
        return;
    }
    let github = crate::archive::busy(30).expect("a fake GitHub");
    let settings = [
        ("GITHUB_API_URL", github.base_url()),
        ("GITHUB_TOKEN", crate::archive::TOKEN.to_owned()),
        ("GITHUB_COOLOFFTIME", "0".to_owned()),
    ];
    print_with("docs/archive.md", &settings);
}

#[test]
fn the_discovery() {
    print_what_the_page_says("docs/discovery.md");
}

/// Runs commands that need neither server nor network, and print what the page says, at another time.
fn print_what_the_page_says(path: &str) {
    // Nobody answers there.
    print_with(
        path,
        &[("GITHUB_API_URL", "http://127.0.0.1:9/".to_owned())],
    );
}

/// The same with settings.
fn print_with(path: &str, settings: &[(&str, String)]) {
    let times = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d").expect("a pattern");
    let home = tempfile::tempdir().expect("a folder");
    let page = page(path);
    let shown = blocks(&page, "```text");
    let commands = blocks(&page, "```sh run");
    assert!(commands.len() > 1 && shown.len() == commands.len());
    for ((line, command), (_, shown)) in commands.iter().zip(&shown) {
        let programs = Path::new(env!("CARGO_BIN_EXE_pyfa")).parent();
        let usual = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
        let path = std::env::join_paths(programs.into_iter().chain(usual));
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", command])
            .current_dir(home.path())
            .env_clear()
            .env("PATH", path.expect("a path"))
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let said = times.replace_all(&said, "TIME");
        let shown = times.replace_all(shown, "TIME");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "line {line}: {said}{errors}");
        assert_eq!(said, shown, "line {line}: {errors}");
    }
}

#[test]
fn the_front_ends() {
    run("docs/frontends.md", "pyfaggregator -f -p plone", 4);
}

#[test]
fn the_javascript() {
    let Some(clients) = clients_or_skip() else {
        return;
    };
    let Some(reader) = Reader::new() else { return };
    reader.shell("pyfaggregator -f -p plone");
    let made = reader.shell("pyfupdater --add-search-only-apikey -p plone --format json");
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let key = made["value"].as_str().expect("a value");
    let modules = reader.folder.path().join("node_modules");
    std::os::unix::fs::symlink(clients.join("node_modules"), modules).expect("a link");
    let page = page("docs/frontends.md");
    let [client, widgets] = &blocks(&page, "```js")[..] else {
        panic!("the page shows two programs");
    };
    // A page has a search box; the test types for it. Widgets need a browser, their adapter does not.
    let client = format!(
        "const words = 'rest';\n{}console.log(answer.found);\n",
        client.1
    );
    let (adapter, _) = widgets.1.split_once("const search =").expect("an adapter");
    let lines = adapter.lines();
    let lines: Vec<&str> = lines
        .filter(|line| !line.contains("from \"instantsearch.js"))
        .collect();
    let adapter = lines.join("\n")
        + "const asked = [{indexName: 'plone', params: {query: 'rest', \
           filters: 'is_latest:=true', facets: ['framework_versions'], \
           facetFilters: [['framework_versions:Plone 6.0']]}}];\n\
           const answer = await adapter.searchClient.search(asked);\n\
           console.log(answer.results[0].nbHits);\n";
    for program in [client, adapter] {
        let program = program
            .replace("the search-only key", key)
            .replace("localhost", "127.0.0.1")
            .replace("8108", &reader.typesense.port().to_string());
        let file = reader.folder.path().join("try.mjs");
        fs_err::write(&file, &program).expect("a file");
        let bundler = clients.join("node_modules/.bin/esbuild");
        let flags = [
            "--bundle",
            "--platform=node",
            "--format=esm",
            "--outfile=bundle.mjs",
            "--banner:js=import { createRequire } from 'module'; \
             const require = createRequire(import.meta.url);",
        ];
        reader.run(Command::new(bundler).arg(&file).args(flags));
        let found = reader.run(Command::new("node").arg("bundle.mjs"));
        // Each package says that it has a rest api; one document stands for each.
        assert_eq!(found.trim(), "4", "{program}");
    }
}
