//! A catalog in a file, so that advice can be made where the server cannot be reached.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use domain::Catalog;
use serde::Deserialize;

use crate::EngineError;

const LARGEST: u64 = 512 << 20;

/// The part that is the same in every format.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// Writes a catalog, whole or not at all. It holds names and figures, no value of any row.
///
/// # Errors
/// `catalog_file` where it cannot be written.
pub fn save_catalog(catalog: &Catalog, path: &Path) -> Result<(), EngineError> {
    let unfinished = path.with_extension("unfinished");
    write(catalog, &unfinished).and_then(|()| std::fs::rename(&unfinished, path)).map_err(|error| {
        let _ = std::fs::remove_file(&unfinished);
        refused(path, format!("it cannot be written: {error}"), "Choose another place.")
    })
}

fn write(catalog: &Catalog, path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut file, catalog)?;
    file.write_all(b"\n")?;
    file.into_inner()?.sync_all()
}

/// Reads a catalog that [`save_catalog`] wrote.
///
/// # Errors
/// `catalog_file` where it is not there, no catalog, damaged, of another format, or too large.
pub fn load_catalog(path: &Path) -> Result<Catalog, EngineError> {
    let write_anew = "Write it anew with mconsole advise --save-catalog.";
    let check = "Check that it is there and may be read.";
    let unreadable = |error: std::io::Error| refused(path, format!("it cannot be read: {error}"), check);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let reason = format!("it is larger than {} MB, which no catalog is", LARGEST >> 20);
        return Err(refused(path, reason, write_anew));
    }
    // The reason names a line and a column, never what stands there.
    let damaged = |error: serde_json::Error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        refused(path, format!("it is no catalog, or damaged ({place})"), write_anew)
    };
    let Head { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if format != Catalog::FORMAT {
        let reason = format!("it has format {format}, and this console reads format {}", Catalog::FORMAT);
        let remedy = if format > Catalog::FORMAT { "Update this console." } else { write_anew };
        return Err(refused(path, reason, remedy));
    }
    let catalog: Catalog = serde_json::from_slice(&bytes).map_err(damaged)?;
    if !catalog.is_sound() {
        let reason = "it is damaged: a partition is part of itself".to_owned();
        return Err(refused(path, reason, write_anew));
    }
    Ok(catalog)
}

fn refused(path: &Path, reason: String, remedy: &str) -> EngineError {
    EngineError::CatalogFile { path: path.into(), reason, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use domain::{CatalogTable, CatalogView, Timestamp};

    use super::*;

    fn catalog() -> Catalog {
        Catalog {
            format: Catalog::FORMAT,
            taken_at: Timestamp(7),
            database: "app".to_owned(),
            counted_since: Some(Timestamp(-3)),
            views: vec![CatalogView {
                schema: "public".to_owned(),
                name: "v".to_owned(),
                definition: "SELECT".to_owned(),
            }],
            ..Catalog::default()
        }
    }

    fn table_without_parent(oid: u32) -> serde_json::Value {
        serde_json::json!({
            "oid": oid, "schema": "public", "name": format!("t{oid}"), "kind": "partitioned", "temporary": false,
            "parent": null, "partition_key": ["day"], "rows": 1.0, "pages": 1, "visible_pages": 0, "bytes": 8192,
            "columns": [], "indexes": [], "foreign_keys": [], "extended_statistics": [],
            "activity": {
                "sequential_scans": 0, "sequential_rows": 0, "index_scans": 0, "inserted": 0, "updated": 0,
                "hot_updated": 0, "deleted": 0, "last_vacuum": null, "last_analyze": null
            }
        })
    }

    #[test]
    fn a_catalog_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.json");
        save_catalog(&catalog(), &path).unwrap();
        save_catalog(&catalog(), &path).unwrap();
        assert_eq!(load_catalog(&path).unwrap(), catalog());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing unfinished stays behind");
    }

    #[test]
    fn what_is_no_catalog_is_refused_with_the_reason_and_a_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalog.json");
        let whole = serde_json::to_string(&catalog()).unwrap();
        for (text, expected) in [
            (String::new(), "no catalog, or damaged (line 1, column 0)"),
            ("SELECT 1".to_owned(), "no catalog, or damaged"),
            ("{\"format\": 1}".to_owned(), "no catalog, or damaged"),
            (whole[..whole.len() - 5].to_owned(), "no catalog, or damaged"),
            (whole.replace("\"format\":1", "\"format\":99"), "it has format 99"),
            (whole.replace("\"format\":1", "\"format\":0"), "it has format 0"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = load_catalog(&path).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.remedy().is_some() && error.code() == "catalog_file");
        }
        // Two tables, each of which is a partition of the other.
        let table = |oid: u32, parent: u32| CatalogTable {
            parent: Some(parent),
            ..serde_json::from_value(table_without_parent(oid)).unwrap()
        };
        let circle = Catalog { tables: vec![table(1, 2), table(2, 1)], ..catalog() };
        save_catalog(&circle, &path).unwrap();
        let error = load_catalog(&path).unwrap_err();
        assert!(error.to_string().contains("a partition is part of itself"), "{error}");
        assert!(error.remedy().is_some() && error.code() == "catalog_file");
        let error = load_catalog(&dir.path().join("missing.json")).unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{error}");
        let error = save_catalog(&catalog(), &dir.path().join("no/such/place.json")).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        let error = load_catalog(dir.path()).unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{error}");
    }
}
