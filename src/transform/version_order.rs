//! A text per version whose plain order is the order of PEP 440.
//!
//! The search engine sorts text without regard to case and punctuation, so the alphabet is digits
//! and lower-case letters. Every part tells by itself where it ends:
//!
//! | part | code |
//! |---|---|
//! | number | a letter for the count of its digits (`a` for one), then the digits: `b12` |
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

use pep440_rs::{LocalSegment, PrereleaseKind, Version};

/// The sort text of a version.
pub(super) fn order(version: &Version) -> String {
    let mut text = String::with_capacity(24);
    push_number(&mut text, version.epoch());
    for &number in significant(version.release()) {
        push_number(&mut text, number);
    }
    match (version.pre(), version.post(), version.dev()) {
        (None, None, None) => text.push('4'),
        (None, None, Some(dev)) => push_coded(&mut text, '0', dev),
        (None, Some(post), dev) => {
            push_coded(&mut text, '5', post);
            push_development(&mut text, dev);
        }
        (Some(pre), post, dev) => {
            let kind = match pre.kind {
                PrereleaseKind::Alpha => '1',
                PrereleaseKind::Beta => '2',
                PrereleaseKind::Rc => '3',
            };
            push_coded(&mut text, kind, pre.number);
            match post {
                None => text.push('0'),
                Some(post) => push_coded(&mut text, '1', post),
            }
            push_development(&mut text, dev);
        }
    }
    for segment in version.local() {
        match segment {
            LocalSegment::Number(number) => push_coded(&mut text, '2', *number),
            LocalSegment::String(segment) => push_local_text(&mut text, segment),
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

/// A release's numbers without trailing zeros: `1.0` and `1` are equal.
pub(super) fn significant(release: &[u64]) -> &[u64] {
    let length = release
        .iter()
        .rposition(|&number| number != 0)
        .map_or(0, |last| last + 1);
    &release[..length]
}

/// The letter for a number's count of digits.
pub(super) fn width(number: u64) -> char {
    // A 64-bit number has at most 20 digits.
    char::from(b'a' + u8::try_from(number.checked_ilog10().unwrap_or(0)).unwrap_or(u8::MAX - b'a'))
}

fn push_number(text: &mut String, number: u64) {
    text.push(width(number));
    text.push_str(&number.to_string());
}

fn push_coded(text: &mut String, code: char, number: u64) {
    text.push(code);
    push_number(text, number);
}

fn push_development(text: &mut String, dev: Option<u64>) {
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
        text.push(character.to_ascii_lowercase());
    }
    text.push('0');
}
