//! The editor: a document that is open, and all that KiCad keeps about it while it runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kiapi_gen::common::types::document_specifier::Identifier;

use crate::document::{Document, Look};
use crate::files::Files;
use crate::handlers::Commit;
use crate::loaded::{Loaded, Shared};
use crate::{Habit, Habits, Line};

/// What answers the commands: KiCad's board editor with one document.
#[derive(Debug)]
pub(crate) struct Editor {
    pub(crate) document: Shared<Document>,
    /// The KiCad that it answers as.
    pub(crate) version: Line,
    pub(crate) habits: Habits,
    /// Whether zones are to be filled once the answer to the present request is out.
    pub(crate) fill_requested: bool,
    pub(crate) by_hand: ByHand,
    /// One for each commit that changed something.
    pub(crate) undo_steps: usize,
    /// The commits that are open, by the names of their clients.
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) files: Files,
    loaded: Arc<Loaded>,
    /// The board as it was last saved; none if it never was.
    saved: Option<Shared<Document>>,
    saved_look: Look,
}

/// How far an interactive move is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum ByHand {
    /// There is none.
    #[default]
    No,
    /// It was asked for. KiCad's tool begins with the next thing that happens to an editor: the mouse, a key, an action.
    AskedFor,
    /// The person has the items on the pointer.
    Moving,
}

/// What KiCad says while it is busy.
pub(crate) const BUSY: &str = "KiCad is busy and cannot respond to API requests right now";

impl Editor {
    pub(crate) fn new(loaded: Arc<Loaded>, version: Line, habits: Habits, files: Files) -> Self {
        let document = Shared::from(&loaded.document);
        Self {
            saved_look: Look::of(&document),
            document,
            version,
            habits,
            fill_requested: false,
            by_hand: ByHand::default(),
            undo_steps: 0,
            commits: BTreeMap::new(),
            files,
            loaded,
            saved: None,
        }
    }

    /// The folder of the project.
    pub(crate) fn project_path(&self) -> &str {
        self.document.specifier.project.as_ref().map_or("", |project| project.path.as_str())
    }

    /// The file of the board.
    pub(crate) fn board_path(&self) -> String {
        format!("{}/{}", self.project_path(), self.board_name())
    }

    fn board_name(&self) -> &str {
        match &self.document.specifier.identifier {
            Some(Identifier::BoardFilename(name)) => name,
            _ => "",
        }
    }

    /// Saves the board: it is written if there is a folder for it, and reverting leads back to it in any case.
    pub(crate) fn save(&mut self) {
        self.files.write_board(self.board_name(), &self.contents());
        let mut saved = self.document.clone();
        saved.items.become_loaded(self.version);
        self.saved = Some(saved);
        self.save_look();
    }

    /// The board as KiCad would save it now.
    pub(crate) fn contents(&self) -> String {
        self.document.contents(&self.loaded.snapshot, self.version)
    }

    /// Keeps what KiCad keeps beside the project whenever it writes a board, a copy too.
    pub(crate) fn save_look(&mut self) {
        self.saved_look = Look::of(&self.document);
    }

    /// Goes back to the board as it was saved.
    pub(crate) fn revert(&mut self) {
        let saved = self.saved.as_deref().unwrap_or(&self.loaded.document).clone();
        self.document.revert_to(saved, &self.saved_look);
    }

    /// Whether a bug of KiCad's is to be imitated.
    pub(crate) fn has(&self, habit: Habit) -> bool {
        self.habits.has(habit)
    }
}

/// How long zones take to be filled, and what clients are told meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fill {
    /// Nothing is answered until the fill is done, which is what KiCad does.
    Silent(Duration),
    /// Every request is answered `AS_BUSY` until the fill is done, which is what KiCad's documentation says.
    Busy(Duration),
}
