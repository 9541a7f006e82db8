//! The fields of enrichment data, by the enricher that writes them.

/// Fields of documents that one enricher writes together. No two groups share a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactGroup {
    /// Names the group's entries in the disk cache.
    pub name: &'static str,
    pub fields: &'static [&'static str],
}

impl FactGroup {
    /// What happens in the repository, by the database of activity.
    pub const ACTIVITY: Self = Self {
        name: "activity",
        fields: &[
            "activity_bus_factor",
            "activity_checked",
            "activity_contributors",
            "activity_first_response",
            "activity_last_human_response",
            "activity_merge_rate",
            "activity_new_contributors",
            "activity_open_issues_growth",
        ],
    };
    /// Known vulnerabilities, and whether the release is malicious.
    pub const ADVISORIES: Self = Self {
        name: "advisories",
        fields: &[
            "fixed_in",
            "has_vulnerabilities",
            "is_malicious",
            "vulnerabilities",
            "vulnerabilities_checked",
        ],
    };
    /// Download counts.
    pub const DOWNLOADS: Self = Self {
        name: "downloads",
        fields: &[
            "download_last_day",
            "download_last_month",
            "download_last_week",
            "download_source",
            "download_total",
            "download_updated",
        ],
    };
    /// The repository on GitHub.
    pub const GITHUB: Self = Self {
        name: "github",
        fields: &[
            "contributors",
            "github_archived",
            "github_checked",
            "github_closed_issues",
            "github_forks",
            "github_language",
            "github_license",
            "github_open_issues",
            "github_open_pull_requests",
            "github_pushed",
            "github_release",
            "github_stars",
            "github_topics",
            "github_updated",
            "github_url",
            "github_watchers",
        ],
    };
    /// The health score.
    pub const HEALTH: Self = Self {
        name: "health",
        fields: &[
            "health_band",
            "health_problems_documentation",
            "health_problems_metadata",
            "health_problems_recency",
            "health_score",
            "health_score_breakdown",
            "health_score_last_calculated",
        ],
    };
    /// The place among the collection's packages; only on the latest release.
    pub const STANDING: Self = Self {
        name: "standing",
        fields: &["dependents", "search_rank"],
    };
    /// Packages of other registries that are developed at the same place.
    pub const TWINS: Self = Self {
        name: "twins",
        fields: &["has_twins", "twins"],
    };

    /// Every group.
    pub const ALL: &[Self] = &[
        Self::ACTIVITY,
        Self::ADVISORIES,
        Self::DOWNLOADS,
        Self::GITHUB,
        Self::HEALTH,
        Self::STANDING,
        Self::TWINS,
    ];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FactGroup;

    #[test]
    fn no_two_groups_share_a_name_or_a_field() {
        let names: BTreeSet<_> = FactGroup::ALL.iter().map(|group| group.name).collect();
        assert_eq!(names.len(), FactGroup::ALL.len());
        let fields: Vec<_> = FactGroup::ALL
            .iter()
            .flat_map(|group| group.fields)
            .collect();
        let distinct: BTreeSet<_> = fields.iter().collect();
        assert_eq!(distinct.len(), fields.len());
    }
}
