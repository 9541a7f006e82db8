//! The settings of boards, as the table holds them. Nothing here reads a value.

use super::kind::SettingKind;
use super::setting::{Setting, schedule, setting};

const PAUSE: Setting = setting(
    "BOARD_PAUSE",
    "board.pause",
    SettingKind::Number {
        least: 0.0,
        most: 3_600.0,
    },
    Some("5"),
    "Seconds between two requests that change a project. GitHub asks for at least 1.",
);

const LOOP_PAUSE: Setting = setting(
    "BOARD_LOOP_PAUSE",
    "board.loop_pause",
    SettingKind::Number {
        least: 0.0,
        most: 86_400.0,
    },
    Some("60"),
    "Seconds between two passes of `pyfa board apply --update-loop`.",
);

const ACTIVITY_AGE: Setting = setting(
    "BOARD_ACTIVITY_AGE",
    "board.activity_age",
    SettingKind::Number {
        least: 0.0,
        most: 31_536_000.0,
    },
    Some("129600"),
    "Seconds that the database of activity may be behind for boards to read from it what GitHub need not be asked for. With 0, everything is read from GitHub.",
);

const FOLDER: Setting = setting(
    "BOARDS_DIR",
    "board.dir",
    SettingKind::Path,
    None,
    "Folder of board files (`*.toml`), which workers keep their projects in step with by the clock. Unset: none by the clock.",
);

pub(super) const SCHEDULE: Setting = schedule(
    "PYFA_SCHEDULE_BOARD",
    "schedules.board",
    "50 2 * * *",
    "When projects are brought in step with the boards in BOARDS_DIR, if it is set.",
);

/// In the order in which people read them.
pub(super) const ALL: [Setting; 4] = [FOLDER, PAUSE, LOOP_PAUSE, ACTIVITY_AGE];
