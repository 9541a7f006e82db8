//! Rows in columns.

use anyhow::Result;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use pyfa::export::ExportFormat;

use super::{Collection, four};

#[tokio::test]
async fn every_release_is_a_row_and_the_same_twice() -> Result<()> {
    let collection = Collection::embedded(&four()).await?;
    collection
        .export(ExportFormat::Parquet, "a.parquet")
        .await?;
    let first = fs_err::read(collection.path("a.parquet"))?;
    collection
        .export(ExportFormat::Parquet, "a.parquet")
        .await?;
    assert!(first == fs_err::read(collection.path("a.parquet"))?);
    let reader = SerializedFileReader::new(std::fs::File::open(collection.path("a.parquet"))?)?;
    let rows: Vec<_> = reader.get_row_iter(None)?.collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 7);
    let rich = &rows[5];
    assert_eq!(rich.get_string(0)?, "plone.rich");
    assert_eq!(rich.get_string(3)?, "2.0");
    assert!(rich.get_bool(5)?);
    let keywords = rich.get_column_iter().find(|(name, _)| *name == "keywords");
    let shown = keywords.map(|(_, field)| field.to_string());
    assert_eq!(shown.as_deref(), Some("[\"forms\", \"mail\"]"));
    Ok(())
}
