//! Filters find the documents that they describe.

use super::test_index::TestIndex;
use crate::error::EngineResult;
use crate::plan::parse_filter;
use crate::settings::EngineSettings;

fn found(index: &TestIndex, filter: &str) -> EngineResult<String> {
    let filter = parse_filter(filter, &index.schema, &EngineSettings::default())?;
    let sets = index.with_context(|context| context.documents(filter.as_ref()))?;
    let mut ids = Vec::new();
    for (segment, bits) in index.snapshot.segments().iter().zip(&sets) {
        for doc in bits.iter() {
            let seq = usize::try_from(segment.seq(doc)).unwrap_or(usize::MAX);
            let id = index
                .stored
                .get(seq)
                .and_then(|stored| stored["id"].as_str());
            ids.push(id.unwrap_or("?").to_owned());
        }
    }
    ids.sort();
    Ok(ids.join(" "))
}

#[test]
fn filters_find_what_they_describe() -> EngineResult<()> {
    let index = TestIndex::new()?;
    let cases = [
        ("", "a b c d e f h"),
        ("name:plone", "a b"),
        ("name:api plone", "b"),
        ("name:=plone", ""),
        ("name:=plone api", "b"),
        ("name:!=plone.api", "a c d e f h"),
        ("name:!plone", "c d e f h"),
        ("name:=[`plone-api`, zope]", "b h"),
        ("name:=-", ""),
        ("name:!=-", "a b c d e f h"),
        ("name:plo*", "a b"),
        ("name:plone re*", "a"),
        ("name:=plo*", "a b"),
        ("name:=plone a*", "b"),
        ("name:=api*", ""),
        ("tags:=python*", "a b c h"),
        ("tags:=framework plone 6*", "a"),
        ("tags:=plone*", ""),
        ("tags:6 3", "a"),
        ("tags:=Python 3", "a b c h"),
        ("tags:!=Python 3", "d e f"),
        ("tags:=[`x,y`]", "e f"),
        ("tags:=[x,y]", ""),
        ("tags:=[]", ""),
        ("tags:!=[]", "a b c d e f h"),
        ("stars:5", "a e f"),
        ("stars:!=5", "b c d h"),
        ("stars:>0", "a e f h"),
        ("stars:>=0", "a c e f h"),
        ("stars:<0", "b"),
        ("stars:[-7..0, >6]", "b c h"),
        ("stars:5..1", ""),
        ("stars:>9223372036854775807", ""),
        ("small:[2..9]", "a b"),
        ("health:67.8", "e f"),
        ("health:>1.5", "e f"),
        ("health:<0.1", "b c"),
        ("health:[1..2]", "a h"),
        ("yanked:true", "a"),
        ("yanked:!=true", "b c d e f h"),
        ("yanked:[true,false]", "a b c"),
        ("id:a", "a"),
        ("id:=[a, `e f`, zz]", "a e f"),
        ("id:!=a", "b c d e f h"),
        ("id:gone", ""),
        ("place:(48.1,11.5,10 km)", "a"),
        ("place:(48.1,11.5,300 km)", "a b"),
        ("place:(48.1,11.5,-1 km)", ""),
        ("place:(47,11, 49,11, 49,12, 47,12)", "a"),
        ("author.name:=JANE", "a h"),
        ("raw:x", ""),
        ("stars:5 && name:plone", "a"),
        ("stars:5 || name:plone", "a b e f"),
        ("stars:7 || name:plone && stars:>0", "a h"),
        ("stars:7 || (name:plone && stars:<0)", "b h"),
    ];
    for round in 0..2 {
        for (filter, expected) in cases {
            assert_eq!(found(&index, filter)?, expected, "{filter}, round {round}");
        }
    }
    Ok(())
}
