//! What the code of the program, its tests aside, does not do: errors without a type, and names
//! that hide the function they come from.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use syn::visit::{self, Visit};

use super::items::{attributes, is_for_tests, is_test_file};
use super::sources::rust_files;
use super::{crates, root};

/// Files that may do so all the same, each with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Finds places in one file, each as its line and what to do about it.
#[derive(Default)]
struct Finder {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Finder {
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

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let called = local.init.as_ref().and_then(|init| called_name(&init.expr));
        if let Some(bound) = bound_name(&local.pat)
            && Some(bound) == called
        {
            let line = bound.span().start().line;
            let what = format!("`let {bound} = {bound}(…)`: make the function's name a verb");
            self.found.push((line, what));
        }
        visit::visit_local(self, local);
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        if segment.ident == "Result" && has_text_as_error(&segment.arguments) {
            let line = segment.ident.span().start().line;
            let what = "`Result<_, String>`: make the error a type".to_owned();
            self.found.push((line, what));
        }
        visit::visit_path_segment(self, segment);
    }
}

/// The name that `let` binds, if that is all it does.
fn bound_name(pattern: &syn::Pat) -> Option<&syn::Ident> {
    match pattern {
        syn::Pat::Ident(bound) => Some(&bound.ident),
        syn::Pat::Type(typed) => bound_name(&typed.pat),
        _ => None,
    }
}

/// The name of the function whose outcome this is, if it is called by that alone.
fn called_name(expression: &syn::Expr) -> Option<&syn::Ident> {
    match expression {
        syn::Expr::Try(tried) => called_name(&tried.expr),
        syn::Expr::Await(awaited) => called_name(&awaited.base),
        syn::Expr::Call(call) => match &*call.func {
            syn::Expr::Path(function) => function.path.get_ident(),
            _ => None,
        },
        _ => None,
    }
}

fn has_text_as_error(arguments: &syn::PathArguments) -> bool {
    let syn::PathArguments::AngleBracketed(list) = arguments else {
        return false;
    };
    match list.args.iter().nth(1) {
        Some(syn::GenericArgument::Type(syn::Type::Path(error))) => error.path.is_ident("String"),
        _ => false,
    }
}

fn find_in(source: &str) -> syn::Result<Vec<(usize, String)>> {
    let mut finder = Finder::default();
    finder.visit_file(&syn::parse_file(source)?);
    Ok(finder.found)
}

#[test]
fn errors_have_types_and_no_name_hides_a_function() -> Result<()> {
    let mut violations = Vec::new();
    let mut files = 0;
    for (_, folder) in crates()? {
        for path in rust_files(&root().join(folder))? {
            let shown = path.strip_prefix(root())?;
            let is_exception = EXCEPTIONS.iter().any(|(file, _)| shown == Path::new(file));
            if is_test_file(shown) || is_exception {
                continue;
            }
            files += 1;
            let source = fs_err::read_to_string(&path)?;
            let found = find_in(&source).with_context(|| shown.display().to_string())?;
            let found = found.into_iter();
            violations
                .extend(found.map(|(line, what)| format!("{}:{line}: {what}", shown.display())));
        }
    }
    ensure!(files > 100, "most files are missing");
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

#[test]
fn bad_habits_are_told_from_good_ones() -> Result<()> {
    for bad in [
        "fn f() { let rules = rules(); }",
        "async fn f() { let mut rules: Rules = rules(1).await?; }",
        "fn f() { g(|| { let rules = rules()?; }); }",
        "fn f() -> Result<(), String> {}",
        "type Outcome = std::result::Result<Vec<u8>, String>;",
    ] {
        assert_eq!(find_in(bad)?.len(), 1, "{bad}");
    }
    for good in [
        "fn f(&self) { let rules = self.rules(); }",
        "fn f() { let rules = read_rules(); let end = grid::end(); }",
        "fn f() -> Result<String, Error> {}",
        "fn f() -> io::Result<String> {}",
        "#[cfg(test)] mod tests { fn f() -> Result<(), String> { let rules = rules(); } }",
    ] {
        assert_eq!(find_in(good)?, [], "{good}");
    }
    Ok(())
}
