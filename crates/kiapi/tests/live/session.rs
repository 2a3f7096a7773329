//! The running KiCad, its board, and what the cases need again and again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use kiapi::api::common::commands::CommitAction;
use kiapi::api::common::commands::{
    BeginCommit, CreateItems, EndCommit, GetItems, GetOpenDocuments, ItemStatusCode,
};
use kiapi::api::common::types::{
    DocumentSpecifier, DocumentType, ItemHeader, ItemRequestStatus, KiCadObjectType, Kiid,
};
use kiapi::prost::{Message, Name};
use kiapi::{Any, ApiVersion, CallOptions, Command, KiCad};
use libtest_mimic::Failed;

use crate::cases::Case;

pub(crate) type Outcome<T = ()> = Result<T, Failed>;

/// How long a single call may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1800);

/// A KiCad with a board.
pub(crate) struct Session {
    kicad: KiCad,
    board: DocumentSpecifier,
    /// The board file that KiCad opened.
    board_file: PathBuf,
    /// The commands that the running case has called.
    called: Mutex<BTreeSet<String>>,
}

impl Session {
    /// Connects to the KiCad that `cargo xtask live` started.
    pub(crate) fn connect() -> Result<Self, String> {
        let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        let (line, board_file) = (variable("KIAPI_LIVE_KICAD")?, variable("KIAPI_LIVE_BOARD")?.into());
        variable("KICAD_API_SOCKET")?;
        let kicad = KiCad::connect().map_err(|error| error.to_string())?;
        let version = kicad.version();
        if format!("{}.{}", version.major, version.minor) != line {
            return Err(format!("this is KiCad {version}, and KIAPI_LIVE_KICAD says {line}"));
        }
        let open =
            kicad.call(&GetOpenDocuments::new().with_type(DocumentType::PCB)).map_err(|e| e.to_string())?;
        let board = open.documents.first().cloned().ok_or("no board is open")?;
        Ok(Self { kicad, board, board_file, called: Mutex::default() })
    }

    pub(crate) fn version(&self) -> ApiVersion {
        self.kicad.version()
    }

    pub(crate) fn socket(&self) -> String {
        self.kicad.address().to_string()
    }

    /// Runs a case, which must have called its command.
    pub(crate) fn run(&self, case: &Case) -> Outcome {
        self.called.lock().unwrap().clear();
        (case.run)(self)?;
        check(self.called.lock().unwrap().contains(case.command), || {
            "the case never called its command".to_owned()
        })
    }

    pub(crate) fn call<C: Command>(&self, command: &C) -> Outcome<C::Response> {
        self.called.lock().unwrap().insert(C::NAME.to_owned());
        self.kicad.call_with(command, options()).map_err(|error| format!("{}: {error}", C::NAME).into())
    }

    /// Calls a command that may fail.
    pub(crate) fn try_call<C: Command>(&self, command: &C) -> Result<C::Response, kiapi::Error> {
        self.called.lock().unwrap().insert(C::NAME.to_owned());
        self.kicad.call_with(command, options())
    }

    /// The error of a call that must fail.
    pub(crate) fn refused<C: Command>(&self, command: &C) -> Outcome<kiapi::Error> {
        self.called.lock().unwrap().insert(C::NAME.to_owned());
        match self.kicad.call_with(command, options()) {
            Ok(_) => Err(format!("{} was answered, and should have been refused", C::NAME).into()),
            Err(error) => Ok(error),
        }
    }

    pub(crate) fn board(&self) -> DocumentSpecifier {
        self.board.clone()
    }

    /// The project of the board.
    pub(crate) fn project(&self) -> DocumentSpecifier {
        let project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        match &self.board.project {
            Some(specifier) => project.with_project(specifier.clone()),
            None => project,
        }
    }

    pub(crate) fn header(&self) -> ItemHeader {
        ItemHeader::new().with_document(self.board())
    }

    pub(crate) fn board_file(&self) -> &std::path::Path {
        &self.board_file
    }

    /// How often a line of the board file begins with `start`, at the depth of the board's own items.
    pub(crate) fn count_in_file(&self, start: &str) -> Outcome<usize> {
        let text = std::fs::read_to_string(&self.board_file)?;
        Ok(text
            .lines()
            .filter(|line| line.strip_prefix('\t').is_some_and(|rest| rest.starts_with(start)))
            .count())
    }

    /// All items of a type, each unpacked.
    pub(crate) fn items<M: Message + Name + Default>(&self, types: KiCadObjectType) -> Outcome<Vec<M>> {
        let response = self.call(&GetItems::new().with_header(self.header()).with_types([types]))?;
        check_eq(response.status, ItemRequestStatus::OK, "the status of GetItems")?;
        unpack(&response.items)
    }

    pub(crate) fn first<M: Message + Name + Default>(&self, types: KiCadObjectType) -> Outcome<M> {
        self.items(types)?.into_iter().next().ok_or_else(|| format!("the board has no {}", M::NAME).into())
    }

    /// Runs `work` inside of a commit, which is dropped at the end.
    pub(crate) fn in_commit<T>(&self, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let id = self.call(&BeginCommit::new())?.id.ok_or("BeginCommit gave no id")?;
        let outcome = work();
        self.call(&EndCommit::new().with_id(id).with_action(CommitAction::DROP))?;
        outcome
    }

    /// Creates one item and gives back what KiCad made of it.
    pub(crate) fn create<M: Message + Name + Default>(&self, item: &M) -> Outcome<M> {
        let command = CreateItems::new().with_header(self.header()).with_items([Any::pack(item)]);
        let response = self.call(&command)?;
        check_eq(response.status, ItemRequestStatus::OK, "the status of CreateItems")?;
        let [row] = response.created_items.as_slice() else {
            return Err(format!("one item was sent, {} rows came back", response.created_items.len()).into());
        };
        check_eq(row.status.clone().unwrap_or_default().code, ItemStatusCode::OK, "the row of CreateItems")?;
        let item = row.item.as_ref().ok_or("KiCad gave back no item")?;
        Ok(item.unpack()?)
    }
}

/// Every check is off. On the largest boards a revert or the end of a commit takes minutes.
fn options() -> CallOptions {
    CallOptions::new().unchecked().timeout(PATIENCE)
}

/// Unpacks items that must all be `M`.
pub(crate) fn unpack<M: Message + Name + Default>(items: &[Any]) -> Outcome<Vec<M>> {
    items.iter().map(|item| item.unpack().map_err(Failed::from)).collect()
}

pub(crate) fn id(id: &Option<Kiid>) -> Outcome<Kiid> {
    id.clone().filter(|id| !id.value.is_empty()).ok_or_else(|| Failed::from("an item has no id"))
}

pub(crate) fn check(is_right: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if is_right { Ok(()) } else { Err(otherwise().into()) }
}

pub(crate) fn check_eq<T: PartialEq + std::fmt::Debug>(found: T, expected: T, what: &str) -> Outcome {
    check(found == expected, || format!("{what}: {found:?}, expected {expected:?}"))
}
