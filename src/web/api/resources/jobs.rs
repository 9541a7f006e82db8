//! Jobs.

use crate::records::ColumnKind::{Integer, Json, Milliseconds, Text};
use crate::records::{Column, Lookup, Resource};

/// Jobs.
pub const JOBS: Resource = Resource {
    name: "jobs",
    table: "jobs",
    condition: None,
    key: &["id"],
    columns: &[
        Column::new("id", Integer, "The number of the job.")
            .filtered(Lookup::RANGE)
            .ordered()
            .required(),
        Column::new("kind", Text, "What it does.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new("target", Text, "A profile or a repository; empty for all.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new(
            "state",
            Text,
            "`waiting`, `running`, `done`, `partly`, `failed` or `cancelled`.",
        )
        .filtered(Lookup::CHOICE)
        .required(),
        Column::new("priority", Integer, "The highest first.").required(),
        Column::new("attempts", Integer, "Runs that have failed.").required(),
        Column::new("max_attempts", Integer, "How many may fail.").required(),
        Column::new("run_at", Milliseconds, "Not before this time.").required(),
        Column::new("created_at", Milliseconds, "When it was added.").required(),
        Column::new("started_at", Milliseconds, "When the last run began."),
        Column::new("finished_at", Milliseconds, "When it ended."),
        Column::new("schedule", Text, "The schedule that has made it, if any."),
        Column::new("error", Text, "Why it has failed, or waits."),
        Column::new("report", Json, "What the last run has done.").long(),
    ],
    default_order: "-id",
    description: "Jobs that wait, run and have ended.",
};
