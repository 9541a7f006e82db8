//! Prometheus's text format.

use std::fmt::Write as _;

/// Metrics as text, one family after the other.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

impl Exposition {
    /// Begins a family of metrics; `kind` is `gauge`, `counter` or `histogram`.
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text never fails.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One value of the family.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{label}=\"{}\"", escaped(text));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    text.replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::Exposition;

    #[test]
    fn a_label_stays_a_label() {
        let mut text = Exposition::default();
        text.family("a_total", "counter", "What a does.");
        text.sample("a_total", &[], 1.5);
        text.sample("a_total", &[("of", "b\"} 1\nc\\"), ("x", "y")], 2.0);
        assert_eq!(
            text.into_text(),
            "# HELP a_total What a does.\n# TYPE a_total counter\na_total 1.5\n\
             a_total{of=\"b\\\"} 1\\nc\\\\\",x=\"y\"} 2\n"
        );
    }
}
