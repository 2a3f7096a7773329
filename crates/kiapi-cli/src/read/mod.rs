//! What a board has, one command for each kind of thing.

pub(crate) mod classes;
pub(crate) mod footprints;
pub(crate) mod items;
pub(crate) mod layers;
pub(crate) mod nets;
pub(crate) mod stackup;
pub(crate) mod title;

use kiapi::Board;
use wildmatch::WildMatch;

use crate::target::Target;

/// The board that is meant, for calls that read all of it.
fn whole_board(target: &Target) -> anyhow::Result<Board> {
    Ok(target.board()?.with_options(target.patient()))
}

/// Whether a word is one of these patterns, in which `*` stands for any letters and `?` for one. No pattern is all words.
fn is_one_of(patterns: &[String], word: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| WildMatch::new(pattern).matches(word))
}

#[cfg(test)]
mod tests {
    use super::is_one_of;

    #[test]
    fn patterns_are_whole_words_with_stars() {
        let check = |patterns: &[&str], word| {
            is_one_of(&patterns.iter().map(ToString::to_string).collect::<Vec<_>>(), word)
        };
        assert!(check(&[], "GND"));
        assert!(check(&["GND"], "GND") && !check(&["GN"], "GND") && !check(&["gnd"], "GND"));
        assert!(check(&["/SD*"], "/SDA") && check(&["x", "*(U1-*"], "Net-(U1-Pad1)"));
        assert!(check(&["D[0]"], "D[0]"), "brackets are letters, as buses have them");
    }
}
