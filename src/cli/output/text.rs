//! Counts, lists and times in sentences.

/// `1 document`, `2 documents`.
pub(in crate::cli) fn count_of(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// `1 synonym or override`, `2 synonyms or overrides`.
pub(in crate::cli) fn count_of_rules(count: u64) -> String {
    match count {
        1 => "1 synonym or override".to_owned(),
        _ => format!("{count} synonyms or overrides"),
    }
}

/// `` `a`, `b` and `c` ``.
pub(in crate::cli) fn quoted_list(names: &[String]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.pop() {
        Some(last) if !quoted.is_empty() => format!("{} and {last}", quoted.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// Seconds since 1970 as a date and time.
pub(in crate::cli) fn time_of(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => seconds.to_string(),
    }
}

/// A time of UTC to its second, or `-`.
pub(in crate::cli) fn time_or_dash(time: Option<jiff::Timestamp>) -> String {
    match time {
        Some(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => "-".to_owned(),
    }
}

/// When a key expires, in seconds since 1970, or `never`.
pub(in crate::cli) fn expiry_of(expires_at: Option<u64>) -> String {
    expires_at
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map_or_else(|| "never".to_owned(), time_of)
}
