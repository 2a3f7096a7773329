//! The title block, text variables and origins of a board.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{BoardOriginType, GetBoardOrigin, SetBoardOrigin};
use kiapi_gen::common::commands::{
    ExpandTextVariables, GetTextVariables, GetTitleBlockInfo, SetTextVariables, SetTitleBlockInfo,
};
use kiapi_gen::common::project::TextVariables;
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, MapMergeMode, TitleBlockInfo};

use super::Board;
use crate::link::Link;
use crate::{Error, Vector2};

/// What becomes of what is there already, when something is set by name.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::Merge;
///
/// let board = kicad.board()?;
/// board.set_text_variables([("A", "1"), ("B", "2")], Merge::Replace)?;
/// board.set_text_variables([("A", "3")], Merge::Merge)?;
/// assert_eq!(board.text_variables()?.len(), 2);
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Merge {
    /// It stays, where nothing of the same name is set.
    Merge,
    /// It goes.
    Replace,
}

impl From<Merge> for MapMergeMode {
    #[inline]
    fn from(merge: Merge) -> Self {
        match merge {
            Merge::Merge => Self::MERGE,
            Merge::Replace => Self::REPLACE,
        }
    }
}

/// One of the two points from which a board's coordinates can be counted.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::Origin;
///
/// let board = kicad.board()?;
/// println!("grid {}, drill {}", board.origin(Origin::Grid)?, board.origin(Origin::Drill)?);
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Of the grid.
    Grid,
    /// Of drill and placement files.
    Drill,
}

impl From<Origin> for BoardOriginType {
    #[inline]
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Grid => Self::GRID,
            Origin::Drill => Self::DRILL,
        }
    }
}

impl<L: Link> Board<L> {
    /// The title block of the drawing sheet.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("{}", kicad.board()?.title_block()?.title);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn title_block(&self) -> L::Out<'_, TitleBlockInfo> {
        self.ask(GetTitleBlockInfo::new().with_document(self.specifier()), Ok)
    }

    /// Sets the title block of the drawing sheet: all of it, so change what [`title_block`](Self::title_block) gave.
    ///
    /// # KiCad versions
    ///
    /// 10.0.1 and later.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let title = board.title_block()?.with_revision("B");
    /// board.set_title_block(title)?;
    /// assert_eq!(board.title_block()?.revision, "B");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_title_block(&self, title: TitleBlockInfo) -> L::Out<'_, ()> {
        self.ask(SetTitleBlockInfo::new().with_document(self.specifier()).with_title_block(title), Ok)
    }

    /// The text variables of the board's project.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// for (name, value) in kicad.board()?.text_variables()? {
    ///     println!("{name} = {value}");
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn text_variables(&self) -> L::Out<'_, BTreeMap<String, String>> {
        self.ask(GetTextVariables::new().with_document(self.project()), |response| {
            Ok(response.variables.into_iter().collect())
        })
    }

    /// Sets text variables of the board's project: beside those that it has, or instead of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Merge;
    ///
    /// let board = kicad.board()?;
    /// board.set_text_variables([("BATCH", "7")], Merge::Merge)?;
    /// assert_eq!(board.text_variables()?["BATCH"], "7");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_text_variables<K: Into<String>, V: Into<String>>(
        &self,
        variables: impl IntoIterator<Item = (K, V)>,
        merge: Merge,
    ) -> L::Out<'_, ()> {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let command = SetTextVariables::new()
            .with_document(self.project())
            .with_variables(TextVariables::new().with_variables(variables))
            .with_merge_mode(MapMergeMode::from(merge));
        self.ask(command, Ok)
    }

    /// Texts with their variables replaced by what they stand for on this board, in the same order.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// assert_eq!(board.expand_text_variables(["${FILENAME}"])?, ["demo.kicad_pcb"]);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn expand_text_variables<S: Into<String>>(
        &self,
        texts: impl IntoIterator<Item = S>,
    ) -> L::Out<'_, Vec<String>> {
        let command = ExpandTextVariables::new().with_document(self.specifier()).with_text(texts);
        let asked = command.text.len();
        self.ask(command, move |response| match response.text.len() {
            got if got == asked => Ok(response.text),
            got => Err(Error::unexpected(format!("KiCad expanded {got} texts of {asked}"))),
        })
    }

    /// Where an origin is, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Origin;
    ///
    /// println!("{:?}", kicad.board()?.origin(Origin::Drill)?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn origin(&self, origin: Origin) -> L::Out<'_, Vector2> {
        let command =
            GetBoardOrigin::new().with_board(self.specifier()).with_type(BoardOriginType::from(origin));
        self.ask(command, |response| Ok(Vector2::from(&response)))
    }

    /// Moves an origin.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Origin, Vector2, mm};
    ///
    /// let board = kicad.board()?;
    /// board.set_origin(Origin::Grid, (mm(10), mm(20)))?;
    /// assert_eq!(board.origin(Origin::Grid)?, Vector2::new(mm(10), mm(20)));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn set_origin(&self, origin: Origin, at: impl Into<Vector2>) -> L::Out<'_, ()> {
        let command = SetBoardOrigin::new()
            .with_board(self.specifier())
            .with_type(BoardOriginType::from(origin))
            .with_origin(at.into());
        self.ask(command, Ok)
    }

    /// The project, as text variables want it.
    fn project(&self) -> DocumentSpecifier {
        let mut project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        project.project.clone_from(&self.document.project);
        project
    }
}
