//! What KiCad says of an item that it does not take.

use std::fmt;

use kiapi_gen::common::commands::ItemStatusCode;

use crate::Id;

/// An item that KiCad did not take.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// let error = kicad.board()?.delete([kiapi::Id::random()]).unwrap_err();
/// for item in error.items() {
///     println!("{item}");
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ItemError {
    /// The place of the item among those that were sent, from 0.
    pub index: usize,
    /// The id of the item, if it has one.
    pub id: Option<Id>,
    /// KiCad's code.
    pub code: ItemStatusCode,
    /// KiCad's own words, or ours where it has none.
    pub message: String,
}

impl fmt::Display for ItemError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {}", self.index)?;
        if let Some(id) = self.id {
            write!(f, " ({id})")?;
        }
        write!(f, " {:?}", self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}
