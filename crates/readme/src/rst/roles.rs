//! Roles: what interpreted text becomes.
//!
//! Roles of docutils mean what they mean there, a custom role adds classes, and any other role,
//! most of them Sphinx's, becomes the text that a reader would have seen.

use super::tree::{
    ABBREVIATION, EMPHASIS, ElementType, INLINE, STRONG, SUBSCRIPT, SUPERSCRIPT, TITLE_REFERENCE,
};

/// What interpreted text becomes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Role {
    Inline(Markup),
    Literal,
    Code,
    Math,
    Pep,
    Rfc,
    /// Text for another output format, which is dropped.
    Raw,
    /// A custom role: adds classes to another role.
    Custom(Box<Role>, Vec<String>),
    /// A role of Sphinx or another program; `code` tells whether its text names code.
    Unknown {
        code: bool,
    },
}

/// The element that a role writes around its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup(pub(super) &'static ElementType);

impl PartialEq for Markup {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Role {
    /// A role that adds nothing to its text.
    pub(super) const PLAIN: Self = Self::Inline(Markup(&INLINE));

    pub(super) fn known(name: &str) -> Option<Self> {
        let inline = |element_type| Self::Inline(Markup(element_type));
        Some(match name {
            "emphasis" => inline(&EMPHASIS),
            "strong" => inline(&STRONG),
            "sub" | "subscript" => inline(&SUBSCRIPT),
            "sup" | "superscript" => inline(&SUPERSCRIPT),
            "" | "title" | "title-reference" | "t" => inline(&TITLE_REFERENCE),
            "ab" | "abbreviation" | "ac" | "acronym" => inline(&ABBREVIATION),
            "literal" => Self::Literal,
            "code" => Self::Code,
            "math" => Self::Math,
            "pep" | "pep-reference" => Self::Pep,
            "rfc" | "rfc-reference" => Self::Rfc,
            "raw" => Self::Raw,
            _ => return None,
        })
    }

    pub(super) fn unknown(name: &str) -> Self {
        let own = name.rsplit(':').next().unwrap_or_default();
        let code = !matches!(
            own,
            "ref"
                | "doc"
                | "term"
                | "numref"
                | "any"
                | "download"
                | "guilabel"
                | "menuselection"
                | "abbr"
                | "dfn"
                | "issue"
                | "pr"
                | "pull"
                | "user"
                | "cve"
                | "cwe"
                | "gh"
                | "bug"
        );
        Self::Unknown { code }
    }
}
