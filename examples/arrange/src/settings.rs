//! How things are arranged: what a person says in the project's text variables, and in arguments.

use std::collections::BTreeMap;

use kiapi::Nm;

use kiapi::mm;

/// The figure that the footprints make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Figure {
    /// Around their common middle.
    Circle,
    /// In rows, from the top left corner of the box around them.
    #[default]
    Grid,
}

/// Whether footprints on a circle are turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// They keep their orientation.
    #[default]
    Keep,
    /// Each is turned by its angle on the circle, so that all show outwards alike.
    Outwards,
}

/// How footprints are arranged.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The figure.
    pub figure: Figure,
    /// How far the boxes around them are apart, at least.
    pub gap: Nm,
    /// The radius of the circle; none makes it as small as may be.
    pub radius: Option<Nm>,
    /// How many columns the grid has; none makes it as square as may be.
    pub columns: Option<usize>,
    /// Whether they are turned.
    pub turn: Turn,
}

impl Default for Settings {
    fn default() -> Self {
        Self { figure: Figure::Grid, gap: mm(1), radius: None, columns: None, turn: Turn::Keep }
    }
}

impl Settings {
    /// The settings in the project's text variables (`ARRANGE_GAP`), over which arguments go (`gap=1mm`, `circle`).
    ///
    /// # Errors
    ///
    /// A sentence for what cannot be read.
    pub fn read(variables: &BTreeMap<String, String>, arguments: &[String]) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("ARRANGE_") {
                settings
                    .set(&key.to_lowercase(), value)
                    .map_err(|why| format!("the text variable {name}: {why}"))?;
            }
        }
        for argument in arguments {
            match argument.as_str() {
                "circle" => settings.figure = Figure::Circle,
                "grid" => settings.figure = Figure::Grid,
                other => {
                    let (key, value) =
                        other.split_once('=').ok_or_else(|| format!("`{other}` is no setting"))?;
                    settings.set(key, value).map_err(|why| format!("`{other}`: {why}"))?;
                }
            }
        }
        Ok(settings)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        let length = || value.parse::<Nm>().map_err(|error| error.to_string());
        match key {
            "gap" => self.gap = length()?,
            "radius" => self.radius = Some(length()?).filter(|radius| *radius > Nm::ZERO),
            "columns" => {
                self.columns = Some(value.parse().map_err(|_| "it is no number of columns".to_owned())?);
            }
            "turn" => {
                self.turn = match value {
                    "keep" => Turn::Keep,
                    "outwards" => Turn::Outwards,
                    _ => return Err("it is `keep` or `outwards`".to_owned()),
                }
            }
            _ => return Err("there are gap, radius, columns and turn".to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], arguments: &[&str]) -> Result<Settings, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        Settings::read(&variables.collect(), &arguments)
    }

    #[test]
    fn arguments_go_over_variables() {
        let settings =
            read(&[("ARRANGE_GAP", "2mm"), ("OTHER", "x")], &["circle", "gap=3mm", "turn=outwards"]);
        let settings = settings.unwrap();
        assert_eq!((settings.figure, settings.gap, settings.turn), (Figure::Circle, mm(3), Turn::Outwards));
        assert_eq!(read(&[("ARRANGE_COLUMNS", " 4 ")], &[]).unwrap().columns, Some(4));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (variables, arguments, words) in [
            (vec![("ARRANGE_GAP", "wide")], vec![], "ARRANGE_GAP"),
            (vec![("ARRANGE_COLOUR", "red")], vec![], "ARRANGE_COLOUR"),
            (vec![], vec!["square"], "`square`"),
            (vec![], vec!["columns=-1"], "`columns=-1`"),
            (vec![], vec!["turn=left"], "outwards"),
        ] {
            let error = read(&variables, &arguments).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
