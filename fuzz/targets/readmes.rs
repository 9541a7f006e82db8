//! READMEs: whatever is rendered, and each of its chapters, consists of harmless elements,
//! attributes and addresses as a browser's parser sees them, and the sanitiser finds nothing to take
//! away: what our own renderers make passes unchanged. Plain text keeps its words. On a page of the
//! gallery it is harmless too, loads no image unless that is allowed, has each id once, and links
//! within it lead somewhere.
//!
//! The first byte chooses the markup, the rest is the text.

#![no_main]

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use libfuzzer_sys::fuzz_target;
use pyfa_readme::{
    ForgeLayout, Format, Images, RepositoryLinks, chapters, for_page, render, rst_to_html,
    sanitize, strip_tags, visible_text,
};

/// Bytes of a README that are read.
const MOST: usize = 1 << 16;
/// What switches a parser into another language or mode, or does something.
const HARMFUL: &str = "applet audio base button embed form frame frameset iframe link math meta \
    noembed noframes noscript object plaintext script select style svg template textarea title \
    video xmp";

/// The start tags that a browser's tokenizer sees. Without the harmful ones, nothing that follows
/// a tag is read in another mode, so that it sees what the parser sees.
#[derive(Default)]
struct StartTags(RefCell<Vec<Tag>>);

impl TokenSink for StartTags {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.0.borrow_mut().push(tag),
            Token::CommentToken(_) | Token::DoctypeToken(_) => panic!("markup other than tags"),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn start_tags(html: &str) -> Vec<Tag> {
    let input = BufferQueue::default();
    input.push_back(html.into());
    let tokenizer = Tokenizer::new(StartTags::default(), Default::default());
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.0.take()
}

fn assert_harmless(html: &str) {
    for tag in start_tags(html) {
        let harmful = HARMFUL.split_whitespace().any(|name| *tag.name == *name);
        assert!(!harmful, "{:?} in {html}", tag.name);
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            assert!(!name.starts_with("on"), "{name} in {html}");
            assert!(
                !matches!(name, "style" | "srcdoc" | "action" | "formaction" | "name"),
                "{name} in {html}"
            );
            if matches!(name, "href" | "src") {
                assert!(
                    is_harmless(&attribute.value),
                    "{:?} in {html}",
                    attribute.value
                );
            }
            if name == "id" {
                let is_prefixed = attribute.value.starts_with("user-content-");
                assert!(
                    is_prefixed || attribute.value.starts_with("readme-"),
                    "{html}"
                );
            }
        }
    }
}

/// As a browser reads an address: blanks and control characters at its ends, tabs and line ends
/// anywhere do not count.
fn is_harmless(address: &str) -> bool {
    let address: String = address
        .trim_matches(|character: char| character <= ' ')
        .chars()
        .filter(|character| !matches!(character, '\t' | '\n' | '\r'))
        .collect();
    let end = address.find([':', '/', '?', '#']);
    match end.map(|end| address.split_at(end)) {
        Some((scheme, rest)) if rest.starts_with(':') => {
            let scheme = scheme.to_ascii_lowercase();
            matches!(scheme.as_str(), "http" | "https" | "mailto")
                // No scheme at all, so a relative address.
                || !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                || scheme.contains(|one: char| !one.is_ascii_alphanumeric() && !"+-.".contains(one))
        }
        _ => true,
    }
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_alphanumeric())
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, text)) = data.split_first() else {
        return;
    };
    let text = &*String::from_utf8_lossy(text);
    let content_type = match choice % 8 {
        0 | 1 => Some("text/markdown"),
        2 => Some("text/markdown; variant=CommonMark"),
        3 | 4 => Some("text/x-rst"),
        5 => Some("text/plain"),
        6 => {
            // What reStructuredText makes, before anybody looks at its markup.
            let Some(html) = rst_to_html(text).and_then(|html| sanitize(&html)) else {
                return;
            };
            assert_harmless(&html);
            return assert_unchanged(&html);
        }
        _ => {
            let Some(html) = sanitize(text) else {
                return;
            };
            assert_harmless(&html);
            assert_fits_a_page(text);
            return assert_whole(&html);
        }
    };
    let rendered = render(text, content_type, MOST);
    assert_harmless(&rendered.html);
    if matches!(rendered.format, Format::Markdown { .. }) {
        assert_whole(&rendered.html);
    } else {
        assert_unchanged(&rendered.html);
    }
    if rendered.format == Format::PlainText && !rendered.truncated {
        assert_eq!(letters(&visible_text(&rendered.html)), letters(text));
    }
    let parts = chapters(&rendered.html, "acme");
    for part in [&parts.first_chapter, &parts.main_content, &parts.changelog] {
        assert_harmless(part);
    }
    let repository = RepositoryLinks::new(
        "https://github.com/pyfa/pyfa",
        ForgeLayout::GitHub,
        "packages/acme",
    );
    let linked = rendered.in_repository(&repository).html;
    assert_harmless(&linked);
    assert_fits_a_page(&linked);
});

fn assert_fits_a_page(html: &str) {
    for images in [Images::Linked, Images::Loaded] {
        for longest in [200, MOST] {
            let page = for_page(html, images, longest);
            assert_harmless(&page.html);
            let tags = start_tags(&page.html);
            let attributes = |name: &str| -> Vec<&str> {
                let all = tags.iter().flat_map(|tag| &tag.attrs);
                all.filter(|one| *one.name.local == *name)
                    .map(|one| &*one.value)
                    .collect()
            };
            let ids: BTreeSet<&str> = attributes("id").into_iter().collect();
            assert_eq!(ids.len(), attributes("id").len(), "{}", page.html);
            for link in attributes("href") {
                let target = link.strip_prefix('#');
                assert!(target.is_none_or(|id| ids.contains(id)), "{}", page.html);
            }
            for heading in &page.headings {
                assert!(ids.contains(&*heading.id), "{}", page.html);
            }
            let loads = tags.iter().any(|tag| &*tag.name == "img");
            assert!(!loads || images == Images::Loaded, "{}", page.html);
        }
    }
}

/// For what is well nested. What is too deep for a parser was shown as written.
fn assert_unchanged(html: &str) {
    if let Some(again) = sanitize(html) {
        assert_eq!(again, html);
    }
}

/// For markup of strangers, which a parser may nest otherwise the next time, with elements of its
/// own between: the same attributes, if not as often, and the same letters, if not in this order.
fn assert_whole(html: &str) {
    let Some(again) = sanitize(html) else {
        return;
    };
    let sorted = |html: &str| {
        let mut letters: Vec<char> = letters(&strip_tags(html)).chars().collect();
        letters.sort_unstable();
        letters
    };
    assert_eq!(sorted(&again), sorted(html), "{html}");
    let attributes = |html| -> BTreeSet<String> {
        let tags = start_tags(html).into_iter();
        let tags = tags.filter(|tag| !tag.attrs.is_empty());
        tags.map(|tag| format!("{} {:?}", tag.name, tag.attrs))
            .collect()
    };
    assert_eq!(attributes(&again), attributes(html), "{html}");
}
