//! Projects, their fields and items.

use std::collections::BTreeMap;

/// Items that a project can have.
pub(super) const MOST_ITEMS: usize = 50_000;

/// A project.
#[derive(Clone, Debug, PartialEq)]
pub struct FakeProject {
    /// Its node id.
    pub id: String,
    pub owner: String,
    pub number: i64,
    pub title: String,
    pub can_update: bool,
    pub fields: Vec<FakeField>,
    /// Names and filters.
    pub views: Vec<(String, String)>,
    /// By number, in the order in which they were added.
    pub items: BTreeMap<u64, FakeProjectItem>,
    pub(super) last_item: u64,
}

/// A field of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeField {
    pub id: String,
    pub name: String,
    /// As GitHub calls it, such as `SINGLE_SELECT`.
    pub kind: String,
    /// Ids and names.
    pub options: Vec<(String, String)>,
}

/// An item of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct FakeProjectItem {
    pub number: u64,
    pub content: FakeContent,
    /// The login of who has added it.
    pub creator: String,
    pub is_archived: bool,
    /// By the id of the field.
    pub values: BTreeMap<String, FakeValue>,
}

/// What an item is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FakeContent {
    /// Repository and number of an issue or pull request.
    Issue(u64, u64),
    Draft {
        title: String,
        body: String,
    },
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FakeValue {
    Text(String),
    Number(f64),
    Date(String),
    /// The id of an option.
    Option(String),
}

impl FakeProject {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FakeField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What a field of an item holds, as people see it.
    #[must_use]
    pub fn shown(&self, item: &FakeProjectItem, field: &str) -> Option<String> {
        let field = self.field(field)?;
        Some(match item.values.get(&field.id)? {
            FakeValue::Text(text) | FakeValue::Date(text) => text.clone(),
            FakeValue::Number(number) => number.to_string(),
            FakeValue::Option(id) => {
                let mut options = field.options.iter();
                options.find(|(known, _)| known == id)?.1.clone()
            }
        })
    }

    pub(super) fn add_item(&mut self, content: FakeContent, creator: &str) -> Option<u64> {
        if self.items.len() >= MOST_ITEMS {
            return None;
        }
        self.last_item += 1;
        let number = self.last_item;
        self.items.insert(
            number,
            FakeProjectItem {
                number,
                content,
                creator: creator.to_owned(),
                is_archived: false,
                values: BTreeMap::new(),
            },
        );
        Some(number)
    }
}

/// The node id of an item.
pub(super) fn item_id(number: u64) -> String {
    format!("PVTI_{number}")
}

/// The number behind a node id of an item.
pub(super) fn item_number(id: &str) -> Option<u64> {
    id.strip_prefix("PVTI_")?.parse().ok()
}

impl FakeProject {
    pub(super) fn new_field(&self, name: &str, kind: &str, options: &[&str]) -> FakeField {
        let prefix = match kind {
            "SINGLE_SELECT" => "PVTSSF",
            _ => "PVTF",
        };
        let number = self.fields.len();
        let options = options.iter().enumerate();
        FakeField {
            id: format!("{prefix}_{}_{number}", self.number),
            name: name.to_owned(),
            kind: kind.to_owned(),
            options: options
                .map(|(place, name)| (format!("{number:04x}{place:04x}"), (*name).to_owned()))
                .collect(),
        }
    }
}
