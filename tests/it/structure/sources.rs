//! Reads which file of a crate names what of which other file.
//!
//! The files are parsed, not searched: groups, aliases, `super`, re-exports and the inside of
//! macros are seen; comments and everything under `#[cfg(test)]` are not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::items::{attributes, is_for_tests, name_of};

/// Names from the root of a crate down.
pub(super) type ModulePath = Vec<String>;

/// How many re-exports lead from one to the next at most.
const REEXPORT_DEPTH: usize = 8;

/// One crate, parsed.
pub(super) struct SourceTree {
    /// The files by their module; `lib.rs` is the empty path.
    files: BTreeMap<ModulePath, SourceFile>,
    /// Modules that are written inside a file, with the module of that file.
    inline: BTreeMap<ModulePath, ModulePath>,
}

/// What one file says of others.
#[derive(Default)]
pub(super) struct SourceFile {
    /// From the root of the project.
    pub(super) path: PathBuf,
    /// Compiled for tests alone.
    is_test: bool,
    names: Names,
}

#[derive(Default)]
struct Names {
    /// Items that are defined in each module of the file.
    defined: BTreeSet<ModulePath>,
    /// What `use` binds to a name of a module: the module and name, and the path behind it.
    bound: BTreeMap<ModulePath, ModulePath>,
    /// Modules whose whole content is re-exported, by the module that does so.
    globs: Vec<(ModulePath, ModulePath)>,
    /// Child modules that are compiled for tests alone.
    test_modules: BTreeSet<ModulePath>,
    inline: BTreeSet<ModulePath>,
    references: Vec<Reference>,
    /// Names that code uses by themselves or as the beginning of a path.
    used: BTreeSet<ModulePath>,
}

/// A path in the code.
struct Reference {
    line: usize,
    /// From the root of the crate.
    target: ModulePath,
    /// The name under which it is re-exported, where that is all that is done with it.
    reexported_as: Option<ModulePath>,
}

/// One file names something of another.
pub(super) struct Import {
    pub(super) from: ModulePath,
    pub(super) line: usize,
    pub(super) to: ModulePath,
}

impl SourceTree {
    /// Parses all files of a crate.
    ///
    /// `root` is the project's folder, `folder` that of the crate's sources, `name` what programs
    /// next to the library call it.
    pub(super) fn read(root: &Path, folder: &Path, name: &str) -> Result<Self> {
        let mut tree = Self {
            files: BTreeMap::new(),
            inline: BTreeMap::new(),
        };
        for path in rust_files(&root.join(folder))? {
            let text = fs_err::read_to_string(&path)?;
            let path = path.strip_prefix(root)?.to_owned();
            let module = module_of(path.strip_prefix(folder)?);
            let parsed = syn::parse_file(&text).with_context(|| path.display().to_string())?;
            let mut reader = Reader::new(name, module.clone(), &parsed);
            reader.visit_file(&parsed);
            for inline in &reader.names.inline {
                tree.inline.insert(inline.clone(), module.clone());
            }
            let file = SourceFile {
                path,
                is_test: false,
                names: reader.names,
            };
            tree.files.insert(module, file);
        }
        ensure!(
            !tree.files.is_empty(),
            "no Rust file in {}",
            folder.display()
        );
        let tests: BTreeSet<ModulePath> = tree
            .files
            .values()
            .flat_map(|file| file.names.test_modules.iter().cloned())
            .collect();
        for (module, file) in &mut tree.files {
            file.is_test = (1..=module.len())
                .any(|length| module.get(..length).is_some_and(|one| tests.contains(one)));
        }
        Ok(tree)
    }

    pub(super) fn path_of(&self, module: &ModulePath) -> &Path {
        self.files
            .get(module)
            .map_or(Path::new(""), |file| &file.path)
    }

    /// What the files of the program, its tests aside, name of each other.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (from, file) in &self.files {
            if file.is_test {
                continue;
            }
            for reference in &file.names.references {
                if let Some(name) = &reference.reexported_as
                    && !file.names.used.contains(name)
                {
                    continue;
                }
                let Some(to) = self.defining_file(&reference.target) else {
                    continue;
                };
                if to != *from {
                    imports.push(Import {
                        from: from.clone(),
                        line: reference.line,
                        to,
                    });
                }
            }
        }
        imports
    }

    /// The file in which the item at the end of a path is defined.
    fn defining_file(&self, path: &[String]) -> Option<ModulePath> {
        let mut path = path.to_vec();
        for _ in 0..REEXPORT_DEPTH {
            let module = self.longest_module(&path);
            let Some(name) = path.get(module.len()) else {
                return self.file_of(&module);
            };
            let file = self.files.get(&self.file_of(&module)?)?;
            let mut item = module.clone();
            item.push(name.clone());
            if file.names.defined.contains(&item) {
                return self.file_of(&module);
            }
            let through_glob = || {
                let globs = file.names.globs.iter().filter(|(by, _)| *by == module);
                globs
                    .map(|(_, of)| [of.as_slice(), std::slice::from_ref(name)].concat())
                    .find(|candidate| {
                        self.longest_module(candidate).len() == candidate.len()
                            || self.defines(candidate)
                    })
            };
            let Some(next) = file.names.bound.get(&item).cloned().or_else(through_glob) else {
                return self.file_of(&module);
            };
            let rest = path.get(module.len() + 1..).unwrap_or_default();
            path = [next.as_slice(), rest].concat();
        }
        None
    }

    fn defines(&self, item: &[String]) -> bool {
        let module = self.longest_module(item);
        self.file_of(&module)
            .and_then(|file| self.files.get(&file))
            .is_some_and(|file| {
                file.names.defined.contains(item) || file.names.bound.contains_key(item)
            })
    }

    fn longest_module(&self, path: &[String]) -> ModulePath {
        (0..=path.len())
            .rev()
            .filter_map(|length| path.get(..length))
            .find(|one| self.files.contains_key(*one) || self.inline.contains_key(*one))
            .unwrap_or_default()
            .to_vec()
    }

    fn file_of(&self, module: &[String]) -> Option<ModulePath> {
        if self.files.contains_key(module) {
            return Some(module.to_vec());
        }
        self.inline.get(module).cloned()
    }
}

/// All Rust files below a folder, in a fixed order.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The module that a file holds; programs are modules of a name that nobody imports.
pub(super) fn module_of(path: &Path) -> ModulePath {
    let mut module: ModulePath = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    if module == ["lib"] {
        module.clear();
    }
    module
}

struct Reader {
    crate_name: String,
    /// The module that is being read, inside the file too.
    scope: ModulePath,
    children: BTreeSet<ModulePath>,
    names: Names,
}

impl Reader {
    fn new(crate_name: &str, module: ModulePath, file: &syn::File) -> Self {
        let mut children = BTreeSet::new();
        declared_modules(&file.items, &module, &mut children);
        Self {
            crate_name: crate_name.to_owned(),
            scope: module,
            children,
            names: Names::default(),
        }
    }

    fn inside(&self, name: &str) -> ModulePath {
        [self.scope.as_slice(), &[name.to_owned()]].concat()
    }

    /// A path as it is written, from the root of the crate; none if it leads out of the crate.
    fn resolve(&self, written: &[String]) -> Option<ModulePath> {
        let (first, rest) = written.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            name if name == self.crate_name => Vec::new(),
            "self" => self.scope.clone(),
            "super" => self.scope.get(..self.scope.len().checked_sub(1)?)?.to_vec(),
            name => {
                let child = self.inside(name);
                if self.children.contains(&child) {
                    child
                } else {
                    self.names.bound.get(&child)?.clone()
                }
            }
        };
        for name in rest {
            if name == "super" {
                base.pop();
            } else {
                base.push(name.clone());
            }
        }
        Some(base)
    }

    fn see(&mut self, written: &[String], line: usize) {
        let Some(first) = written.first() else { return };
        self.names.used.insert(self.inside(first));
        // A name by itself was bound by a `use`, which is a reference of its own.
        if written.len() > 1
            && let Some(target) = self.resolve(written)
        {
            self.names.references.push(Reference {
                line,
                target,
                reexported_as: None,
            });
        }
    }

    fn see_tokens(&mut self, tokens: TokenStream) {
        let mut written: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.see(&std::mem::take(&mut written), line);
                        line = name.span().start().line;
                    }
                    written.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.see(&std::mem::take(&mut written), line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.see_tokens(group.stream());
                    }
                }
            }
        }
        self.see(&written, line);
    }

    fn see_use(&mut self, tree: &syn::UseTree, prefix: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.see_use(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.see_use(tree, prefix, is_public);
                }
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                let bound = prefix.last().cloned().unwrap_or_default();
                self.bind(prefix, &bound, name.ident.span().start().line, is_public);
            }
            syn::UseTree::Name(name) => {
                let line = name.ident.span().start().line;
                self.bind(&with(&name.ident), &name.ident.to_string(), line, is_public);
            }
            syn::UseTree::Rename(rename) => {
                let line = rename.ident.span().start().line;
                self.bind(
                    &with(&rename.ident),
                    &rename.rename.to_string(),
                    line,
                    is_public,
                );
            }
            syn::UseTree::Glob(glob) => {
                let Some(target) = self.resolve(prefix) else {
                    return;
                };
                self.names.globs.push((self.scope.clone(), target.clone()));
                if !is_public {
                    self.names.references.push(Reference {
                        line: glob.star_token.spans[0].start().line,
                        target,
                        reexported_as: None,
                    });
                }
            }
        }
    }

    fn bind(&mut self, written: &[String], name: &str, line: usize, is_public: bool) {
        let Some(target) = self.resolve(written) else {
            return;
        };
        let bound = self.inside(name);
        self.names.bound.insert(bound.clone(), target.clone());
        self.names.references.push(Reference {
            line,
            target,
            reexported_as: is_public.then_some(bound),
        });
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_for_tests(attributes(item)) {
            if let syn::Item::Mod(module) = item {
                let path = self.inside(&module.ident.to_string());
                self.names.test_modules.insert(path);
            }
            return;
        }
        if let Some(name) = name_of(item) {
            let path = self.inside(&name);
            self.names.defined.insert(path);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let path = self.inside(&module.ident.to_string());
        if let Some((_, items)) = &module.content {
            self.names.inline.insert(path.clone());
            let outside = std::mem::replace(&mut self.scope, path);
            for item in items {
                self.visit_item(item);
            }
            self.scope = outside;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.see_use(&item.tree, &[], is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let line = path
            .segments
            .first()
            .map_or(0, |first| first.ident.span().start().line);
        self.see(&written, line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        self.see_tokens(called.tokens.clone());
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn declared_modules(items: &[syn::Item], scope: &[String], found: &mut BTreeSet<ModulePath>) {
    for item in items {
        if let syn::Item::Mod(module) = item {
            let path = [scope, &[module.ident.to_string()]].concat();
            if let Some((_, items)) = &module.content {
                declared_modules(items, &path, found);
            }
            found.insert(path);
        }
    }
}
