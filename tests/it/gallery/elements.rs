//! The elements of our pages, as HTML defines them.
//!
//! Everything that templates and READMEs use is named, so a misspelt or obsolete name is found because
//! it is not there.

/// Elements and their own attributes.
pub(super) const ELEMENTS: [(&str, &str); 83] = [
    ("a", "href rel"),
    ("abbr", ""),
    ("article", ""),
    ("aside", ""),
    ("b", ""),
    ("blockquote", ""),
    ("body", ""),
    ("br", ""),
    ("button", "type form"),
    ("caption", ""),
    ("circle", "cx cy r"),
    ("cite", ""),
    ("code", ""),
    ("col", ""),
    ("colgroup", ""),
    ("datalist", ""),
    ("dd", ""),
    ("del", ""),
    ("details", "open"),
    ("div", ""),
    ("dl", ""),
    ("dt", ""),
    ("em", ""),
    ("fieldset", ""),
    ("figcaption", ""),
    ("figure", ""),
    ("footer", ""),
    ("form", "action method"),
    ("h1", ""),
    ("h2", ""),
    ("h3", ""),
    ("h4", ""),
    ("h5", ""),
    ("h6", ""),
    ("head", ""),
    ("header", ""),
    ("hr", ""),
    ("html", ""),
    ("i", ""),
    (
        "input",
        "type name value checked maxlength placeholder autocomplete form list required",
    ),
    ("img", "src alt width height loading referrerpolicy"),
    ("kbd", ""),
    ("label", "for"),
    ("legend", ""),
    ("li", ""),
    ("link", "rel href type title"),
    ("main", ""),
    ("mark", ""),
    ("meta", "charset name content property http-equiv"),
    ("meter", "min max value low high optimum"),
    ("nav", ""),
    ("ol", "start"),
    ("option", "value selected"),
    ("p", ""),
    ("path", "d"),
    ("pre", ""),
    ("rect", "x y width height"),
    ("script", "src type defer"),
    ("section", ""),
    ("select", "name"),
    ("small", ""),
    ("span", ""),
    ("strong", ""),
    ("sub", ""),
    ("summary", ""),
    ("sup", ""),
    ("svg", "width height viewBox"),
    ("symbol", "viewBox"),
    ("table", ""),
    ("tbody", ""),
    ("td", "colspan rowspan headers"),
    ("tfoot", ""),
    ("th", "colspan rowspan scope"),
    ("thead", ""),
    ("time", "datetime"),
    ("title", ""),
    ("tr", ""),
    ("ul", ""),
    ("use", "href"),
    ("var", ""),
    ("wbr", ""),
    ("bdi", ""),
    ("ins", ""),
];
pub(super) const GLOBAL: &str =
    "id class lang dir title hidden tabindex role spellcheck autocapitalize";
pub(super) const ROLES: &str = "search status region list img note doc-toc group";
/// Elements that contain text and the like, and no blocks.
pub(super) const PHRASING: &str = "p h1 h2 h3 h4 h5 h6 span strong em b i code kbd sub sup small abbr cite mark \
                        time label legend summary button pre var dt";
/// Elements that are blocks.
pub(super) const BLOCKS: &str = "article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 \
                      h6 header hr main nav ol p pre section table ul";
/// Elements that people operate.
pub(super) const INTERACTIVE: &str = "a button details input label select";
/// What may stand directly in an element.
pub(super) const CHILDREN: [(&str, &str); 10] = [
    ("ul", "li"),
    ("ol", "li"),
    ("dl", "dt dd div"),
    ("table", "caption colgroup thead tbody tfoot"),
    ("thead", "tr"),
    ("tbody", "tr"),
    ("tr", "th td"),
    ("select", "option"),
    ("datalist", "option"),
    ("svg", "symbol use path circle rect title g"),
];
/// Attributes that hold ids.
pub(super) const REFERENCES: [&str; 7] = [
    "for",
    "form",
    "list",
    "headers",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
];
