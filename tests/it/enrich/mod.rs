//! The enrichers at their door: the program, a real server, and fakes of all sources.

mod activity;
mod advisories;
mod downloads;
mod health;
mod kills;
mod npm;
mod npm_advisories;
mod replaced;
mod standing;
mod whole;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pyfa_testkit::downloads::{Downloads, FakeClickHouse, FakeNpmDownloads, FakePyPiStats};
use pyfa_testkit::osv::{FakeOsv, FakeVulnerability};
use serde_json::{Map, Value};

use super::support::gate::Gate;
use super::support::{Outcome, World, outcome, plone};

/// A collection and its sources.
struct Scene {
    world: World,
    clickhouse: FakeClickHouse,
    pypistats: FakePyPiStats,
    npm: FakeNpmDownloads,
    osv: FakeOsv,
    gate: Gate,
}

impl Scene {
    /// None where there is no server for tests.
    fn new() -> Option<Self> {
        let world = World::empty()?;
        let gate = Gate::before(world.typesense.port());
        let scene = Self {
            world,
            clickhouse: FakeClickHouse::start().expect("a fake"),
            pypistats: FakePyPiStats::start().expect("a fake"),
            npm: FakeNpmDownloads::start().expect("a fake"),
            osv: FakeOsv::start().expect("a fake"),
            gate,
        };
        scene.clickhouse.set_newest_day(&days_ago(1).to_string());
        scene.npm.set_newest_day(days_ago(1));
        Some(scene)
    }

    /// Packages `plone.p0` and so on, with releases 1.0 and 2.0.
    fn fill(&self, count: u64) {
        for number in 0..count {
            for version in ["1.0", "2.0"] {
                let name = format!("plone.p{number}");
                self.world.pypi.publish(&name, version, &plone(&name));
            }
        }
        self.index();
    }

    fn index(&self) {
        self.world.pypi(&["-i", "-p", "plone"]).exits(0);
    }

    /// Downloads that both services know.
    fn count(&self, project: &str, last_day: u64) {
        let downloads = Downloads {
            last_day,
            last_week: last_day * 7,
            last_month: last_day * 30,
            total: last_day * 1_000,
        };
        self.clickhouse.set(project, downloads);
        self.pypistats.set(project, downloads);
    }

    fn report(&self, id: &str, project: &str, versions: &[&str], withdrawn: Option<&str>) {
        self.osv.set(FakeVulnerability {
            id: id.to_owned(),
            aliases: vec![format!("CVE-of-{id}")],
            ecosystem: "PyPI".to_owned(),
            project: project.to_owned(),
            versions: versions.iter().map(|&version| version.to_owned()).collect(),
            fixed: Some("2.0".to_owned()),
            cvss: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
            modified: format!("2026-01-0{}T00:00:00Z", 1 + u8::from(withdrawn.is_some())),
            withdrawn: withdrawn.map(str::to_owned),
        });
    }

    /// The program, ready to start, behind the gate.
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut words = arguments.to_vec();
        words.extend_from_slice(&["-t", &self.world.target, "--format", "json"]);
        let mut command = self.world.command(&words);
        command
            .env("TYPESENSE_PORT", self.gate.port().to_string())
            .env("CLICKHOUSE_URL", self.clickhouse.base_url())
            .env("PYPISTATS_BASE_URL", self.pypistats.base_url())
            .env("PYPISTATS_RATE_LIMIT_DELAY", "0")
            .env("NPM_DOWNLOADS_URL", self.npm.base_url())
            .env("NPM_DOWNLOADS_DELAY", "0")
            .env("OSV_BASE_URL", self.osv.base_url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    fn document(&self, id: &str) -> Map<String, Value> {
        self.world.documents().remove(id).expect("the document")
    }

    /// A field of every document, in the order of their ids.
    fn values(&self, field: &str) -> Vec<Value> {
        let documents = self.world.documents();
        let values = documents.into_values();
        values
            .map(|mut document| document.remove(field).unwrap_or_default())
            .collect()
    }
}

fn days_ago(days: i64) -> Date {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.checked_sub(days.days()).expect("a day")
}

/// The end of a day, in seconds.
fn end_of(day: Date) -> f64 {
    let next = day.tomorrow().expect("a day");
    let end = next.to_zoned(TimeZone::UTC).expect("a time");
    end.timestamp().as_second() as f64
}
