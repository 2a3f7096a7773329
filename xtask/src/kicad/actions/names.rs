//! The names of actions inside an installed KiCad: texts of a certain form among those of its PCB editor.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::proto::Installation;

/// What the names of actions of a PCB editor begin with.
const AREAS: [&str; 3] = ["common.", "eeschema.", "pcbnew."];
/// No name is shorter or longer.
const LENGTH: std::ops::Range<usize> = 10..100;

/// All names that the PCB editor below `prefix` may know. Some are no actions; KiCad says so when it is asked.
pub(super) fn installed(prefix: &Path) -> Result<BTreeSet<String>> {
    let programs = Installation::find(prefix)?.programs();
    let is_editor = |path: &&std::path::PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains("pcbnew.kiface"))
    };
    let editor = programs
        .iter()
        .find(is_editor)
        .context("the KiCad has no PCB editor (it is called _pcbnew.kiface)")?;
    let names = scan(&fs::read(editor).with_context(|| format!("cannot read {}", editor.display()))?);
    ensure!(!names.is_empty(), "no name of an action is in {}", editor.display());
    Ok(names)
}

/// The texts in a program that look like names of actions: three words with points between.
///
/// A text of C ends with a zero. What stands before it need not be one: a compiler lays short texts and parts of
/// longer ones next to each other.
fn scan(program: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for area in AREAS {
        for at in memchr::memmem::find_iter(program, area) {
            let rest = &program[at..program.len().min(at + LENGTH.end)];
            let length =
                rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte)).count();
            let text = std::str::from_utf8(&rest[..length]).expect("letters, digits, points and lines");
            let words: Vec<&str> = text.split('.').collect();
            let is_name = LENGTH.contains(&length)
                && rest.get(length) == Some(&0)
                && words.len() == 3
                && words.iter().all(|word| !word.is_empty());
            if is_name {
                names.insert(text.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_three_words_that_end_with_a_zero() {
        let program = b"\0common.Control.zoomIn\0xpcbnew.EditorControl.placeFootprint\0pcbnew.Control.\0\
            pcbnew.a.b.c.d.e\0common.Interactive.cut tail\0pcbnew.LoadPlugins(x)\0common.Control.zoomIn\0pcbnew.Zone";
        let names: Vec<String> = scan(program).into_iter().collect();
        assert_eq!(names, ["common.Control.zoomIn", "pcbnew.EditorControl.placeFootprint"]);
    }

    #[test]
    fn the_end_of_a_program_ends_no_name() {
        assert_eq!(scan(b"common.Control.zoomIn"), BTreeSet::new());
        assert_eq!(scan(b""), BTreeSet::new());
    }
}
