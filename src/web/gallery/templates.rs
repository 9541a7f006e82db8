//! The templates of pages and feeds: compiled in, and single ones replaced by the operator's.
//!
//! Values are escaped by the kind of file, and a name that a template expects and nobody gives is an
//! error, so a mistake shows in the first test that renders the page. Texts lose what
//! [`plain_text`](super::plain_text) leaves out; HTML of READMEs loses what neither HTML nor XML allows.

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{
    AutoEscape, Environment, HtmlEscape, Output, State, UndefinedBehavior, escape_formatter,
};
use serde::Serialize;

use super::plain_text::{is_forbidden, shown};

/// Name and text of every template.
const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../templates/base.html")),
    ("macros.html", include_str!("../templates/macros.html")),
    ("hit.html", include_str!("../templates/hit.html")),
    ("start.html", include_str!("../templates/start.html")),
    ("list.html", include_str!("../templates/list.html")),
    ("results.html", include_str!("../templates/results.html")),
    ("pages.html", include_str!("../templates/pages.html")),
    ("package.html", include_str!("../templates/package.html")),
    (
        "package_head.html",
        include_str!("../templates/package_head.html"),
    ),
    ("figures.html", include_str!("../templates/figures.html")),
    (
        "releases_table.html",
        include_str!("../templates/releases_table.html"),
    ),
    ("releases.html", include_str!("../templates/releases.html")),
    (
        "changelog.html",
        include_str!("../templates/changelog.html"),
    ),
    ("health.html", include_str!("../templates/health.html")),
    (
        "dependents.html",
        include_str!("../templates/dependents.html"),
    ),
    (
        "repository.html",
        include_str!("../templates/repository.html"),
    ),
    ("person.html", include_str!("../templates/person.html")),
    ("matrix.html", include_str!("../templates/matrix.html")),
    ("compare.html", include_str!("../templates/compare.html")),
    ("help.html", include_str!("../templates/help.html")),
    ("text.html", include_str!("../templates/text.html")),
    ("problem.html", include_str!("../templates/problem.html")),
    ("feed.atom.xml", include_str!("../templates/feed.atom.xml")),
    ("feed.rss.xml", include_str!("../templates/feed.rss.xml")),
    (
        "opensearch.xml",
        include_str!("../templates/opensearch.xml"),
    ),
    ("sitemap.xml", include_str!("../templates/sitemap.xml")),
    (
        "sitemap_index.xml",
        include_str!("../templates/sitemap_index.xml"),
    ),
];
/// The folder of templates within the operator's folder.
const FOLDER: &str = "templates";
/// Bytes of the longest text that is no HTML; our own documents have less in nearly all fields.
const LONGEST_VALUE: usize = 20_000;
/// Bytes of the longest template of the operator's.
const LONGEST_TEMPLATE: u64 = 1_000_000;

/// The templates, ready to render.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// A template of the operator's cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("the folder of templates {folder} cannot be read: {reason}", folder = folder.display())]
    Folder {
        folder: PathBuf,
        reason: std::io::Error,
    },
    #[error("{file} replaces no template; those that there are: {known}", file = file.display())]
    Unknown { file: PathBuf, known: String },
    #[error("{file} is not a valid template: {reason}", file = file.display())]
    Syntax {
        file: PathBuf,
        reason: minijinja::Error,
    },
}

impl Templates {
    /// The program's templates, with those of `folder` in the place of single ones.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] if a template of the operator's cannot be used.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.map_err(|reason| TemplateError::Syntax {
            file: PathBuf::new(),
            reason,
        })?);
        environment.set_auto_escape_callback(|name| {
            let extension = name.rsplit('.').next();
            if matches!(extension, Some("html" | "xml")) {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        environment.set_formatter(write_value);
        for (name, text) in TEMPLATES {
            environment
                .add_template(name, text)
                .map_err(|reason| TemplateError::Syntax {
                    file: PathBuf::from(name),
                    reason,
                })?;
        }
        let mut templates = Self { environment };
        let folder = folder.map(|folder| folder.join(FOLDER));
        if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
            templates.replace_from(&folder)?;
        }
        Ok(templates)
    }

    fn replace_from(&mut self, folder: &Path) -> Result<(), TemplateError> {
        let unreadable = |reason| TemplateError::Folder {
            folder: folder.to_owned(),
            reason,
        };
        for entry in folder.read_dir().map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let file = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if TEMPLATES.iter().all(|(known, _)| *known != name) {
                let known: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
                return Err(TemplateError::Unknown {
                    file,
                    known: known.join(", "),
                });
            }
            let length = entry.metadata().map_err(unreadable)?.len();
            if length > LONGEST_TEMPLATE {
                let reason = std::io::Error::other(format!("{name} has {length} bytes"));
                return Err(unreadable(reason));
            }
            let text = std::fs::read_to_string(&file).map_err(unreadable)?;
            self.environment
                .add_template_owned(name, text)
                .map_err(|reason| TemplateError::Syntax { file, reason })?;
        }
        Ok(())
    }

    /// Renders a template.
    ///
    /// # Errors
    ///
    /// If it expects something that `context` does not have.
    pub fn render(&self, name: &str, context: impl Serialize) -> Result<String, minijinja::Error> {
        let template = self.environment.get_template(name)?;
        template.render(Value::from(Serde(context)))
    }
}

/// Writes a value escaped, without the characters that are no part of a text, and without the end of
/// what is far too long. A slash stays: all attributes are quoted, and sources can be read.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let Some(text) = value.as_str() else {
        return escape_formatter(out, state, value);
    };
    if value.is_safe() {
        if text.contains(is_forbidden) {
            out.write_str(&text.replace(is_forbidden, ""))?;
        } else {
            out.write_str(text)?;
        }
        return Ok(());
    }
    let end = text.floor_char_boundary(LONGEST_VALUE);
    let clean = shown(text.get(..end).unwrap_or_default());
    if matches!(state.auto_escape(), AutoEscape::Html) {
        out.write_str(&HtmlEscape(&clean).to_string().replace("&#x2f;", "/"))?;
    } else {
        out.write_str(&clean)?;
    }
    Ok(())
}
