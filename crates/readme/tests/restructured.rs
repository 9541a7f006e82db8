//! Any reStructuredText is rendered safely, in time, and without losing words.

use std::fmt::Write as _;

use proptest::prelude::*;
use pyfa_readme::{chapters, render, rst_to_html, visible_text};

const MAXIMUM: usize = 1 << 22;

fn render_html(text: &str) -> String {
    let rendered = render(text, Some("text/x-rst"), MAXIMUM);
    assert!(!rendered.as_written, "{}", &text[..text.len().min(200)]);
    rendered.html
}

#[test]
fn everything_at_once() {
    let source = include_str!("everything.rst");
    insta::assert_snapshot!(render_html(source));
}

#[test]
fn harmful_markup_is_defused() {
    let sources = [
        "`a <javascript:alert(1)>`_ `b <JaVaScRiPt:alert(1)>`__ javascript:alert(1)",
        "`a <data:text/html,<script>alert(1)</script>>`_ data:text/html,x vbscript:x",
        ".. image:: javascript:alert(1)\n   :alt: \"onerror=alert(1) x=\"\n   :target: javascript:alert(1)",
        ".. image:: data:image/svg+xml;base64,PHN2Zz4=",
        ".. figure:: x\" onerror=\"alert(1)\n   :width: 1\" onload=\"alert(1)\n   :align: \" onload=\"x",
        ".. raw:: html\n\n   <script>alert(1)</script>",
        ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>alert(1)</script>`",
        ".. role:: x\n   :class: \" onclick=\"alert(1)\n\n:x:`a`",
        ".. class:: \" onclick=\"alert(1)\n\nText <script>alert(1)</script>",
        ".. include:: /etc/passwd\n\n.. csv-table:: x\n   :file: /etc/passwd\n   :url: http://x",
        ".. |a| image:: javascript:alert(1)\n.. _b: javascript:alert(1)\n\n|a| b_ |c|\n\n.. |c| replace:: <b>",
        ".. code:: \"><script>alert(1)</script>\n\n   <script>",
        ".. meta::\n   :http-equiv=refresh: 0;url=x\n\n.. title:: <script>",
        ".. math:: </div><script>alert(1)</script>\n\n:math:`<script>`",
        "[<script>]_ [#\"><script>]_\n\n.. [#\"><script>] x\n.. [x\"] y",
        "<script>\n========\n\n.. contents:: <script>",
        "-<script>  <script>\n\n--a=<script>  <img src=x onerror=alert(1)>",
        ":<script>: <script>\n\n+-----+\n| <b> |\n+-----+",
        "a@\"onclick=alert(1)\".example.org mailto:\"><script>@x.org",
        "|<script>| `<script>` ``<script>`` :a:`<script>` _`\"><script>`",
    ];
    let mut seen = String::new();
    for source in sources {
        let html = render_html(source);
        let parts = chapters(&html, "");
        for part in [&html, &parts.first_chapter, &parts.main_content] {
            assert_harmless(part);
        }
        let _ = writeln!(seen, "{source}\n    => {html}");
    }
    insta::assert_snapshot!(seen);
}

/// Fails on a tag or attribute that the sanitiser must remove. It writes attributes in double quotes
/// and escapes every other `<`.
fn assert_harmless(html: &str) {
    for piece in html.split('<').skip(1) {
        let mut parts = piece.split('"');
        let mut tag = String::new();
        while let Some(outside) = parts.next() {
            let end = outside.find('>');
            tag.push_str(&outside[..end.unwrap_or(outside.len())]);
            if end.is_some() {
                break;
            }
            let value = parts.next().unwrap_or_default().trim().to_lowercase();
            for scheme in ["javascript:", "data:", "vbscript:", "file:"] {
                let is_address = tag.ends_with("href=") || tag.ends_with("src=");
                assert!(!is_address || !value.starts_with(scheme), "{html}");
            }
        }
        let tag = tag.to_lowercase();
        let mut words = tag.trim_start_matches('/').split_whitespace();
        let name = words.next().unwrap_or_default();
        for forbidden in [
            "script", "style", "iframe", "object", "form", "meta", "svg", "base",
        ] {
            assert_ne!(name, forbidden, "{html}");
        }
        assert!(
            !words.any(|word| word.starts_with("on") || word.starts_with("style")),
            "{html}"
        );
    }
}

/// Pieces that are expensive when repeated.
const REPEATED: &[&str] = &[
    "*a ",
    "**a ",
    "``a ",
    "`a ",
    "|a ",
    "_`a ",
    "a_ ",
    "a__ ",
    "[a]_ ",
    "[#]_ ",
    ":a:`b ",
    "* ",
    "`",
    "*",
    "_",
    "|",
    "\\",
    "a-",
    "a_b_",
    "a:",
    "-a:",
    "x@",
    "a@b.c ",
    "http://a ",
    "<a>",
    "`a <b",
    ":a",
    "[",
    "]_",
    "a]_ ",
    "\"",
    "'",
    "...",
    "--",
    "- ",
    "+ ",
    "1. ",
    "(a) ",
    "| ",
    ":a: ",
    ".. ",
    "__ ",
    ">>> ",
    "=",
    "= ",
    "+-",
    "`a`:b",
    "-a, ",
    "a.b.c_d-",
    "\u{301}",
    "日 ",
    "a\\\n",
    "- \n",
    "a\n",
    "::\n\n",
    "..\n",
    "=\n",
    "====\n",
    "====\na\n",
    "a\n=\n",
    "==== ====\n",
    "== ==\n\n",
    "+---+\n",
    "+---+\n| a |\n",
    "|\n",
    "| a\n",
    ".. a::\n",
    ".. |a| b\n",
    ".. [#] a\n",
    ".. _a: b\n",
    ".. _a:\n",
    "a\n b\n",
    " a\n",
    "-a  b\n",
    ":a: b\n",
    "a::\n\n b\n\n",
    ".. image:: a\n",
    ".. contents::\n",
    ".. class:: a\n",
    "__ a_\n",
    ".. _a: b_\n.. _b: a_\n",
];

/// Documents that make naive parsers slow, each several hundred kilobytes long. A linear parser needs
/// a few seconds for all of them even in a debug build; another would need hours or overflow the
/// stack.
#[test]
fn pathological_documents_are_parsed_in_time() {
    let many = 60_000;
    let deep = |item: &str, tail: &str| -> String {
        (0..500)
            .map(|depth| " ".repeat(depth * item.len()) + item + tail + "\n\n")
            .collect()
    };
    let lines = |line: &dyn Fn(usize) -> String| (0..many / 4).map(line).collect::<String>();
    let mut sources: Vec<String> = REPEATED
        .iter()
        .map(|piece| piece.repeat(many / piece.len().min(8)))
        .collect();
    sources.extend([
        deep("- ", "a"),
        deep("  ", "a"),
        deep("1. ", "a"),
        deep(" ", ".. note::"),
        deep("a\n ", "b"),
        lines(&|number| format!("a{number}\n===\n\n")),
        lines(&|number| format!(".. _a{number}: a{}_\n", number + 1)),
        lines(&|number| format!(".. _a{number}:\n")),
        lines(&|number| format!("[#a{number}]_ ")),
        format!(
            "{}\n\n.. contents::\n",
            lines(&|_| "a\n=\n\nb\n-\n\n".to_owned())
        ),
        // Expansion bombs: each substitution contains the next one ten times.
        (0..20)
            .map(|number| {
                format!(
                    ".. |a{number}| replace:: {}\n",
                    format!("|a{}| ", number + 1).repeat(10)
                )
            })
            .chain(["\n|a0|\n".to_owned()])
            .collect(),
        format!(
            ".. |a| replace:: {}\n\n{}",
            "b ".repeat(20_000),
            "|a| ".repeat(20_000)
        ),
        ".. |a| replace:: |b|\n.. |b| replace:: |a|\n\n|a|\n".to_owned(),
        // Tables full of corners.
        format!("+{}\n", "-+".repeat(300)).repeat(300),
        format!("+{0}\n|{1}\n", "-+".repeat(100), " |".repeat(100)).repeat(300),
        format!("{0}\n{1}\n{0}\n", "= ".repeat(5_000), "a ".repeat(5_000)),
        format!(
            ".. csv-table::\n\n   {}\n{}",
            "a,".repeat(10_000),
            "   b\n".repeat(10_000)
        ),
        format!(
            ".. list-table::\n\n{}",
            "   * - a\n     - b\n".repeat(5_000)
        ),
        format!(".. role:: a(b)\n{}", ".. role:: a(a)\n".repeat(5_000)),
    ]);
    for source in &sources {
        let _ = rst_to_html(source);
    }
}

/// The HTML of repeated text grows in proportion to the text.
#[test]
fn output_grows_with_input() {
    for source in [
        format!(
            ".. |a| replace:: {}\n\n{}",
            "b ".repeat(5_000),
            "|a| ".repeat(5_000)
        ),
        format!(
            ".. csv-table::\n\n   {}\n{}",
            "a,".repeat(2_000),
            "   b\n".repeat(2_000)
        ),
    ] {
        let html = rst_to_html(&source).unwrap_or_default();
        assert!(
            html.len() < source.len() * 64,
            "{} of {}",
            html.len(),
            source.len()
        );
    }
}

/// Pieces of markup that show all their text: no comments, targets, directive options or role names.
const PIECES: [&str; 66] = [
    "*",
    "**",
    "`",
    "``",
    "_",
    "__",
    "|",
    "_`",
    "`_",
    "`__",
    "[",
    "]_",
    "[#",
    "\\ ",
    "\"",
    "'",
    "--",
    "...",
    " ",
    " ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\n\n",
    "\n  ",
    "\n   ",
    "\n\n  ",
    "\n\n     ",
    "- ",
    "* ",
    "1. ",
    "2. ",
    "#. ",
    "a) ",
    "(i) ",
    "| ",
    ":field: ",
    "-o  ",
    "--long=arg  ",
    "::\n\n",
    ">>> ",
    "====",
    "\n====\n",
    "\n----\n",
    "====  ====\n",
    "+----+\n",
    "+====+\n",
    "| ",
    " |\n",
    " : ",
    ">",
    "<",
    "http://",
    "@",
    ".org",
    "/",
    "(",
    ")",
    "{",
    "}",
    "\t",
    "é",
    "日本",
    "&amp;",
    "<b>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_word_is_lost(pieces in prop::collection::vec(0..PIECES.len() * 2, 0..60)) {
        let mut source = String::new();
        let mut words = Vec::new();
        for piece in pieces {
            if let Some(piece) = PIECES.get(piece) {
                source.push_str(piece);
            } else {
                    let word = format!("word{}x", words.len());
                    source.push_str(&word);
                    words.push(word);
            }
        }
        // The text after two underscores is the destination of a link.
        prop_assume!(!source.contains("__ ") && !source.contains("__\n") && !source.contains("__\t"));
        let html = render_html(&source);
        assert_harmless(&html);
        for word in &words {
            prop_assert!(html.contains(word.as_str()), "{word} of {source:?} is not in {html}");
        }
    }

    #[test]
    fn any_text_is_rendered(source in "(\\.\\. |[-*+=:|_`<>\\[\\]#a1\\\\ \n]|::|note|image|contents|code|table|role|replace){0,80}") {
        let html = render_html(&source);
        assert_harmless(&html);
        let _ = (chapters(&html, ""), visible_text(&html));
    }
}
