//! What is selected in the editor.

use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, GetSelection, RemoveFromSelection, SaveSelectionToString,
    SelectionResponse,
};
use kiapi_gen::common::types::Kiid;

use super::Board;
use crate::items::{Item, ObjectType};
use crate::link::Link;
use crate::{Error, Id, Result};

impl<L: Link> Board<L> {
    /// What is selected.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// for item in kicad.board()?.selection()? {
    ///     println!("{item}");
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn selection(&self) -> L::Out<'_, Vec<Item>> {
        self.selection_of([])
    }

    /// What is selected, of these types; of any, if none is named.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::ObjectType;
    ///
    /// let footprints = kicad.board()?.selection_of([ObjectType::PCB_FOOTPRINT])?;
    /// # let _ = footprints;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn selection_of(&self, types: impl IntoIterator<Item = ObjectType>) -> L::Out<'_, Vec<Item>> {
        self.ask(GetSelection::new().with_header(self.header()).with_types(types), items)
    }

    /// Selects items beside those that are selected, and gives what is selected then.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// assert_eq!(board.add_to_selection(footprint.id())?.len(), 1);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn add_to_selection(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Vec<Item>> {
        let ids = ids.into_iter().map(Kiid::from);
        self.ask(AddToSelection::new().with_header(self.header()).with_items(ids), items)
    }

    /// Selects items no more, and gives what is selected then.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// board.add_to_selection(footprint.id())?;
    /// assert!(board.remove_from_selection(footprint.id())?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn remove_from_selection(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Vec<Item>> {
        let ids = ids.into_iter().map(Kiid::from);
        self.ask(RemoveFromSelection::new().with_header(self.header()).with_items(ids), items)
    }

    /// Selects nothing. It is refused while KiCad is busy.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// kicad.board()?.clear_selection()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn clear_selection(&self) -> L::Out<'_, ()> {
        self.ask(ClearSelection::new().with_header(self.header()), Ok)
    }

    /// What is selected as a text, as KiCad puts it on the clipboard.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("{}", kicad.board()?.selection_text()?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn selection_text(&self) -> L::Out<'_, String> {
        self.ask(SaveSelectionToString::new(), |response| Ok(response.contents))
    }
}

#[inline]
fn items(response: SelectionResponse) -> Result<Vec<Item>> {
    let items = response.items.into_iter().map(Item::from_any);
    items.collect::<Result<_, _>>().map_err(|error| Error::item("the selection", error))
}
