//! Directives that change how the rest is read or shown, those that are refused, and those of
//! other programs.

use crate::rst::{
    directive::{Directive, class_names},
    outline::{Backlinks, Contents, Numbering},
    parser::{Flow, Level, Parser},
    roles::Role,
    tree::{BULLET_LIST, CONTAINER, Id, Kind, LIST_ITEM, PARAGRAPH},
};

impl Parser {
    /// Obeys a directive of this kind; false when it is none.
    pub(in crate::rst) fn setting_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        flow: &mut Flow,
        level: Level,
    ) -> bool {
        match name {
            "contents" => self.contents(directive, flow),
            "sectnum" | "section-numbering" => {
                self.numbering = Some(Numbering {
                    depth: directive.number("depth").unwrap_or(usize::MAX),
                    start: directive.number("start").unwrap_or(1),
                    prefix: directive.option("prefix").unwrap_or_default(),
                    suffix: directive.option("suffix").unwrap_or_default(),
                });
            }
            "role" => {
                let argument = directive.argument();
                let (name, base) = argument
                    .trim_end_matches(')')
                    .split_once('(')
                    .unwrap_or((&argument, ""));
                self.define_role(name.trim(), base.trim(), directive);
            }
            "default-role" => {
                let name = directive.argument().to_lowercase();
                let custom = self.roles.get(&name).cloned();
                if let Some(role) = custom.or_else(|| Role::known(&name)) {
                    self.default_role = role;
                }
            }
            "class" | "rst-class" | "cssclass" => {
                let classes = class_names(&directive.argument());
                if directive.content.is_empty() {
                    self.pending_classes.extend(classes);
                } else {
                    let group = self.tree.detached(Kind::Group);
                    self.blocks(&directive.content, group, level.deeper());
                    let children: Vec<Id> = self.tree.children(group).collect();
                    for child in children {
                        self.tree.add_classes(child, &classes);
                        self.tree.adopt(flow.parent, child);
                    }
                }
            }
            // Raw text is for other formats, files are not to be read, and the rest shows nothing.
            "raw" | "include" | "literalinclude" | "meta" | "title" | "target-notes" | "date"
            | "highlight" | "currentmodule" | "module" | "index" | "tabularcolumns"
            | "default-domain" | "py:currentmodule" | "py:module" | "sphinx-toolbox" => {}
            _ => return false,
        }
        true
    }

    fn define_role(&mut self, name: &str, base: &str, directive: &Directive<'_>) {
        let base = base.to_lowercase();
        let base = match self.roles.get(&base).cloned() {
            Some(role) => role,
            None if base.is_empty() => Role::PLAIN,
            None => Role::known(&base).unwrap_or(Role::PLAIN),
        };
        let role = if base == Role::Raw {
            base
        } else {
            let classes = if directive.has("class") {
                directive.classes("class")
            } else {
                class_names(name)
            };
            Role::Custom(Box::new(flattened(base)), classes)
        };
        self.roles.insert(name.to_lowercase(), role);
    }

    fn contents(&mut self, directive: &Directive<'_>, flow: &mut Flow) {
        let number = u32::try_from(self.contents.len()).unwrap_or_default();
        let local = directive.has("local");
        let title = directive.argument();
        let shown = if title.is_empty() && !local {
            "Contents".to_owned()
        } else {
            title
        };
        let node = self.tree.add(flow.parent, Kind::Contents(number));
        let title = (!shown.is_empty()).then(|| {
            let span = self.tree.store(&shown);
            let title = self.tree.detached(Kind::Group);
            self.inline(span, title);
            title
        });
        let name = if shown.is_empty() {
            "contents".to_owned()
        } else {
            crate::rst::names::normalised(&shown)
        };
        let id = self.names.declare(&name, "topic", false, |id| {
            crate::rst::tree::Goal::Element(id.to_owned())
        });
        self.contents.push(Contents {
            id,
            title,
            own: local.then_some((self.headings.len(), flow.open.len())),
            depth: directive.number("depth").unwrap_or(usize::MAX),
            backlinks: match directive.option("backlinks").as_deref() {
                Some("none") => Backlinks::Nowhere,
                Some("top") => Backlinks::Top,
                _ => Backlinks::Entry,
            },
            entries: Vec::new(),
        });
        self.tree.add_classes(node, &directive.classes("class"));
    }

    /// Shows what a directive of another program says.
    pub(in crate::rst) fn foreign_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: Id,
        level: Level,
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
                self.titled(&text, &PARAGRAPH, parent);
                self.blocks(&directive.content, parent, level.deeper());
            }
            "toctree" | "autosummary" => {
                self.titled(
                    &directive.option("caption").unwrap_or_default(),
                    &PARAGRAPH,
                    parent,
                );
                let entries = directive.content.iter().filter(|line| !line.is_empty());
                let mut list = None;
                for entry in entries {
                    let list = *list.get_or_insert_with(|| self.tree.element(parent, &BULLET_LIST));
                    let item = self.tree.element(list, &LIST_ITEM);
                    self.titled(entry.trim(), &PARAGRAPH, item);
                }
            }
            "graphviz" | "digraph" | "graph" | "mermaid" | "uml" | "plantuml" | "testcode"
            | "testsetup" | "testoutput" | "doctest" | "ipython" | "prompt" | "productionlist"
            | "console" | "terminal" | "command-output" | "program-output" | "click:example"
            | "click:run" | "jupyter-execute" | "code-cell" => {
                if name == "command-output" || name == "program-output" {
                    self.titled(&argument, &PARAGRAPH, parent);
                }
                self.literal(&directive.content, parent);
            }
            _ => {
                let node = self.tree.element(parent, &CONTAINER);
                if !argument.is_empty() {
                    let span = self.tree.store(&argument);
                    let paragraph = self.tree.element(node, &PARAGRAPH);
                    self.inline(span, paragraph);
                }
                self.blocks(&directive.content, node, level.deeper());
            }
        }
    }
}

/// A role for others to build on: no chain of roles grows longer than two.
fn flattened(role: Role) -> Role {
    match role {
        Role::Custom(base, _) if matches!(*base, Role::Custom(..)) => *base,
        role => role,
    }
}
