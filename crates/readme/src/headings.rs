//! Lowers headings by one level, because the page that shows a README has its own `h1`.

use crate::tokens::tokens;

/// `h1` to `h5` in sanitised HTML become `h2` to `h6`; `h6` stays.
pub(crate) fn lower_headings(html: &str) -> String {
    let mut lowered = String::with_capacity(html.len());
    for token in tokens(html) {
        match token.heading_level() {
            Some(level @ 1..=5) => {
                // The first `h` is that of the name: `<h1 …` or `</h1>`.
                let digit = token.text.find('h').map_or(0, |at| at + 1);
                lowered.push_str(&token.text[..digit]);
                lowered.push(char::from(b'1' + level));
                lowered.push_str(&token.text[digit + 1..]);
            }
            _ => lowered.push_str(token.text),
        }
    }
    lowered
}

#[cfg(test)]
mod tests {
    use super::lower_headings;

    #[test]
    fn headings_move_down_and_the_lowest_stays() {
        assert_eq!(
            lower_headings(
                "<h1 id=\"h1\">a &lt;h1&gt;</h1><h5>b</h5><h6>c</h6><hr><p title=\"<h1>\"></p>"
            ),
            "<h2 id=\"h1\">a &lt;h1&gt;</h2><h6>b</h6><h6>c</h6><hr><p title=\"<h1>\"></p>"
        );
    }
}
