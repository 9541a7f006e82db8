//! Schedules as the peer calls them. Nothing here reads a value.

use super::setting::{Setting, other_schedule};

/// In the order in which people read them.
pub(super) const ALL: [Setting; 6] = [
    other_schedule(
        "CELERY_SCHEDULE_RSS_PROJECTS",
        "Another name for PYFA_SCHEDULE_FETCH_INCREMENTAL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_RSS_RELEASES",
        "Another name for PYFA_SCHEDULE_FETCH_INCREMENTAL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_REFRESH",
        "Another name for PYFA_SCHEDULE_FETCH_REFRESH, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_MONTHLY_FETCH",
        "Another name for PYFA_SCHEDULE_FETCH_FULL, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_DOWNLOADS",
        "Another name for PYFA_SCHEDULE_DOWNLOADS, which takes precedence.",
    ),
    other_schedule(
        "CELERY_SCHEDULE_WEEKLY_GITHUB",
        "Another name for PYFA_SCHEDULE_GITHUB, which takes precedence.",
    ),
];
