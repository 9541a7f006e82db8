//! Which projects and which collection a command line means.

use crate::cli::arguments::TargetArguments;
use crate::cli::exit::UsageError;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::profile::{self, HistoryText, Profiles, Rules, Severity};

/// Without profile and classifiers, this is meant.
const DEFAULT_CLASSIFIER: &str = "Framework :: Plone";

/// What was selected, and where it goes.
pub(super) struct Selected {
    pub(super) profile: Option<String>,
    pub(super) target: Option<String>,
    pub(super) rules: Rules,
    pub(super) history_text: HistoryText,
}

/// Turns `-p`, `-t`, `-ft` and `DEFAULT_PROFILE` into rules and a target.
///
/// Classifiers on the command line beat `DEFAULT_PROFILE`; beside `-p` they are a mistake, which
/// the arguments refuse.
pub(super) fn select(
    config: &Config,
    arguments: &TargetArguments,
    classifiers: &[String],
    everything: bool,
    printer: Printer,
) -> anyhow::Result<Selected> {
    let target = given(arguments.target.as_deref());
    let key = given(arguments.profile.as_deref()).or_else(|| {
        config
            .default_profile
            .clone()
            .filter(|_| classifiers.is_empty())
    });
    if let Some(key) = key {
        let profiles = Profiles::load(config.profiles_dir.as_deref())?;
        let profile = profiles.get(&key)?;
        for finding in profiles.check() {
            if finding.profile.as_deref() == Some(&key) && finding.severity == Severity::Warning {
                printer.note(&finding.to_string());
            }
        }
        return Ok(Selected {
            target: target.or_else(|| Some(key.clone())),
            profile: Some(key),
            rules: profile.rules.clone(),
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
        history_text: HistoryText::Full,
    })
}

/// The target, or a sentence that asks for one.
pub(super) fn required_target(target: Option<String>) -> anyhow::Result<String> {
    target.ok_or_else(|| {
        UsageError(
            "which collection? Name a profile with `-p` (`pyfa profiles` lists them), or a \
             collection with `-t`"
                .to_owned(),
        )
        .into()
    })
}

/// An option given without a value means none, as it always did.
pub(super) fn given(value: Option<&str>) -> Option<String> {
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}
