//! What can be done besides lists of rows: addresses, methods, parameters. Plain data, of which the
//! `OpenAPI` document is made.

use super::parameters::Parameter;
use super::{metrics, packages};
use crate::access::Scope;

/// What can be done at an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// Below `/api/v1/`, with `{name}` for what stands in the path.
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// The name of the schema of the body.
    pub(super) body: Option<&'static str>,
    /// The status of success, and the name of the schema of the answer.
    pub(super) answers: &'static [(u16, &'static str)],
    /// Whether there is the answer as a table, too.
    pub(super) has_csv: bool,
    /// The same as lines of JSON.
    pub(super) has_lines: bool,
    pub(super) scope: Scope,
}

const READ: Operation = Operation {
    method: "get",
    path: "",
    id: "",
    tag: "packages",
    summary: "",
    parameters: &[],
    body: None,
    answers: &[],
    has_csv: false,
    has_lines: false,
    scope: Scope::Read,
};

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "",
        id: "index",
        tag: "about",
        summary: "What there is, with its addresses.",
        answers: &[(200, "Index")],
        ..READ
    },
    Operation {
        path: "profiles",
        id: "listProfiles",
        summary: "Profiles: the ecosystems whose packages can be asked about.",
        answers: &[(200, "Profiles")],
        ..READ
    },
    Operation {
        path: "packages",
        id: "listPackages",
        summary: "Packages of a profile: all, or those that are found by words and filters.",
        parameters: packages::SEARCH,
        answers: &[(200, "Packages")],
        has_csv: true,
        has_lines: true,
        ..READ
    },
    Operation {
        path: "packages/{name}",
        id: "showPackage",
        summary: "The latest release of a package.",
        parameters: packages::ONE,
        answers: &[(200, "Release")],
        ..READ
    },
    Operation {
        path: "packages/{name}/releases",
        id: "listReleases",
        summary: "The releases of a package, the highest version first.",
        parameters: packages::RELEASES,
        answers: &[(200, "Releases")],
        ..READ
    },
    Operation {
        path: "packages/{name}/releases/{version}",
        id: "showRelease",
        summary: "One release of a package.",
        parameters: packages::ONE,
        answers: &[(200, "Release")],
        ..READ
    },
    Operation {
        path: "packages/{name}/dependents",
        id: "listDependents",
        summary: "The packages of the profile that require a package.",
        parameters: packages::PAGED,
        answers: &[(200, "Packages")],
        ..READ
    },
    Operation {
        path: "lookup",
        method: "post",
        id: "lookUp",
        tag: "lookup",
        summary: "Up to 100 packages, repositories and developers at once, by their names.",
        body: Some("LookupRequest"),
        answers: &[(200, "Found")],
        ..READ
    },
    Operation {
        path: "metrics",
        id: "showMetrics",
        tag: "activity",
        summary: "What the stored activity says about repositories: how soon people get an answer, how much is left open, who takes part.",
        parameters: metrics::PARAMETERS,
        answers: &[(200, "Metrics")],
        has_csv: true,
        ..READ
    },
    Operation {
        path: "jobs",
        method: "post",
        id: "addJob",
        tag: "jobs",
        summary: "Adds a job, unless one that does the same waits or runs.",
        body: Some("WantedJob"),
        answers: &[(201, "AddedJob"), (200, "AddedJob")],
        scope: Scope::Tasks,
        ..READ
    },
    Operation {
        path: "jobs/{id}",
        method: "delete",
        id: "cancelJob",
        tag: "jobs",
        summary: "Cancels a job that waits or has failed, or asks its worker to stop.",
        answers: &[(200, "CancelledJob"), (202, "CancelledJob")],
        scope: Scope::Tasks,
        ..READ
    },
    Operation {
        path: "keys",
        id: "listKeys",
        tag: "about",
        summary: "The keys of the API, masked.",
        answers: &[(200, "Keys")],
        scope: Scope::Admin,
        ..READ
    },
];
