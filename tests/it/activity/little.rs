//! A small world whose metrics were counted by hand.
//!
//! | | in `org/one` | opened | first answer of another person | closed |
//! |---|---|---|---|---|
//! | 1 | issue of ada | 2 March 10:00 | cleo after 2 hours | by ben after 48 hours |
//! | 2 | issue of cleo | 3 March | ben, a member, after 6 hours | open |
//! | 3 | pull request of ada | 10 March | cleo, a collaborator, after 1 hour | merged after 48 hours |
//! | 4 | pull request of ada | 16 March | none | by ada after 24 hours |
//! | 5 | issue of cleo | 5 January | ada after a day | open |
//! | 6 | issue of a deleted account | 20 March | none | open |
//! | 7 | pull request of a bot | 5 March | ben after 12 hours | merged |
//! | 8 | issue of ada, deleted | 6 March | | |
//! | 9 | issue of dora | 25 March | its timeline was never read | open |
//!
//! Two bots comment on the first issue before anybody else: one says so, one has to be listed.
//! `org/two` was never listed, and nothing has happened in `other/three`.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use pyfa::database::{Database, Statement, Transaction, Value, columns_and_values};

/// The beginning of the period, a Monday; it has four weeks.
pub(crate) const SINCE: &str = "2026-03-02T00:00:00Z";
pub(crate) const UNTIL: &str = "2026-03-30T00:00:00Z";

pub(super) const ADA: i64 = 11;
pub(super) const BEN: i64 = 12;
pub(super) const CLEO: i64 = 13;
pub(super) const DORA: i64 = 14;
pub(super) const DEPENDABOT: i64 = 21;
pub(super) const ROBO: i64 = 22;

/// Fills databases with rows that GitHub could have caused.
pub(crate) struct Writer {
    work: Transaction,
    next_event: i64,
    /// How much later everything happens.
    shift: SignedDuration,
}

impl Writer {
    pub(crate) fn new(shift: SignedDuration) -> Self {
        Self {
            work: Transaction::new(),
            next_event: 1,
            shift,
        }
    }

    pub(crate) fn at(&self, time: &str) -> Result<Timestamp> {
        let text = if time.contains('T') {
            format!("{time}:00Z")
        } else {
            format!("{time}T00:00:00Z")
        };
        Ok(text.parse::<Timestamp>()?.checked_add(self.shift)?)
    }

    fn insert(&mut self, table: &str, row: Vec<(&str, Value)>) {
        let (names, values): (Vec<&str>, Vec<Value>) = row.into_iter().unzip();
        let text = format!("INSERT INTO {table} {}", columns_and_values(names));
        let work = std::mem::take(&mut self.work);
        self.work = work.and(Statement::new(text, values));
    }

    pub(crate) fn repository(&mut self, id: i64, name: (&str, &str), walked: bool) -> Result<()> {
        let at = self.at("2026-03-29")?;
        self.insert(
            "repositories",
            vec![
                ("id", id.into()),
                ("org", name.0.into()),
                ("repo", name.1.into()),
                ("checked_at", at.into()),
            ],
        );
        if walked {
            self.insert(
                "sync_marks",
                vec![
                    ("scope", format!("repository:{id}").into()),
                    ("kind", "walk".into()),
                    ("done_until", at.into()),
                    ("updated_at", at.into()),
                ],
            );
        }
        Ok(())
    }

    pub(crate) fn person(&mut self, id: i64, login: &str, kind: &str) -> Result<()> {
        let at = self.at("2026-01-01")?;
        self.insert(
            "people",
            vec![
                ("id", id.into()),
                ("login", login.into()),
                ("type", kind.into()),
                ("first_seen", at.into()),
                ("last_seen", at.into()),
            ],
        );
        Ok(())
    }

    pub(crate) fn member(&mut self, id: i64, login: &str, org: &str) -> Result<()> {
        let at = self.at("2026-01-01")?;
        self.insert(
            "members",
            vec![
                ("id", id.into()),
                ("login", login.into()),
                ("org", org.into()),
                ("inserted_dt", at.into()),
            ],
        );
        Ok(())
    }

    /// An issue or a pull request; `further` are columns that only some have.
    pub(crate) fn item(
        &mut self,
        table: &str,
        number: i64,
        author: Option<i64>,
        opened: &str,
        closed: Option<&str>,
        further: Vec<(&str, Value)>,
    ) -> Result<()> {
        let closed = closed.map(|closed| self.at(closed)).transpose()?;
        let mut row = vec![
            ("id", (number + 100).into()),
            ("number", number.into()),
            ("repository_id", 1.into()),
            ("org", "org".into()),
            ("repo", "one".into()),
            ("user_id", author.into()),
            ("created_at", self.at(opened)?.into()),
            ("closed_at", closed.into()),
        ];
        row.extend(further);
        if !row.iter().any(|(name, _)| *name == "timeline_due") {
            row.push(("timeline_due", false.into()));
        }
        self.insert(table, row);
        Ok(())
    }

    pub(crate) fn event(
        &mut self,
        number: i64,
        who: i64,
        event: &str,
        at: &str,
        association: &str,
    ) -> Result<()> {
        let id = self.next_event;
        self.next_event += 1;
        let at = self.at(at)?;
        self.insert(
            "events",
            vec![
                ("id", id.into()),
                ("issue_id", (number + 100).into()),
                ("repository_id", 1.into()),
                ("org", "org".into()),
                ("repo", "one".into()),
                ("event", event.into()),
                ("user_id", who.into()),
                ("created_at", at.into()),
                ("author_association", association.into()),
            ],
        );
        Ok(())
    }

    pub(crate) async fn commit(self, database: &Database) -> Result<()> {
        database.commit(self.work).await?;
        Ok(())
    }
}

/// Fills the database with the world, `shift` later.
pub(crate) async fn fill(database: &Database, shift: SignedDuration) -> Result<()> {
    let mut world = Writer::new(shift);
    world.repository(1, ("org", "one"), true)?;
    world.repository(2, ("org", "two"), false)?;
    world.repository(3, ("other", "three"), true)?;
    for (id, login) in [(ADA, "ada"), (BEN, "ben"), (CLEO, "cleo"), (DORA, "dora")] {
        world.person(id, login, "User")?;
    }
    world.person(DEPENDABOT, "dependabot[bot]", "Bot")?;
    world.person(ROBO, "Robo", "User")?;
    world.insert("bots", vec![("login", "robo".into())]);
    world.member(BEN, "ben", "Org")?;

    let (issues, pulls) = ("issues", "pull_requests");
    let merged = || vec![("merged", Value::from(true))];
    world.item(
        issues,
        1,
        Some(ADA),
        "2026-03-02T10:00",
        Some("2026-03-04T10:00"),
        vec![],
    )?;
    world.event(1, DEPENDABOT, "commented", "2026-03-02T10:05", "NONE")?;
    world.event(1, ROBO, "commented", "2026-03-02T10:06", "NONE")?;
    world.event(1, ADA, "commented", "2026-03-02T10:10", "NONE")?;
    world.event(1, CLEO, "commented", "2026-03-02T12:00", "CONTRIBUTOR")?;
    world.event(1, BEN, "commented", "2026-03-02T13:00", "NONE")?;
    world.event(1, BEN, "closed", "2026-03-04T10:00", "NONE")?;
    // What is neither an answer nor a contribution.
    world.event(1, DORA, "subscribed", "2026-03-02T10:01", "NONE")?;

    world.item(issues, 2, Some(CLEO), "2026-03-03", None, vec![])?;
    world.event(2, BEN, "commented", "2026-03-03T06:00", "NONE")?;

    let three = Some("2026-03-12");
    world.item(pulls, 3, Some(ADA), "2026-03-10", three, merged())?;
    world.event(3, CLEO, "reviewed", "2026-03-10T01:00", "COLLABORATOR")?;
    world.event(3, BEN, "merged", "2026-03-12", "NONE")?;
    world.event(3, BEN, "closed", "2026-03-12", "NONE")?;

    let four = Some("2026-03-17");
    world.item(pulls, 4, Some(ADA), "2026-03-16", four, vec![])?;
    world.event(4, ADA, "closed", "2026-03-17", "NONE")?;

    world.item(issues, 5, Some(CLEO), "2026-01-05", None, vec![])?;
    world.event(5, ADA, "commented", "2026-01-06", "NONE")?;

    world.item(issues, 6, None, "2026-03-20", None, vec![])?;

    let seven = Some("2026-03-05T12:00");
    world.item(pulls, 7, Some(DEPENDABOT), "2026-03-05", seven, merged())?;
    world.event(7, BEN, "closed", "2026-03-05T12:00", "NONE")?;

    let deleted = vec![("deleted_at", world.at("2026-03-07")?.into())];
    world.item(issues, 8, Some(ADA), "2026-03-06", None, deleted)?;

    let unread = vec![("timeline_due", true.into())];
    world.item(issues, 9, Some(DORA), "2026-03-25", None, unread)?;
    world.commit(database).await
}
