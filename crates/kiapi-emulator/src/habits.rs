//! KiCad's habits that are bugs: in one place, each with the versions that have it, to be switched off.

use std::collections::BTreeSet;

use crate::Line;

/// Something that a KiCad does and should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Habit {
    /// `DeleteItems` answers without rows: not one for each item, and none for an id that does not exist.
    EmptyDeleteItems,
    /// A request that does not parse is answered twice, and from then on each request gets the answer to the one before.
    DoubleAnswers,
    /// `UpdateItems` does not change the text of a barcode.
    BarcodesKeepTheirText,
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
        Self::BarcodesKeepTheirText,
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
            Self::BarcodesKeepTheirText | Self::LooseCommits => &[Line::V10_0],
            Self::TextsHideShapes | Self::InvertedPluginCheck | Self::NameOfUnselectedLayer => &[Line::V9_0],
        }
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
