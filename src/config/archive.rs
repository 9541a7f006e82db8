//! The settings of archives: Open Humans, the app that people connect GitHub with, and the key that
//! encrypts what is stored of them. Nothing here reads a value.

use super::kind::SettingKind;
use super::setting::{Setting, schedule, secret, setting};
use crate::forge::github::PUBLIC_WEB_URL;
use crate::openhumans::PUBLIC_URL;

const KEY: Setting = secret(
    "ARCHIVE_KEY",
    "archive.key",
    "Encrypts what is stored of members of `pyfa serve --archive`: 32 bytes in base64, as `openssl rand -base64 32` prints them. Without it, nobody can sign in.",
);

const WEB_URL: Setting = setting(
    "GITHUB_WEB_URL",
    "github.web_url",
    SettingKind::Address,
    Some(PUBLIC_WEB_URL),
    "Where people let the archive read their GitHub data; change it for GitHub Enterprise.",
);

const CLIENT_ID: Setting = setting(
    "GITHUB_CLIENT_ID",
    "github.client_id",
    SettingKind::Text,
    None,
    "Client id of the OAuth app or GitHub App that members of the archive connect.",
);

const CLIENT_SECRET: Setting = secret(
    "GITHUB_CLIENT_SECRET",
    "github.client_secret",
    "Client secret of that app.",
);

const OPEN_HUMANS_URL: Setting = setting(
    "OPENHUMANS_BASE_URL",
    "openhumans.base_url",
    SettingKind::Address,
    Some(PUBLIC_URL),
    "Address of Open Humans.",
);

const OPEN_HUMANS_ID: Setting = setting(
    "OPENHUMANS_CLIENT_ID",
    "openhumans.client_id",
    SettingKind::Text,
    None,
    "Client id of the project at Open Humans that members of the archive sign in with.",
);

const OPEN_HUMANS_SECRET: Setting = secret(
    "OPENHUMANS_CLIENT_SECRET",
    "openhumans.client_secret",
    "Client secret of that project.",
);

const OPEN_HUMANS_TOKEN: Setting = secret(
    "OPENHUMANS_ACCESS_TOKEN",
    "openhumans.access_token",
    "A member's token for `pyfa archive … --to openhumans`.",
);

const SCHEDULE: Setting = schedule(
    "PYFA_SCHEDULE_ARCHIVE_SYNC",
    "schedules.archive_sync",
    "40 4 * * *",
    "When archives of members are brought up to date whose last update is older than four days.",
);

/// In the order in which people read them.
pub(super) const ALL: [Setting; 9] = [
    KEY,
    WEB_URL,
    CLIENT_ID,
    CLIENT_SECRET,
    OPEN_HUMANS_URL,
    OPEN_HUMANS_ID,
    OPEN_HUMANS_SECRET,
    OPEN_HUMANS_TOKEN,
    SCHEDULE,
];
