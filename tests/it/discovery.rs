//! How a run finds its projects: `browse`, the index, what the ledger knows already; and how the
//! collection orders versions.

use std::collections::BTreeSet;

use pyfa::profile::Rules;
use serde_json::json;

use crate::support::{World, wait};
use pyfa_testkit::pypi::{FakePyPi, Fault, GeneratedRegistry, On, ReleaseSpec, RequestKind};

/// 1,000 projects, 19 of which match with four releases each.
fn thousand() -> Option<World> {
    World::new(FakePyPi::generated(GeneratedRegistry::of(1_000)).expect("a fake registry"))
}

/// A profile `short` of the user's own, whose older releases carry no long text.
fn without_old_texts(world: &World) {
    let folder = world.home.path().join("profiles");
    fs_err::create_dir(&folder).expect("a folder");
    let profile = "name = \"Short\"\ndescription = \"Plone in few words.\"\n\
                   classifiers = [\"Framework :: Plone\"]\nhistory_text = \"latest\"\n";
    fs_err::write(folder.join("short.toml"), profile).expect("a profile");
    fs_err::write(world.home.path().join(".env"), "PROFILES_DIR=profiles\n").expect("settings");
}

fn plone() -> ReleaseSpec {
    ReleaseSpec::new().classifiers(["Framework :: Plone", "Framework :: Plone :: 6.1"])
}

#[test]
fn browse_spares_the_scan_and_every_answer_is_verified() {
    let Some(world) = thousand() else { return };
    // It carried the classifier once, and does no more.
    world.pypi.publish("left.behind", "1.0", &plone());
    world
        .pypi
        .publish("left.behind", "2.0", &ReleaseSpec::new());
    let first = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert!(first.requests("browse") > 1, "{}", first.report);
    assert_eq!(first.requests("project"), 20, "{}", first.report);
    assert_eq!(first.number("projects.matched"), 19);
    assert_eq!(world.ids().len(), 76);

    // The baseline stands for all that was not named: only what moves is read from now on.
    world.pypi.publish("new.addon", "1.0", &plone());
    world.pypi.publish("new.other", "1.0", &ReleaseSpec::new());
    let second = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(
        (second.requests("browse"), second.requests("project")),
        (0, 2)
    );
    assert_eq!(world.ids().len(), 77);
}

/// The program's list of classifiers ends before this one.
const UNLISTED: &str = "Framework :: Plone :: 9.9";

fn with(classifiers: &[&'static str]) -> ReleaseSpec {
    ReleaseSpec::new().classifiers(classifiers.iter().copied())
}

#[test]
fn classifiers_newer_than_the_program_are_found_by_the_first_run() {
    let Some(world) = thousand() else { return };
    let further = "Framework :: Plone :: 12.3 :: Beta";
    for (name, classifiers) in [
        ("new.both", &["Framework :: Plone", UNLISTED][..]),
        ("new.only", &[UNLISTED]),
        ("old.only", &["Framework :: Plone :: 6.0"]),
        // What one leads to leads to the next.
        ("next.both", &[UNLISTED, further]),
        ("next.only", &[further]),
        ("other.only", &["Framework :: Django :: 99.9"]),
    ] {
        world.pypi.publish(name, "1.0", &with(classifiers));
    }
    let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(run.number("projects.matched"), 24, "{}", run.report);
    assert_eq!(run.requests("project"), 24, "{}", run.report);
    assert!(run.requests("browse") < 40, "{}", run.report);
    let ids = world.ids();
    for id in [
        "new.both-1.0",
        "new.only-1.0",
        "old.only-1.0",
        "next.only-1.0",
    ] {
        assert!(ids.iter().any(|held| held == id), "{id}");
    }
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("list of classifiers is old"), "{notes}");
    assert!(
        notes.contains(UNLISTED) && notes.contains(further),
        "{notes}"
    );
    assert!(!run.report["mark"].is_null(), "{}", run.report);
    // A run with nothing to do asks nobody.
    let again = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(
        (again.requests("browse"), again.requests("project")),
        (0, 0)
    );
}

/// A question that is not answered leaves the collection unclaimed: the next run asks again.
#[test]
fn a_newer_classifier_that_is_not_answered_is_asked_for_again() {
    let Some(world) = thousand() else { return };
    let both = with(&["Framework :: Plone", UNLISTED]);
    world.pypi.publish("new.both", "1.0", &both);
    world.pypi.publish("new.only", "1.0", &with(&[UNLISTED]));
    world.pypi.fail(
        On::Classifier(UNLISTED.to_owned()),
        Fault::XmlRpcFault("slow down".to_owned()),
    );
    let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(run.number("projects.matched"), 20, "{}", run.report);
    assert!(run.report["mark"].is_null(), "{}", run.report);
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("the next one asks again"), "{notes}");
    world.pypi.clear_faults();
    let run = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(run.number("projects.matched"), 1, "{}", run.report);
    assert_eq!(run.requests("project"), 1, "{}", run.report);
    assert!(!run.report["mark"].is_null(), "{}", run.report);
    assert!(world.ids().iter().any(|id| id == "new.only-1.0"));
}

#[test]
fn plausible_next_versions_are_asked_for_without_a_hint() {
    let Some(world) = thousand() else { return };
    let rules = Rules::from_classifiers(&["Framework :: Plone".to_owned()]);
    let next = rules.next_versions(&BTreeSet::new());
    assert_eq!(next.len(), 2, "{next:?}");
    for (number, classifier) in next.iter().enumerate() {
        let spec = ReleaseSpec::new().classifiers([classifier.as_str()]);
        world.pypi.publish(&format!("next.n{number}"), "1.0", &spec);
    }
    let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(run.number("projects.matched"), 21, "{}", run.report);
    let notes = run.report["notes"].to_string();
    assert!(next.iter().all(|it| notes.contains(it)), "{notes}");
}

#[test]
fn what_another_profile_has_read_is_asked_for_at_once() {
    let Some(world) = thousand() else { return };
    world
        .pypi
        .publish("new.both", "1.0", &with(&["Framework :: Flask", UNLISTED]));
    world.pypi.publish("new.only", "1.0", &with(&[UNLISTED]));
    let flask = world.beside();
    let words = ["pypi", "-f", "-p", "flask", "-t", &flask.target];
    world.run(&words).exits(0);
    let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(run.number("projects.matched"), 21, "{}", run.report);
    assert_eq!(run.requests("project"), 21, "{}", run.report);
    assert!(world.ids().iter().any(|id| id == "new.only-1.0"));
}

#[test]
fn an_old_list_of_classifiers_is_noticed_online() {
    let Some(world) = thousand() else { return };
    let check = ["profiles", "check", "--online", "--format", "json"];
    let current = world.run(&check).exits(0);
    assert_eq!(current.report, json!([]), "{}", current.stdout);
    world
        .pypi
        .publish("new.both", "1.0", &with(&["Framework :: Plone", UNLISTED]));
    let next = "Framework :: Plone :: 9.10";
    world.pypi.publish("new.next", "1.0", &with(&[next]));
    let old = world.run(&check).exits(0);
    let messages = old.report.to_string();
    assert_eq!(old.report.as_array().map(Vec::len), Some(2), "{messages}");
    for classifier in [UNLISTED, next] {
        assert!(
            messages.contains(&format!("\\\"{classifier}\\\"")),
            "{messages}"
        );
    }
    let text = world.run(&["profiles", "check", "--online"]).exits(0);
    assert!(
        text.stdout.contains("list of classifiers is old"),
        "{}",
        text.stdout
    );
    // Without an answer nothing is claimed.
    world
        .pypi
        .fail(On::Kind(RequestKind::Browse), Fault::Status(403));
    let failed = world.run(&check).exits(1);
    assert!(failed.stderr.contains("classifier"), "{}", failed.stderr);
    world.run(&["profiles", "check"]).exits(0);
}

#[test]
fn an_answer_of_browse_that_cannot_be_believed_leads_to_the_index() {
    let foreign = (0..50)
        .map(|number| (format!("nobody-{number}"), "1.0".to_owned()))
        .collect();
    let answers = [
        Fault::BrowseAnswers(Vec::new()),
        Fault::BrowseAnswers(foreign),
        Fault::XmlRpcFault("unknown method".to_owned()),
        Fault::Status(403),
    ];
    for answer in answers {
        let Some(world) = thousand() else { return };
        world.pypi.fail(On::Kind(RequestKind::Browse), answer);
        let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
        assert_eq!(run.requests("project"), 1_000, "{}", run.report);
        assert_eq!(world.ids().len(), 76);
        assert!(
            run.stderr
                .contains("every project of the index is read instead"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn who_insists_on_an_odd_answer_gets_no_mark() {
    let Some(world) = thousand() else { return };
    world.pypi.fail(
        On::Kind(RequestKind::Browse),
        Fault::BrowseAnswers(Vec::new()),
    );
    let run = world
        .pypi(&["-f", "-p", "plone", "--discovery", "browse"])
        .exits(0);
    assert_eq!(run.report["mark"], json!(null));
    assert!(!world.since_file().exists());
    world.pypi.clear_faults();
    world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(world.ids().len(), 76);
}

#[test]
fn a_second_profile_needs_no_second_scan() {
    let Some(world) = World::recorded() else {
        return;
    };
    world
        .pypi(&[
            "-f",
            "-p",
            "plone",
            "--discovery",
            "simple",
            "--versions",
            "latest",
        ])
        .exits(0);
    let other = world.typesense.unique_name("django");
    let words = [
        "pypi",
        "-f",
        "-p",
        "django",
        "-t",
        &other,
        "--format",
        "json",
        "--discovery",
        "simple",
        "--versions",
        "latest",
    ];
    let second = world.run(&words).exits(0);
    // Three of ten match; what does not is known from the first scan.
    assert_eq!(second.requests("project"), 3, "{}", second.report);
    assert_eq!(second.number("projects.matched"), 3);
}

#[test]
fn a_limit_means_matching_projects_and_a_name_filter_narrows() {
    let Some(world) = World::recorded() else {
        return;
    };
    let run = world
        .pypi(&["-f", "-p", "plone", "-l", "2", "--versions", "latest"])
        .exits(0);
    assert_eq!(run.number("projects.matched"), 2);
    assert_eq!(run.report["mark"], json!(null));
    // The same command asks for the same two.
    let again = world.pypi(&["-f", "-p", "plone", "-l", "2"]).exits(0);
    assert_eq!(again.number("projects.matched"), 0);
    let named = world
        .pypi(&["-f", "-p", "plone", "-fn", "restapi"])
        .exits(0);
    assert_eq!(named.number("projects.seen"), 1);
    assert!(world.ids().iter().any(|id| id == "plone.restapi-10.0.4"));
}

#[test]
fn the_server_sorts_versions_as_pep_440_does() {
    let Some(world) = World::recorded() else {
        return;
    };
    without_old_texts(&world);
    world
        .pypi(&["-f", "-p", "short", "-fn", "plone.restapi"])
        .exits(0);
    let mut expected: Vec<(pep440_rs::Version, String)> = world
        .documents()
        .values()
        .filter(|document| document["name"] == json!("plone.restapi"))
        .filter_map(|document| {
            let version = document["version"].as_str()?;
            Some((version.parse().ok()?, version.to_owned()))
        })
        .collect();
    expected.sort_by(|one, other| other.0.cmp(&one.0));
    assert_eq!(expected.len(), 291);
    let search = world.search();
    let mut found = Vec::new();
    for page in ["1", "2"] {
        let answer = wait(search.search(
            &world.target,
            &[
                ("q", "*".to_owned()),
                ("filter_by", "name:=`plone.restapi`".to_owned()),
                ("sort_by", "version_order:desc".to_owned()),
                ("include_fields", "version".to_owned()),
                ("per_page", "250".to_owned()),
                ("page", page.to_owned()),
            ],
        ))
        .expect("an answer");
        for hit in answer["hits"].as_array().expect("hits") {
            found.push(
                hit["document"]["version"]
                    .as_str()
                    .expect("a version")
                    .to_owned(),
            );
        }
    }
    let expected: Vec<String> = expected.into_iter().map(|(_, version)| version).collect();
    assert_eq!(found, expected);
}

#[test]
fn explain_and_show_tell_what_is_there_and_why() {
    let Some(world) = World::recorded() else {
        return;
    };
    without_old_texts(&world);
    world
        .pypi(&["-f", "-p", "short", "-fn", "plone.api"])
        .exits(0);
    let words = [
        "explain",
        "Flask",
        "-p",
        "plone",
        "-t",
        &world.target,
        "--format",
        "json",
    ];
    let flask = world.run(&words).exits(0);
    assert_eq!(flask.report["selected"], json!(false));
    assert_eq!(
        flask.report["selection"],
        json!("no rule matches its classifiers")
    );
    let words = ["explain", "plone_API", "-p", "plone", "-t", &world.target];
    let api = world.run(&words).exits(0);
    assert!(
        api.stdout
            .contains("it is in the collection with 87 documents"),
        "{}",
        api.stdout
    );
    let words = ["pypi", "--show", "PLONE.api", "-t", &world.target];
    assert_eq!(
        world.run(&words).exits(0).report["id"],
        json!("plone.api-3.0.3")
    );
    let words = [
        "pypi",
        "--show",
        "plone.api",
        "--all-versions",
        "-t",
        &world.target,
    ];
    let all = world.run(&words).exits(0);
    assert_eq!(all.report.as_array().map(Vec::len), Some(87));
    assert_eq!(all.report[1]["version"], json!("3.0.2"));
    assert_eq!(all.report[1]["description"], json!(""));
    assert_ne!(all.report[0]["description"], json!(""));
    let words = ["pypi", "--show", "nobody", "-t", &world.target];
    assert!(
        world
            .run(&words)
            .exits(1)
            .stderr
            .contains("pyfa explain nobody")
    );
}

#[test]
fn a_collection_is_explained_by_its_own_rules() {
    let Some(world) = World::empty() else { return };
    let django = ReleaseSpec::new().classifiers(["Framework :: Django"]);
    world.pypi.publish("django-one", "1.0", &django);
    world.pypi.publish("plone.one", "1.0", &plone());
    world.pypi(&["-f", "-ft", "Framework :: Django"]).exits(0);
    for (name, profile, selected) in [
        ("django-one", None, true),
        ("plone.one", None, false),
        // What is typed is meant.
        ("django-one", Some("plone"), false),
        ("plone.one", Some("plone"), true),
    ] {
        let mut words = vec!["explain", name, "-t", &world.target, "--format", "json"];
        words.extend(profile.into_iter().flat_map(|key| ["-p", key]));
        let explained = world.run(&words).exits(0);
        assert_eq!(
            explained.report["selected"],
            json!(selected),
            "{name} {profile:?}"
        );
    }
}
