//! Markdown to HTML, with the extensions that the Python Package Index enables.
//!
//! The result is not safe: raw HTML passes through, for the sanitiser to clean.

use std::{borrow::Cow, collections::HashMap, fmt, sync::LazyLock};

use comrak::{
    Options,
    adapters::SyntaxHighlighterAdapter,
    markdown_to_html_with_plugins,
    options::{AlertStyleType, Plugins},
};

use crate::sanitize::ID_PREFIX;

static GITHUB: LazyLock<Options<'static>> = LazyLock::new(|| github_options(true));

static GITHUB_WITHOUT_ALERTS: LazyLock<Options<'static>> = LazyLock::new(|| github_options(false));

static COMMONMARK: LazyLock<Options<'static>> = LazyLock::new(commonmark_options);

/// Alerts are disabled for texts with this many `>` in a row: searching for them is quadratic.
const MAX_NESTED_QUOTES: usize = 64;

fn github_options(alerts: bool) -> Options<'static> {
    let mut options = commonmark_options();
    let extension = &mut options.extension;
    extension.alerts = alerts;
    extension.autolink = true;
    extension.footnotes = true;
    extension.header_id_prefix = Some(ID_PREFIX.to_owned());
    extension.shortcodes = true;
    extension.strikethrough = true;
    extension.table = true;
    extension.tasklist = true;
    options
}

fn commonmark_options() -> Options<'static> {
    let mut options = Options::default();
    options.render.r#unsafe = true;
    options.render.alert_style = AlertStyleType::Semantic;
    options
}

/// Renders `markdown`, with or without GitHub's extensions.
pub(crate) fn to_html(markdown: &str, github: bool) -> String {
    let options = if !github {
        &*COMMONMARK
    } else if markdown.contains(&">".repeat(MAX_NESTED_QUOTES)) {
        &*GITHUB_WITHOUT_ALERTS
    } else {
        &*GITHUB
    };
    let mut plugins = Plugins::default();
    plugins.render.codefence_syntax_highlighter = Some(&CodeBlocks);
    markdown_to_html_with_plugins(markdown, options, &plugins)
}

/// Writes code blocks with a language as `<pre lang="…">`, like the registry.
struct CodeBlocks;

type Attributes<'a> = HashMap<&'static str, Cow<'a, str>>;

/// The language named by the attributes of a `<code>` tag.
fn code_language<'a>(attributes: &'a Attributes<'_>) -> Option<&'a str> {
    let class = attributes.get("class")?;
    class
        .strip_prefix("language-")
        .filter(|language| !language.is_empty())
}

impl SyntaxHighlighterAdapter for CodeBlocks {
    fn write_pre_tag(&self, _: &mut dyn fmt::Write, _: Attributes<'_>) -> fmt::Result {
        // The language is only known at the next tag.
        Ok(())
    }

    fn write_code_tag(
        &self,
        output: &mut dyn fmt::Write,
        attributes: Attributes<'_>,
    ) -> fmt::Result {
        match code_language(&attributes) {
            // The sanitiser removes the stray `</code>`.
            Some(language) => {
                output.write_str("<pre lang=\"")?;
                comrak::html::escape(output, language)?;
                output.write_str("\">")
            }
            None => output.write_str("<pre><code>"),
        }
    }

    fn write_highlighted(
        &self,
        output: &mut dyn fmt::Write,
        language: Option<&str>,
        code: &str,
    ) -> fmt::Result {
        if language.is_none_or(str::is_empty) {
            return comrak::html::escape(output, code);
        }
        comrak::html::escape(output, code.trim_matches('\n'))?;
        output.write_char('\n')
    }
}
