//! Small charts as SVG: bars side by side for each week, month, quarter or year. The same numbers give
//! the same bytes. No I/O.

use std::fmt::Write as _;

const HEIGHT: i64 = 120;
const LEFT: i64 = 56;
const TOP: i64 = 44;
/// Below the bars, for names.
const BOTTOM: i64 = 24;
const WIDTH: i64 = 480;
/// Whatever there is to show, and however much.
const WIDEST: i64 = 960;
/// Between the bars of two names.
const GAP: i64 = 4;
const NARROWEST_BAR: i64 = 4;
const WIDEST_BAR: i64 = 24;
/// What a name needs.
const LABEL: i64 = 84;
const COLORS: [&str; 2] = ["#2f6f9f", "#d9822b"];

/// A chart.
#[derive(Debug)]
pub(super) struct Chart<'c> {
    pub(super) title: &'c str,
    /// The names of the weeks, months, quarters or years.
    pub(super) names: &'c [String],
    /// At most two.
    pub(super) series: Vec<Series<'c>>,
    /// Writes a value of the axis.
    pub(super) say: fn(i64) -> String,
}

/// A value for each name; `None` where it is not known.
#[derive(Debug)]
pub(super) struct Series<'c> {
    pub(super) name: &'c str,
    pub(super) values: Vec<Option<i64>>,
}

/// Where the bars are.
struct Layout {
    bar: i64,
    /// From the first bar of a name to that of the next one.
    step: i64,
    width: i64,
}

impl Chart<'_> {
    fn layout(&self) -> Layout {
        let names = i64::try_from(self.names.len()).unwrap_or(i64::MAX).max(1);
        let bars = i64::try_from(self.series.len()).unwrap_or(1).max(1);
        let bar = ((WIDTH - LEFT - GAP) / names - GAP)
            .div_euclid(bars)
            .clamp(NARROWEST_BAR, WIDEST_BAR);
        let step = bar * bars + GAP;
        let wide = LEFT
            .saturating_add(step.saturating_mul(names))
            .saturating_add(GAP);
        Layout {
            bar,
            step,
            width: wide.clamp(WIDTH, WIDEST),
        }
    }

    /// The chart as a file.
    pub(super) fn svg(&self) -> String {
        let Layout { bar, step, width } = self.layout();
        let height = TOP + HEIGHT + BOTTOM;
        let floor = TOP + HEIGHT;
        let title = escape(self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<title>{title}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
             <text x=\"4\" y=\"16\" fill=\"#1f1f1f\">{title}</text>\n"
        );
        let values = self.series.iter().flat_map(|one| &one.values);
        let highest = values.flatten().copied().max().unwrap_or(0).max(1);
        let mut write = |line: &str| _ = writeln!(svg, "{line}");
        let mut x = 4;
        for (series, color) in self.series.iter().zip(COLORS) {
            let name = escape(series.name);
            write(&format!(
                "<rect x=\"{x}\" y=\"24\" width=\"10\" height=\"10\" fill=\"{color}\"/>\
                 <text x=\"{}\" y=\"33\" fill=\"#1f1f1f\">{name}</text>",
                x + 14
            ));
            x += 160;
        }
        for (value, y) in [(highest, TOP + 10), (0, floor)] {
            write(&format!(
                "<text x=\"{}\" y=\"{y}\" fill=\"#595959\" text-anchor=\"end\">{}</text>",
                LEFT - 6,
                escape(&(self.say)(value))
            ));
        }
        write(&format!(
            "<path d=\"M{LEFT} {floor}.5H{width}\" stroke=\"#8c8c8c\"/>"
        ));
        for (place, (series, color)) in (0..).zip(self.series.iter().zip(COLORS)) {
            for (turn, (name, value)) in (0..).zip(self.names.iter().zip(&series.values)) {
                let Some(value) = value.filter(|value| *value > 0) else {
                    continue;
                };
                // What is there is seen, however small.
                let tall = (i128::from(value) * i128::from(HEIGHT) / i128::from(highest)).max(1);
                let tall = i64::try_from(tall).unwrap_or(HEIGHT);
                write(&format!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{bar}\" height=\"{tall}\" fill=\"{color}\">\
                     <title>{}: {}</title></rect>",
                    LEFT + GAP + turn * step + place * bar,
                    floor - tall,
                    escape(name),
                    escape(&(self.say)(value)),
                ));
            }
        }
        // As many names as there is room for.
        let every = (LABEL + step - 1).div_euclid(step).max(1);
        for (turn, name) in (0..).zip(self.names) {
            let x = LEFT + GAP + turn * step;
            if turn % every == 0 && x + LABEL - GAP <= width {
                write(&format!(
                    "<text x=\"{x}\" y=\"{}\" fill=\"#595959\">{}</text>",
                    floor + 16,
                    escape(name)
                ));
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// Text that is no markup, and that XML allows.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Chart, Series};

    fn chart(names: &[String], values: Vec<Option<i64>>) -> String {
        let series = Series {
            name: "a<b",
            values,
        };
        Chart {
            title: "\"<script>&\u{1}",
            names,
            series: vec![series],
            say: |value| value.to_string(),
        }
        .svg()
    }

    #[test]
    fn nothing_of_a_text_is_markup() {
        let weeks = ["<w>".to_owned(), "v".to_owned()];
        let svg = chart(&weeks, vec![Some(3), None]);
        assert!(
            svg.contains("<title>&quot;&lt;script&gt;&amp;</title>"),
            "{svg}"
        );
        assert!(svg.contains("<title>&lt;w&gt;: 3</title>") && svg.contains("a&lt;b"));
        assert!(!svg.contains("<w>") && !svg.contains('\u{1}'));
    }

    #[test]
    fn extremes_stay_within_the_chart() {
        let weeks: Vec<String> = (0..60).map(|week| week.to_string()).collect();
        let mut values = vec![Some(1); 60];
        values[5] = Some(i64::MAX);
        let svg = chart(&weeks, values);
        assert!(svg.contains("height=\"120\"") && svg.contains("height=\"1\""));
        assert!(chart(&[], Vec::new()).ends_with("</svg>\n"));
    }

    /// All numbers of an attribute.
    fn numbers(svg: &str, attribute: &str) -> Vec<i64> {
        let begin = format!(" {attribute}=\"");
        let parts = svg.split(&begin).skip(1);
        parts
            .filter_map(|part| part.split('"').next()?.parse().ok())
            .collect()
    }

    #[test]
    fn as_many_bars_as_a_period_has_fit() {
        for count in [1, 13, 53, 60, 61] {
            let names: Vec<String> = (0..count).map(|at| format!("2026-01-{at:02}")).collect();
            let values = vec![Some(1); count];
            let series = ["one", "other"].map(|name| Series {
                name,
                values: values.clone(),
            });
            let svg = Chart {
                title: "t",
                names: &names,
                series: series.into(),
                say: |value| value.to_string(),
            }
            .svg();
            let width = numbers(&svg, "width")[0];
            assert!((480..=960).contains(&width), "{count}: {width}");
            assert!(numbers(&svg, "x").iter().all(|x| *x < width - 4), "{count}");
            // Names do not touch each other.
            let labels: Vec<&str> = svg
                .lines()
                .filter(|line| line.contains(">2026-01-"))
                .collect();
            let labels = labels.iter().filter(|line| line.starts_with("<text"));
            let places: Vec<i64> = labels.flat_map(|line| numbers(line, "x")).collect();
            assert!(!places.is_empty() && places.len() <= count, "{count}");
            assert!(
                places.windows(2).all(|two| two[1] - two[0] >= 84),
                "{places:?}"
            );
        }
    }
}
