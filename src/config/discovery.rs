//! The settings of the map of developers: its bounds, and its part of GitHub's quota.

use std::time::Duration;

use super::kind::SettingKind;
use super::layers::Layers;
use super::setting::{Setting, setting};
use crate::discovery::DiscoverySettings;

const DAY: Duration = Duration::from_hours(24);

const DAYS: SettingKind = SettingKind::Number {
    least: 0.0,
    most: 3_650.0,
};

const COUNT: Setting = setting(
    "DISCOVERY_COUNT",
    "discovery.count",
    SettingKind::Whole {
        least: 1,
        most: 1_000,
    },
    Some("5"),
    "Developers that a run of the map of developers syncs, with all their lists.",
);

const DEPTH: Setting = setting(
    "DISCOVERY_DEPTH",
    "discovery.depth",
    SettingKind::Whole {
        least: 0,
        most: 100,
    },
    Some("2"),
    "Steps from a seed up to which developers are synced. 0: the seeds alone.",
);

const BREADTH: Setting = setting(
    "DISCOVERY_BREADTH",
    "discovery.breadth",
    SettingKind::Whole {
        least: 1,
        most: 10_000_000,
    },
    Some("10000"),
    "Entries of the longest list of followers, stars or repositories that is read; of a longer one the map keeps the count.",
);

const SIZE: Setting = setting(
    "DISCOVERY_SIZE",
    "discovery.size",
    SettingKind::Whole {
        least: 1,
        most: 1_000_000_000,
    },
    Some("1000000"),
    "Developers that the map holds; when it is full, no new ones are added.",
);

const AGE: Setting = setting(
    "DISCOVERY_AGE",
    "discovery.age",
    DAYS,
    Some("7"),
    "Days after which a developer is synced again, though nothing seems to have changed.",
);

const REFUSAL: Setting = setting(
    "DISCOVERY_REFUSAL",
    "discovery.refusal",
    DAYS,
    Some("30"),
    "Days for which a list that GitHub has refused is not asked for again.",
);

const QUOTA_SHARE: Setting = setting(
    "DISCOVERY_QUOTA_SHARE",
    "discovery.quota_share",
    SettingKind::Number {
        least: 0.01,
        most: 1.0,
    },
    Some("0.5"),
    "Share of GitHub's hourly quota that the map may use, at most GITHUB_QUOTA_SHARE; the rest is left to enrichment and activity.",
);

const THRESHOLD: Setting = setting(
    "DISCOVERY_THRESHOLD",
    "discovery.threshold",
    SettingKind::Whole {
        least: 0,
        most: 1_000_000,
    },
    Some("25"),
    "Requests of the quota that the map leaves alone whatever its share; with fewer, its jobs wait for the next hour.",
);

/// In the order in which people read them.
pub(super) const ALL: [Setting; 8] = [
    COUNT,
    DEPTH,
    BREADTH,
    SIZE,
    AGE,
    REFUSAL,
    QUOTA_SHARE,
    THRESHOLD,
];

pub(super) fn discovery_settings(layers: &Layers, quota_share: f64) -> DiscoverySettings {
    let whole = |path: &str| {
        layers
            .figment
            .extract_inner::<u64>(path)
            .unwrap_or_default()
    };
    let number = |path: &str| {
        layers
            .figment
            .extract_inner::<f64>(path)
            .unwrap_or_default()
    };
    let days = |path: &str| DAY.mul_f64(number(path));
    DiscoverySettings {
        count: usize::try_from(whole("discovery.count")).unwrap_or(1),
        depth: i64::try_from(whole("discovery.depth")).unwrap_or_default(),
        breadth: whole("discovery.breadth"),
        size: whole("discovery.size"),
        age: days("discovery.age"),
        refusal: days("discovery.refusal"),
        quota_share: number("discovery.quota_share").min(quota_share),
        threshold: whole("discovery.threshold"),
    }
}
