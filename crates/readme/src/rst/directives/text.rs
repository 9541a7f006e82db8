//! Directives around text: admonitions, code, mathematics, quotes, topics and containers.

use crate::rst::{
    directive::{Directive, class_names, without_indent},
    parser::{Level, Parser},
    tree::{
        ADMONITION, ADMONITION_TITLE, COMPOUND, CONTAINER, Id, Kind, LITERAL_BLOCK, PARAGRAPH,
        RUBRIC, SIDEBAR, SIDEBAR_SUBTITLE, SIDEBAR_TITLE, Shape, TOPIC, TOPIC_TITLE,
    },
};

/// The title of an admonition that has a name of its own.
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
    /// Makes nodes of a directive of this kind; false when it is none.
    pub(in crate::rst) fn text_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: Id,
        level: Level,
    ) -> bool {
        if let Some(title) = admonition_title(name) {
            let node = self.container(&ADMONITION, directive, parent);
            self.tree.add_classes(node, &class_names(name));
            let head = self.tree.element(node, &ADMONITION_TITLE);
            self.tree.add(head, Kind::Fixed(title));
            self.blocks(&directive.content, node, level.deeper());
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
                self.titled(&directive.argument(), &ADMONITION_TITLE, node);
                self.blocks(&directive.content, node, level.deeper());
            }
            "topic" => {
                let node = self.container(&TOPIC, directive, parent);
                self.titled(&directive.argument(), &TOPIC_TITLE, node);
                self.blocks(&directive.content, node, level.deeper());
            }
            "sidebar" => {
                let node = self.container(&SIDEBAR, directive, parent);
                self.titled(&directive.argument(), &SIDEBAR_TITLE, node);
                let subtitle = directive.option("subtitle").unwrap_or_default();
                self.titled(&subtitle, &SIDEBAR_SUBTITLE, node);
                self.blocks(&directive.content, node, level.deeper());
            }
            "rubric" => {
                self.titled(&directive.argument(), &RUBRIC, parent);
                self.blocks(&directive.content, parent, level.deeper());
            }
            "epigraph" | "highlights" | "pull-quote" => {
                self.quotes(&directive.content, parent, level, &[name.to_owned()]);
            }
            "compound" => {
                let node = self.container(&COMPOUND, directive, parent);
                self.blocks(&directive.content, node, level.deeper());
            }
            "container" => {
                let node = self.tree.element(parent, &CONTAINER);
                self.tree
                    .add_classes(node, &class_names(&directive.argument()));
                self.blocks(&directive.content, node, level.deeper());
            }
            "header" | "footer" => {
                let node = self.tree.element(parent, &CONTAINER);
                self.tree.add_classes(node, &class_names(name));
                self.blocks(&directive.content, node, level.deeper());
            }
            "line-block" => {
                let text = directive.content.iter().map(|line| format!("| {line}"));
                let text: Vec<String> = text.collect();
                let lines: Vec<&str> = text.iter().map(String::as_str).collect();
                self.blocks(&lines, parent, level.deeper());
            }
            "parsed-literal" => {
                let node = self.tree.element(parent, &LITERAL_BLOCK);
                self.tree.add_classes(node, &directive.classes("class"));
                let span = self.tree.store_lines(&without_indent(&directive.content));
                self.inline(span, node);
            }
            "math" => self.math(directive, parent),
            "code" | "code-block" | "sourcecode" => self.code(directive, parent, level),
            _ => return false,
        }
        true
    }

    fn container(&mut self, shape: &'static Shape, directive: &Directive<'_>, parent: Id) -> Id {
        let node = self.tree.element(parent, shape);
        self.tree.add_classes(node, &directive.classes("class"));
        node
    }

    /// Adds a line of text, unless it is empty.
    pub(in crate::rst) fn titled(&mut self, text: &str, shape: &'static Shape, parent: Id) {
        if !text.is_empty() {
            let span = self.tree.store(text);
            self.run(span, parent, shape);
        }
    }

    fn math(&mut self, directive: &Directive<'_>, parent: Id) {
        for block in directive.content.split(|line| line.is_empty()) {
            if !block.is_empty() {
                let span = self.tree.store_lines(block);
                self.tree.add(parent, Kind::MathBlock(span));
            }
        }
    }

    fn code(&mut self, directive: &Directive<'_>, parent: Id, level: Level) {
        if let Some(caption) = directive.option("caption") {
            self.titled(&caption, &PARAGRAPH, parent);
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
            return self.blocks(&[], parent, level);
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
        let node = self.tree.add(parent, Kind::Code(span));
        let mut classes = class_names(language);
        classes.extend(directive.classes("class"));
        self.tree.add_classes(node, &classes);
    }
}
