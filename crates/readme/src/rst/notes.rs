//! Footnotes and citations: their numbers, and which reference belongs to which note.

use std::collections::{HashMap, VecDeque};

use super::names::normalised;

/// The label of a footnote or citation, or of a reference to one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum NoteLabel {
    /// A number chosen by the author.
    Number(String),
    /// `#`: the next number.
    Auto,
    /// `#name`: the next number, for several references.
    AutoNamed(String),
    /// `*`: the next symbol.
    Symbol,
    /// A citation's name, as written.
    Citation(String),
}

impl NoteLabel {
    pub(super) fn of(label: &str) -> Self {
        if label == "*" {
            Self::Symbol
        } else if label == "#" {
            Self::Auto
        } else if let Some(name) = label.strip_prefix('#') {
            Self::AutoNamed(normalised(name))
        } else if label.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Number(label.to_owned())
        } else {
            Self::Citation(label.to_owned())
        }
    }

    pub(super) fn is_citation(&self) -> bool {
        matches!(self, Self::Citation(_))
    }

    /// The kind of element, for ids.
    pub(super) fn kind(&self) -> &'static str {
        if self.is_citation() {
            "citation"
        } else {
            "footnote"
        }
    }

    pub(super) fn reference_kind(&self) -> &'static str {
        if self.is_citation() {
            "citation-reference"
        } else {
            "footnote-reference"
        }
    }

    /// The name of a note, from its label.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Number(name) | Self::AutoNamed(name) => Some(name.clone()),
            Self::Citation(name) => Some(normalised(name)),
            Self::Auto | Self::Symbol => None,
        }
    }

    /// The label as written, for references without a note.
    fn written(&self) -> String {
        match self {
            Self::Number(label) | Self::Citation(label) => label.clone(),
            Self::Auto => "#".to_owned(),
            Self::AutoNamed(name) => format!("#{name}"),
            Self::Symbol => "*".to_owned(),
        }
    }
}

/// A footnote or citation.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) label: NoteLabel,
    pub(super) id: String,
    /// What is shown in its brackets.
    pub(super) shown: String,
    /// The ids of the references that lead here.
    pub(super) references: Vec<String>,
}

/// A reference to a note.
#[derive(Debug)]
pub(super) struct NoteReference {
    pub(super) label: NoteLabel,
    pub(super) id: String,
    pub(super) shown: String,
    /// The id of the note, when there is one.
    pub(super) target: Option<String>,
}

/// All notes and the references to them, in document order.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) notes: Vec<Note>,
    pub(super) references: Vec<NoteReference>,
}

const SYMBOLS: [&str; 10] = ["*", "†", "‡", "§", "¶", "#", "♠", "♥", "♦", "♣"];

impl Notes {
    /// Adds a note; returns its number.
    pub(super) fn declare(&mut self, label: NoteLabel, id: String) -> u32 {
        let shown = label.written();
        self.notes.push(Note {
            label,
            id,
            shown,
            references: Vec::new(),
        });
        u32::try_from(self.notes.len() - 1).unwrap_or_default()
    }

    /// Adds a reference to a note; returns its number.
    pub(super) fn refer(&mut self, label: NoteLabel, id: String) -> u32 {
        let shown = label.written();
        self.references.push(NoteReference {
            label,
            id,
            shown,
            target: None,
        });
        u32::try_from(self.references.len() - 1).unwrap_or_default()
    }

    /// Numbers the notes and finds the note of each reference. Numbers that are the name of
    /// something else are skipped.
    pub(super) fn resolve(&mut self, is_taken: impl Fn(&str) -> bool) {
        self.number(is_taken);
        let mut named: HashMap<NoteLabel, usize> = HashMap::new();
        let mut autos = VecDeque::new();
        let mut symbols = VecDeque::new();
        for (number, note) in self.notes.iter().enumerate() {
            match &note.label {
                NoteLabel::Auto => autos.push_back(number),
                NoteLabel::Symbol => symbols.push_back(number),
                NoteLabel::Citation(name) => {
                    named
                        .entry(NoteLabel::Citation(normalised(name)))
                        .or_insert(number);
                }
                label => {
                    named.entry(label.clone()).or_insert(number);
                }
            }
        }
        for reference in &mut self.references {
            let number = match &reference.label {
                NoteLabel::Auto => autos.pop_front(),
                NoteLabel::Symbol => symbols.pop_front(),
                NoteLabel::Citation(name) => {
                    let label = NoteLabel::Citation(normalised(name));
                    named.get(&label).copied()
                }
                label => named.get(label).copied(),
            };
            if let Some(note) = number.and_then(|number| self.notes.get_mut(number)) {
                reference.target = Some(note.id.clone());
                if !reference.label.is_citation() {
                    reference.shown.clone_from(&note.shown);
                }
                note.references.push(reference.id.clone());
            }
        }
    }

    fn number(&mut self, is_taken: impl Fn(&str) -> bool) {
        let mut next = 0_u32;
        let mut symbol = 0;
        for note in &mut self.notes {
            match note.label {
                NoteLabel::Auto | NoteLabel::AutoNamed(_) => loop {
                    next += 1;
                    note.shown = next.to_string();
                    if !is_taken(&note.shown) {
                        break;
                    }
                },
                NoteLabel::Symbol => {
                    let times = (symbol / SYMBOLS.len() + 1).min(8);
                    note.shown = SYMBOLS[symbol % SYMBOLS.len()].repeat(times);
                    symbol += 1;
                }
                NoteLabel::Number(_) | NoteLabel::Citation(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoteLabel, Notes};

    #[test]
    fn numbers_go_round_those_that_are_taken() {
        let mut notes = Notes::default();
        for label in ["#", "2", "#b", "*", "*", "Cite"] {
            notes.declare(NoteLabel::of(label), format!("n{label}"));
        }
        for label in ["#b", "#", "cite", "2", "*", "9"] {
            notes.refer(NoteLabel::of(label), format!("r{label}"));
        }
        notes.resolve(|number| number == "2");
        let shown: Vec<&str> = notes.notes.iter().map(|note| &*note.shown).collect();
        assert_eq!(shown, ["1", "2", "3", "*", "†", "Cite"]);
        let references: Vec<(&str, Option<&str>)> = notes
            .references
            .iter()
            .map(|reference| (&*reference.shown, reference.target.as_deref()))
            .collect();
        assert_eq!(
            references,
            [
                ("3", Some("n#b")),
                ("1", Some("n#")),
                ("cite", Some("nCite")),
                ("2", Some("n2")),
                ("*", Some("n*")),
                ("9", None),
            ]
        );
    }
}
