//! Plans and reports of boards as people read them.

use crate::board::{BoardReport, FieldChange, FieldReport, FieldValue, Plan, Project};
use crate::cli::output::{self, Printer, count_of, one_line};

/// Lines of a plan for one kind of change; JSON has all.
const MOST_ITEMS: usize = 200;

pub(super) fn show_plan(project: &Project, plan: &Plan) {
    output::line(&format!(
        "{} ({}): {} to add, {} to change, {} to remove, {} unchanged",
        one_line(&project.title),
        one_line(&project.url),
        plan.additions.len(),
        plan.changes.len(),
        plan.removals.len(),
        plan.unchanged
    ));
    for addition in plan.additions.iter().take(MOST_ITEMS) {
        let kind = if addition.is_draft { " (draft)" } else { "" };
        let (name, title) = (one_line(&addition.name), one_line(&addition.title));
        output::line(&format!("+ {name} {title}{kind}"));
        show_changes(&addition.fields);
    }
    for change in plan.changes.iter().take(MOST_ITEMS) {
        let (name, title) = (one_line(&change.name), one_line(&change.title));
        output::line(&format!("~ {name} {title}"));
        show_changes(&change.fields);
    }
    for removal in plan.removals.iter().take(MOST_ITEMS) {
        let title = one_line(&removal.title);
        output::line(&format!("- {title}: {}", removal.why));
    }
    let longest = [
        plan.additions.len(),
        plan.changes.len(),
        plan.removals.len(),
    ];
    let hidden: usize = longest
        .iter()
        .map(|count| count.saturating_sub(MOST_ITEMS))
        .sum();
    if hidden > 0 {
        let hidden = count_of(hidden as u64, "more item");
        output::line(&format!("and {hidden}; `--format json` shows all"));
    }
    show_rest(plan.left_alone, plan.kept, &plan.incomplete);
}

fn show_changes(changes: &[FieldChange]) {
    for change in changes {
        let (name, to) = (one_line(&change.field), shown(change.to.as_ref()));
        match &change.from {
            None if change.to.is_none() => {}
            None => output::line(&format!("    {name}: {to}")),
            from => output::line(&format!("    {name}: {} → {to}", shown(from.as_ref()))),
        }
    }
}

fn shown(value: Option<&FieldValue>) -> String {
    match value {
        Some(value) => one_line(&value.to_string()),
        None => "empty".to_owned(),
    }
}

fn rest(left_alone: u64, kept: u64, incomplete: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    if left_alone > 0 {
        let items = count_of(left_alone, "item");
        lines.push(format!("left alone: {items}, archived or not to be seen"));
    }
    if kept > 0 {
        let why = if incomplete.is_empty() {
            "because the file does not say that they are removed"
        } else {
            "because not everything was read"
        };
        lines.push(format!("kept: {}, {why}", count_of(kept, "item")));
    }
    for why in incomplete {
        lines.push(format!(
            "incomplete, so nothing is removed: {}",
            one_line(why)
        ));
    }
    lines
}

fn show_rest(left_alone: u64, kept: u64, incomplete: &[String]) {
    output::lines(rest(left_alone, kept, incomplete));
}

pub(super) fn show_report(report: &BoardReport, printer: Printer) {
    printer.result(&format!(
        "{} ({}): added {}, changed {}, removed {}; {} unchanged",
        one_line(&report.title),
        one_line(&report.url),
        count_of(report.added, "item"),
        report.changed,
        report.removed,
        report.unchanged
    ));
    printer.result(&format!(
        "  {} written with {} and {}",
        count_of(report.fields, "field"),
        count_of(report.mutations, "change request"),
        count_of(report.queries, "reading request"),
    ));
    if report.passes > 1 {
        printer.result(&format!("  passes: {}", report.passes));
    }
    for line in rest(report.left_alone, report.kept, &report.incomplete) {
        printer.result(&format!("  {line}"));
    }
    for problem in &report.problems {
        let (of, why) = (one_line(&problem.of), one_line(&problem.why));
        printer.result(&format!("  {of}: {why}"));
    }
}

pub(super) fn show_fields(report: &FieldReport) {
    output::line(&format!(
        "{} ({})",
        one_line(&report.title),
        one_line(&report.url)
    ));
    let rows: Vec<[String; 4]> = report
        .fields
        .iter()
        .map(|field| {
            let options = field.options.iter();
            let options: Vec<String> = options
                .map(|option| format!("{} ({})", option.name, option.id))
                .collect();
            let value = field.value.clone().unwrap_or_else(|| "–".to_owned());
            let name = format!("{} ({})", field.name, field.id);
            [name, field.kind.clone(), value, options.join(", ")]
        })
        .collect();
    output::table(["FIELD", "TYPE", "HOLDS", "OPTIONS"], &rows);
    let missing = report.missing.iter().chain(&report.views);
    let missing: Vec<String> = missing.map(|line| one_line(line)).collect();
    if missing.is_empty() {
        output::line("the project has everything that the file names");
    }
    output::lines(missing);
}
