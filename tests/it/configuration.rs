//! Layers over each other; [`reference`] holds what is written about them equal to the code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod reference;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use pyfa::config::{Config, ExplainedSetting, Sources};
use tempfile::TempDir;

/// A working directory of its own, and the layers that are not files.
struct Case {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    flags: BTreeMap<String, String>,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Self {
            folder,
            environment: BTreeMap::new(),
            flags: BTreeMap::new(),
        };
        case.file(".env", "")
    }

    fn file(self, name: &str, text: &str) -> Self {
        let file = self.folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.insert(name.to_owned(), value.to_owned());
        self
    }

    fn sources(&self) -> Sources {
        Sources {
            working_dir: self.folder.path().to_owned(),
            environment: self.environment.clone(),
            flags: self.flags.clone(),
        }
    }

    fn load(&self) -> Config {
        Config::load(&self.sources()).unwrap()
    }

    fn error(&self) -> String {
        Config::load(&self.sources()).unwrap_err().to_string()
    }

    /// Value and source of one setting.
    fn explained(&self, name: &str) -> (String, String) {
        let config = self.load();
        let ExplainedSetting { value, source, .. } = config
            .explain()
            .iter()
            .find(|setting| setting.name == name)
            .unwrap();
        (value.clone().unwrap_or_default(), source.clone())
    }
}

#[test]
fn defaults_stand_where_nothing_is_set() {
    let case = Case::new();
    let config = case.load();
    assert!(config.typesense.is_none());
    assert_eq!(config.pypi.base_url.as_str(), "https://pypi.org/");
    assert_eq!((config.pypi.max_workers, config.pypi.max_retries), (16, 3));
    assert_eq!(
        (config.pypi.max_rps, config.pypi.batch_size),
        (Some(10.0), 500)
    );
    assert!((config.pypi.retry_backoff - 2.0).abs() < f64::EPSILON);
    assert!(config.github.token.is_none());
    assert_eq!(config.github.cool_off, Duration::from_millis(750));
    assert_eq!(config.github.api_url.as_str(), "https://api.github.com/");
    assert!((config.github.quota_share - 0.9).abs() < f64::EPSILON);
    assert_eq!(config.home, case.folder.path().join(".pyfa"));
    assert_eq!(config.cache_limit, 5_000_000_000);
    assert_eq!((config.profiles_dir, config.default_profile), (None, None));
    assert_eq!(
        case.explained("PYPI_MAX_WORKERS"),
        ("16".to_owned(), "default".to_owned())
    );
    assert_eq!(
        case.explained("PYPI_MAX_RPS"),
        ("10".to_owned(), "default".to_owned())
    );
    assert_eq!(
        case.explained("TYPESENSE_HOST"),
        (String::new(), "not set".to_owned())
    );
}

#[test]
fn later_layers_win_and_empty_values_do_not_count() {
    let name = "PYPI_MAX_WORKERS";
    let mut case = Case::new();
    let mut sources = vec![case.explained(name)];
    case = case.file("pyfa.toml", "[pypi]\n\nmax_workers = 2\n");
    sources.push(case.explained(name));
    case = case.file(".env", "\nOTHER=1\nexport PYPI_MAX_WORKERS = 3 # few\n");
    sources.push(case.explained(name));
    case = case.environment(name, "4");
    sources.push(case.explained(name));
    case = case.flag(name, "5");
    sources.push(case.explained(name));
    assert_eq!(case.load().pypi.max_workers, 5);
    let expected = [
        ("16", "default"),
        ("2", "pyfa.toml line 3"),
        ("3", ".env line 3"),
        ("4", "the environment"),
        ("5", "the command line"),
    ];
    assert_eq!(
        sources,
        expected.map(|(value, source)| (value.to_owned(), source.to_owned()))
    );

    let case = case
        .flag(name, "")
        .environment(name, " ")
        .file(".env", "PYPI_MAX_WORKERS=''\n");
    assert_eq!(case.load().pypi.max_workers, 2);
    let case = case.file("pyfa.toml", "[pypi]\nmax_workers = \"\"\n");
    assert_eq!(case.load().pypi.max_workers, 16);
}

#[test]
fn only_the_public_registry_has_a_default_rate() {
    let rate = |pairs: &[(&str, &str)]| {
        let case = pairs.iter().fold(Case::new(), |case, (name, value)| {
            case.environment(name, value)
        });
        case.load().pypi.max_rps
    };
    let elsewhere = ("PYPI_BASE_URL", "https://packages.example.org/root");
    assert_eq!(rate(&[elsewhere]), None);
    assert_eq!(rate(&[elsewhere, ("PYPI_MAX_RPS", "2.5")]), Some(2.5));
    assert_eq!(rate(&[("PYPI_MAX_RPS", "2.5")]), Some(2.5));
    assert_eq!(rate(&[("PYPI_MAX_RPS", "0")]), None);
}

#[test]
fn the_pause_between_calls_to_github_has_two_names() {
    let pause = |pairs: &[(&str, &str)]| {
        let case = pairs.iter().fold(Case::new(), |case, (name, value)| {
            case.environment(name, value)
        });
        case.load().github.cool_off
    };
    let other = ("GITHUB_REQUEST_DELAY", "2");
    assert_eq!(pause(&[other]), Duration::from_secs(2));
    assert_eq!(
        pause(&[other, ("GITHUB_COOLOFFTIME", "")]),
        Duration::from_secs(2)
    );
    let cool_off = ("GITHUB_COOLOFFTIME", "0.5");
    assert_eq!(pause(&[other, cool_off]), Duration::from_millis(500));
}

#[test]
fn a_server_or_a_cluster_is_described() {
    let case = Case::new().environment("TYPESENSE_HOST", "localhost");
    let message = case.error();
    assert!(
        message.contains("TYPESENSE_HOST is set in the environment"),
        "{message}"
    );
    assert!(message.contains("TYPESENSE_API_KEY is not"), "{message}");

    let case = case
        .environment("TYPESENSE_API_KEY", "secret")
        .environment("TYPESENSE_TIMEOUT", "2.5");
    let typesense = case.load().typesense.unwrap();
    assert_eq!(typesense.nodes[0].as_str(), "http://localhost:8108/");
    assert_eq!(typesense.timeout, Duration::from_millis(2_500));

    let case = case.environment("TYPESENSE_NODES", "a:1:http, https://b.example.org");
    let nodes = case.load().typesense.unwrap().nodes;
    let nodes: Vec<_> = nodes.iter().map(url::Url::as_str).collect();
    assert_eq!(nodes, ["http://a:1/", "https://b.example.org/"]);

    let toml = "[typesense]\napi_key = \"k\"\nnodes = [\"a:1:http\", \"b:2:https\"]\n";
    assert_eq!(
        Case::new()
            .file("pyfa.toml", toml)
            .load()
            .typesense
            .unwrap()
            .nodes
            .len(),
        2
    );
}

#[test]
fn wrong_values_name_the_setting_and_its_place() {
    let name = "PYPI_MAX_WORKERS";
    let error = |case: Case| case.error();
    assert_eq!(
        error(Case::new().file(".env", "# one\nA=1\n\nPYPI_MAX_WORKERS=abc\n")),
        "PYPI_MAX_WORKERS from .env line 4: \"abc\" is not a whole number"
    );
    assert_eq!(
        error(Case::new().file("pyfa.toml", "[pypi]\nmax_workers = true\n")),
        "pypi.max_workers from pyfa.toml line 2: \"true\" is not a whole number"
    );
    assert_eq!(
        error(Case::new().environment(name, "0")),
        "PYPI_MAX_WORKERS from the environment: \"0\" is not between 1 and 1000"
    );
    assert_eq!(
        error(Case::new().flag("PYFA_CACHE_LIMIT", "5XB")),
        "PYFA_CACHE_LIMIT from the command line: \"5XB\" is not a size; \
         write a number of bytes, or use a unit as in `5GB`"
    );
    let shown = error(Case::new().environment(name, &"9".repeat(100_000)));
    assert!(shown.len() < 400, "{shown}");
}

#[test]
fn unknown_keys_of_the_file_name_the_nearest() {
    for (text, line, key, nearest) in [
        (
            "[pypi]\nmax_worker = 3\n",
            2,
            "pypi.max_worker",
            "pypi.max_workers",
        ),
        ("hoem = \"x\"\n", 1, "hoem", "home"),
        ("host = \"x\"\n", 1, "host", "typesense.host"),
        ("\nPYPI_MAX_RPS = 3\n", 2, "PYPI_MAX_RPS", "pypi.max_rps"),
        (
            "\n\n[typsense.x]\nhost = \"x\"\n",
            3,
            "typsense",
            "typesense",
        ),
        ("[pypi.more]\nx = 1\n", 1, "pypi.more", "pypi.max_rps"),
    ] {
        let message = Case::new().file("pyfa.toml", text).error();
        let expected =
            format!("pyfa.toml line {line}: unknown key \"{key}\"; the nearest is `{nearest}`");
        assert_eq!(message, expected);
    }
    for (text, expected) in [
        (
            "[pypi]\nmax_workers = [3]\n",
            "pyfa.toml line 2: `pypi.max_workers` takes a single value",
        ),
        ("home = 1\nhome = 2\n", "pyfa.toml line 2: duplicate key"),
        ("[typesense]\nhost = \"a\n", "pyfa.toml line 2: "),
    ] {
        let message = Case::new().file("pyfa.toml", text).error();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_foreign_or_broken_env_file_is_taken_as_it_is() {
    let case = Case::new().file(
        ".env",
        "\u{feff}PYPI_MAX_WORKERS=2\nFOREIGN=a b c\nNOT A LINE\nPYPI_MAX_WORKERS=7\nPYPI_MAX_WORKERS=\nPYPI_UNKNOWN=x\n",
    );
    assert_eq!(
        case.explained("PYPI_MAX_WORKERS"),
        ("7".to_owned(), ".env line 4".to_owned())
    );

    let message = Case::new()
        .file(".env", "\nGITHUB_TOKEN=hush hush\n")
        .error();
    assert!(
        message.starts_with(".env line 2: GITHUB_TOKEN cannot be read"),
        "{message}"
    );
    assert!(!message.contains("hush"), "{message}");

    // So is a broken line after a good one, and a last line without its end is no fault.
    let case = Case::new().file(".env", "PYPI_MAX_WORKERS=2\nPYPI_MAX_WORKERS=3 4\n");
    assert!(
        case.error()
            .starts_with(".env line 2: PYPI_MAX_WORKERS cannot be read")
    );
    assert_eq!(
        Case::new()
            .file(".env", "PYPI_MAX_WORKERS=2 ")
            .load()
            .pypi
            .max_workers,
        2
    );

    // An open quote swallows the lines below it, our setting among them.
    let message = Case::new()
        .file(".env", "NOTE=it's\nGITHUB_TOKEN=hush\n")
        .error();
    assert!(
        message.starts_with(".env line 2: GITHUB_TOKEN cannot be read"),
        "{message}"
    );
}

#[test]
fn the_env_file_of_a_folder_above_counts() {
    let mut sources = Case::new().file(".env", "").sources();
    let case = Case::new()
        .file(".env", "PYPI_MAX_WORKERS=3\n")
        .file("a/b/here", "");
    sources.working_dir = case.folder.path().join("a/b");
    assert_eq!(Config::load(&sources).unwrap().pypi.max_workers, 3);
}

#[test]
fn the_file_may_be_named() {
    let case = Case::new().file("other.toml", "default_profile = \"flask\"\n");
    for case in [Case::new(), Case::new().environment("PYFA_CONFIG", "")] {
        assert_eq!(case.load().default_profile, None);
    }
    let case = case.environment("PYFA_CONFIG", "other.toml");
    assert_eq!(case.load().default_profile.as_deref(), Some("flask"));
    assert_eq!(case.explained("DEFAULT_PROFILE").1, "other.toml line 1");
    let message = case.environment("PYFA_CONFIG", "missing.toml").error();
    assert!(message.contains("missing.toml"), "{message}");
}

#[test]
fn paths_start_at_the_working_directory_or_at_home() {
    let case = Case::new()
        .environment("HOME", "/home/someone")
        .environment("PYFA_HOME", "~/pyfa")
        .environment("PROFILES_DIR", "own");
    let config = case.load();
    assert_eq!(config.home, PathBuf::from("/home/someone/pyfa"));
    assert_eq!(config.profiles_dir.unwrap(), case.folder.path().join("own"));
}

#[test]
fn secrets_are_never_shown() {
    let case = Case::new()
        .environment("TYPESENSE_HOST", "localhost")
        .environment("TYPESENSE_API_KEY", "hush")
        .environment("GITHUB_TOKEN", "hush")
        .environment("PYPI_BASE_URL", "https://user:hush@packages.example.org/");
    let config = case.load();
    assert!(!format!("{config:?}").contains("SecretString(\"hush"));
    for setting in config.explain() {
        assert!(
            !setting
                .value
                .as_deref()
                .unwrap_or_default()
                .contains("hush"),
            "{setting:?}"
        );
    }
    assert_eq!(
        case.explained("GITHUB_TOKEN"),
        ("***".to_owned(), "the environment".to_owned())
    );
    assert_eq!(
        case.explained("PYPI_BASE_URL").0,
        "https://***@packages.example.org/"
    );
    let message = Case::new()
        .environment("PYPI_BASE_URL", "ftp://user:hush@a.org")
        .error();
    assert!(!message.contains("hush"), "{message}");
}
