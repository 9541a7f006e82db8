//! What a field's `locale` asks for: how its letters are folded, and where its words end.
//!
//! Without a locale, and in English, white space parts words and only Latin letters lose their
//! marks. In every other language words end where Unicode's rules and ICU4X's dictionaries say,
//! and letters lose case, marks and variants that people do not type. Called by the tokenizer and
//! where schemas are read; knows nothing of fields.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use unicode_normalization::UnicodeNormalization;

use super::fold::{Folded, Letters, fold};

/// Languages that differ in how their text is cut and folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Language {
    /// No locale, or `en`.
    #[default]
    English,
    /// Traditional characters count as the simplified ones.
    Chinese,
    /// Katakana counts as Hiragana.
    Japanese,
    /// Cyrillic letters count as the Latin ones.
    Serbian,
    /// All others: one rule for every script.
    Other,
}

/// ISO 639-1, in alphabetical order.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co \
    cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku \
    kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr \
    nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr \
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo \
    za zh zu";

impl Language {
    /// The language of a locale: empty, or a code of ISO 639-1. `None` for anything else.
    #[must_use]
    pub(crate) fn of_locale(locale: &str) -> Option<Self> {
        match locale {
            "" | "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            "ja" => Some(Self::Japanese),
            "sr" => Some(Self::Serbian),
            code => (CODES.split(' '))
                .any(|known| known == code)
                .then_some(Self::Other),
        }
    }

    /// The form of a character beyond ASCII.
    pub(super) fn fold(self, character: char) -> Folded {
        let character = match self {
            Self::English => return fold(character),
            Self::Chinese => simplified(character),
            _ => character,
        };
        if self == Self::Serbian
            && let Some(latin) = latin(character)
        {
            return Folded::Letters(Letters::of(latin));
        }
        match fold(character) {
            Folded::Letters(letters) if !letters.as_str().is_ascii() => {
                if is_silent(character) {
                    return Folded::Letters(Letters::default());
                }
                Folded::Letters(self.decomposed(character))
            }
            folded => folded,
        }
    }

    /// A letter of another script than Latin, in small letters and without its marks.
    fn decomposed(self, character: char) -> Letters {
        let mut letters = Letters::default();
        for part in std::iter::once(character).nfkd() {
            let part = match part {
                _ if part.is_ascii() && !part.is_ascii_alphanumeric() => continue,
                _ if is_silent(part) => continue,
                'ς' => 'σ',
                'ґ' | 'Ґ' => 'г',
                '\u{30a1}'..='\u{30f6}' | '\u{30fd}' | '\u{30fe}' if self == Self::Japanese => {
                    char::from_u32(u32::from(part) - 0x60).unwrap_or(part)
                }
                part => part,
            };
            part.to_lowercase().for_each(|lower| letters.push(lower));
        }
        if matches!(character, 'й' | 'Й') {
            letters.push(BREVE);
        }
        letters
    }
}

/// What makes `й` of `и`: a letter of its own, unlike letters with other marks.
pub(super) const BREVE: char = '\u{306}';

/// Punctuation, marks of letters in Latin, Greek and Cyrillic, and points that Arabic and Hebrew
/// may be written without.
fn is_silent(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Punctuation.contains(category)
        || matches!(character,
            '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}'
            | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}')
}

/// The simplified form of a traditional Chinese character.
///
/// The pairs are those of CLDR's transform `Traditional-Simplified` (Unicode License v3), which is
/// not in a stable part of ICU4X.
fn simplified(character: char) -> char {
    static PAIRS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let mut characters = include_str!("simplified.txt")
            .chars()
            .filter(|one| *one != '\n');
        std::iter::from_fn(|| characters.next().zip(characters.next())).collect()
    });
    PAIRS.get(&character).copied().unwrap_or(character)
}

/// A text with simplified characters, each as long as the one that it stands for.
pub(super) fn simplify(text: &str) -> String {
    text.chars().map(simplified).collect()
}

/// Serbian is written in two alphabets; the Latin one stands without its marks, as it is folded.
fn latin(character: char) -> Option<&'static str> {
    let lower = character.to_lowercase().next()?;
    Some(match lower {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' | 'ђ' => "d",
        'е' => "e",
        'ж' | 'з' => "z",
        'и' => "i",
        'ј' => "j",
        'к' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' | 'ш' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "h",
        'ћ' | 'ц' | 'ч' => "c",
        'џ' => "dz",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(language: Language, text: &str) -> String {
        text.chars()
            .map(|character| match language.fold(character) {
                Folded::Space => " ".to_owned(),
                Folded::Letters(letters) => letters.as_str().to_owned(),
            })
            .collect()
    }

    #[test]
    fn locales_are_codes_of_iso_639_1() {
        assert_eq!(Language::of_locale(""), Some(Language::English));
        assert_eq!(Language::of_locale("zh"), Some(Language::Chinese));
        assert_eq!(Language::of_locale("uk"), Some(Language::Other));
        for unknown in ["xx", "EN", "en-US", "zh_CN", "german", " ", "e"] {
            assert_eq!(Language::of_locale(unknown), None, "{unknown}");
        }
        assert!(CODES.split(' ').is_sorted());
        assert_eq!(CODES.split(' ').count(), 184);
    }

    #[test]
    fn letters_lose_case_marks_and_variants() {
        let other = Language::Other;
        assert_eq!(
            folded(other, "ΚΑΛΗΜΈΡΑ κόσμε ΐᾳ Σς"),
            "ΚΑΛΗΜΕΡΑ κοσμε ια σσ".to_lowercase()
        );
        assert_eq!(
            folded(other, "Ёлка Їжак Ґанок Ўсход"),
            "елка іжак ганок усход".to_owned()
        );
        assert_eq!(folded(other, "й"), "и\u{306}");
        assert_eq!(folded(other, "Über İSTANBUL ısı"), "uber istanbul isi");
        assert_eq!(folded(other, "كِتَاب أحمـد שָׁלוֹם"), "كتاب احمد שלום");
        assert_eq!(folded(other, "हिन्दी"), "हिन्दी");
        assert_eq!(folded(other, "。、「」！"), "");
        assert_eq!(
            folded(Language::Japanese, "タワー ﾀﾜｰ たわー"),
            "たわー たわー たわー"
        );
        assert_eq!(
            folded(Language::Japanese, "ガ"),
            folded(Language::Japanese, "ｶﾞ")
        );
        assert_eq!(folded(Language::Chinese, "機器學習 ＡＢ"), "机器学习 ab");
        assert_eq!(
            folded(Language::Serbian, "Љубљана Čačak Ђоковић"),
            "ljubljana cacak dokovic"
        );
    }

    #[test]
    fn simplified_characters_are_as_long_and_not_changed_again() {
        let pairs = include_str!("simplified.txt").replace('\n', "");
        assert_eq!(simplify(&pairs).len(), pairs.len());
        assert_eq!(simplify(&simplify(&pairs)), simplify(&pairs));
    }
}
