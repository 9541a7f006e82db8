//! What records come to for a release, and what to upgrade to.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::record::{OsvRecord, upgrade_target};
use crate::model::{PackageKey, RegistryKind, Severity, YankedVersions};

fn pypi(name: &str) -> PackageKey {
    PackageKey::new(RegistryKind::PyPi, name)
}

fn read(record: Value) -> OsvRecord {
    serde_json::from_value(record).unwrap_or_default()
}

fn ranged(events: &Value) -> OsvRecord {
    read(json!({
        "id": "GHSA-1",
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": "Plone_API"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }],
    }))
}

fn concerns(record: &OsvRecord, version: &str) -> bool {
    record.advisory(&pypi("plone.api"), version).is_some()
}

#[test]
fn ranges_follow_the_order_of_versions() {
    let two = json!([
        {"introduced": "2.0"}, {"fixed": "2.0.10"}, {"introduced": "0"}, {"fixed": "1.10"},
    ]);
    let last = json!([{"introduced": "1.0"}, {"last_affected": "1.5"}]);
    let open = json!([{"introduced": "1.0rc1"}]);
    let limited = json!([{"introduced": "0"}, {"limit": "3"}]);
    for (events, affected, safe) in [
        (
            &two,
            &["0.1", "1.9", "1.10rc1", "2", "2.0.9.post1"][..],
            &["1.10", "1.11", "2.0rc1", "2.0.10", "1!1.0"][..],
        ),
        (
            &last,
            &["1.0", "1.5", "1.5.0"],
            &["0.9", "1.5.post1", "1.6"],
        ),
        (&open, &["1.0rc1", "1.0", "9"], &["1.0b1", "not a version"]),
        (&limited, &["0.1", "2.9"], &["3", "4.0"]),
    ] {
        let record = ranged(events);
        for version in affected {
            assert!(concerns(&record, version), "{events} {version}");
        }
        for version in safe {
            assert!(!concerns(&record, version), "{events} {version}");
        }
    }
}

#[test]
fn a_record_becomes_an_advisory() {
    let record = json!({
        "id": "PYSEC-2026-1",
        "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
        "summary": "Bad",
        "details": "long",
        "severity": [
            {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
            {"type": "CVSS_V4", "score": "no vector"},
        ],
        "affected": [
            {"package": {"ecosystem": "npm", "name": "plone-api"}, "versions": ["1.0"]},
            {"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]},
            {"package": {"ecosystem": "PyPI", "name": "plone.api"}, "versions": ["1.1.0", "odd version"],
             "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "9"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.5"}, {"fixed": "1.10"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.9"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.9"}, {"fixed": "1.10.0"}]},
             ]},
        ],
    });
    let name = pypi("plone.api");
    let advisory = read(record.clone()).advisory(&name, "1.1");
    assert_eq!(
        json!(advisory),
        json!({
            "id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "summary": "Bad",
            "severity": "critical", "fixed_in": ["1.9", "1.10"],
            "link": "https://osv.dev/vulnerability/PYSEC-2026-1", "source": "osv",
        })
    );
    assert!(concerns(&read(record.clone()), "odd version"));
    assert!(!concerns(&read(record.clone()), "1.0"));
    let mut worded = record.clone();
    worded["database_specific"] = json!({"severity": "MODERATE"});
    let severity = read(worded)
        .advisory(&name, "1.1")
        .and_then(|found| found.severity);
    assert_eq!(severity, Some(Severity::Medium));
    let mut withdrawn = record;
    withdrawn["withdrawn"] = json!("2026-02-01T00:00:00Z");
    assert!(!concerns(&read(withdrawn), "1.1"));
}

#[test]
fn what_is_no_record_is_not_read_as_one() {
    let whole = json!({"id": "A", "modified": "2026-01-01T00:00:00Z"}).to_string();
    let read = |body: &str, packages: &[&str]| {
        let packages = packages.iter().map(|name| pypi(name)).collect();
        let announced = ("A", "2026-01-01T00:00:00Z");
        OsvRecord::read(body.as_bytes(), announced, &packages)
    };
    assert!(read(&whole, &[]).is_ok());
    assert!(read(&whole, &["plone"]).is_err());
    for (versions, is_record) in [(json!([]), false), (json!(["1.0"]), true)] {
        let package = json!({"ecosystem": "PyPI", "name": "plone"});
        let record = json!({
            "id": "A", "modified": "2026-01-01T00:00:00+00:00",
            "affected": [{"package": package, "versions": versions}],
        });
        let found = read(&record.to_string(), &["plone"]);
        assert_eq!(found.is_ok(), is_record, "{found:?}");
    }
    for body in [
        "[]",
        "{}",
        "null",
        "<html>",
        r#"{"id": "A"}"#,
        r#"["A"]"#,
        r#"{"code": 5, "message": "no"}"#,
        r#"{"id": "B", "modified": "2026-01-01T00:00:00Z"}"#,
        r#"{"id": "A", "modified": "2025-12-31T23:59:59Z"}"#,
    ] {
        assert!(read(body, &[]).is_err(), "{body}");
    }
}

#[test]
fn an_odd_id_is_linked_nowhere() {
    let mut record = ranged(&json!([{"introduced": "0"}]));
    record.id = "../x?y".to_owned();
    let advisory = record.advisory(&pypi("plone-api"), "1");
    assert_eq!(advisory.map(|found| found.link), Some(String::new()));
}

#[test]
fn the_version_to_upgrade_to() {
    let name = pypi("plone.api");
    let one = ranged(&json!([{"introduced": "0"}, {"fixed": "1.10"}]));
    let other = ranged(&json!([{"introduced": "2.0"}, {"fixed": "2.1"}]));
    let open = ranged(&json!([{"introduced": "2.0"}]));
    let versions = ["2.1", "1.10", "1.9", "2.0", "2.2", "2.1rc1", "odd"];
    let none = YankedVersions::default();
    let safe = |records: &[&OsvRecord]| upgrade_target(records, &name, versions, &none);
    assert_eq!(safe(&[&one]).as_deref(), Some("1.10"));
    assert_eq!(safe(&[&one, &other]).as_deref(), Some("2.1"));
    assert_eq!(safe(&[&open]), None);
    assert_eq!(safe(&[]), None);
    assert_eq!(upgrade_target(&[], &name, [], &none), None);
    let first = ranged(&json!([{"introduced": "0"}, {"fixed": "1.0b1"}]));
    assert_eq!(
        upgrade_target(&[&first], &name, ["1.0a1", "1.0b1"], &none).as_deref(),
        Some("1.0b1")
    );
}

#[test]
fn nobody_is_told_to_upgrade_to_what_was_yanked() {
    let name = pypi("plone.api");
    let record = ranged(&json!([{"introduced": "0"}, {"fixed": "1.1"}]));
    let fix = |versions: &[&str], yanked: &[&str]| {
        let yanked: YankedVersions = yanked.iter().copied().collect();
        upgrade_target(&[&record], &name, versions.iter().copied(), &yanked)
    };
    assert_eq!(fix(&["1.0", "1.1"], &[]).as_deref(), Some("1.1"));
    assert_eq!(
        fix(&["1.0", "1.1", "1.2"], &["1.1"]).as_deref(),
        Some("1.2")
    );
    assert_eq!(fix(&["1.0", "1.1"], &["1.1"]), None);
    assert_eq!(
        fix(&["1.0", "1.1", "1.2", "1.3"], &["1.1", "1.2"]).as_deref(),
        Some("1.3")
    );
    // What is withdrawn may be what needs the fix.
    assert_eq!(fix(&["1.0", "1.1"], &["1.0"]).as_deref(), Some("1.1"));
}

proptest! {
    /// Ranges agree with what they say, for any order of their events.
    #[test]
    fn a_range_is_what_lies_between(
        begin in 0_u32..20, length in 1_u32..20, version in 0_u32..50, is_swapped in any::<bool>(),
    ) {
        let end = begin + length;
        let mut events = vec![
            json!({"introduced": format!("1.{begin}")}), json!({"fixed": format!("1.{end}")}),
        ];
        if is_swapped {
            events.reverse();
        }
        let record = ranged(&Value::Array(events));
        let expected = (begin..end).contains(&version);
        prop_assert_eq!(concerns(&record, &format!("1.{version}")), expected);
    }
}
