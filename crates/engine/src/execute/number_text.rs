//! Numbers as texts, as the values of facets show them.

/// A decimal number in six digits, as C's `%g` writes it.
pub(super) fn six_digits(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 {
            "0".to_owned()
        } else {
            number.to_string()
        };
    }
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trimmed(&format!("{number:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn decimal_numbers_have_six_digits() {
        for (number, text) in [
            (0.0, "0"),
            (9.5, "9.5"),
            (8.0, "8"),
            (f64::from(67.8_f32), "67.8"),
            (1.0 / 3.0, "0.333333"),
            (123_456.789, "123457"),
            (0.000_012_345, "1.2345e-05"),
            (1e10, "1e+10"),
            (-2.25, "-2.25"),
            (100.0, "100"),
        ] {
            assert_eq!(super::six_digits(number), text);
        }
    }
}
