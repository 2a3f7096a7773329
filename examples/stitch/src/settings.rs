//! How zones are stitched: what a person says in the project's text variables, and in arguments.

use std::collections::BTreeMap;

use kiapi::{Nm, mm};

/// How zones are stitched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The net whose zones are stitched where none is selected.
    pub net: String,
    /// How far vias are apart.
    pub spacing: Nm,
    /// The diameter of a via; none takes that of the net class.
    pub diameter: Option<Nm>,
    /// The diameter of its hole; none takes that of the net class.
    pub drill: Option<Nm>,
    /// How far its copper stays from that of other nets, and from other vias and pads.
    pub clearance: Nm,
    /// How far its copper stays from the edge of the board.
    pub edge: Nm,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            net: "GND".to_owned(),
            spacing: mm(5),
            diameter: None,
            drill: None,
            clearance: mm(0.25),
            edge: mm(0.5),
        }
    }
}

impl Settings {
    /// The settings in the project's text variables (`STITCH_SPACING`), over which arguments go (`spacing=2mm`).
    ///
    /// # Errors
    ///
    /// A sentence for what cannot be read, or does not go together.
    pub fn read(variables: &BTreeMap<String, String>, arguments: &[String]) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("STITCH_") {
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

    /// The diameter of vias and of their holes, with those of the net class where nobody says otherwise.
    ///
    /// # Errors
    ///
    /// A sentence for sizes that do not go together.
    pub fn sizes(&self, of_class: Option<(Nm, Nm)>) -> Result<(Nm, Nm), String> {
        let (usual, usual_drill) = of_class.unwrap_or((mm(0.6), mm(0.3)));
        let (diameter, drill) = (self.diameter.unwrap_or(usual), self.drill.unwrap_or(usual_drill));
        if drill >= diameter {
            return Err(format!("a hole of {drill} leaves nothing of a via of {diameter}"));
        }
        if self.spacing < diameter + self.clearance {
            let (spacing, clearance) = (self.spacing, self.clearance);
            return Err(format!(
                "vias of {diameter} that are {spacing} apart have less than {clearance} between them"
            ));
        }
        Ok((diameter, drill))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        if key == "net" {
            value.clone_into(&mut self.net);
            return Ok(());
        }
        let mut size = Nm::ZERO;
        let place = match key {
            "spacing" => &mut self.spacing,
            "diameter" | "drill" => &mut size,
            "clearance" => &mut self.clearance,
            "edge" => &mut self.edge,
            _ => return Err("there are net, spacing, diameter, drill, clearance and edge".to_owned()),
        };
        let length: Nm = value.trim().parse().map_err(|error: kiapi::LengthError| error.to_string())?;
        let least = if matches!(key, "clearance" | "edge") { Nm(0) } else { Nm(1) };
        if length < least {
            return Err("it is too small".to_owned());
        }
        *place = length;
        match key {
            "diameter" => self.diameter = Some(length),
            "drill" => self.drill = Some(length),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], arguments: &[&str]) -> Result<Settings, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::read(&variables.collect(), &arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn settings_are_read_or_named() {
        let settings = read(&[("STITCH_NET", "VCC"), ("STITCH_DRILL", "12mil")], &["spacing=2mm"]).unwrap();
        assert_eq!(
            (settings.net.as_str(), settings.drill, settings.spacing),
            ("VCC", Some(Nm(304_800)), mm(2))
        );
        for (argument, words) in [
            ("spacing", "`spacing`"),
            ("spacing=-1mm", "too small"),
            ("colour=red", "there are"),
            ("edge=far", "edge=far"),
        ] {
            let error = read(&[], &[argument]).unwrap_err();
            assert!(error.contains(words), "{argument}: {error}");
        }
    }

    #[test]
    fn sizes_are_those_of_the_net_class_unless_said_otherwise() {
        let class = Some((mm(0.8), mm(0.4)));
        let sizes = |arguments: &[&str], class| read(&[], arguments).unwrap().sizes(class);
        assert_eq!(sizes(&[], class), Ok((mm(0.8), mm(0.4))));
        assert_eq!(sizes(&["drill=0.5mm"], class), Ok((mm(0.8), mm(0.5))));
        assert_eq!(sizes(&[], None), Ok((mm(0.6), mm(0.3))));
        assert!(sizes(&["drill=0.8mm"], class).unwrap_err().contains("hole"));
        assert!(sizes(&["spacing=1mm"], class).unwrap_err().contains("apart"));
    }
}
