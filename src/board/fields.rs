//! Shows a project next to its board file, and creates the fields that it lacks.

use serde::Serialize;

use super::error::BoardError;
use super::project::{Access, Project, fetch_project};
use super::rules::{Board, FieldKind};
use super::session::BoardSession;
use crate::forge::github::{BoardRequest, NewField};

/// The fields of a project, and what of the file they are for.
#[derive(Debug, Clone, Serialize)]
pub struct FieldReport {
    pub title: String,
    pub url: String,
    pub fields: Vec<FieldRow>,
    /// What the board needs and the project lacks.
    pub missing: Vec<String>,
    /// What is wrong with views that the file expects.
    pub views: Vec<String>,
}

/// A field of the project.
#[derive(Debug, Clone, Serialize)]
pub struct FieldRow {
    pub name: String,
    pub kind: String,
    pub id: String,
    pub options: Vec<OptionRow>,
    /// What the board puts there; `None` if it leaves the field alone.
    pub value: Option<String>,
}

/// An option of a single select.
#[derive(Debug, Clone, Serialize)]
pub struct OptionRow {
    pub name: String,
    pub id: String,
}

impl FieldReport {
    /// Whether the project has everything that the file names.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.views.is_empty()
    }
}

/// Reads the fields of the project.
///
/// # Errors
///
/// [`BoardError`] if the project cannot be read.
pub async fn fetch_fields(
    session: &BoardSession,
    board: &Board,
) -> Result<FieldReport, BoardError> {
    let project = fetch_project(session, board, Access::Read).await?;
    Ok(describe(&project, board))
}

fn describe(project: &Project, board: &Board) -> FieldReport {
    let fields = project.fields.iter().map(|field| {
        let value = match board.fields.get(&field.name) {
            Some(rule) => Some(rule.value.name().to_owned()),
            None if field.name == board.link => Some("the link".to_owned()),
            None if board.clear.contains(&field.name) => Some("emptied on new comments".to_owned()),
            None => None,
        };
        let options = field.options.iter().map(|(id, name)| OptionRow {
            name: name.clone(),
            id: id.clone(),
        });
        FieldRow {
            name: field.name.clone(),
            kind: field.kind.clone(),
            id: field.id.clone(),
            options: options.collect(),
            value,
        }
    });
    FieldReport {
        title: project.title.clone(),
        url: project.url.clone(),
        fields: fields.collect(),
        missing: project.lacks(board),
        views: unfit_views(project, board),
    }
}

fn unfit_views(project: &Project, board: &Board) -> Vec<String> {
    let mut unfit = Vec::new();
    for view in &board.views {
        let name = &view.name;
        match project.views.iter().find(|(known, _)| known == name) {
            None => unfit.push(format!("there is no view `{name}`")),
            Some((_, filter)) => {
                let wanted = view.filter.as_ref().filter(|wanted| *wanted != filter);
                if let Some(wanted) = wanted {
                    unfit.push(format!(
                        "the view `{name}` filters by `{filter}` instead of `{wanted}`"
                    ));
                }
            }
        }
        for (field, options) in &view.expects {
            let Some(known) = project.field(field) else {
                let missing = project.missing(field);
                unfit.push(format!("the view `{name}` expects: {missing}"));
                continue;
            };
            let missing = options.iter().filter_map(|option| known.missing(option));
            unfit.extend(missing.map(|missing| format!("the view `{name}` expects: {missing}")));
        }
    }
    unfit
}

/// Creates the fields that the board needs and the project lacks; their names. Options of a field that
/// exists are not added, because GitHub would replace all of them.
///
/// # Errors
///
/// [`BoardError`] if the project cannot be read or changed.
pub async fn create_fields(
    session: &BoardSession,
    board: &Board,
) -> Result<Vec<String>, BoardError> {
    let project = fetch_project(session, board, Access::Write).await?;
    let field = |name: &str, kind: FieldKind, options: Vec<String>| NewField {
        name: name.to_owned(),
        kind: kind.name(),
        options,
    };
    let mut new = vec![field(&board.link, FieldKind::Text, Vec::new())];
    for name in &board.clear {
        new.push(field(name, FieldKind::Date, Vec::new()));
    }
    for (name, rule) in &board.fields {
        let keys = rule.value.option_keys().iter();
        let options = keys.filter_map(|key| rule.options.get(*key).cloned());
        new.push(field(name, rule.value.kind(), options.collect()));
    }
    new.retain(|field| project.field(&field.name).is_none());
    let mut created = Vec::new();
    for one in &new {
        session.check_stop()?;
        let request = BoardRequest::new_fields(&project.id, std::slice::from_ref(one));
        let what = format!("the new field `{}`", one.name);
        let answer = session.ask(&what, &request).await?;
        if let Some(problem) = answer.problem_of("m0") {
            let why = problem.message.clone();
            return Err(BoardError::Unanswered { what, why });
        }
        session.log.note(&format!("created the field {}", one.name));
        created.push(one.name.clone());
    }
    Ok(created)
}
