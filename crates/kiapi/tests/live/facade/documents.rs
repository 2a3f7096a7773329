//! Connecting, documents, and what concerns no board.

use std::path::Path;
use std::time::{Duration, Instant};

use kiapi::api::common::commands::{GetNetClasses, Ping, TextOrTextBox};
use kiapi::api::common::types::{DocumentType, Text, TextAttributes};
use kiapi::{CallOptions, ErrorKind, Guard, Id, SaveCopy, Vector2, mm};

use super::edits::{track, via};
use super::{Case, board, client, is_9, refusal, some_id};
use crate::own::Own;
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("connecting", connecting),
    ("calls", calls),
    ("version and paths", version_and_paths),
    ("actions", actions),
    ("open documents", open_documents),
    ("texts", texts),
    ("saving", saving),
    ("reverting", reverting),
    ("reverting over an auto-saved copy", reverting_over_an_autosave),
];

fn connecting(session: &Session) -> Outcome {
    let kicad = client("kiapi live name")?;
    check_eq(kicad.client_name(), "kiapi live name", "the client's name")?;
    check_eq(kicad.address().to_string(), session.socket(), "the address")?;
    check_eq(kicad.version(), session.version(), "the version")?;
    check_eq(kicad.take_notices(), Vec::new(), "the notices of a quiet connection")
}

fn calls(_: &Session) -> Outcome {
    let kicad = client("kiapi live calls")?;
    kicad.call(&Ping::new())?;
    let patient = CallOptions::new().timeout(Duration::from_secs(60));
    let classes = kicad.call_with(&GetNetClasses::new(), patient)?.net_classes;
    check(classes.iter().any(|class| class.name == "Default"), || "there is no class Default".to_owned())?;
    check(!kicad.ping()?.is_zero(), || "an answer took no time".to_owned())
}

fn version_and_paths(session: &Session) -> Outcome {
    let kicad = client("kiapi live paths")?;
    let (full, version) = (kicad.full_version()?, kicad.version());
    check(full.starts_with(&version.to_string()), || format!("{full} does not begin with {version}"))?;
    let path = kicad.binary_path("kicad-cli")?;
    check_eq(path.file_name().and_then(|name| name.to_str()), Some("kicad-cli"), "the program's name")?;
    let folder = kicad.plugin_settings_path("org.kiapi.live");
    if is_9(session) {
        let kind = refusal(folder, "a settings folder of KiCad 9.0")?.kind();
        return check_eq(kind, ErrorKind::Unsupported, "the kind of the refusal");
    }
    let folder = folder?;
    check(folder.ends_with("org.kiapi.live"), || format!("the folder is {}", folder.display()))?;
    let error = refusal(kicad.plugin_settings_path("no identifier"), "an identifier with a blank")?;
    check_eq(error.kind(), ErrorKind::BadRequest, "the kind of the refusal")
}

fn actions(_: &Session) -> Outcome {
    let kicad = client("kiapi live actions")?;
    kicad.run_action("common.Control.zoomFitScreen")?;
    let unknown = refusal(kicad.run_action("kiapi.no.such.action"), "an unknown action")?;
    check_eq(unknown.kind(), ErrorKind::BadRequest, "the kind for an unknown action")?;
    let dialog = refusal(kicad.run_action("common.Control.print"), "an action with a dialog")?;
    check_eq(dialog.kind(), ErrorKind::Guarded, "the kind for an action with a dialog")
}

fn open_documents(session: &Session) -> Outcome {
    let kicad = client("kiapi live documents")?;
    check_eq(kicad.open_documents(DocumentType::PCB)?.len(), 1, "the number of open boards")?;
    // Nobody answers for schematics, and that is none, not an error.
    check_eq(kicad.open_documents(DocumentType::SCHEMATIC)?.len(), 0, "the number of open schematics")?;
    check_eq(kicad.boards()?.len(), 1, "the number of boards")?;
    let board = kicad.board()?;
    let name = session.board_file().file_name().and_then(|name| name.to_str());
    check_eq(Some(board.name()), name, "the board's name")?;
    check_eq(board.path().file_name().and_then(|name| name.to_str()), name, "the board's path")?;
    check_eq(board.document(), &session.board(), "the document")?;
    check_eq(board.kicad().client_name(), kicad.client_name(), "the client of the board")?;
    let project = board.document().project.clone().unwrap_or_default();
    check_eq(kicad.projects()?, vec![project], "the projects")?;
    check_eq(kicad.board_at(board.path())?.path(), board.path(), "the board at its path")?;
    let stranger = refusal(kicad.board_at("/no/such/board.kicad_pcb"), "a board that is not open")?;
    check_eq(stranger.kind(), ErrorKind::Document, "the kind for a board that is not open")
}

fn texts(_: &Session) -> Outcome {
    let kicad = client("kiapi live texts")?;
    let attributes = TextAttributes::new().with_size(Vector2::new(mm(1), mm(1))).with_line_spacing(1.0);
    let text = |words: &str| Text::new().with_attributes(attributes.clone()).with_text(words);
    let (short, long) = (kicad.text_extents(&text("ab"))?, kicad.text_extents(&text("abababab"))?);
    check(long.width() > short.width() && short.height() > mm(0.5), || format!("{short:?} and {long:?}"))?;
    let drawn =
        kicad.text_as_shapes(["i", "", "HHHH"].map(|words| TextOrTextBox::new().with_text(text(words))))?;
    let counts: Vec<usize> = drawn.iter().map(|text| text.shapes.len()).collect();
    // In the order that was asked, the empty one too.
    check(counts.len() == 3 && counts[1] == 0 && counts[0] > 0 && counts[2] > counts[0], || {
        format!("numbers of shapes: {counts:?}")
    })
}

fn saving(session: &Session) -> Outcome {
    let board = board()?;
    board.save()?;
    let text = board.to_text()?;
    let file = std::fs::read_to_string(session.board_file())?;
    check(text.starts_with("(kicad_pcb"), || "the text is no board".to_owned())?;
    // The text is shorter than the file; of the tracks it has all.
    let tracks = |text: &str| text.matches("(segment").count();
    check_eq(tracks(&text), tracks(&file), "the tracks in the text, and in the file that was just saved")?;
    // KiCad may run in another root, where the folder has another name.
    let name = "kiapi-facade-copy.kicad_pcb";
    let (there, here) = (board.path().with_file_name(name), session.board_file().with_file_name(name));
    board.save_copy(&there, SaveCopy::new().overwrite())?;
    check_eq(std::fs::read_to_string(&here)?.len(), file.len(), "the length of the copy")?;
    let again = refusal(board.save_copy(&there, SaveCopy::new()), "overwriting a copy")?;
    check_eq(again.kind(), ErrorKind::BadRequest, "the kind of the refusal")?;
    let relative = refusal(board.save_copy(Path::new(name), SaveCopy::new().overwrite()), "a relative path")?;
    check_eq(relative.kind(), ErrorKind::Configuration, "the kind for a relative path")?;
    board.save_copy(&there, SaveCopy::new().overwrite().include_project())?;
    let project = here.with_extension("kicad_pro");
    check(project.is_file(), || format!("there is no {}", project.display()))
}

/// A copy like the one that KiCad auto-saves: it comes from KiCad itself only after a while.
fn reverting_over_an_autosave(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?.with_options(CallOptions::new().timeout(PATIENCE));
    let file = board.path();
    let name = file.file_name().and_then(|name| name.to_str()).ok_or("the board has no name")?;
    let copy = file.with_file_name(format!("_autosave-{name}"));
    let autosave = || -> Outcome {
        std::fs::write(&copy, board.to_text()? + "\n")?;
        let later = std::fs::metadata(&file)?.modified()? + Duration::from_secs(2);
        Ok(std::fs::File::options().write(true).open(&copy)?.set_modified(later)?)
    };
    board.create([track()])?;
    autosave()?;
    if is_9(session) {
        return Ok(board.revert()?);
    }
    let guard = refusal(board.revert(), "reverting over a copy")?.guard();
    check_eq(guard, Some(Guard::RevertOverAutosave), "the guard")?;
    // Saving removes the copy.
    board.save()?;
    check(!copy.exists(), || "the copy is there after the board was saved".to_owned())?;
    board.revert()?;
    // Why it is refused: nobody is answered while the dialog is open.
    board.create([track()])?;
    autosave()?;
    let short = CallOptions::new().timeout(Duration::from_secs(10));
    let error = refusal(board.with_options(short.unchecked()).revert(), "reverting behind a dialog")?;
    check(error.is_timeout(), || format!("reverting behind a dialog: {error}"))?;
    let error = refusal(kicad.call_with(&Ping::new(), short), "a ping behind a dialog")?;
    check(error.is_timeout(), || format!("a ping behind a dialog: {error}"))
}

fn reverting(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?.with_options(CallOptions::new().timeout(PATIENCE));
    let saved = board.to_text()?;
    let vias = board.vias()?.len();
    for round in 1..=3 {
        let id = Id::random();
        let mut tracks = board.tracks()?;
        let (mut moved, gone) = (tracks.remove(0), some_id(tracks.remove(0).id())?);
        board.create([track().with_id(id)])?;
        let width = moved.width();
        moved.set_width(width + mm(1));
        let moved_id = some_id(moved.id())?;
        board.update([moved])?;
        board.delete([gone])?;
        check(board.to_text()? != saved, || "nothing was changed".to_owned())?;
        let start = Instant::now();
        board.revert()?;
        println!("round {round}: reverted in {:?}", start.elapsed());
        check_eq(
            board.to_text()?,
            saved.clone(),
            &format!("the board after it was reverted, round {round}"),
        )?;
        let found = board.items_by_id([id, moved_id, gone])?;
        check_eq(
            found.iter().map(Option::is_some).collect::<Vec<_>>(),
            vec![false, true, true],
            "the tracks",
        )?;
        let back = found.into_iter().flatten().find(|item| item.id() == Some(moved_id));
        let back = back.and_then(|item| kiapi::Track::try_from(item).ok()).ok_or("the track is gone")?;
        check_eq(back.width(), width, "the width of the track")?;
    }
    // The board that the client has is the one that is open still, and commits work on it.
    board.commit("after reverting", |edit| edit.create([via()]))?;
    check_eq(board.vias()?.len(), vias + 1, "the vias after a commit")?;
    // Within a commit it is refused, and the commit goes on.
    let commit = board.begin_commit()?;
    check_eq(
        refusal(board.revert(), "reverting within a commit")?.guard(),
        Some(Guard::RevertInCommit),
        "the guard",
    )?;
    commit.drop()?;
    board.revert()?;
    check_eq(board.vias()?.len(), vias, "the vias at the end")?;
    check_eq(kicad.take_notices(), vec![], "the notices")
}
