//! The bounds of the map of developers, and its part of GitHub's quota, from the layers.

use std::time::Duration;

use super::layers::Layers;
use crate::discovery::DiscoverySettings;

const DAY: Duration = Duration::from_hours(24);

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
