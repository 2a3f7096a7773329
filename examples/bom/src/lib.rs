//! Writes a bill of materials and a placement file beside the board, both as CSV.

pub mod bill;
pub mod part;
pub mod placement;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kiapi::{Board, Origin, Vector2};

use crate::part::Part;
use crate::placement::Unit;

/// What can go wrong.
pub type Error = Box<dyn std::error::Error>;

/// What the files are like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The unit of places.
    pub unit: Unit,
    /// What places are relative to.
    pub origin: From,
    /// Where the files go: beside the board, if nobody says otherwise.
    pub folder: Option<PathBuf>,
}

/// What places are relative to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// The corner of the sheet.
    #[default]
    Sheet,
    /// The origin of drill and placement files, which a person sets in KiCad.
    Drill,
}

impl Settings {
    /// The settings in the project's text variables (`BOM_UNIT`), over which arguments go (`unit=mm`).
    ///
    /// # Errors
    ///
    /// A sentence for what cannot be read.
    pub fn read(variables: &BTreeMap<String, String>, arguments: &[String]) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("BOM_") {
                settings
                    .set(&key.to_lowercase(), value)
                    .map_err(|why| format!("the text variable {name}: {why}"))?;
            }
        }
        for argument in arguments {
            let (key, value) =
                argument.split_once('=').ok_or_else(|| format!("`{argument}` is no setting"))?;
            settings.set(key, value).map_err(|why| format!("`{argument}`: {why}"))?;
        }
        Ok(settings)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match (key, value) {
            ("unit", "mm") => self.unit = Unit::Mm,
            ("unit", "in") => self.unit = Unit::Inch,
            ("unit", _) => return Err("it is `mm` or `in`".to_owned()),
            ("origin", "sheet") => self.origin = From::Sheet,
            ("origin", "drill") => self.origin = From::Drill,
            ("origin", _) => return Err("it is `sheet` or `drill`".to_owned()),
            ("folder", folder) => {
                self.folder = Some(folder.into()).filter(|folder: &PathBuf| folder != Path::new(""));
            }
            _ => return Err("there are unit, origin and folder".to_owned()),
        }
        Ok(())
    }
}

/// Writes both files, and gives a sentence for the person.
///
/// # Errors
///
/// What KiCad says, a sentence for settings that cannot be read, and what the system says of the files.
pub fn run(board: &Board, arguments: &[String]) -> Result<String, Error> {
    let settings = Settings::read(&board.text_variables()?, arguments)?;
    let parts: Vec<Part> = board.footprints()?.iter().map(Part::of).collect();
    let origin = match settings.origin {
        From::Sheet => Vector2::ZERO,
        From::Drill => board.origin(Origin::Drill)?,
    };
    let path = board.path();
    let beside = path.parent().filter(|folder| folder.is_absolute());
    let folder = match (&settings.folder, beside) {
        (Some(folder), Some(beside)) => beside.join(folder),
        (Some(folder), None) => folder.clone(),
        (None, Some(beside)) => beside.to_path_buf(),
        (None, None) => return Err("KiCad does not say where the board is; give `folder=…`".into()),
    };
    let stem = path.file_stem().ok_or("the board has no name")?.to_string_lossy().into_owned();
    let bill = bill::rows(&parts);
    let places = placement::rows(&parts, origin, settings.unit);
    write(&folder.join(format!("{stem}-bom.csv")), &bill)?;
    write(&folder.join(format!("{stem}-positions.csv")), &places)?;
    Ok(format!(
        "{} lines in {stem}-bom.csv and {} in {stem}-positions.csv, in {}",
        bill.len() - 1,
        places.len() - 1,
        folder.display()
    ))
}

/// Writes a table as CSV.
fn write(path: &Path, rows: &[Vec<String>]) -> Result<(), Error> {
    let told = |error: csv::Error| format!("cannot write {}: {error}", path.display());
    let mut writer = csv::Writer::from_path(path).map_err(told)?;
    for row in rows {
        writer.write_record(row).map_err(told)?;
    }
    writer.flush().map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_or_named() {
        let read = |variables: &[(&str, &str)], arguments: &[&str]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Settings::read(
                &variables.collect(),
                &arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
            )
        };
        let settings = read(&[("BOM_UNIT", "in"), ("X", "")], &["origin=drill"]).unwrap();
        assert_eq!((settings.unit, settings.origin), (Unit::Inch, From::Drill));
        assert_eq!(read(&[("BOM_UNIT", "in")], &["unit=mm"]).unwrap().unit, Unit::Mm);
        for arguments in [["unit=mil"], ["origin"], ["side=top"]] {
            assert!(read(&[], &arguments).unwrap_err().contains(arguments[0]));
        }
        assert!(read(&[("BOM_UNIT", "x")], &[]).unwrap_err().contains("BOM_UNIT"));
    }
}
