//! Filters are read, refused, printed and read again.

use super::filter::*;
use super::filter_values::parse_filter;
use super::plan_error::FilterError;
use super::test_schema::test_schema;
use crate::http::http_status;
use crate::settings::EngineSettings;
use proptest::prelude::*;

fn read(text: &str) -> String {
    match parse_filter(text, &test_schema(), &EngineSettings::default()) {
        Ok(Some(filter)) => filter.to_string(),
        Ok(None) => String::new(),
        Err(FilterError { kind, .. }) => format!("{} {kind}", http_status(kind.code())),
    }
}

#[test]
fn filters_are_read() {
    let cases = [
        ("", ""),
        ("name:GPL", "name:`GPL`"),
        (" name : GPL ", "name:`GPL`"),
        ("name:= plone.api", "name:=`plone.api`"),
        ("name:!=GPL", "name:!=`GPL`"),
        ("name:!GPL", "name:!`GPL`"),
        ("name:plon*", "name:`plon`*"),
        ("name:=[pl*, `x*`]", "name:=[`pl`*,`x*`]"),
        ("name:*", "name:`*`"),
        ("tags:=[`a, (b)`,c d,,]", "tags:=[`a, (b)`,`c d`]"),
        ("tags:=Framework :: Plone", "tags:=`Framework :: Plone`"),
        ("tags:=[]", "tags:=[]"),
        ("tags:[`x", "tags:`[x`"),
        ("tags:(x)", "tags:`(x)`"),
        ("stars:5", "stars:=5"),
        ("stars:> 5", "stars:=>5"),
        ("stars:[1..3, >=7,5]", "stars:=[1..3,>=7,5]"),
        ("stars:!=[1,2]", "stars:!=[1,2]"),
        ("stars:-3..-1", "stars:=-3..-1"),
        ("health:<=1.50", "health:=<=1.5"),
        ("yanked:!= true", "yanked:!=true"),
        ("yanked:[true, false]", "yanked:=[true,false]"),
        ("id:=[a, `b c`]", "id:=[`a`,`b c`]"),
        ("id:!=a", "id:!=`a`"),
        ("place:(48.1,11.5,10 km)", "place:(48.1, 11.5, 10 km)"),
        ("place:(1,2, 3,4, 5,6)", "place:(1, 2, 3, 4, 5, 6)"),
        ("raw:x", "raw:`x`"),
        ("author.name:x", "author.name:`x`"),
        (
            "name:a || name:b && stars:1",
            "name:`a` || name:`b` && stars:=1",
        ),
        (
            "name:a||(name:b&&stars:1)",
            "name:`a` || (name:`b` && stars:=1)",
        ),
        ("((name:a))", "name:`a`"),
        ("name:a & b | c", "name:`a & b | c`"),
        ("name:`a && b` && stars:1", "name:`a && b` && stars:=1"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    let number = "400 Error with filter field `stars`: Numerical field has an invalid comparator.";
    let integer = "400 Error with filter field `stars`: Not an int64.";
    let yes_or_no = "400 Value of filter field `yanked` must be `true` or `false`.";
    let empty = "400 Error with filter field `name`: Filter value cannot be empty.";
    let and = "400 Could not parse the filter query: unbalanced `&&` operands.";
    let parentheses = "400 Could not parse the filter query: unbalanced parentheses.";
    let unreadable = "400 Could not parse the filter query.";
    let place = "400 Value of filter field `place`: must be in the `(-44.50, 170.29, 0.75 km)` or \
                 (56.33, -65.97, 23.82, -127.82) format.";
    let cases = [
        ("name", unreadable),
        ("name=x", unreadable),
        ("name:=MIT (a, b) && c", unreadable),
        ("(name:a)(name:b)", unreadable),
        ("name:", empty),
        ("name:=", empty),
        ("name:!=", empty),
        ("&&", and),
        ("&& name:a", and),
        ("name:a &&", and),
        ("name:a && && name:b", and),
        (
            "||",
            "400 Could not parse the filter query: unbalanced `||` operands.",
        ),
        ("(name:a", parentheses),
        ("name:a)", parentheses),
        ("name:a (", parentheses),
        ("()", "400 Filter query cannot be empty."),
        (
            "nope:1",
            "404 Could not find a filter field named `nope` in the schema.",
        ),
        (
            "!name:1",
            "404 Could not find a filter field named `!name` in the schema.",
        ),
        (
            "author:1",
            "404 Could not find a filter field named `author` in the schema.",
        ),
        (
            ":1",
            "404 Could not find a filter field named `` in the schema.",
        ),
        ("stars:abc", number),
        ("stars:", number),
        ("stars:[1", number),
        ("stars:1,2", number),
        ("stars:==1", number),
        ("stars:!1", number),
        ("stars:1.5", integer),
        ("stars:>", integer),
        ("stars:1..x", integer),
        ("stars:99999999999999999999", integer),
        (
            "small:2147483648",
            "400 Error with filter field `small`: Not an int32.",
        ),
        (
            "health:>x",
            "400 Error with filter field `health`: Not a float.",
        ),
        ("yanked:5", yes_or_no),
        ("yanked:TRUE", yes_or_no),
        (
            "yanked:[true,x]",
            "400 Values of filter field `yanked`: must be `true` or `false`.",
        ),
        ("place:(1,2)", place),
        ("place:1,2,3 km", place),
        ("place:(x,2,3 km)", place),
        ("place:(1,2,3 m)", "400 Unit must be either `km` or `mi`."),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_fault_has_a_place() {
    let position = |text: &str| {
        parse_filter(text, &test_schema(), &EngineSettings::default())
            .map_err(|error| error.position)
            .err()
    };
    assert_eq!(position("name:a && stars:x"), Some(16));
    assert_eq!(position("name:a && "), Some(10));
    assert_eq!(position("name:a)"), Some(6));
}

#[test]
fn equal_operators_bind_from_left_to_right() {
    let filter = parse_filter(
        "name:a || name:b && stars:1",
        &test_schema(),
        &EngineSettings::default(),
    );
    assert!(matches!(filter, Ok(Some(Filter::And(left, _))) if matches!(*left, Filter::Or(..))));
}

#[test]
fn size_is_limited() {
    let limits = EngineSettings {
        filter_bytes: 1_000,
        filter_operators: 40,
        filter_depth: 10,
        ..EngineSettings::default()
    };
    let read = |text: &str| match parse_filter(text, &test_schema(), &limits) {
        Ok(filter) => filter.map(|filter| filter.to_string()).unwrap_or_default(),
        Err(error) => error.to_string(),
    };
    let operands = |count| vec!["stars:1"; count].join("||");
    assert!(read(&operands(41)).starts_with("stars:=1 || "));
    assert_eq!(read(&operands(42)), "`filter_by` has too many operations.");
    let nested = |depth| format!("{}stars:1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(read(&nested(10)), "stars:=1");
    let too_deep = "`filter_by` has more than 10 parentheses within each other.";
    assert_eq!(read(&nested(11)), too_deep);
    let side_by_side = vec!["(stars:1)"; 13].join("||");
    assert!(read(&side_by_side).starts_with("stars:=1 || "));
    assert_eq!(
        read(&"x".repeat(1_001)),
        "Parameter `filter_by` is longer than 1000 bytes."
    );
}

fn text() -> impl Strategy<Value = TextPattern> {
    ("[^`]{0,12}", any::<bool>()).prop_map(|(text, prefix)| TextPattern { text, prefix })
}

fn span<T: Clone + std::fmt::Debug + 'static>(
    number: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = Span<T>> {
    prop_oneof![
        number.clone().prop_map(Span::Exactly),
        number.clone().prop_map(Span::Above),
        number.clone().prop_map(Span::From),
        number.clone().prop_map(Span::Below),
        number.clone().prop_map(Span::UpTo),
        (number.clone(), number).prop_map(|(low, high)| Span::Between(low, high)),
    ]
}

fn leaf() -> impl Strategy<Value = Filter> {
    let texts = || proptest::collection::vec(text(), 0..4);
    let point = (-90.0..90.0, -180.0..180.0).prop_map(|(latitude, longitude)| GeoPoint {
        latitude,
        longitude,
    });
    let condition = prop_oneof![
        proptest::collection::vec("[^`]{1,8}", 0..4).prop_map(|ids| ("id", Condition::Ids(ids))),
        texts().prop_map(|texts| ("tags", Condition::Holds(2, texts))),
        texts().prop_map(|texts| ("author.name", Condition::Equals(9, texts))),
        proptest::collection::vec(span(any::<i64>()), 0..4)
            .prop_map(|spans| ("stars", Condition::Integers(3, spans))),
        proptest::collection::vec(span(-1e30_f32..1e30), 0..4)
            .prop_map(|spans| ("health", Condition::Floats(4, spans))),
        proptest::collection::vec(any::<bool>(), 1..3)
            .prop_map(|bools| ("yanked", Condition::Bools(5, bools))),
        (point.clone(), 0.0..1000.0).prop_map(|(middle, kilometres)| (
            "place",
            Condition::Inside(6, GeoArea::Circle { middle, kilometres })
        )),
        proptest::collection::vec(point, 2..5)
            .prop_map(|corners| ("place", Condition::Inside(6, GeoArea::Polygon(corners)))),
    ];
    (condition, any::<bool>()).prop_map(|((field, condition), negated)| {
        Filter::Leaf(Leaf {
            field: field.to_owned(),
            negated: negated && !matches!(condition, Condition::Inside(..)),
            condition,
        })
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(4, 24, 2, |inner| {
        (inner.clone(), inner, any::<bool>()).prop_map(|(left, right, and)| {
            let make = if and { Filter::And } else { Filter::Or };
            make(Box::new(left), Box::new(right))
        })
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(parse_filter(&text, &test_schema(), &EngineSettings::default()), Ok(Some(filter)), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(
        text in "(name|stars|place|yanked|id|[:=!<>\\[\\]()`&|,. *0-9-]){0,30}|\\PC{0,40}",
    ) {
        if let Ok(Some(filter)) = parse_filter(&text, &test_schema(), &EngineSettings::default()) {
            let printed = filter.to_string();
            // A NaN is not even equal to itself, so the texts are compared.
            let again = parse_filter(&printed, &test_schema(), &EngineSettings::default());
            prop_assert_eq!(again.map(|again| again.map(|again| again.to_string())), Ok(Some(printed)));
        }
    }
}
