//! What a page shows of a README.

use super::{Images, for_page};

fn linked(html: &str) -> String {
    for_page(html, Images::Linked, 10_000).html
}

#[test]
fn images_become_links_and_badges_go() {
    for (html, expected) in [
        (
            "<p><img src=\"https://example.org/a.png\" alt=\"A &quot;b&quot;\" align=\"left\"></p>",
            "<p><a class=\"image\" href=\"https://example.org/a.png\" rel=\"nofollow ugc noopener\">image: A &quot;b&quot; (example.org)</a></p>",
        ),
        (
            "<p><a href=\"https://x.example\"><img src=\"https://example.org/a.png\"></a></p>",
            "<p><a href=\"https://x.example\" rel=\"nofollow ugc noopener\"><span class=\"image\">image (example.org)</span></a></p>",
        ),
        (
            "<p><a href=\"https://x.example\"><img src=\"https://img.shields.io/x.svg\" alt=\"build\"></a>!</p>",
            "<p>!</p>",
        ),
        (
            "<p><img src=\"https://github.com/a/b/actions/workflows/t/badge.svg\"></p>",
            "<p></p>",
        ),
        ("<p><img src=\"local.png\" alt=\"x\"></p>", "<p></p>"),
    ] {
        assert_eq!(linked(html), expected);
    }
}

#[test]
fn images_are_loaded_late_and_without_a_referrer() {
    let html = "<img src=\"https://example.org/a.png\" alt=\"x\" width=\"100%\" height=\"20\">";
    assert_eq!(
        for_page(html, Images::Loaded, 1000).html,
        "<img src=\"https://example.org/a.png\" alt=\"x\" height=\"20\" loading=\"lazy\" referrerpolicy=\"no-referrer\">"
    );
}

#[test]
fn headings_are_listed_and_no_id_stands_twice() {
    let page = for_page(
        "<h2 id=\"user-content-a\">A <em>b</em></h2><p id=\"user-content-a\">x</p><h3>C</h3><h3></h3>",
        Images::Linked,
        1000,
    );
    let headings: Vec<_> = page
        .headings
        .iter()
        .map(|heading| (heading.level, heading.id.as_str(), heading.text.as_str()))
        .collect();
    assert_eq!(
        headings,
        [(2, "user-content-a", "A b"), (3, "readme-2", "C")]
    );
    assert_eq!(page.html.matches("user-content-a").count(), 1);
    let page = for_page("<h2 id=\"a&lt;b&amp;c&quot;\">A</h2>", Images::Linked, 1000);
    assert!(
        page.html.contains("id=\"user-content-a&lt;b&amp;c&quot;\""),
        "{}",
        page.html
    );
    assert_eq!(page.headings[0].id, "user-content-a<b&c\"");
    let empty = linked(&"<h2></h2>".repeat(3));
    for id in ["readme-1", "readme-2", "readme-3"] {
        assert_eq!(empty.matches(id).count(), 1, "{empty}");
    }
}

#[test]
fn html_of_another_program_is_made_safe() {
    assert_eq!(
        linked(
            "<h1 id=\"main\">A</h1><p onclick=\"x()\" style=\"color:red\">a</p><script>x()</script><form action=\"/x\"><b>b</b></form>\
             <meta http-equiv=\"refresh\" content=\"0\"><a href=\"javascript:x()\">c</a>"
        ),
        "<h2 id=\"user-content-main\">A</h2><p>a</p>&lt;script&gt;x()&lt;/script&gt;<b>b</b><a>c</a>"
    );
}

#[test]
fn links_within_the_page_lead_somewhere() {
    assert_eq!(
        linked(
            "<h2 id=\"user-content-a\">A</h2><p><a href=\"#user-content-a\" rel=\"nofollow\">up</a> \
             <a href=\"#user-content-b\" rel=\"nofollow\">nowhere</a> \
             <a href=\"docs/a.md\">file</a> <a href=\"//evil.example\">host</a> \
             <a href=\"https://example.org\" rel=\"nofollow\">out</a><i id=\"user-content-x y\">i</i></p>"
        ),
        "<h2 id=\"user-content-a\">A</h2><p><a href=\"#user-content-a\">up</a> <a>nowhere</a> \
         <a>file</a> <a>host</a> <a href=\"https://example.org\" rel=\"nofollow ugc noopener\">out</a><i>i</i></p>"
    );
}

#[test]
fn what_html_no_longer_has_is_replaced() {
    assert_eq!(
        linked(
            "<p align=\"center\" class=\"note\"><tt>a</tt></p><ul><li><input type=\"checkbox\" checked=\"\" disabled=\"\"> b</li></ul>"
        ),
        "<p class=\"align-center note\"><code>a</code></p><ul><li>☑ b</li></ul>"
    );
    assert_eq!(
        linked("<table><tr><td align=\"right\">1</td></tr></table><pre lang=\"sh\">x</pre>"),
        "<div class=\"table\" tabindex=\"0\"><table><tbody><tr><td class=\"align-right\">1</td></tr></tbody></table></div><pre tabindex=\"0\">x</pre>"
    );
}

#[test]
fn a_long_text_is_cut_between_blocks_and_closed() {
    let html = "<p>one</p><p>two</p>".repeat(100);
    let page = for_page(&html, Images::Linked, 50);
    assert!(page.is_cut && page.html.len() < 70 && page.html.ends_with("</p>"));
    let nested = format!("<div><ul>{}</ul></div>", "<li>x</li>".repeat(100));
    let page = for_page(&nested, Images::Linked, 50);
    assert!(
        page.is_cut && page.html.ends_with("</ul></div>"),
        "{}",
        page.html
    );
    assert!(!for_page("<p>x</p>", Images::Linked, 50).is_cut);
    // A block that is too long is cut within, and not in the middle of a sign.
    let long = format!("<p>{}&amp;{}</p>", "x".repeat(56), "y".repeat(100));
    let page = for_page(&long, Images::Linked, 50);
    assert_eq!(page.html, format!("<p>{}</p>", "x".repeat(56)));
    assert!(page.is_cut);
}

#[test]
fn no_level_of_headings_is_left_out() {
    let tags = |html: &str| -> Vec<String> {
        let page = for_page(html, Images::Linked, 10_000);
        let listed = page.headings.iter();
        let listed: Vec<String> = listed
            .map(|heading| format!("{}{}", heading.text, heading.level))
            .collect();
        for heading in &listed {
            let (text, level) = heading.split_at(1);
            let shown = format!("\">{text}</h{level}>");
            assert!(page.html.contains(&shown), "{shown}: {}", page.html);
        }
        listed
    };
    for (html, levels) in [
        (
            "<h2>a</h2><h3>b</h3><h4>c</h4><h2>d</h2>",
            &["a2", "b3", "c4", "d2"][..],
        ),
        // Left out, and come back to.
        (
            "<h2>a</h2><h4>b</h4><h6>c</h6><h4>d</h4><h3>e</h3>",
            &["a2", "b3", "c4", "d3", "e3"],
        ),
        // It begins low, and ends higher.
        ("<h4>a</h4><h5>b</h5><h2>c</h2>", &["a2", "b3", "c2"]),
        ("<h1>a</h1><h2>b</h2><h1>c</h1>", &["a2", "b3", "c2"]),
        (
            "<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6>",
            &["a2", "b3", "c4", "d5", "e6", "f6"],
        ),
    ] {
        assert_eq!(tags(html), levels, "{html}");
    }
}
