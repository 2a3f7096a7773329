//! Commits: begun, ended, dropped, by one client and by several.

use kiapi_gen::common::commands::{BeginCommit, CommitAction, CreateItems, EndCommit, GetItems};
use kiapi_gen::common::types::{KiCadObjectType as Kind, Kiid};

use super::{odd_ids, samples, unknown};
use crate::peer::Outcome;
use crate::run::Run;

fn end(id: Kiid, action: CommitAction) -> EndCommit {
    EndCommit::new().with_id(id).with_action(action)
}

pub(super) fn run(run: &mut Run) -> Outcome {
    // Ends without a beginning.
    for action in (0..=3).chain([99]).map(CommitAction::from) {
        run.call(&EndCommit::new().with_action(action))?;
        run.call(&end(unknown(), action))?;
    }
    for (name, action) in [("a", CommitAction::COMMIT), ("b", CommitAction::DROP), ("", CommitAction::COMMIT)]
    {
        let begun = run.call_as(name, &BeginCommit::new())?;
        let id = begun.and_then(|begun| begun.id).unwrap_or_default();
        run.call_as(name, &BeginCommit::new())?;
        run.call_as("someone else", &end(id.clone(), action))?;
        for odd in odd_ids() {
            run.call_as(name, &end(odd, CommitAction::COMMIT))?;
        }
        run.call_as(name, &end(id.clone(), CommitAction::UNKNOWN))?;
        run.call_as(name, &end(id.clone(), CommitAction::from(7)))?;
        run.call_as(name, &end(id.clone(), action).with_message("made up"))?;
        run.call_as(name, &end(id, action))?;
    }
    // A drop ends it whatever the id.
    run.call_as("a", &BeginCommit::new())?;
    run.call_as("a", &end(unknown(), CommitAction::DROP))?;
    run.call_as("a", &EndCommit::new())?;
    two_clients(run)
}

fn begin(run: &mut Run, client: &str) -> Outcome<Kiid> {
    let begun = run.call_as(client, &BeginCommit::new())?;
    Ok(begun.and_then(|begun| begun.id).unwrap_or_default())
}

fn two_clients(run: &mut Run) -> Outcome {
    let header = run.board.header();
    let tracks = GetItems::new().with_header(header.clone()).with_types([Kind::PCB_TRACE]);
    let create =
        CreateItems::new().with_header(header).with_items([kiapi_gen::Any::pack(&samples::track(run))]);
    let first = begin(run, "first")?;
    let second = begin(run, "second")?;
    run.call_as("first", &create)?;
    run.call_as("second", &create)?;
    run.call_as("third", &create)?;
    run.call_as("first", &tracks)?;
    run.call_as("second", &end(second.clone(), CommitAction::COMMIT))?;
    run.call(&tracks)?;
    run.call_as("first", &end(second, CommitAction::COMMIT))?;
    run.call_as("first", &end(first, CommitAction::DROP))?;
    run.call(&tracks)?;
    Ok(())
}
