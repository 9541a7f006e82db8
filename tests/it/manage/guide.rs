//! The commands of the workflow guide that do not concern GitHub, in its order, on a server of
//! their own, with the state after each.

use std::process::Command;

use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};

use crate::support::{Outcome, client, documents, outcome, wait};

struct Guide {
    pypi: FakePyPi,
    typesense: TypesenseServer,
    folder: tempfile::TempDir,
}

impl Guide {
    /// One line of the guide.
    fn run(&self, line: &str) -> Outcome {
        let mut words = line.split(' ');
        let program = match words.next() {
            Some("pyfaggregator") => env!("CARGO_BIN_EXE_pyfaggregator"),
            Some("pyfupdater") => env!("CARGO_BIN_EXE_pyfupdater"),
            other => panic!("no program of ours: {other:?}"),
        };
        outcome(
            Command::new(program)
                .args(words.map(|word| word.replace('_', " ")))
                .current_dir(self.folder.path())
                .env_clear()
                .env("TYPESENSE_HOST", "127.0.0.1")
                .env("TYPESENSE_PORT", self.typesense.port().to_string())
                .env("TYPESENSE_API_KEY", self.typesense.api_key())
                .env("PYPI_BASE_URL", self.pypi.base_url())
                .stdin(std::process::Stdio::null()),
        )
    }

    /// Name, collection and number of documents of every alias.
    fn aliases(&self) -> Vec<String> {
        let search = client(&self.typesense.url(), self.typesense.api_key());
        let mut aliases: Vec<String> = wait(search.list_aliases())
            .expect("aliases")
            .into_iter()
            .map(|alias| {
                let count = documents(&search, &alias.name).len();
                format!("{} {} {count}", alias.name, alias.collection_name)
            })
            .collect();
        aliases.sort();
        aliases
    }

    fn names(&self) -> Vec<String> {
        let listed = self.run("pyfupdater -lsn").exits(0);
        listed.stdout.lines().map(str::to_owned).collect()
    }
}

fn of(classifier: &str) -> ReleaseSpec {
    ReleaseSpec::new().classifiers([classifier])
}

#[test]
fn every_command_in_order() {
    if typesense_or_skip().is_none() {
        return;
    }
    let guide = Guide {
        pypi: FakePyPi::start().expect("a fake registry"),
        typesense: TypesenseServer::start_own().expect("a server"),
        folder: tempfile::tempdir().expect("a folder"),
    };
    for (name, classifier) in [
        ("plone.api", "Framework :: Plone"),
        ("plone.restapi", "Framework :: Plone :: 6.0"),
        ("django-filter", "Framework :: Django"),
        ("flask-login", "Framework :: Flask"),
    ] {
        guide.pypi.publish(name, "1.0", &of(classifier));
        guide.pypi.publish(name, "2.0", &of(classifier));
    }

    fetching(&guide);
    setting_up(&guide);
    versioning(&guide);
}

fn fetching(guide: &Guide) {
    for framework in ["plone", "django", "flask"] {
        guide
            .run(&format!("pyfaggregator -f -p {framework}"))
            .exits(0);
    }
    assert_eq!(guide.names(), ["django", "flask", "plone"]);
    guide.run("pyfaggregator -f -p plone -l 100").exits(0);
    guide
        .run("pyfaggregator -f -ft Framework_::_Plone -ft Framework_::_Plone_::_6.0 -t packages1")
        .exits(0);
    guide.run("pyfaggregator -i -p plone").exits(0);
    guide
        .run("pyfaggregator -i -p django -s .django.since")
        .exits(0);
    guide
        .run("pyfaggregator -i -ft Framework_::_Plone -t packages1 -s .plone.since")
        .exits(0);
    let initial = [
        "django django-1 2",
        "flask flask-1 2",
        "packages1 packages1-1 4",
        "plone plone-1 4",
    ];
    assert_eq!(guide.aliases(), initial);
}

fn setting_up(guide: &Guide) {
    for framework in ["django", "flask", "plone"] {
        let made = guide
            .run(&format!(
                "pyfupdater --add-search-only-apikey -p {framework}"
            ))
            .exits(0);
        assert!(
            made.stdout.contains(&format!("{framework}(-[0-9]+)?")),
            "{}",
            made.stdout
        );
    }
    let keys = guide.run("pyfupdater -lssoa").exits(0).stdout;
    assert_eq!(keys.lines().count(), 4, "{keys}");

    let listed = guide.run("pyfupdater -ls").exits(0).stdout;
    let plone = listed
        .lines()
        .find(|line| line.starts_with("plone-1"))
        .expect("a line");
    let cells: Vec<&str> = plone.split_whitespace().take(5).collect();
    assert_eq!(cells, ["plone-1", "plone", "4", "2", "4"], "{listed}");

    let copied = guide
        .run("pyfupdater --migrate -s django -t django-v1")
        .exits(0);
    assert_eq!(
        copied.stdout,
        "`django-1` and `django-v1` hold the same 2 documents\n"
    );
    let made = guide
        .run("pyfupdater --add-alias -s django-current -t django")
        .exits(0);
    assert_eq!(
        made.stdout,
        "`django-current` points at `django-1` (2 documents); it is new\n"
    );
    assert_eq!(
        guide.names(),
        [
            "django",
            "django-current",
            "django-v1",
            "flask",
            "packages1",
            "plone"
        ]
    );
}

fn versioning(guide: &Guide) {
    guide
        .run("pyfaggregator -f -p plone -l 50 -t plone-test")
        .exits(0);
    guide
        .run("pyfupdater --delete-collection plone-test-1 -f")
        .exits(0);
    guide
        .run("pyfupdater --delete-alias plone-test -f")
        .exits(0);

    guide.run("pyfaggregator -f -p plone -t plone-v2").exits(0);
    let moved = guide
        .run("pyfupdater --add-alias -s plone -t plone-v2")
        .exits(0);
    assert_eq!(
        moved.stdout,
        "`plone` points at `plone-v2-1` (4 documents); before, it pointed at `plone-1` (4 \
         documents)\n"
    );
    assert_eq!(
        guide.aliases(),
        [
            "django django-1 2",
            "django-current django-1 2",
            "flask flask-1 2",
            "packages1 packages1-1 4",
            "plone plone-v2-1 4",
            "plone-v2 plone-v2-1 4",
        ]
    );
    guide.run("pyfaggregator -i -p plone").exits(0);
    guide
        .run("pyfupdater --delete-collection plone-1 -f")
        .exits(0);
    assert_eq!(
        guide.names(),
        [
            "django",
            "django-current",
            "django-v1",
            "flask",
            "packages1",
            "plone",
            "plone-v2"
        ]
    );
}
