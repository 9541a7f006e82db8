//! Recognises the options of a command line at the beginning of a line.

/// How long an option is that `text` begins with: `-a`, `-a FILE`, `--all=<x>`, `/V`.
fn option(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let alphanumeric = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let name = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| is_name(byte))
            .count()
    };
    let argument = |from: usize| match bytes.get(from) {
        Some(byte) if byte.is_ascii_alphabetic() => name(from),
        Some(b'<') => {
            let inside = bytes[from + 1..]
                .iter()
                .take_while(|byte| !matches!(byte, b'<' | b'>'))
                .count();
            if inside > 0 && bytes.get(from + 1 + inside) == Some(&b'>') {
                inside + 2
            } else {
                0
            }
        }
        _ => 0,
    };
    let long = if text.starts_with("--") { 2 } else { 1 };
    if (text.starts_with("--") || text.starts_with('/')) && alphanumeric(long) {
        let end = long + name(long);
        return Some(match bytes.get(end) {
            Some(b' ' | b'=') if argument(end + 1) > 0 => end + 1 + argument(end + 1),
            _ => end,
        });
    }
    if text.starts_with(['-', '+']) && alphanumeric(1) {
        let blank = usize::from(bytes.get(2) == Some(&b' '));
        let length = argument(2 + blank);
        return Some(if length > 0 { 2 + blank + length } else { 2 });
    }
    None
}

/// How long the options at the start of a line are, with the blanks after them and without.
pub(super) fn option_marker(line: &str) -> Option<(usize, usize)> {
    let mut end = option(line)?;
    while let Some(rest) = line.get(end..).and_then(|rest| rest.strip_prefix(", ")) {
        end = line.len() - rest.len() + option(rest)?;
    }
    let rest = line.get(end..)?;
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    (blanks >= 2 || blanks == rest.len()).then_some((end + blanks, end))
}

/// The options in what [`option_marker`] has found, one by one.
pub(super) fn options(group: &str) -> Vec<&str> {
    group.split(", ").collect()
}

/// An option and its argument: the option, what stands between, the argument.
pub(super) fn parts(option: &str) -> (&str, &str, &str) {
    let cut = if option.starts_with("--") || option.starts_with('/') {
        option.find(['=', ' ']).unwrap_or(option.len())
    } else {
        option.len().min(2)
    };
    let (name, rest) = option.split_at(cut);
    let delimiter = usize::from(rest.starts_with(['=', ' ']));
    (name, &rest[..delimiter], &rest[delimiter..])
}

#[cfg(test)]
mod tests {
    use super::{option_marker, parts};

    #[test]
    fn options_of_all_styles() {
        for (line, expected) in [
            ("-a  text", Some((4, 2))),
            ("-a, --all=<x y>  text", Some((17, 15))),
            ("--file FILE  text", Some((13, 11))),
            ("/V  text", Some((4, 2))),
            ("-1", Some((2, 2))),
            ("-a one word", None),
            ("-a b c", None),
            ("- a", None),
            ("--", None),
            ("--a, b  c", None),
        ] {
            assert_eq!(option_marker(line), expected, "{line}");
        }
        assert_eq!(parts("--file=FILE"), ("--file", "=", "FILE"));
        assert_eq!(parts("-fFILE"), ("-f", "", "FILE"));
        assert_eq!(parts("-f FILE"), ("-f", " ", "FILE"));
    }
}
