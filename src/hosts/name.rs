//! The name of this host, for people who look for the process that holds a lock.

const FILES: [&str; 2] = ["/proc/sys/kernel/hostname", "/etc/hostname"];
/// The longest name that Linux allows.
const LONGEST: usize = 64;

/// The name of this host, as far as the system tells it. Two hosts may have the same one, so it
/// identifies nothing.
#[must_use]
pub fn host_name() -> String {
    let names = FILES
        .iter()
        .filter_map(|file| fs_err::read_to_string(file).ok());
    names
        .map(|name| readable(&name))
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "a host without a name".to_owned())
}

fn readable(name: &str) -> String {
    let readable = name.trim().chars().filter(|letter| !letter.is_control());
    readable.take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(readable("web-1\n"), "web-1");
        assert_eq!(readable(&format!("a\u{1b}b{}", "c".repeat(99))).len(), 64);
        assert!(!host_name().is_empty());
    }
}
