//! A text per version whose plain order is the order of PEP 440.
//!
//! The search engine sorts text without regard to case and punctuation, so the alphabet is digits
//! and lower-case letters. Every part tells by itself where it ends:
//!
//! | part | code |
//! |---|---|
//! | number | a letter for the count of its digits (`a` for one), then the digits: `b12`; for more than 24 digits `y`, their count as a number, then the digits |
//! | epoch | number |
//! | release | its numbers without trailing zeros; a digit ends it |
//! | kind | `0` development, `1` alpha, `2` beta, `3` candidate, `4` final, `5` post; all but `4` with their number |
//! | alpha, beta, candidate | then `0`, or `1` and the number of its post-release |
//! | all but development and final | then `0` and the number of its development release, or `1` |
//! | local part | per segment `1` and text, or `2` and a number |
//! | local text | letters as they are, digits after a `1`, a `0` at the end |
//!
//! `6.0.3` is `a0a6a0a34`, `6.0rc1` is `a0a63a101`. What is no PEP 440 version begins with a digit
//! and so sorts below everything else.

use crate::model::{LocalSegment, Number, PreRelease, Version};

/// The digits of a number whose count has a letter of its own; `z` marks an epoch elsewhere.
const MOST_LETTERS: usize = 24;

/// The sort text of a version.
pub(super) fn order(version: &Version<'_>) -> String {
    let mut text = String::with_capacity(24);
    push_number(&mut text, version.epoch);
    for &number in version.release() {
        push_number(&mut text, number);
    }
    match (version.pre, version.post, version.dev) {
        (None, None, None) => text.push('4'),
        (None, None, Some(dev)) => push_coded(&mut text, '0', dev),
        (None, Some(post), dev) => {
            push_coded(&mut text, '5', post);
            push_development(&mut text, dev);
        }
        (Some((kind, number)), post, dev) => {
            let kind = match kind {
                PreRelease::Alpha => '1',
                PreRelease::Beta => '2',
                PreRelease::Candidate => '3',
            };
            push_coded(&mut text, kind, number);
            match post {
                None => text.push('0'),
                Some(post) => push_coded(&mut text, '1', post),
            }
            push_development(&mut text, dev);
        }
    }
    for segment in &version.local {
        match segment {
            LocalSegment::Number(number) => push_coded(&mut text, '2', *number),
            LocalSegment::Text(segment) => push_local_text(&mut text, segment),
        }
    }
    text
}

/// The sort text of what is no PEP 440 version.
pub(super) fn order_of_unknown(raw: &str) -> String {
    const LONGEST: usize = 64;
    let known = raw.bytes().map(|byte| byte.to_ascii_lowercase());
    let known = known
        .filter(u8::is_ascii_alphanumeric)
        .take(LONGEST)
        .map(char::from);
    std::iter::once('0').chain(known).collect()
}

/// Adds the letter for a number's count of digits, then its digits.
pub(super) fn push_number(text: &mut String, number: Number<'_>) {
    push_digits(text, number.digits());
}

fn push_digits(text: &mut String, digits: &str) {
    match u8::try_from(digits.len()) {
        Ok(count) if digits.len() <= MOST_LETTERS => text.push(char::from(b'a' + count - 1)),
        _ => {
            text.push('y');
            push_digits(text, &digits.len().to_string());
        }
    }
    text.push_str(digits);
}

fn push_coded(text: &mut String, code: char, number: Number<'_>) {
    text.push(code);
    push_number(text, number);
}

fn push_development(text: &mut String, dev: Option<Number<'_>>) {
    match dev {
        Some(dev) => push_coded(text, '0', dev),
        None => text.push('1'),
    }
}

fn push_local_text(text: &mut String, segment: &str) {
    text.push('1');
    for character in segment.chars() {
        if character.is_ascii_digit() {
            text.push('1');
        }
        text.push(character);
    }
    text.push('0');
}
