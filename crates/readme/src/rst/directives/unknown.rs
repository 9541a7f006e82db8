//! Directives of Sphinx and other programs: they are shown as the text that they hold.

use crate::rst::{
    directive::Directive,
    parser::{Nesting, Parser},
    tree::{BULLET_LIST, CONTAINER, LIST_ITEM, NodeId, PARAGRAPH},
};

impl Parser {
    /// Appends the text of a directive that docutils does not define.
    pub(in crate::rst) fn unknown_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: NodeId,
        nesting: Nesting,
    ) {
        let argument = directive.argument();
        match name {
            "versionadded" | "versionchanged" | "deprecated" | "versionremoved" => {
                let (version, text) = argument.split_once(' ').unwrap_or((&argument, ""));
                let verb = match name {
                    "versionadded" => "New in version",
                    "versionchanged" => "Changed in version",
                    "versionremoved" => "Removed in version",
                    _ => "Deprecated since version",
                };
                let mark = if text.is_empty() { "." } else { ": " };
                let text = format!("{verb} {version}{mark}{text}");
                self.line_element(&text, &PARAGRAPH, parent);
                self.parse_blocks(&directive.content, parent, nesting.deeper());
            }
            "toctree" | "autosummary" => {
                self.line_element(
                    &directive.option("caption").unwrap_or_default(),
                    &PARAGRAPH,
                    parent,
                );
                let entries = directive.content.iter().filter(|line| !line.is_empty());
                let mut list = None;
                for entry in entries {
                    let list = *list.get_or_insert_with(|| self.tree.element(parent, &BULLET_LIST));
                    let item = self.tree.element(list, &LIST_ITEM);
                    self.line_element(entry.trim(), &PARAGRAPH, item);
                }
            }
            "graphviz" | "digraph" | "graph" | "mermaid" | "uml" | "plantuml" | "testcode"
            | "testsetup" | "testoutput" | "doctest" | "ipython" | "prompt" | "productionlist"
            | "console" | "terminal" | "command-output" | "program-output" | "click:example"
            | "click:run" | "jupyter-execute" | "code-cell" => {
                if name == "command-output" || name == "program-output" {
                    self.line_element(&argument, &PARAGRAPH, parent);
                }
                self.literal_block(&directive.content, parent);
            }
            _ => {
                let node = self.tree.element(parent, &CONTAINER);
                if !argument.is_empty() {
                    let span = self.tree.store(&argument);
                    let paragraph = self.tree.element(node, &PARAGRAPH);
                    self.inline(span, paragraph);
                }
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
        }
    }
}
