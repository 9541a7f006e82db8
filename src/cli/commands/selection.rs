//! Which projects and which collection a command line selects.

use crate::cli::arguments::TargetArguments;
use crate::cli::exit::{CommandResult, UsageError};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::model::RegistryKind;
use crate::profile::{self, HistoryText, Profile, Profiles, Rules, Severity};

/// Selects the projects where neither a profile nor classifiers are given.
const DEFAULT_CLASSIFIER: &str = "Framework :: Plone";

/// What was selected, and where it goes.
pub(super) struct Selected {
    pub(super) profile: Option<String>,
    pub(super) target: Option<String>,
    pub(super) rules: Rules,
    /// Where the projects come from.
    pub(super) registry: RegistryKind,
    pub(super) history_text: HistoryText,
}

/// Turns `-p`, `-t`, `-ft` and `DEFAULT_PROFILE` into rules and a target.
///
/// Classifiers on the command line override `DEFAULT_PROFILE`; clap refuses them together with `-p`.
pub(super) fn select(
    config: &Config,
    arguments: &TargetArguments,
    classifiers: &[String],
    everything: bool,
    printer: Printer,
) -> CommandResult<Selected> {
    let target = given(arguments.target.as_deref());
    let key = given(arguments.profile.as_deref()).or_else(|| {
        config
            .default_profile
            .clone()
            .filter(|_| classifiers.is_empty())
    });
    if let Some(key) = key {
        let profile = select_profile(&key, config, printer)?;
        if profile.rules.select_nothing() {
            return Err(UsageError::new(format!(
                "the profile `{key}` selects nothing on PyPI; `pyfa npm -p {key}` fetches its packages"
            ))
            .into());
        }
        return Ok(Selected {
            target: target.or_else(|| Some(key.clone())),
            profile: Some(key),
            rules: profile.rules,
            registry: profile.registry,
            history_text: profile.history_text,
        });
    }
    let rules = if classifiers.is_empty() {
        if everything {
            Rules::everything()
        } else {
            Rules::from_classifiers(&[DEFAULT_CLASSIFIER.to_owned()])
        }
    } else {
        for finding in profile::validate_classifiers(classifiers)? {
            if finding.severity == Severity::Warning {
                printer.note(&finding.to_string());
            }
        }
        Rules::from_classifiers(classifiers)
    };
    Ok(Selected {
        profile: None,
        target,
        rules,
        registry: RegistryKind::default(),
        history_text: HistoryText::Full,
    })
}

/// Turns `-p`, `-t` and `DEFAULT_PROFILE` into a target and what the profile selects on npm. Without a
/// profile, which only a fetch needs, nothing is selected.
pub(super) fn select_npm(
    config: &Config,
    arguments: &TargetArguments,
    needs_rules: bool,
    printer: Printer,
) -> CommandResult<Selected> {
    let target = given(arguments.target.as_deref());
    let key = given(arguments.profile.as_deref()).or_else(|| config.default_profile.clone());
    let nothing = || Rules::from_classifiers(&[]);
    let Some(key) = key else {
        if needs_rules {
            return Err(UsageError::new(
                "no profile given; use `-p PROFILE` with one that has a section `npm`",
            )
            .into());
        }
        return Ok(Selected {
            profile: None,
            target,
            rules: nothing(),
            registry: RegistryKind::Npm,
            history_text: HistoryText::Full,
        });
    };
    let profile = select_profile(&key, config, printer)?;
    let rules = match profile.npm {
        Some(rules) => rules,
        None if needs_rules => {
            return Err(UsageError::new(format!(
                "the profile `{key}` selects nothing on npm; add a section `npm` to it"
            ))
            .into());
        }
        None => nothing(),
    };
    Ok(Selected {
        target: target.or_else(|| Some(key.clone())),
        profile: Some(key),
        rules,
        registry: RegistryKind::Npm,
        history_text: profile.history_text,
    })
}

/// The profile called `key`; its warnings are printed.
pub(super) fn select_profile(
    key: &str,
    config: &Config,
    printer: Printer,
) -> CommandResult<Profile> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let profile = profiles.get(key)?.clone();
    for finding in profiles.check() {
        if finding.profile.as_deref() == Some(key) && finding.severity == Severity::Warning {
            printer.note(&finding.to_string());
        }
    }
    Ok(profile)
}

/// The target.
///
/// # Errors
///
/// A usage error without one.
pub(super) fn required_target(target: Option<String>) -> CommandResult<String> {
    target.ok_or_else(|| {
        UsageError(
            "no collection given; use `-p PROFILE` (`pyfa profiles` lists them) or `-t \
             COLLECTION`"
                .to_owned(),
        )
        .into()
    })
}

/// The value of an option; one without a value counts as not given.
pub(super) fn given(value: Option<&str>) -> Option<String> {
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}
