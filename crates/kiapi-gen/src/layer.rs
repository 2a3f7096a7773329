//! What the layers of a board are called, and how they lie on each other.

use std::fmt;

use crate::board::types::BoardLayer;

/// The names of the layers in files, from the number of `F_CU` on.
const NAMES: [&str; 96] = [
    "F.Cu",
    "In1.Cu",
    "In2.Cu",
    "In3.Cu",
    "In4.Cu",
    "In5.Cu",
    "In6.Cu",
    "In7.Cu",
    "In8.Cu",
    "In9.Cu",
    "In10.Cu",
    "In11.Cu",
    "In12.Cu",
    "In13.Cu",
    "In14.Cu",
    "In15.Cu",
    "In16.Cu",
    "In17.Cu",
    "In18.Cu",
    "In19.Cu",
    "In20.Cu",
    "In21.Cu",
    "In22.Cu",
    "In23.Cu",
    "In24.Cu",
    "In25.Cu",
    "In26.Cu",
    "In27.Cu",
    "In28.Cu",
    "In29.Cu",
    "In30.Cu",
    "B.Cu",
    "B.Adhes",
    "F.Adhes",
    "B.Paste",
    "F.Paste",
    "B.SilkS",
    "F.SilkS",
    "B.Mask",
    "F.Mask",
    "Dwgs.User",
    "Cmts.User",
    "Eco1.User",
    "Eco2.User",
    "Edge.Cuts",
    "Margin",
    "B.CrtYd",
    "F.CrtYd",
    "B.Fab",
    "F.Fab",
    "User.1",
    "User.2",
    "User.3",
    "User.4",
    "User.5",
    "User.6",
    "User.7",
    "User.8",
    "User.9",
    "Rescue",
    "User.10",
    "User.11",
    "User.12",
    "User.13",
    "User.14",
    "User.15",
    "User.16",
    "User.17",
    "User.18",
    "User.19",
    "User.20",
    "User.21",
    "User.22",
    "User.23",
    "User.24",
    "User.25",
    "User.26",
    "User.27",
    "User.28",
    "User.29",
    "User.30",
    "User.31",
    "User.32",
    "User.33",
    "User.34",
    "User.35",
    "User.36",
    "User.37",
    "User.38",
    "User.39",
    "User.40",
    "User.41",
    "User.42",
    "User.43",
    "User.44",
    "User.45",
];

/// What KiCad shows for a layer whose name in files is another one.
const SHOWN: [(BoardLayer, &str); 10] = [
    (BoardLayer::B_ADHES, "B.Adhesive"),
    (BoardLayer::F_ADHES, "F.Adhesive"),
    (BoardLayer::B_SILKS, "B.Silkscreen"),
    (BoardLayer::F_SILKS, "F.Silkscreen"),
    (BoardLayer::DWGS_USER, "User.Drawings"),
    (BoardLayer::CMTS_USER, "User.Comments"),
    (BoardLayer::ECO1_USER, "User.Eco1"),
    (BoardLayer::ECO2_USER, "User.Eco2"),
    (BoardLayer::B_CRTYD, "B.Courtyard"),
    (BoardLayer::F_CRTYD, "F.Courtyard"),
];

/// The layers that come in pairs, each with the one on the other side; from the outermost to the copper.
const PAIRS: [(BoardLayer, BoardLayer); 7] = [
    (BoardLayer::F_FAB, BoardLayer::B_FAB),
    (BoardLayer::F_CRTYD, BoardLayer::B_CRTYD),
    (BoardLayer::F_ADHES, BoardLayer::B_ADHES),
    (BoardLayer::F_PASTE, BoardLayer::B_PASTE),
    (BoardLayer::F_SILKS, BoardLayer::B_SILKS),
    (BoardLayer::F_MASK, BoardLayer::B_MASK),
    (BoardLayer::F_CU, BoardLayer::B_CU),
];

/// The layers that are neither copper nor free for users, in the order of KiCad's own numbers: 1, 3, 5 and so on.
const TECHNICAL: [BoardLayer; 19] = [
    BoardLayer::F_MASK,
    BoardLayer::B_MASK,
    BoardLayer::F_SILKS,
    BoardLayer::B_SILKS,
    BoardLayer::F_ADHES,
    BoardLayer::B_ADHES,
    BoardLayer::F_PASTE,
    BoardLayer::B_PASTE,
    BoardLayer::DWGS_USER,
    BoardLayer::CMTS_USER,
    BoardLayer::ECO1_USER,
    BoardLayer::ECO2_USER,
    BoardLayer::EDGE_CUTS,
    BoardLayer::MARGIN,
    BoardLayer::B_CRTYD,
    BoardLayer::F_CRTYD,
    BoardLayer::B_FAB,
    BoardLayer::F_FAB,
    BoardLayer::RESCUE,
];

/// What a layer is called, what it is for, and where it lies.
///
/// Names do not depend on the board: the ones that its owner gave are told by `GetBoardLayerName`.
impl BoardLayer {
    /// The most copper layers that a board can have.
    pub const MAX_COPPER: u32 = 32;

    /// The name of the layer in board files and in KiCad's messages; none for what is no layer.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::F_CU.canonical_name(), Some("F.Cu"));
    /// assert_eq!(BoardLayer::IN12_CU.canonical_name(), Some("In12.Cu"));
    /// assert_eq!(BoardLayer::F_CRTYD.canonical_name(), Some("F.CrtYd"));
    /// assert_eq!(BoardLayer::UNDEFINED.canonical_name(), None);
    /// ```
    #[inline]
    pub fn canonical_name(self) -> Option<&'static str> {
        NAMES.get(self.place()?).copied()
    }

    /// The layer with a name as it stands in board files: `F.Cu`, `In12.Cu`, `User.45`.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::from_canonical_name("Edge.Cuts"), Some(BoardLayer::EDGE_CUTS));
    /// assert_eq!(BoardLayer::from_canonical_name("edge.cuts"), None);
    /// ```
    #[inline]
    pub fn from_canonical_name(name: &str) -> Option<Self> {
        Self::all().find(|layer| layer.canonical_name() == Some(name))
    }

    /// What KiCad shows for the layer on a board that gives it no name of its own; none for what is no layer.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::F_SILKS.default_name(), Some("F.Silkscreen"));
    /// assert_eq!(BoardLayer::B_MASK.default_name(), Some("B.Mask"));
    /// ```
    #[inline]
    pub fn default_name(self) -> Option<&'static str> {
        let shown = SHOWN.iter().find(|(layer, _)| *layer == self).map(|(_, name)| *name);
        shown.or_else(|| self.canonical_name())
    }

    /// Every layer that a board can have, by the API's numbers.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::all().count(), 96);
    /// ```
    #[inline]
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + Clone {
        (Self::F_CU.0..=Self::USER_45.0).map(Self)
    }

    /// Whether this is a layer that a board can have, rather than a number that stands for none.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::MARGIN.is_layer());
    /// assert!(!BoardLayer::UNKNOWN.is_layer() && !BoardLayer(99).is_layer());
    /// ```
    #[inline]
    pub fn is_layer(self) -> bool {
        self.place().is_some()
    }

    /// Whether this is a layer of copper.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::IN30_CU.is_copper() && !BoardLayer::F_MASK.is_copper());
    /// ```
    #[inline]
    pub fn is_copper(self) -> bool {
        (Self::F_CU.0..=Self::B_CU.0).contains(&self.0)
    }

    /// Whether this is a layer of copper inside the board.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::IN1_CU.is_inner_copper() && !BoardLayer::B_CU.is_inner_copper());
    /// ```
    #[inline]
    pub fn is_inner_copper(self) -> bool {
        (Self::IN1_CU.0..=Self::IN30_CU.0).contains(&self.0)
    }

    /// Whether this is one of the layers on the front side: `F.Cu`, `F.SilkS` and so on.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::F_FAB.is_front() && !BoardLayer::EDGE_CUTS.is_front());
    /// ```
    #[inline]
    pub fn is_front(self) -> bool {
        PAIRS.iter().any(|(front, _)| *front == self)
    }

    /// Whether this is one of the layers on the back side: `B.Cu`, `B.SilkS` and so on.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::B_PASTE.is_back() && !BoardLayer::IN1_CU.is_back());
    /// ```
    #[inline]
    pub fn is_back(self) -> bool {
        PAIRS.iter().any(|(_, back)| *back == self)
    }

    /// Whether this is one of the layers that users may name and use as they like: `User.1` to `User.45`.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert!(BoardLayer::USER_9.is_user() && BoardLayer::USER_10.is_user() && !BoardLayer::RESCUE.is_user());
    /// ```
    #[inline]
    pub fn is_user(self) -> bool {
        (Self::USER_1.0..=Self::USER_9.0).contains(&self.0)
            || (Self::USER_10.0..=Self::USER_45.0).contains(&self.0)
    }

    /// The layers of copper of a board with so many, from the front to the back; KiCad's boards have an even number
    /// up to 32, and at least the front and the back.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// let layers: Vec<_> = BoardLayer::copper(4).collect();
    /// assert_eq!(layers, [BoardLayer::F_CU, BoardLayer::IN1_CU, BoardLayer::IN2_CU, BoardLayer::B_CU]);
    /// assert_eq!(BoardLayer::copper(2).last(), Some(BoardLayer::B_CU));
    /// ```
    #[inline]
    pub fn copper(count: u32) -> impl DoubleEndedIterator<Item = Self> + Clone {
        let inner = (Self::IN1_CU.0..Self::IN1_CU.0 + inner_layers(count)).map(Self);
        std::iter::once(Self::F_CU).chain(inner).chain(std::iter::once(Self::B_CU))
    }

    /// The layer of copper inside the board that is called `In1.Cu`, `In2.Cu` and so on up to 30.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::inner_copper(12), Some(BoardLayer::IN12_CU));
    /// assert_eq!(BoardLayer::inner_copper(31), None);
    /// ```
    #[inline]
    pub fn inner_copper(number: u32) -> Option<Self> {
        let number = i32::try_from(number).ok().filter(|number| (1..=30).contains(number))?;
        Some(Self(Self::F_CU.0 + number))
    }

    /// The layer `User.1`, `User.2` and so on up to 45.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::user(10), Some(BoardLayer::USER_10));
    /// assert_eq!(BoardLayer::user(0), None);
    /// ```
    #[inline]
    pub fn user(number: u32) -> Option<Self> {
        match i32::try_from(number).ok()? {
            number @ 1..=9 => Some(Self(Self::USER_1.0 + number - 1)),
            number @ 10..=45 => Some(Self(Self::USER_10.0 + number - 10)),
            _ => None,
        }
    }

    /// The layer that this one becomes when an item is flipped, on a board with so many layers of copper.
    ///
    /// Layers inside the board change places from the front to the back; so it is since KiCad 10, and KiCad 9 leaves them
    /// where they are, which a count of 2 gives on any board. What lies on no side stays: `Edge.Cuts`,
    /// the layers of users, and copper that the board does not have. A board on which layers of users were declared to
    /// be a pair of front and back is the one case that this cannot know, as the API does not tell it.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::F_SILKS.flipped(2), BoardLayer::B_SILKS);
    /// assert_eq!(BoardLayer::IN1_CU.flipped(6), BoardLayer::IN4_CU);
    /// assert_eq!(BoardLayer::EDGE_CUTS.flipped(6), BoardLayer::EDGE_CUTS);
    /// ```
    #[must_use]
    #[inline]
    pub fn flipped(self, copper_count: u32) -> Self {
        for (front, back) in PAIRS {
            if self == front {
                return back;
            }
            if self == back {
                return front;
            }
        }
        let last = Self::IN1_CU.0 + inner_layers(copper_count) - 1;
        if (Self::IN1_CU.0..=last).contains(&self.0) {
            return Self(Self::IN1_CU.0 + last - self.0);
        }
        self
    }

    /// The layers that lie on each other, from the front to the back, on a board with so many layers of copper.
    ///
    /// It begins with `F.Fab` and ends with `B.Fab`. Drawings, the outline of the board and the layers of users are
    /// not among them, as they have no place in the stack.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// let names: Vec<_> = BoardLayer::stack(2).filter_map(BoardLayer::canonical_name).collect();
    /// assert_eq!(names[3..=7], ["F.Paste", "F.SilkS", "F.Mask", "F.Cu", "B.Cu"]);
    /// ```
    #[inline]
    pub fn stack(copper_count: u32) -> impl DoubleEndedIterator<Item = Self> + Clone {
        let outer = PAIRS.len() - 1;
        let front = PAIRS.into_iter().take(outer).map(|(front, _)| front);
        let back = PAIRS.into_iter().take(outer).map(|(_, back)| back).rev();
        front.chain(Self::copper(copper_count)).chain(back)
    }

    /// KiCad's own number of the layer, which stands in board files since KiCad 9; none for what is no layer.
    ///
    /// Copper has even numbers, all else has odd ones. KiCad lists layers in the order of these numbers.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::F_CU.file_number(), Some(0));
    /// assert_eq!(BoardLayer::B_CU.file_number(), Some(2));
    /// assert_eq!(BoardLayer::EDGE_CUTS.file_number(), Some(25));
    /// ```
    #[inline]
    pub fn file_number(self) -> Option<u8> {
        let value = u8::try_from(self.0).ok()?;
        match value {
            3 => Some(0),
            4..=33 => Some(2 * (value - 3) + 2),
            34 => Some(2),
            53..=61 => Some(2 * (value - 53) + 39),
            63..=98 => Some(2 * (value - 54) + 39),
            _ => {
                let place = TECHNICAL.iter().position(|technical| *technical == self)?;
                u8::try_from(2 * place + 1).ok()
            }
        }
    }

    /// The layer with one of KiCad's own numbers; the API has none for some that KiCad 9 and 10 have room for.
    ///
    /// ```
    /// use kiapi_gen::board::types::BoardLayer;
    ///
    /// assert_eq!(BoardLayer::from_file_number(4), Some(BoardLayer::IN1_CU));
    /// assert_eq!(BoardLayer::from_file_number(64), None);
    /// ```
    #[inline]
    pub fn from_file_number(number: u8) -> Option<Self> {
        let value = match number {
            0 => 3,
            2 => 34,
            4..=62 if number.is_multiple_of(2) => number / 2 + 2,
            1..=37 if number % 2 == 1 => return TECHNICAL.get(usize::from(number / 2)).copied(),
            39..=55 if number % 2 == 1 => (number - 39) / 2 + 53,
            57..=127 if number % 2 == 1 => (number - 39) / 2 + 54,
            _ => return None,
        };
        Some(Self(i32::from(value)))
    }

    #[inline]
    fn place(self) -> Option<usize> {
        let place = usize::try_from(self.0.checked_sub(Self::F_CU.0)?).ok()?;
        (place < NAMES.len()).then_some(place)
    }
}

/// How many layers of copper are inside a board with so many.
#[inline]
fn inner_layers(copper_count: u32) -> i32 {
    let inner = copper_count.min(BoardLayer::MAX_COPPER).saturating_sub(2);
    i32::try_from(inner).expect("there are at most 30")
}

/// The name in board files and in KiCad's messages, such as `F.Cu`; `no layer` or a number, where there is no such layer.
///
/// ```
/// use kiapi_gen::board::types::BoardLayer;
///
/// assert_eq!(BoardLayer::F_SILKS.to_string(), "F.SilkS");
/// assert_eq!(format!("{:>6}|{}|{}", BoardLayer::F_CU, BoardLayer::UNDEFINED, BoardLayer(99)), "  F.Cu|no layer|layer 99");
/// ```
impl fmt::Display for BoardLayer {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.canonical_name(), *self) {
            (Some(name), _) => f.pad(name),
            (None, Self::UNKNOWN | Self::UNDEFINED | Self::UNSELECTED) => f.pad("no layer"),
            (None, Self(number)) => f.pad(&format!("layer {number}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenEnum;

    #[test]
    fn names_are_those_of_the_api_with_points() {
        for (layer, _, name) in BoardLayer::VALUES {
            let expected = name.trim_start_matches("BL_").replace('_', ".");
            let is_layer = layer.0 >= BoardLayer::F_CU.0;
            assert_eq!(layer.canonical_name(), is_layer.then_some(expected.as_str()), "{layer:?}");
            assert_eq!(layer.is_layer(), is_layer);
        }
        assert_eq!(BoardLayer::all().count() + 3, BoardLayer::VALUES.len());
    }

    #[test]
    fn names_and_numbers_lead_back() {
        for layer in BoardLayer::all() {
            let name = layer.canonical_name().expect("it is a layer");
            assert_eq!(BoardLayer::from_canonical_name(name), Some(layer));
            let number = layer.file_number().expect("it is a layer");
            assert_eq!(BoardLayer::from_file_number(number), Some(layer));
            assert_eq!(number % 2 == 0, layer.is_copper(), "{name}");
        }
        for number in [-1, 0, 1, 2, 99, 1000, i32::MIN, i32::MAX] {
            let layer = BoardLayer(number);
            assert_eq!((layer.canonical_name(), layer.file_number()), (None, None));
            assert!(!layer.is_layer() && !layer.is_copper() && !layer.is_user());
            assert_eq!(layer.flipped(32), layer);
        }
        assert_eq!(BoardLayer::from_canonical_name(""), None);
        assert_eq!((0..=u8::MAX).filter_map(BoardLayer::from_file_number).count(), 96);
    }

    #[test]
    fn flipping_twice_leads_back() {
        for count in [0, 1, 2, 4, 6, 30, 32, 33, u32::MAX] {
            let copper: Vec<_> = BoardLayer::copper(count).collect();
            for layer in BoardLayer::all() {
                let other = layer.flipped(count);
                assert_eq!(other.flipped(count), layer, "{layer:?} of {count}");
                assert_eq!((layer.is_front(), layer.is_back()), (other.is_back(), other.is_front()));
                assert_eq!(layer.is_copper(), other.is_copper());
                assert_eq!(copper.contains(&layer), copper.contains(&other));
            }
            let flipped = copper.iter().rev().map(|layer| layer.flipped(count));
            assert_eq!(copper, flipped.collect::<Vec<_>>(), "the copper of {count}");
            let stack = BoardLayer::stack(count);
            assert!(stack.clone().eq(stack.rev().map(|layer| layer.flipped(count))));
        }
        assert_eq!(BoardLayer::copper(u32::MAX).count(), 32);
        assert_eq!(BoardLayer::copper(0).count(), 2);
    }

    #[test]
    fn numbered_layers_have_their_number_in_their_name() {
        for number in 1..=45 {
            let name = BoardLayer::user(number).and_then(BoardLayer::canonical_name);
            assert_eq!(name.map(str::to_owned), Some(format!("User.{number}")));
            assert!(BoardLayer::user(number).is_some_and(BoardLayer::is_user));
        }
        for number in 1..=30 {
            let name = BoardLayer::inner_copper(number).and_then(BoardLayer::canonical_name);
            assert_eq!(name.map(str::to_owned), Some(format!("In{number}.Cu")));
        }
        for number in [0, 46, u32::MAX] {
            assert_eq!((BoardLayer::user(number), BoardLayer::inner_copper(number)), (None, None));
        }
        assert_eq!(BoardLayer::all().filter(|layer| layer.is_user()).count(), 45);
    }
}
