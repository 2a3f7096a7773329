//! An emulated KiCad with a board, and the command run on it.

use std::collections::BTreeMap;
use std::process::Output;

use kiapi::{Board, ConnectOptions, Footprint, Id, Item, KiCad};
use kiapi_emulator::{Emulator, Line, Running};
use serde_json::Value;

use crate::run::kiapi;

pub(crate) const LINES: [Line; 2] = [Line::V9_0, Line::V10_0];

pub(crate) struct Kicad {
    pub(crate) emulator: Running,
    pub(crate) board: Board,
}

impl Kicad {
    pub(crate) fn start(line: Line) -> Self {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let options = ConnectOptions::new().socket(emulator.socket().clone());
        let board = KiCad::connect_with(options).unwrap().board().unwrap();
        Self { emulator, board }
    }

    /// Where it is, for `--socket`.
    pub(crate) fn socket(&self) -> String {
        self.emulator.socket().to_string()
    }

    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = kiapi(&[args, &["--socket", &self.socket()]].concat());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::new(self.command(args).output().unwrap())
    }

    /// Runs it, which must end with 0, and gives its JSON.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.json()
    }

    /// Everything on the board, whatever its order.
    pub(crate) fn items(&self) -> BTreeMap<Id, Item> {
        let items = self.board.items().unwrap();
        items.into_iter().filter_map(|item| Some((item.id()?, item))).collect()
    }

    #[track_caller]
    pub(crate) fn footprint(&self, reference: &str) -> Footprint {
        let footprints = self.board.footprints().unwrap();
        footprints.into_iter().find(|footprint| footprint.reference() == reference).unwrap()
    }
}

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
