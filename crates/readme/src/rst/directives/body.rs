//! Admonitions and body elements: code, mathematics, quotes, topics, containers.

use crate::rst::{
    directive::{Directive, class_names, without_indent},
    parser::{Nesting, Parser},
    tree::{
        ADMONITION, ADMONITION_TITLE, COMPOUND, CONTAINER, ElementType, LITERAL_BLOCK, NodeId,
        NodeKind, PARAGRAPH, RUBRIC, SIDEBAR, SIDEBAR_SUBTITLE, SIDEBAR_TITLE, TOPIC, TOPIC_TITLE,
    },
};

/// The title of a specific admonition.
fn admonition_title(name: &str) -> Option<&'static &'static str> {
    Some(match name {
        "attention" => &"Attention!",
        "caution" => &"Caution!",
        "danger" => &"!DANGER!",
        "error" => &"Error",
        "hint" => &"Hint",
        "important" => &"Important",
        "note" => &"Note",
        "tip" => &"Tip",
        "warning" => &"Warning",
        "seealso" => &"See also",
        "todo" => &"Todo",
        _ => return None,
    })
}

impl Parser {
    /// Appends the nodes of one of these directives; false if `name` is not one.
    pub(in crate::rst) fn body_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: NodeId,
        nesting: Nesting,
    ) -> bool {
        if let Some(title) = admonition_title(name) {
            let node = self.container(&ADMONITION, directive, parent);
            self.tree.add_classes(node, &class_names(name));
            let head = self.tree.element(node, &ADMONITION_TITLE);
            self.tree.add(head, NodeKind::Fixed(title));
            self.parse_blocks(&directive.content, node, nesting.deeper());
            return true;
        }
        match name {
            "admonition" => {
                let node = self.container(&ADMONITION, directive, parent);
                if !directive.has("class") {
                    let class = format!("admonition-{}", directive.argument());
                    self.tree
                        .add_classes(node, &class_names(&class.replace(' ', "-")));
                }
                self.line_element(&directive.argument(), &ADMONITION_TITLE, node);
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "topic" => {
                let node = self.container(&TOPIC, directive, parent);
                self.line_element(&directive.argument(), &TOPIC_TITLE, node);
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "sidebar" => {
                let node = self.container(&SIDEBAR, directive, parent);
                self.line_element(&directive.argument(), &SIDEBAR_TITLE, node);
                let subtitle = directive.option("subtitle").unwrap_or_default();
                self.line_element(&subtitle, &SIDEBAR_SUBTITLE, node);
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "rubric" => {
                self.line_element(&directive.argument(), &RUBRIC, parent);
                self.parse_blocks(&directive.content, parent, nesting.deeper());
            }
            "epigraph" | "highlights" | "pull-quote" => {
                self.quotes(&directive.content, parent, nesting, &[name.to_owned()]);
            }
            "compound" => {
                let node = self.container(&COMPOUND, directive, parent);
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "container" => {
                let node = self.tree.element(parent, &CONTAINER);
                self.tree
                    .add_classes(node, &class_names(&directive.argument()));
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "header" | "footer" => {
                let node = self.tree.element(parent, &CONTAINER);
                self.tree.add_classes(node, &class_names(name));
                self.parse_blocks(&directive.content, node, nesting.deeper());
            }
            "line-block" => {
                let text = directive.content.iter().map(|line| format!("| {line}"));
                let text: Vec<String> = text.collect();
                let lines: Vec<&str> = text.iter().map(String::as_str).collect();
                self.parse_blocks(&lines, parent, nesting.deeper());
            }
            "parsed-literal" => {
                let node = self.tree.element(parent, &LITERAL_BLOCK);
                self.tree.add_classes(node, &directive.classes("class"));
                let span = self.tree.store_lines(&without_indent(&directive.content));
                self.inline(span, node);
            }
            "math" => self.math(directive, parent),
            "code" | "code-block" | "sourcecode" => self.code(directive, parent, nesting),
            _ => return false,
        }
        true
    }

    fn container(
        &mut self,
        element_type: &'static ElementType,
        directive: &Directive<'_>,
        parent: NodeId,
    ) -> NodeId {
        let node = self.tree.element(parent, element_type);
        self.tree.add_classes(node, &directive.classes("class"));
        node
    }

    fn math(&mut self, directive: &Directive<'_>, parent: NodeId) {
        for block in directive.content.split(|line| line.is_empty()) {
            if !block.is_empty() {
                let span = self.tree.store_lines(block);
                self.tree.add(parent, NodeKind::MathBlock(span));
            }
        }
    }

    fn code(&mut self, directive: &Directive<'_>, parent: NodeId, nesting: Nesting) {
        if let Some(caption) = directive.option("caption") {
            self.line_element(&caption, &PARAGRAPH, parent);
        }
        let mut arguments = directive.arguments.iter();
        let language = arguments.next().copied().unwrap_or_default();
        let mut content: Vec<&str> = arguments.copied().collect();
        let (language, more) = language.split_once(' ').unwrap_or((language, ""));
        if !more.is_empty() {
            content.insert(0, more);
        }
        content.extend(&directive.content);
        let content = without_indent(&content);
        if content.iter().all(|line| line.is_empty()) {
            return self.parse_blocks(&[], parent, nesting);
        }
        let first = directive
            .option("number-lines")
            .map(|start| start.parse::<u32>().unwrap_or(1) as usize);
        let span = if let Some(first) = first {
            let width = (first + content.len() - 1).to_string().len();
            let numbered: Vec<String> = content
                .iter()
                .enumerate()
                .map(|(number, line)| format!("{:width$} {line}", first + number))
                .collect();
            let lines: Vec<&str> = numbered.iter().map(String::as_str).collect();
            self.tree.store_lines(&lines)
        } else {
            self.tree.store_lines(&content)
        };
        let node = self.tree.add(parent, NodeKind::Code(span));
        let mut classes = class_names(language);
        classes.extend(directive.classes("class"));
        self.tree.add_classes(node, &classes);
    }
}
