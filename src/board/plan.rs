//! What has to change on the project: its items compared with what the rules want. Pure.
//!
//! An item is for an issue or pull request if it is linked to it, and for a discussion if its link field
//! names it or, while that is empty, its text is the address. Items that people have archived, and those
//! that the token may not see, are left alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::content::{Content, ContentKind};
use super::items::{Item, ItemContent};
use super::rules::{Board, Removal};
use super::values::{FieldValue, Membership, draft_title, value_of};

/// What has to change.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Plan {
    pub additions: Vec<Addition>,
    pub changes: Vec<ItemChange>,
    pub removals: Vec<ItemRemoval>,
    /// Items that are as they have to be.
    pub unchanged: u64,
    /// Items that are left alone: archived, or not to be seen.
    pub left_alone: u64,
    /// Items that would be removed if the file said so, or if everything had been read.
    pub kept: u64,
    /// Why something may be missing, so that nothing is removed.
    pub incomplete: Vec<String>,
}

/// Something that is not on the project yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Addition {
    /// As people call it.
    pub name: String,
    pub title: String,
    pub url: String,
    #[serde(skip)]
    pub content: String,
    pub is_draft: bool,
    pub fields: Vec<FieldChange>,
}

/// An item whose fields are to be written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemChange {
    pub name: String,
    pub title: String,
    pub url: String,
    #[serde(skip)]
    pub item: String,
    /// In the order in which they are written.
    pub fields: Vec<FieldChange>,
}

/// An item that is to be removed from the project; what it is about stays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemRemoval {
    pub title: String,
    #[serde(skip)]
    pub item: String,
    pub why: &'static str,
}

/// A field that is to be written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    pub field: String,
    pub from: Option<FieldValue>,
    /// `None` to empty it.
    pub to: Option<FieldValue>,
}

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation<'a> {
    pub(super) board: &'a Board,
    pub(super) membership: &'a Membership,
    pub(super) items: &'a [Item],
    pub(super) contents: &'a BTreeMap<String, Content>,
    pub(super) incomplete: &'a [String],
    /// Whether `contents` is everything, rather than what has changed.
    pub(super) is_everything: bool,
    /// Whether some items may be missing, so that nobody knows what is not there yet.
    pub(super) lacks_items: bool,
    /// The account of the token.
    pub(super) viewer: &'a str,
}

impl Plan {
    /// Whether nothing has to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty() && self.changes.is_empty() && self.removals.is_empty()
    }
}

impl Situation<'_> {
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan {
            incomplete: self.incomplete.to_vec(),
            ..Plan::default()
        };
        let places = Places::of(self);
        let mut kept = HashSet::new();
        for content in self.contents.values() {
            let Some(item) = places.find(content) else {
                if !self.lacks_items {
                    plan.additions.push(self.addition(content));
                }
                continue;
            };
            kept.insert(item.id.as_str());
            if item.is_archived {
                plan.left_alone += 1;
                continue;
            }
            let fields = self.changes(item, content);
            if fields.is_empty() {
                plan.unchanged += 1;
                continue;
            }
            plan.changes.push(ItemChange {
                name: content.name(),
                title: content.title.clone(),
                url: content.url.clone(),
                item: item.id.clone(),
                fields,
            });
        }
        if self.is_everything {
            let others = self.items.iter();
            for item in others.filter(|item| !kept.contains(item.id.as_str())) {
                self.judge(item, &places, &mut plan);
            }
        }
        plan
    }

    /// Decides on an item that nothing asks for.
    fn judge(&self, item: &Item, places: &Places<'_>, plan: &mut Plan) {
        if item.is_archived || item.content == ItemContent::Redacted {
            plan.left_alone += 1;
            return;
        }
        let is_second = places.seconds.contains(item.id.as_str());
        let is_wanted = match self.board.removal {
            Removal::All => true,
            Removal::Linked => self.is_linked(item) || is_second,
            Removal::Never => false,
        };
        if !is_wanted || !self.incomplete.is_empty() {
            plan.kept += 1;
            return;
        }
        plan.removals.push(ItemRemoval {
            title: item.title.clone(),
            item: item.id.clone(),
            why: if is_second {
                "a second draft of the same discussion"
            } else if self.is_linked(item) {
                "nothing asks for it any more"
            } else {
                "added by hand, and the file says `remove = \"all\"`"
            },
        });
    }

    /// Whether a board has put an item there.
    fn is_linked(&self, item: &Item) -> bool {
        let link = item.values.get(&self.board.link);
        matches!(link, Some(FieldValue::Text(_))) && !self.was_draft(item)
    }

    /// Whether somebody has turned a draft into an issue, which is theirs. Only its link tells.
    fn was_draft(&self, item: &Item) -> bool {
        let is_issue = matches!(item.content, ItemContent::Linked { .. });
        match item.values.get(&self.board.link) {
            Some(FieldValue::Text(link)) => is_issue && link.starts_with("D_"),
            _ => false,
        }
    }

    fn addition(&self, content: &Content) -> Addition {
        let is_draft = content.kind == ContentKind::Discussion;
        let title = if is_draft {
            draft_title(self.board.draft_titles, &content.title)
        } else {
            content.title.clone()
        };
        let link = FieldChange {
            field: self.board.link.clone(),
            from: None,
            to: Some(FieldValue::Text(content.id.clone())),
        };
        let mut fields = vec![link];
        fields.extend(self.differences(&BTreeMap::new(), content));
        Addition {
            name: content.name(),
            title,
            url: content.url.clone(),
            content: content.id.clone(),
            is_draft,
            fields,
        }
    }

    /// What is to be written to an item: first what new comments empty, then the link, and last what
    /// tells of new comments.
    fn changes(&self, item: &Item, content: &Content) -> Vec<FieldChange> {
        let mut differences = self.differences(&item.values, content);
        // What GitHub does not say is left as it is.
        differences.retain(|change| !item.unknown.contains(&change.field));
        let tells = |change: &FieldChange| {
            let rule = self.board.fields.get(&change.field);
            rule.is_some_and(|rule| rule.value.tells_of_comments())
        };
        let mut clear = self.board.clear.iter();
        if clear.any(|field| item.unknown.contains(field)) {
            // The next run has to find again that there are new comments.
            differences.retain(|change| !tells(change));
        }
        let mut changes = Vec::new();
        if differences.iter().any(tells) {
            let emptied = self.board.clear.iter().filter_map(|name| {
                Some(FieldChange {
                    field: name.clone(),
                    from: Some(item.values.get(name)?.clone()),
                    to: None,
                })
            });
            changes.extend(emptied);
        }
        let link = FieldValue::Text(content.id.clone());
        let linked = item.values.get(&self.board.link);
        let may_link = match linked {
            Some(_) => !self.was_draft(item),
            None => self.may_link(item),
        };
        let is_known = !item.unknown.contains(&self.board.link);
        if linked != Some(&link) && may_link && is_known {
            changes.push(FieldChange {
                field: self.board.link.clone(),
                from: linked.cloned(),
                to: Some(link),
            });
        }
        changes.extend(differences);
        changes
    }

    fn may_link(&self, item: &Item) -> bool {
        may_link(self.board, self.viewer, &item.creator)
    }

    /// Fields that hold something else than they have to.
    fn differences(
        &self,
        values: &BTreeMap<String, FieldValue>,
        content: &Content,
    ) -> Vec<FieldChange> {
        let fields = self.board.fields.iter();
        let (last, mut first): (Vec<_>, Vec<_>) = fields
            .filter_map(|(name, rule)| {
                let to = value_of(self.board, rule, self.membership, content);
                let from = values.get(name);
                (from != to.as_ref()).then(|| {
                    let change = FieldChange {
                        field: name.clone(),
                        from: from.cloned(),
                        to,
                    };
                    (rule.value.tells_of_comments(), change)
                })
            })
            .partition(|(tells, _)| *tells);
        first.extend(last);
        first.into_iter().map(|(_, change)| change).collect()
    }
}

/// Whether an item without a link gets one, and so is removed when nothing asks for it: what others have
/// added by hand stays theirs, unless the file says that everything is removed.
pub(super) fn may_link(board: &Board, viewer: &str, creator: &str) -> bool {
    let name = |login: &str| login.trim_end_matches("[bot]").to_lowercase();
    let is_ours = !creator.is_empty() && name(creator) == name(viewer);
    is_ours || board.removal == Removal::All
}

/// Items by what they are for.
struct Places<'a> {
    by_content: HashMap<&'a str, &'a Item>,
    drafts_by_link: HashMap<&'a str, &'a Item>,
    drafts_by_text: HashMap<&'a str, &'a Item>,
    /// Drafts of a discussion that has one.
    seconds: HashSet<&'a str>,
}

impl<'a> Places<'a> {
    fn of(situation: &Situation<'a>) -> Self {
        let mut places = Self {
            by_content: HashMap::new(),
            drafts_by_link: HashMap::new(),
            drafts_by_text: HashMap::new(),
            seconds: HashSet::new(),
        };
        let urls: HashMap<&str, &str> = situation
            .contents
            .values()
            .filter(|content| content.kind == ContentKind::Discussion)
            .map(|content| (content.url.as_str(), content.id.as_str()))
            .collect();
        // Those with a link first, so that a draft without one is the second.
        for item in situation.items {
            match (&item.content, item.values.get(&situation.board.link)) {
                (ItemContent::Linked { id }, _) => {
                    places.by_content.insert(id, item);
                }
                (ItemContent::Draft { .. }, Some(FieldValue::Text(link))) => {
                    if places.drafts_by_link.contains_key(link.as_str()) {
                        places.seconds.insert(&item.id);
                    } else {
                        places.drafts_by_link.insert(link, item);
                    }
                }
                _ => {}
            }
        }
        for item in situation.items {
            let ItemContent::Draft { body } = &item.content else {
                continue;
            };
            let body = body.trim();
            let Some(discussion) = urls.get(body) else {
                continue;
            };
            if item.values.contains_key(&situation.board.link) || !situation.may_link(item) {
                continue;
            }
            let is_taken = places.drafts_by_link.contains_key(discussion)
                || places.drafts_by_text.contains_key(body);
            if is_taken {
                places.seconds.insert(&item.id);
            } else {
                places.drafts_by_text.insert(body, item);
            }
        }
        places
    }

    fn find(&self, content: &Content) -> Option<&'a Item> {
        match content.kind {
            ContentKind::Issue | ContentKind::PullRequest => {
                self.by_content.get(content.id.as_str()).copied()
            }
            ContentKind::Discussion => {
                let linked = self.drafts_by_link.get(content.id.as_str());
                let by_text = || self.drafts_by_text.get(content.url.as_str());
                linked.or_else(by_text).copied()
            }
        }
    }
}
