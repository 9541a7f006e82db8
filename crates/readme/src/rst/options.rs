//! Option lists: recognises command-line options at the start of a line.

/// The length of the option at the start of `text`: `-a`, `-a FILE`, `--all=<x>`, `/V`.
fn option_length(text: &str) -> Option<usize> {
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

/// The length of the options at the start of a line, with and without the blanks after them.
pub(super) fn option_marker(line: &str) -> Option<(usize, usize)> {
    let mut end = option_length(line)?;
    while let Some(rest) = line.get(end..).and_then(|rest| rest.strip_prefix(", ")) {
        end = line.len() - rest.len() + option_length(rest)?;
    }
    let rest = line.get(end..)?;
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    (blanks >= 2 || blanks == rest.len()).then_some((end + blanks, end))
}

/// Splits the options that [`option_marker`] found.
pub(super) fn split_options(group: &str) -> Vec<&str> {
    group.split(", ").collect()
}

/// Splits an option into its name, the delimiter and the argument.
pub(super) fn split_option(option: &str) -> (&str, &str, &str) {
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
    use super::{option_marker, split_option};

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
        assert_eq!(split_option("--file=FILE"), ("--file", "=", "FILE"));
        assert_eq!(split_option("-fFILE"), ("-f", "", "FILE"));
        assert_eq!(split_option("-f FILE"), ("-f", " ", "FILE"));
    }
}
