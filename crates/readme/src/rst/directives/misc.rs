//! Directives that change how the rest is read or shown (roles, classes, section numbers, tables of
//! contents), and those that show nothing.

use crate::rst::{
    directive::{Directive, class_names},
    names::normalised,
    parser::{BlockContext, Nesting, Parser},
    roles::Role,
    sections::{Backlinks, Contents, SectionNumbering},
    tree::{Destination, NodeId, NodeKind},
};

impl Parser {
    /// Applies one of these directives; false if `name` is not one.
    pub(in crate::rst) fn misc_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> bool {
        match name {
            "contents" => self.contents(directive, context),
            "sectnum" | "section-numbering" => {
                self.numbering = Some(SectionNumbering {
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
                    let group = self.tree.detached(NodeKind::Group);
                    self.parse_blocks(&directive.content, group, nesting.deeper());
                    let children: Vec<NodeId> = self.tree.children(group).collect();
                    for child in children {
                        self.tree.add_classes(child, &classes);
                        self.tree.adopt(context.parent, child);
                    }
                }
            }
            // Raw text is for other formats, files must not be read, and the others show nothing.
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

    fn contents(&mut self, directive: &Directive<'_>, context: &mut BlockContext) {
        let number = u32::try_from(self.contents.len()).unwrap_or_default();
        let local = directive.has("local");
        let title = directive.argument();
        let shown = if title.is_empty() && !local {
            "Contents".to_owned()
        } else {
            title
        };
        let node = self.tree.add(context.parent, NodeKind::Contents(number));
        let title = (!shown.is_empty()).then(|| {
            let span = self.tree.store(&shown);
            let title = self.tree.detached(NodeKind::Group);
            self.inline(span, title);
            title
        });
        let name = if shown.is_empty() {
            "contents".to_owned()
        } else {
            normalised(&shown)
        };
        let id = self.names.declare(&name, "topic", false, |id| {
            Destination::Element(id.to_owned())
        });
        self.contents.push(Contents {
            id,
            title,
            local: local.then_some((self.headings.len(), context.open_sections.len())),
            depth: directive.number("depth").unwrap_or(usize::MAX),
            backlinks: match directive.option("backlinks").as_deref() {
                Some("none") => Backlinks::None,
                Some("top") => Backlinks::Top,
                _ => Backlinks::Entry,
            },
            entries: Vec::new(),
        });
        self.tree.add_classes(node, &directive.classes("class"));
    }
}

/// A base for another custom role. Chains of roles are cut to two.
fn flattened(role: Role) -> Role {
    match role {
        Role::Custom(base, _) if matches!(*base, Role::Custom(..)) => *base,
        role => role,
    }
}
