//! Rendering a README allocates memory in proportion to its length, whatever it contains.
//!
//! This is a separate binary because it counts allocations.

use allocation_counter::measure;
use proptest::prelude::*;
use pyfa_readme::{chapters, render, visible_text};

const MAXIMUM: usize = 1 << 20;

/// The bytes allocated for rendering a text and splitting it into chapters.
fn allocated_bytes(text: &str, content_type: &str) -> u64 {
    let measured = measure(|| {
        let rendered = render(text, Some(content_type), MAXIMUM);
        let parts = chapters(&rendered.html, "acme");
        std::hint::black_box(visible_text(&parts.main_content));
    });
    measured.bytes_total
}

fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(of), 1..4).prop_map(|pieces| pieces.concat())
}

const MARKDOWN: &[&str] = &[
    "&", "&a;", "<", "<b>", "</b>", "<p>", "<div>", "<a b=\"", "<!--", "`", "```\n", "*", "_", "[",
    "]", "](", "![", "(", ")", "\\", "\n", "\n\n", "- ", "1. ", "> ", "# ", "|", "|-", "[^a]",
    "[^a]: ", "[a]: b\n", ":", "www.", "a@b.c", "http://", "a", "é", " ", "~~", "- [ ] ",
];

const RESTRUCTURED: &[&str] = &[
    "*",
    "**",
    "`",
    "``",
    "_",
    "__",
    "|",
    "|a|",
    "[1]_",
    "[#]_",
    ".. [#] a\n",
    ".. _a: b\n",
    ".. |a| replace:: |b|\n",
    ".. note::\n   ",
    ":a:",
    "::\n\n  ",
    "\n",
    "\n\n",
    " ",
    "- ",
    "1. ",
    "+--+\n",
    "|  |\n",
    "== ==\n",
    "---\n",
    "a\n=\n",
    "\\",
    "`a <b>`_ ",
    "a__ ",
    ":a: b\n",
    "-a  b\n",
    ">>> a\n",
    "http://a",
    "'",
    "\"",
    "a",
    "é",
    "&",
    "<",
];

/// Twice the length may allocate twice as much, plus what growing buffers round up to.
fn assert_linear(head: &str, unit: &str, content_type: &str) -> Result<(), TestCaseError> {
    let of = |length: usize| format!("{head}{}", unit.repeat(length.div_ceil(unit.len())));
    let costs = [8, 16, 32].map(|length| allocated_bytes(&of(length << 10), content_type));
    for pair in costs.windows(2) {
        prop_assert!(
            pair[1] <= 3 * pair[0] + (1 << 20),
            "{costs:?} for {head:?} and {unit:?} as {content_type}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn markdown_allocates_linearly(head in pieces(MARKDOWN), unit in pieces(MARKDOWN)) {
        assert_linear(&head, &unit, "text/markdown")?;
    }

    #[test]
    fn restructured_text_allocates_linearly(
        head in pieces(RESTRUCTURED), unit in pieces(RESTRUCTURED),
    ) {
        assert_linear(&head, &unit, "text/x-rst")?;
    }
}
