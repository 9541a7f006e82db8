//! Which value of a facet is meant by one that was typed nearly right: `5.2` for `Plone 5.2`, `gpl`
//! for one of several licences. A pure function.

use super::matching::typos_between;
use super::results::FacetValue;
use super::words::joined;

/// Values that are offered.
const MOST_CHOICES: usize = 8;

/// What a typed value means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// There are packages with it.
    Known,
    /// This value, and no other.
    Is(String),
    /// No package has it; these are like it, the most frequent first. There may be none.
    OneOf(Vec<String>),
}

/// How a value fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is the same, in another spelling.
    Same,
    /// It is the rest behind words alone, as `5.2` of `Plone 5.2`.
    WithoutWords,
    /// It stands within, with nothing but words before it, as `gpl` of `GPL-2.0-only`.
    Part,
    /// It is misspelled.
    Typo,
}

pub(super) fn resolve(values: &[FacetValue], typed: &str) -> Resolved {
    let all = values.iter().map(|value| value.value.as_str());
    if all.clone().any(|value| value.eq_ignore_ascii_case(typed)) {
        return Resolved::Known;
    }
    let best = all.clone().filter_map(|value| fit(value, typed)).min();
    let fitting = all.filter(|value| fit(value, typed) == best);
    let choices: Vec<String> = match best {
        Some(_) => fitting.take(MOST_CHOICES).map(ToOwned::to_owned).collect(),
        None => Vec::new(),
    };
    match choices.as_slice() {
        [only] => Resolved::Is(only.clone()),
        _ => Resolved::OneOf(choices),
    }
}

fn fit(value: &str, typed: &str) -> Option<Fit> {
    let (parts, wanted) = (runs(value), runs(typed));
    if wanted.is_empty() {
        return None;
    }
    if parts == wanted {
        return Some(Fit::Same);
    }
    let is_word = |part: &String| part.starts_with(char::is_alphabetic);
    let places = parts.windows(wanted.len()).enumerate();
    let mut places = places
        .filter(|(_, window)| *window == wanted)
        .map(|(place, _)| place);
    let place = places.find(|place| parts.iter().take(*place).all(is_word));
    match place {
        Some(place) if place + wanted.len() == parts.len() => Some(Fit::WithoutWords),
        Some(_) => Some(Fit::Part),
        None => {
            typos_between(&joined(typed), &joined(value))?;
            Some(Fit::Typo)
        }
    }
}

/// Runs of letters and of digits, in lower case.
fn runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut kind = None;
    for character in text.chars() {
        let own = character.is_alphanumeric().then(|| character.is_numeric());
        if own.is_some() && own != kind {
            runs.push(String::new());
        }
        if let (Some(_), Some(run)) = (own, runs.last_mut()) {
            run.extend(character.to_lowercase());
        }
        kind = own;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{FacetValue, Resolved, resolve};

    fn resolved(values: &[&str], typed: &str) -> Resolved {
        let values: Vec<FacetValue> = values
            .iter()
            .map(|value| FacetValue {
                value: (*value).to_owned(),
                count: 1,
            })
            .collect();
        resolve(&values, typed)
    }

    fn is(value: &str) -> Resolved {
        Resolved::Is(value.to_owned())
    }

    fn one_of(values: &[&str]) -> Resolved {
        Resolved::OneOf(values.iter().map(|&value| value.to_owned()).collect())
    }

    #[test]
    fn what_is_nearly_right_is_understood_if_it_can_mean_one_thing() {
        let frameworks = ["Plone 6.1", "Plone 5.2", "Plone 5.1", "Plone", "Zope 5"];
        for (typed, expected) in [
            ("Plone 5.2", Resolved::Known),
            ("plone 5.2", Resolved::Known),
            ("5.2", is("Plone 5.2")),
            ("plone5.2", is("Plone 5.2")),
            ("PLONE-6.1", is("Plone 6.1")),
            ("5", is("Zope 5")),
            ("plone 5", one_of(&["Plone 5.2", "Plone 5.1"])),
            ("2", one_of(&[])),
            ("plnoe", is("Plone")),
            ("", one_of(&[])),
            ("?", one_of(&[])),
        ] {
            assert_eq!(resolved(&frameworks, typed), expected, "{typed}");
        }
        let licences = [
            "MIT",
            "GPL-2.0-only",
            "GPL-3.0-or-later",
            "Apache-2.0",
            "LGPL-2.1-only",
        ];
        for (typed, expected) in [
            ("gpl", one_of(&["GPL-2.0-only", "GPL-3.0-or-later"])),
            ("gpl3", is("GPL-3.0-or-later")),
            ("apache", is("Apache-2.0")),
            ("lgpl", is("LGPL-2.1-only")),
            ("mit", Resolved::Known),
            ("bsd", one_of(&[])),
        ] {
            assert_eq!(resolved(&licences, typed), expected, "{typed}");
        }
        let pythons = ["3.12", "3.13", "2.7"];
        assert_eq!(resolved(&pythons, "3"), one_of(&["3.12", "3.13"]));
        assert_eq!(resolved(&pythons, "2"), is("2.7"));
        assert_eq!(resolved(&["stable", "beta"], "stabel"), is("stable"));
        assert_eq!(resolved(&["Addon :: Theme"], "theme"), is("Addon :: Theme"));
        assert_eq!(resolved(&["80-100", "60-79"], "80"), is("80-100"));
    }
}
