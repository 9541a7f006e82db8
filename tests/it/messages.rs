//! Collects every text that a person can see into one snapshot, file by file, so that the wording
//! can be read in one go and every change of it shows in a review.
//!
//! Reads the sources: texts of at least two words, in the order in which they stand, and the help
//! of the command line. Left out are tests, SQL and the texts of assertions.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::structure::{attributes, crates, is_for_tests, is_test_file, root, rust_files};

/// The help of the command line is written in doc comments here.
const HELP: &str = "src/cli/arguments";

/// Names of licences, which are data.
const LICENCES: &str = "src/transform/license_names.rs";

/// Macros whose texts only a developer sees.
const FOR_DEVELOPERS: [&str; 7] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "unreachable",
    "env",
];

/// The first words of SQL, and of its parts.
const SQL: [&str; 18] = [
    "ALTER", "ATTACH", "BEGIN", "CASE", "CAST", "COUNT", "CREATE", "DELETE", "DROP", "FROM",
    "INSERT", "PRAGMA", "SELECT", "SET", "UNION", "UPDATE", "VACUUM", "WITH",
];

#[test]
fn every_message_is_in_the_snapshot() -> Result<()> {
    let mut text = String::new();
    for (_, folder) in crates()? {
        for path in rust_files(&root().join(&folder))? {
            let shown = path.strip_prefix(root())?.to_string_lossy().into_owned();
            let is_seen = !is_test_file(Path::new(&shown)) && shown != LICENCES;
            if !is_seen || shown.starts_with("crates/testkit") {
                continue;
            }
            let source = fs_err::read_to_string(&path)?;
            let parsed = syn::parse_file(&source).with_context(|| shown.clone())?;
            let mut collector = Collector {
                has_help: shown.starts_with(HELP),
                messages: Vec::new(),
            };
            collector.visit_file(&parsed);
            if !collector.messages.is_empty() {
                writeln!(text, "\n{shown}")?;
                for message in &collector.messages {
                    writeln!(text, "  {message}")?;
                }
            }
        }
    }
    ensure!(text.lines().count() > 500, "most messages are missing");
    insta::assert_snapshot!("messages", text);
    Ok(())
}

struct Collector {
    /// Whether doc comments are help.
    has_help: bool,
    messages: Vec<String>,
}

impl Collector {
    fn add(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let first = words.first().and_then(|first| first.split('(').next());
        let is_sql = first.is_some_and(|first| SQL.contains(&first));
        let is_prose = words.len() > 1 && text.contains(char::is_lowercase);
        if is_prose && !is_sql {
            self.messages.push(words.join(" "));
        }
    }

    fn add_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        self.add(&text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    /// The doc comments of an item, which clap shows as one text.
    fn add_help(&mut self, attributes: &[syn::Attribute]) {
        if !self.has_help {
            return;
        }
        let lines = attributes.iter().filter_map(|attribute| {
            let syn::Meta::NameValue(pair) = &attribute.meta else {
                return None;
            };
            let syn::Expr::Lit(value) = &pair.value else {
                return None;
            };
            match &value.lit {
                syn::Lit::Str(text) if pair.path.is_ident("doc") => Some(text.value()),
                _ => None,
            }
        });
        let help: Vec<String> = lines.collect();
        self.add(&help.concat());
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.add_help(&field.attrs);
        visit::visit_field(self, field);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.add_help(&variant.attrs);
        visit::visit_variant(self, variant);
    }

    /// Of attributes only the texts of errors and of the command line.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let is_shown = ["error", "arg", "command"]
            .iter()
            .any(|name| attribute.path().is_ident(name));
        if is_shown && let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last();
        if !name.is_some_and(|name| FOR_DEVELOPERS.iter().any(|one| name.ident == one)) {
            self.add_tokens(called.tokens.clone());
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.add(&text.value());
    }
}
