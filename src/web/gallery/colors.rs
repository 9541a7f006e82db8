//! The operator's colours: read, checked for contrast, written as a stylesheet.

use thiserror::Error;

/// The grounds of our own stylesheet.
const LIGHT_GROUND: Color = Color(0xff, 0xff, 0xff);
const DARK_GROUND: Color = Color(0x15, 0x18, 0x1e);
/// What WCAG 2.2 AA asks of text.
const LEAST_CONTRAST: f64 = 4.5;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(u8, u8, u8);

/// A colour cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ColorError {
    #[error("`{0}` is not a colour; write six hexadecimal digits as in `#0a5c8f`")]
    Syntax(String),
    #[error(
        "{color} has a contrast of {contrast:.1} to 1 on the {ground} ground; text needs \
         {LEAST_CONTRAST} to 1, so use a {advice} colour"
    )]
    Contrast {
        color: String,
        contrast: f64,
        ground: &'static str,
        advice: &'static str,
    },
}

impl Color {
    /// Reads `#rrggbb`.
    ///
    /// # Errors
    ///
    /// [`ColorError::Syntax`] for everything else.
    pub fn parse(text: &str) -> Result<Self, ColorError> {
        let wrong = || ColorError::Syntax(text.to_owned());
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let part = |at: usize| {
            let part = digits.get(at..at + 2).unwrap_or_default();
            u8::from_str_radix(part, 16).map_err(|_| wrong())
        };
        Ok(Self(part(0)?, part(2)?, part(4)?))
    }

    fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Relative luminance, as WCAG defines it.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// From 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

/// The stylesheet of these colours; `None` without any.
///
/// # Errors
///
/// [`ColorError::Contrast`] if text in one of them could not be read.
pub fn stylesheet(light: Option<Color>, dark: Option<Color>) -> Result<Option<String>, ColorError> {
    let check = |color: Option<Color>, ground: Color, name, advice| match color {
        Some(color) if color.contrast(ground) < LEAST_CONTRAST => Err(ColorError::Contrast {
            color: color.hex(),
            contrast: color.contrast(ground),
            ground: name,
            advice,
        }),
        _ => Ok(()),
    };
    check(light, LIGHT_GROUND, "light", "darker")?;
    check(dark, DARK_GROUND, "dark", "lighter")?;
    if light.is_none() && dark.is_none() {
        return Ok(None);
    }
    let declare = |name: &str, color: Option<Color>| {
        color.map_or_else(String::new, |color| format!("--{name}:{};", color.hex()))
    };
    Ok(Some(format!(
        ":root{{{}{}}}\n",
        declare("accent-light", light),
        declare("accent-dark", dark)
    )))
}

#[cfg(test)]
mod tests {
    use super::{Color, ColorError, stylesheet};

    #[test]
    fn colours_that_cannot_be_read_are_refused() -> Result<(), ColorError> {
        let color = Color::parse;
        assert_eq!(
            stylesheet(Some(color("#0A5c8f")?), Some(color("#7fc7ff")?))?.as_deref(),
            Some(":root{--accent-light:#0a5c8f;--accent-dark:#7fc7ff;}\n")
        );
        assert_eq!(stylesheet(None, None)?, None);
        let pale = stylesheet(Some(color("#ffee00")?), None).map_err(|error| error.to_string());
        assert_eq!(
            pale,
            Err("#ffee00 has a contrast of 1.2 to 1 on the light ground; text needs 4.5 to 1, so use a darker colour".to_owned())
        );
        assert!(stylesheet(None, Some(color("#0a5c8f")?)).is_err());
        Ok(())
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        for text in [
            "",
            "blue",
            "#fff",
            "#gggggg",
            "#12345é",
            "123456",
            "#1234567",
            "#ff0000;}",
        ] {
            assert!(Color::parse(text).is_err(), "{text}");
        }
    }
}
