//! Names of packages as they are typed.

use crate::cli::exit::{CommandResult, UsageError};
use crate::model::{ProjectName, RegistryKind};

/// A name that was typed. A name of PyPI that cannot be one is asked for all the same: the registry
/// says what is wrong.
pub(super) fn read_name(registry: RegistryKind, name: &str) -> CommandResult<ProjectName> {
    match registry {
        RegistryKind::PyPi => Ok(ProjectName::new(name)),
        RegistryKind::Npm => registry.read_project_name(name).ok_or_else(|| {
            UsageError::new(format!(
                "`{name}` cannot be the name of a package of npm; write it as in `npm install`, \
                 with its scope"
            ))
            .into()
        }),
    }
}

/// The registry and the name of a package that was typed: `npm:NAME` and names with a scope are those
/// of npm.
pub(super) fn read_package(text: &str) -> (RegistryKind, &str) {
    match text.strip_prefix("npm:") {
        Some(name) => (RegistryKind::Npm, name),
        None if text.starts_with('@') => (RegistryKind::Npm, text),
        None => (RegistryKind::PyPi, text),
    }
}
