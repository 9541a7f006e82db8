//! Turns one release into one document: the rules by which metadata becomes searchable.
//!
//! Pure functions, called by the pipeline for every release that it writes. Nothing here does I/O
//! or fails: untrusted values are normalised, and each loss is recorded in a [`Note`]. Nothing here
//! depends on a registry's API: adapters hand over a [`Release`], and [`Context`] names the registry
//! and its version scheme. The facts of enrichers are not known here; the pipeline adds them.

mod classifiers;
mod files;
mod joined_names;
mod keywords;
mod license_names;
mod licenses;
mod metadata;
mod note;
mod npm;
mod requirements;
mod semantic;
mod text;
mod version_fields;
mod version_order;
mod versions;

use pyfa_readme::{Chapters, ForgeLayout, RepositoryLinks, chapters, escape, render};

pub use classifiers::{development_status, framework_versions, python_versions};
pub use joined_names::joined_names;
pub use licenses::license_spdx;
pub use note::Note;
pub use requirements::requires_names;
pub use version_fields::VersionFields;
pub use versions::version_fields;

use self::metadata::Metadata;
use crate::model::repository::{self, Forge, own_repository};
use crate::model::{Document, RegistryKind, Release, VersionScheme, document_id};

/// Incremented whenever the same release gives a different document, so that documents written by
/// an older program are rewritten.
pub const TRANSFORM_VERSION: u32 = 4;

/// Bytes of a README that are read. The longest real ones, with their whole changelog, have
/// some hundred thousand.
pub const LONGEST_README: usize = 1 << 20;

/// What is known about a release besides its own metadata.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'c> {
    /// The registry that the release comes from.
    pub registry: RegistryKind,
    /// How that registry's versions are ordered.
    pub version_scheme: VersionScheme,
    /// The registry's serial of the project.
    pub serial: i64,
    /// Whether the registry calls this release the latest.
    pub is_latest: bool,
    /// How many releases the project has; shown on the latest only.
    pub release_count: Option<i32>,
    /// When the project's earliest release was uploaded, in Unix seconds; shown on the latest only.
    pub first_upload: Option<i64>,
    /// What the registry says of the project, where it says something else than active.
    pub project_status: Option<&'c str>,
    /// The registry's users who own or maintain the project.
    pub maintainers: &'c [String],
    /// Whether the README is wanted; without, `first_chapter` is the summary.
    pub keep_text: bool,
}

/// A document, and what had to be changed to make it.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformed {
    /// Without facts.
    pub document: Document,
    /// In the order of the fields; empty for nearly all releases.
    pub notes: Vec<Note>,
}

/// Makes the document of `release`.
#[must_use]
pub fn document(release: &Release, context: &Context<'_>) -> Transformed {
    let mut metadata = Metadata::new(&release.info);
    let mut document = registry_fields(&mut metadata);

    document.id = document_id(context.registry, &document.name, &document.version);
    document.identifier.clone_from(&document.id);
    document.name_sortable.clone_from(&document.name);
    context.registry.as_str().clone_into(&mut document.registry);
    document.urls = files::files(&release.files, &mut metadata);
    document.upload_timestamp = files::upload_timestamp(&release.files, &mut metadata);

    if context.registry == RegistryKind::Npm {
        npm::complete(&mut document, &mut metadata);
    }

    document.serial = context.serial;
    document.is_latest = context.is_latest;
    document.release_count = context.release_count.filter(|_| context.is_latest);
    document.first_upload = context.first_upload.filter(|_| context.is_latest);
    document.maintainers = context.maintainers.to_vec();

    let version = version_fields(context.version_scheme, &document.version);
    document.version_raw.clone_from(&document.version);
    document.version_major = version.major;
    document.version_minor = version.minor;
    document.version_bugfix = version.bugfix;
    document.version_postfix = version.postfix;
    document.version_sortable = version.sortable;
    document.version_order = version.order;

    document.framework_versions = framework_versions(&document.classifiers);
    document.python_versions = python_versions(&document.classifiers);
    document.status = context
        .project_status
        .or_else(|| development_status(&document.classifiers))
        .map(str::to_owned);
    document.name_joined = joined_names(&document.name, &document.classifiers);
    document.requires_names = match context.registry {
        RegistryKind::PyPi => requires_names(&document.requires_dist),
        RegistryKind::Npm => npm::requires_names(&document.requires_dist),
    };
    if !npm::is_unlicensed(context.registry, &document.license) {
        document.license_spdx = license_spdx(
            &document.license_expression,
            &document.classifiers,
            &document.license,
        );
    }

    document.first_chapter = escape(&document.summary);
    if context.keep_text {
        add_readme(&mut document, &mut metadata);
    }
    Transformed {
        document,
        notes: metadata.notes,
    }
}

/// The fields that the document takes over under their own name.
fn registry_fields(metadata: &mut Metadata<'_>) -> Document {
    Document {
        name: metadata.identifier("name"),
        version: metadata.identifier("version"),
        yanked: metadata.boolean("yanked"),
        yanked_reason: metadata.text("yanked_reason"),
        summary: metadata.text("summary"),
        description_content_type: metadata.text("description_content_type"),
        author: metadata.text("author"),
        author_email: metadata.text("author_email"),
        maintainer: metadata.text("maintainer"),
        maintainer_email: metadata.text("maintainer_email"),
        license: metadata.text("license"),
        license_expression: metadata.text("license_expression"),
        license_files: metadata.list("license_files"),
        classifiers: metadata.list("classifiers"),
        keywords: metadata.keywords(),
        platform: metadata.text("platform"),
        requires_python: metadata.text("requires_python"),
        requires_dist: metadata.list("requires_dist"),
        provides_extra: metadata.list("provides_extra"),
        dynamic: metadata.list("dynamic"),
        bugtrack_url: metadata.url("bugtrack_url"),
        docs_url: metadata.url("docs_url"),
        download_url: metadata.url("download_url"),
        home_page: metadata.url("home_page"),
        package_url: metadata.url("package_url"),
        project_url: metadata.url("project_url"),
        release_url: metadata.url("release_url"),
        project_urls: metadata.links("project_urls"),
        ..Document::default()
    }
}

/// Where the project's files are, as far as its links tell.
fn repository(document: &Document) -> Option<RepositoryLinks> {
    let own = own_repository([document]).named?;
    let layout = match (own.repository.forge(), &own.repository) {
        (Forge::GitHub, _) => ForgeLayout::GitHub,
        (Forge::GitLab, _) => ForgeLayout::GitLab,
        (Forge::Bitbucket, _) => ForgeLayout::Bitbucket,
        (Forge::SelfHosted, repository::Repository::Elsewhere { host, .. })
            if host.starts_with("gitlab.") =>
        {
            ForgeLayout::GitLab
        }
        _ => return None,
    };
    Some(RepositoryLinks::new(
        &own.repository.url(),
        layout,
        &own.folder,
    ))
}

/// Adds the rendered README and its chapters.
fn add_readme(document: &mut Document, metadata: &mut Metadata<'_>) {
    let text = metadata.long_text("description", LONGEST_README);
    if text.trim().is_empty() {
        return;
    }
    let content_type = Some(document.description_content_type.as_str());
    let rendered = render(&text, content_type, LONGEST_README);
    if rendered.as_written {
        metadata.note(
            "description",
            "is nested too deeply or grows too large; shown as written",
        );
    }
    if rendered.format != rendered.declared {
        metadata.note(
            "description",
            format!(
                "is declared as {}, plainly written in {} and rendered so",
                rendered.declared, rendered.format
            ),
        );
    }
    let rendered = match repository(document) {
        Some(repository) => rendered.in_repository(&repository),
        None => rendered,
    };
    document.description = rendered.html;
    let Chapters {
        title,
        first_chapter,
        main_content,
        changelog,
    } = chapters(&document.description, &document.name);
    if !document.first_chapter.is_empty() {
        document.first_chapter.push_str("\n\n");
    }
    document.first_chapter.push_str(&first_chapter);
    document.title = title;
    document.main_content = main_content;
    document.changelog = changelog;
}
