//! Why a project is, or is not, in a collection. Called by `cli`; works on a copy of the ledger.

use serde::Serialize;

use super::error::RunError;
use super::run::FetchServices;
use super::target;
use crate::model::{ProjectName, Serial};
use crate::profile::{Match, Rules, Selection};
use crate::registry::{Absence, Sought};
use crate::store::Ledger;
use crate::store::ledger::{CollectionIdentity, PendingRetry};

/// Everything that is known about one project.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Explanation {
    /// Normalised name.
    pub project: String,
    /// Real name of the collection; `None` where none was named or there is none yet.
    pub collection: Option<String>,
    /// What the registry answers now; an error is a sentence.
    pub registry: String,
    /// Serial of the registry's document now.
    pub registry_serial: Option<u64>,
    /// Classifiers of the release that the registry calls latest.
    pub classifiers: Vec<String>,
    /// Organisations of the rules that list it now.
    pub organisations: Vec<String>,
    /// What is wrong with the lists of organisations, where they decide.
    pub notes: Vec<String>,
    /// Whether the rules select it, and which one.
    pub selection: String,
    /// Whether the rules select it, judged by `classifiers` and `organisations`.
    pub selected: bool,
    /// When it was last read, whichever collection that was for: `2026-11-21 19:29:22 UTC`.
    pub last_examined: Option<String>,
    /// The serial of what was read then.
    pub last_serial: Option<u64>,
    /// Why it could not be brought up to date.
    pub last_error: Option<String>,
    /// Versions of which the collection holds a document, the latest first.
    pub documents: Vec<String>,
    /// Version of the document that bears `is_latest`.
    pub latest_document: Option<String>,
    /// One sentence that sums it up.
    pub verdict: String,
}

/// Looks at registry, rules, ledger and collection. Writes nothing. Where `prefers_recorded`, the
/// rules recorded for the collection judge in place of `rules`, if there are any.
///
/// # Errors
///
/// Where the search server or the ledger cannot be read. What the registry answers, errors too, is
/// part of the explanation.
pub async fn explain(
    services: &FetchServices,
    target: Option<&str>,
    rules: &Rules,
    prefers_recorded: bool,
    name: &ProjectName,
) -> Result<Explanation, RunError> {
    let mut explanation = Explanation {
        project: name.to_string(),
        ..Explanation::default()
    };
    read_registry(services, name, &mut explanation).await;

    let (ledger, _) = Ledger::open_copy(&services.workspace.home).await?;
    let registry_id = ledger
        .find_or_add_registry(services.registry.identity())
        .await?;
    if let Some(read) = ledger.find_read(registry_id, name).await? {
        explanation.last_serial = read.serial.map(Serial::get);
        explanation.last_examined = jiff::Timestamp::from_second(read.examined)
            .ok()
            .map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    }
    let mut pending = None;
    let mut recorded_rules = None;
    if let Some(target) = target
        && let Some(collection) = services.workspace.search.fetch_collection(target).await?
    {
        let identity = CollectionIdentity {
            server: services.workspace.search.identity().to_owned(),
            name: collection.name.clone(),
            registry: services.registry.kind(),
            created_at: collection.created_at,
        };
        let (id, _) = ledger.find_or_add_collection(&identity).await?;
        recorded_rules = ledger.read_collection_record(id).await?.rules;
        pending = ledger
            .read_pending_retries(id)
            .await?
            .into_iter()
            .find(|pending| pending.project == *name);
        let documents = target::fetch_documents(
            &services.workspace.search,
            target,
            services.registry.kind(),
            name,
        )
        .await?;
        explanation.latest_document = documents
            .iter()
            .find(|document| document.is_latest)
            .map(|document| document.version.clone());
        explanation.documents = documents
            .into_iter()
            .map(|document| document.version)
            .collect();
        explanation.collection = Some(collection.name);
    }
    let recorded_rules = recorded_rules
        .filter(|_| prefers_recorded)
        .and_then(|text| Rules::from_canonical(&text));
    let rules = recorded_rules.as_ref().unwrap_or(rules);
    let lists_are_known = read_lists(services, rules, name, &mut explanation).await?;
    select(rules, name, lists_are_known, &mut explanation);
    explanation.last_error = pending.as_ref().map(|pending| pending.reason.clone());
    explanation.verdict = verdict(&explanation, pending.as_ref());
    Ok(explanation)
}

async fn read_registry(
    services: &FetchServices,
    name: &ProjectName,
    explanation: &mut Explanation,
) {
    let error = match services.registry.fetch_project(name, None).await {
        Ok(project) => {
            explanation.registry_serial = project.head.serial.map(Serial::get);
            explanation.classifiers = project.head.classifiers;
            "it has a document".clone_into(&mut explanation.registry);
            return;
        }
        Err(error) => error,
    };
    explanation.registry = error.to_string();
    if error.is_not_found()
        && let Ok(absence) = services.registry.fetch_absence(name, None).await
    {
        match absence {
            Absence::Gone => return,
            Absence::Withdrawn(why) => {
                explanation.registry = format!("it {why}");
                return;
            }
            Absence::Quarantined => "it is quarantined, and withheld for the time being",
            Absence::WithoutReleases | Absence::Inconsistent => "it exists, but has no release",
        }
        .clone_into(&mut explanation.registry);
    }
}

/// Asks which organisations of the rules list the project: no document says so. Whether all of them
/// have answered.
async fn read_lists(
    services: &FetchServices,
    rules: &Rules,
    name: &ProjectName,
    explanation: &mut Explanation,
) -> Result<bool, RunError> {
    if services.registry.has_complete_index() || rules.organisations().next().is_none() {
        return Ok(true);
    }
    let sought = Sought {
        rules: rules.clone(),
        finds_new: false,
        known: vec![name.clone()],
    };
    let index = services.registry.fetch_index(&sought).await?;
    let marks = index.get(name).map(|entry| &*entry.marks);
    let marks = marks.unwrap_or_default().iter();
    let organisations = marks.filter_map(|mark| Rules::organisation_of(mark));
    explanation.organisations = organisations.map(str::to_owned).collect();
    explanation.notes = index.notes;
    Ok(!index.is_doubtful)
}

fn select(rules: &Rules, name: &ProjectName, lists_are_known: bool, explanation: &mut Explanation) {
    let marks = explanation.organisations.iter();
    let marks = marks.map(|name| Rules::organisation_mark(name));
    let mut classifiers = explanation.classifiers.clone();
    classifiers.extend(marks);
    let selection = rules.select(name, &classifiers);
    explanation.selected = selection.is_matched();
    explanation.selection = match selection {
        Selection::Matched(Match::Classifier { classifier, .. })
            if let Some(organisation) = Rules::organisation_of(classifier) =>
        {
            format!("the organisation `{organisation}` lists it")
        }
        Selection::Matched(Match::Classifier { rule, classifier }) if rule == classifier => {
            format!("the rule `{rule}` matches")
        }
        Selection::Matched(Match::Classifier { rule, classifier }) => {
            format!("the rule `{rule}` matches its child `{classifier}`")
        }
        Selection::Matched(Match::Include) => "the profile includes it by name".to_owned(),
        Selection::Matched(Match::Scope(scope)) => format!("the scope `@{scope}` matches"),
        Selection::Matched(Match::NamePattern) => "the name pattern matches".to_owned(),
        Selection::Matched(Match::Everything) => "everything is selected".to_owned(),
        Selection::Excluded => "the profile excludes it by name".to_owned(),
        Selection::NotMatched if !lists_are_known => {
            "no rule matches its classifiers, and not every organisation says what it lists"
                .to_owned()
        }
        Selection::NotMatched if rules.organisations().next().is_some() => {
            "no rule matches its classifiers, and no organisation lists it".to_owned()
        }
        Selection::NotMatched => "no rule matches its classifiers".to_owned(),
    };
}

fn verdict(explanation: &Explanation, pending: Option<&PendingRetry>) -> String {
    let held = explanation.documents.len();
    match (&explanation.collection, held) {
        (None, _) => "no collection was named, or there is none yet".to_owned(),
        (Some(_), 1..) => format!(
            "it is in the collection with {held} documents, {}",
            match &explanation.latest_document {
                Some(version) => format!("the latest is {version}"),
                None => "none of which is marked as the latest".to_owned(),
            }
        ),
        (Some(_), 0) if let Some(pending) = pending => {
            let further = if pending.is_final() {
                "it is tried again once the registry changes it"
            } else {
                "the next run tries again"
            };
            format!("it is missing because {}; {further}", pending.reason)
        }
        (Some(_), 0) if explanation.registry_serial.is_none() => {
            format!(
                "it is missing because the registry has nothing to show: {}",
                explanation.registry
            )
        }
        (Some(_), 0) if !explanation.selected => {
            format!("it is missing because {}", explanation.selection)
        }
        (Some(_), 0) => "it matches but is not there yet; the next run adds it".to_owned(),
    }
}
