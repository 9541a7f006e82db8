//! Names that nobody should choose, through every verb.

use super::{bare, document};
use pyfa::search::NewCollection;

#[test]
fn names_of_all_kinds_go_through_every_verb() {
    let Some(world) = bare() else { return };
    let unique = world.typesense.unique_name("n");
    let long = "l".repeat(200 - unique.len());
    for (number, part) in [
        "dots.and.more",
        "with blanks",
        "quo\"tes'",
        "sl/ash/es",
        "back`ticks`",
        "a+b(c)[d]{e}^$|?*",
        "per%20cent",
        "ümläut 世界",
        "-leading",
        "&amp;=?#",
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("{unique}{part}");
        let real = format!("{name}-{number}");
        world.create(&NewCollection::named(&real));
        world.write(&real, &[document("a-1"), document("b-1")]);
        world
            .manage(&["--add-alias", "-s", &name, "-t", &real])
            .exits(0);
        assert_eq!(world.real(&name).as_deref(), Some(&*real), "{name}");
        let names = world.manage(&["-lsn"]).exits(0);
        assert!(names.stdout.lines().any(|line| line == name), "{name}");

        let key = world.manage_json(&["--add-search-only-apikey", "-t", &name]);
        let key = key["value"].as_str().expect("a value");
        let client = crate::support::client(&world.typesense.url(), key);
        let searched = crate::support::wait(client.search(
            &name,
            &[("q", "*".to_owned()), ("query_by", "name".to_owned())],
        ));
        assert_eq!(searched.expect(&name)["found"], 2, "{name}");

        world
            .manage(&["--recreate-collection", &name, "-f"])
            .exits(0);
        let next = format!("{name}-{}", number + 1);
        assert_eq!(world.real(&name), Some(next.clone()), "{name}");
        assert!(!world.exists(&real));
        let copy = format!("{name}.copy");
        world
            .manage(&["--migrate", "-s", &name, "-t", &copy])
            .exits(0);
        assert_eq!(world.held(&copy).len(), 2, "{name}");
        world.manage(&["--delete-collection", &copy, "-f"]).exits(0);
        world.manage(&["--delete-alias", &name, "-f"]).exits(0);
        world.manage(&["--delete-collection", &next, "-f"]).exits(0);
        assert_eq!(
            (world.real(&name), world.real(&next)),
            (None, None),
            "{name}"
        );
    }
}
