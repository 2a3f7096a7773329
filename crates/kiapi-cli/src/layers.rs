//! Layers by their names on the command line.

use kiapi::{Board, Layer};
use wildmatch::WildMatch;

use crate::failure::Usage;

/// Layers and all the names that each goes by.
pub(crate) struct Names(Vec<(Layer, Vec<String>)>);

impl Names {
    /// Those of the layers that a board has: KiCad's own and the board's.
    pub(crate) fn of(board: &Board) -> kiapi::Result<Self> {
        let layers = board.enabled_layers()?.into_iter();
        let names = layers.map(|layer| Ok((layer, vec![layer.to_string(), board.layer_name(layer)?])));
        Ok(Self(names.collect::<kiapi::Result<_>>()?))
    }

    /// Layers that go by KiCad's own names.
    pub(crate) fn canonical(layers: impl IntoIterator<Item = Layer>) -> Self {
        Self(layers.into_iter().map(|layer| (layer, vec![layer.to_string()])).collect())
    }

    /// The layers of these names and patterns, such as `F.Cu` and `*.Cu`.
    ///
    /// # Errors
    ///
    /// A usage error when a name is none of these layers'.
    pub(crate) fn find(&self, names: &[String]) -> anyhow::Result<Vec<Layer>> {
        let mut found = Vec::new();
        for wanted in names {
            let wanted = wanted.trim();
            let pattern = WildMatch::new_case_insensitive(wanted);
            let before = found.len();
            let is_meant = |name: &String| name.eq_ignore_ascii_case(wanted) || pattern.matches(name);
            let meant =
                self.0.iter().filter(|(_, names)| names.iter().any(is_meant)).map(|(layer, _)| *layer);
            // A layer that was named before counts as found too.
            let meant: Vec<Layer> = meant.collect();
            found.extend(meant.iter().copied());
            if found.len() == before {
                let names: Vec<&str> =
                    self.0.iter().filter_map(|(_, names)| names.first()).map(String::as_str).collect();
                return Err(
                    Usage(format!("the board has no layer `{wanted}`; it has {}", names.join(", "))).into()
                );
            }
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|layer| seen.insert(layer.0));
        Ok(found)
    }

    /// The one layer of this name.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find); also when a pattern means several.
    pub(crate) fn one(&self, wanted: &str) -> anyhow::Result<Layer> {
        match self.find(&[wanted.to_owned()])?.as_slice() {
            [layer] => Ok(*layer),
            many => Err(Usage(format!("`{wanted}` means {} layers, and it must be one", many.len())).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &[&str], expected: Result<&[Layer], &str>) {
        let mut names = Names::canonical([Layer::F_CU, Layer::IN1_CU, Layer::B_CU, Layer::F_SILKS]);
        names.0[3].1.push("F.Silkscreen".to_owned());
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        match (names.find(&wanted), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn layers_are_found_by_any_name_and_by_patterns() {
        check(&["F.Cu"], Ok(&[Layer::F_CU]));
        check(&["b.cu", "F.Cu"], Ok(&[Layer::B_CU, Layer::F_CU]));
        check(&["F.SilkS", "F.Silkscreen"], Ok(&[Layer::F_SILKS]));
        check(&["*.Cu", "F.Cu"], Ok(&[Layer::F_CU, Layer::IN1_CU, Layer::B_CU]));
        check(&["In2.Cu"], Err("no layer `In2.Cu`; it has F.Cu, In1.Cu"));
        check(&["*.Paste"], Err("no layer"));
    }
}
