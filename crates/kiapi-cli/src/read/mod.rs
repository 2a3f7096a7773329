//! What a board has, one command for each kind of thing.

pub(crate) mod classes;
pub(crate) mod footprints;
pub(crate) mod items;
pub(crate) mod layers;
pub(crate) mod nets;
pub(crate) mod stackup;
pub(crate) mod title;

use std::time::Duration;

use kiapi::{Board, CallOptions};
use wildmatch::WildMatch;

use crate::target::Target;

/// How long a call may take that reads a whole board, when nobody says otherwise.
const PATIENT: Duration = Duration::from_secs(300);

/// The board that is meant, for calls that read all of it.
fn whole_board(target: &Target) -> anyhow::Result<Board> {
    let options = CallOptions::new().timeout(target.running.timeout.unwrap_or(PATIENT));
    Ok(target.board()?.with_options(options))
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
