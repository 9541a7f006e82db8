//! Markdown to HTML, with the extensions that the Python Package Index switches on.
//!
//! The result is not safe yet: raw HTML passes through and is the sanitiser's to judge.

use std::{borrow::Cow, collections::HashMap, fmt, sync::LazyLock};

use comrak::{
    Options,
    adapters::SyntaxHighlighterAdapter,
    markdown_to_html_with_plugins,
    options::{AlertStyleType, Plugins},
};

use crate::sanitize::ID_PREFIX;

static GITHUB: LazyLock<Options<'static>> = LazyLock::new(|| github(true));

static GITHUB_WITHOUT_ALERTS: LazyLock<Options<'static>> = LazyLock::new(|| github(false));

static COMMONMARK: LazyLock<Options<'static>> = LazyLock::new(commonmark);

/// The search for alerts reads all the `>` of a line again for each of them.
const QUOTES_SEARCHED_FOR_ALERTS: usize = 64;

fn github(alerts: bool) -> Options<'static> {
    let mut options = commonmark();
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

fn commonmark() -> Options<'static> {
    let mut options = Options::default();
    options.render.r#unsafe = true;
    options.render.alert_style = AlertStyleType::Semantic;
    options
}

/// Renders `markdown`, with GitHub's extensions or without any.
pub(crate) fn to_html(markdown: &str, github: bool) -> String {
    let options = if !github {
        &*COMMONMARK
    } else if markdown.contains(&">".repeat(QUOTES_SEARCHED_FOR_ALERTS)) {
        &*GITHUB_WITHOUT_ALERTS
    } else {
        &*GITHUB
    };
    let mut plugins = Plugins::default();
    plugins.render.codefence_syntax_highlighter = Some(&CodeBlocks);
    markdown_to_html_with_plugins(markdown, options, &plugins)
}

/// Writes code blocks of a known language as `<pre lang="…">`, the registry's form.
struct CodeBlocks;

type Attributes<'a> = HashMap<&'static str, Cow<'a, str>>;

/// The language that the attributes of `<code>` or `<pre>` name.
fn language<'a>(attributes: &'a Attributes<'_>) -> Option<&'a str> {
    let class = attributes.get("class")?;
    class
        .strip_prefix("language-")
        .filter(|language| !language.is_empty())
}

impl SyntaxHighlighterAdapter for CodeBlocks {
    fn write_pre_tag(&self, _: &mut dyn fmt::Write, _: Attributes<'_>) -> fmt::Result {
        // Whether there is a language is only known at the next tag.
        Ok(())
    }

    fn write_code_tag(
        &self,
        output: &mut dyn fmt::Write,
        attributes: Attributes<'_>,
    ) -> fmt::Result {
        match language(&attributes) {
            // The closing `</code>` has nothing to close and goes with the sanitiser.
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
