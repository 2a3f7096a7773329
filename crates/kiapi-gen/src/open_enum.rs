//! Open enums: numbers with names, in which a number without a name is a value like any other.

use std::fmt;

/// An enum of KiCad's API, held as its number: a value from a newer KiCad survives.
///
/// # Examples
///
/// ```
/// use kiapi_gen::OpenEnum;
/// use kiapi_gen::board::types::BoardLayer;
///
/// assert_eq!(BoardLayer::F_CU.proto_name(), Some("BL_F_Cu"));
/// assert_eq!(BoardLayer::from_name("BL_F_Cu"), Some(BoardLayer::F_CU));
/// assert_eq!(format!("{:?}", BoardLayer::F_CU), "F_CU");
/// assert_eq!(format!("{:?}", BoardLayer(999)), "BoardLayer(999)");
/// ```
pub trait OpenEnum:
    Copy + Default + PartialEq + From<i32> + Into<i32> + fmt::Debug + Send + Sync + 'static
{
    /// The name of the type: `BoardLayer`.
    const TYPE: &'static str;
    /// The full name on the wire: `kiapi.board.types.BoardLayer`.
    const FULL_NAME: &'static str;
    /// Every value that this build knows: its value, the name of its constant, and its name in KiCad's proto files.
    const VALUES: &'static [(Self, &'static str, &'static str)];

    /// The name of the constant: `F_CU`.
    fn name(self) -> Option<&'static str> {
        Self::VALUES.iter().find(|(value, ..)| *value == self).map(|(_, name, _)| *name)
    }

    /// The name in KiCad's proto files and in protobuf JSON: `BL_F_Cu`.
    fn proto_name(self) -> Option<&'static str> {
        Self::VALUES.iter().find(|(value, ..)| *value == self).map(|(.., name)| *name)
    }

    /// The value of a name, as in Rust (`F_CU`) or as in KiCad's proto files (`BL_F_Cu`).
    fn from_name(name: &str) -> Option<Self> {
        let known = Self::VALUES.iter().find(|(_, rust, proto)| *rust == name || *proto == name);
        known.map(|(value, ..)| *value)
    }

    /// Whether this build knows the value.
    fn is_known(self) -> bool {
        self.name().is_some()
    }

    #[doc(hidden)]
    fn fmt_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}({})", Self::TYPE, (*self).into()),
        }
    }
}
