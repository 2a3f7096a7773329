//! KiCad's habits that are bugs: in one place, each with the versions that have it, to be switched off.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::Line;

/// Something that a KiCad does and should not.
///
/// # Examples
///
/// ```
/// use kiapi_emulator::Habit;
///
/// assert_eq!("empty-delete-items".parse(), Ok(Habit::EmptyDeleteItems));
/// assert_eq!(Habit::DoubleAnswers.to_string(), "double-answers");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Habit {
    /// `DeleteItems` answers without rows: not one for each item, and none for an id that does not exist.
    EmptyDeleteItems,
    /// A request that does not parse is answered twice, and from then on each request gets the answer to the one before.
    DoubleAnswers,
    /// `UpdateItems` changes of a barcode only its layer, whether it is locked, and whether it is knocked out.
    BarcodesStay,
    /// `InjectDrcError`, and a `FlipItems` that finds no item, leave a commit of the client open.
    LooseCommits,
    /// `GetItems` leaves out all shapes when texts or text boxes stand before them in the list of types, and lists texts
    /// twice that are asked for twice.
    TextsHideShapes,
    /// `GetPluginSettingsPath` refuses identifiers of plugins, and accepts what is none.
    InvertedPluginCheck,
    /// `GetBoardLayerName` has a name for the layer that means "not selected".
    NameOfUnselectedLayer,
    /// `SetBoardEnabledLayers` refuses too many copper layers with a text that lacks the limit.
    UnfilledLimit,
}

impl Habit {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::EmptyDeleteItems,
        Self::DoubleAnswers,
        Self::BarcodesStay,
        Self::LooseCommits,
        Self::TextsHideShapes,
        Self::InvertedPluginCheck,
        Self::NameOfUnselectedLayer,
        Self::UnfilledLimit,
    ];

    /// The lines of KiCad that have it.
    pub const fn lines(self) -> &'static [Line] {
        match self {
            Self::EmptyDeleteItems | Self::DoubleAnswers | Self::UnfilledLimit => &Line::ALL,
            Self::BarcodesStay | Self::LooseCommits => &[Line::V10_0],
            Self::TextsHideShapes | Self::InvertedPluginCheck | Self::NameOfUnselectedLayer => &[Line::V9_0],
        }
    }
}

/// The words for them.
const WORDS: [(&str, Habit); Habit::ALL.len()] = [
    ("empty-delete-items", Habit::EmptyDeleteItems),
    ("double-answers", Habit::DoubleAnswers),
    ("barcodes-stay", Habit::BarcodesStay),
    ("loose-commits", Habit::LooseCommits),
    ("texts-hide-shapes", Habit::TextsHideShapes),
    ("inverted-plugin-check", Habit::InvertedPluginCheck),
    ("name-of-unselected-layer", Habit::NameOfUnselectedLayer),
    ("unfilled-limit", Habit::UnfilledLimit),
];

impl fmt::Display for Habit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, habit)| habit == self);
        f.write_str(word.map_or("", |(word, _)| word))
    }
}

impl FromStr for Habit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = WORDS.iter().find(|(word, _)| *word == text).map(|(_, habit)| *habit);
        known.ok_or_else(|| {
            let known: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
            format!("`{text}` is no habit; known: {}", known.join(", "))
        })
    }
}

/// The habits that an emulator has.
///
/// # Examples
///
/// ```
/// use kiapi_emulator::{Habit, Habits, Line};
///
/// let habits = Habits::of(Line::V10_0).without(Habit::EmptyDeleteItems);
/// assert!(!habits.has(Habit::EmptyDeleteItems));
/// assert!(!Habits::none().has(Habit::DoubleAnswers));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habits(BTreeSet<Habit>);

impl Habits {
    /// Those that a KiCad of a line has.
    pub fn of(line: Line) -> Self {
        Self(Habit::ALL.iter().copied().filter(|habit| habit.lines().contains(&line)).collect())
    }

    /// None: a KiCad as it should be.
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// All but one.
    #[must_use]
    pub fn without(mut self, habit: Habit) -> Self {
        self.0.remove(&habit);
        self
    }

    /// Whether it is among them.
    pub fn has(&self, habit: Habit) -> bool {
        self.0.contains(&habit)
    }
}
