//! A registry with a past, what may happen to it, and what has to come of that.

use pyfa_testkit::pypi::ReleaseSpec;

use super::{World, plone};

/// As a job of its own would run it.
pub(crate) const INCREMENTAL: [&str; 3] = ["-i", "-p", "plone"];

/// Twelve projects that match, with three releases each, and some that do not.
pub(crate) fn populate(world: &World) {
    for number in 0..12 {
        let name = format!("plone.part{number:02}");
        for version in ["1.0", "1.1", "2.0"] {
            world
                .pypi
                .publish(&name, version, &plone(&format!("{name} {version}")));
        }
        let other = format!("other{number:02}");
        world.pypi.publish(&other, "1.0", &ReleaseSpec::new());
    }
}

/// Every kind of change that a run can find.
pub(crate) fn disturb(world: &World) {
    let pypi = &world.pypi;
    pypi.publish("plone.part00", "3.0", &plone("new release"));
    pypi.yank("plone.part01", "1.0", "old");
    pypi.yank("plone.part02", "2.0", "latest");
    pypi.remove_release("plone.part03", "1.1");
    pypi.rename("plone.part04", "Plone.Part04");
    pypi.set_owner("plone.part05", &[("Owner", "ada")], None);
    pypi.remove_project("plone.part06");
    pypi.remove_project("plone.part07");
    pypi.publish("plone.part08", "3.0", &ReleaseSpec::new());
    pypi.publish("other00", "2.0", &plone("has begun to match"));
    pypi.publish("plone.new", "1.0", &plone("new project"));
}

/// Holds that the collection is what a run from nothing makes today.
#[track_caller]
pub(crate) fn is_as_undisturbed(world: &World) {
    let beside = world.beside();
    beside.pypi(&["-f", "-p", "plone"]).exits(0);
    let (content, expected) = (world.content(), beside.content());
    for id in content.keys().chain(expected.keys()) {
        assert_eq!(content.get(id), expected.get(id), "document `{id}`");
    }
    assert!(world.since_file().exists());
}
