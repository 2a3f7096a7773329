//! What the methods of `KiCad`, `Board` and `Commit` promise, held against a real KiCad.

mod beyond;
mod by_hand;
mod commits;
pub(crate) mod discovery;
mod documents;
mod edits;
mod items;
mod losses;
mod parts;
mod restart;
mod settings;
mod sharing;
mod step;
mod unread;

use std::sync::Arc;

use kiapi::{ApiVersion, Board, ConnectOptions, ErrorKind, Id, KiCad};
use libtest_mimic::{Failed, Trial};

use crate::session::{Outcome, Session, check_eq};

type Case = (&'static str, fn(&Session) -> Outcome);

/// The trials that leave the board as it was, or nearly so.
pub(crate) fn trials(session: &Arc<Session>) -> Vec<Trial> {
    let cases = [
        documents::CASES,
        items::CASES,
        edits::CASES,
        settings::CASES,
        commits::CASES,
        by_hand::CASES,
        beyond::CASES,
        parts::CASES,
        discovery::CASES,
        sharing::CASES,
        unread::CASES,
        restart::CASES,
        step::CASES,
    ];
    trials_of(session, cases.concat())
}

/// The trials of the board as it was opened.
pub(crate) fn first(session: &Arc<Session>) -> Vec<Trial> {
    trials_of(session, losses::CASES.to_vec())
}

fn trials_of(session: &Arc<Session>, cases: Vec<Case>) -> Vec<Trial> {
    let trial = |(name, run): Case| {
        let session = Arc::clone(session);
        Trial::test(format!("facade: {name}"), move || run(&session))
    };
    cases.into_iter().map(trial).collect()
}

/// A client of its own for a trial, so that its notices and its commit are its own.
fn client(name: &str) -> Outcome<KiCad> {
    Ok(KiCad::connect_with(ConnectOptions::new().client_name(name))?)
}

/// The board, by a client of its own.
fn board() -> Outcome<Board> {
    Ok(client("kiapi live facade")?.board()?)
}

fn is_9(session: &Session) -> bool {
    session.version() < ApiVersion::new(9, 99, 0)
}

fn some_id(id: Option<Id>) -> Outcome<Id> {
    id.ok_or_else(|| Failed::from("what is on a board has no id"))
}

/// An answer since 10.0, and a refusal that says so before.
fn since_10<T>(session: &Session, result: kiapi::Result<T>) -> Outcome<Option<T>> {
    match result {
        Ok(_) if is_9(session) => Err("KiCad 9.0 was asked for what it does not have".into()),
        Ok(value) => Ok(Some(value)),
        Err(error) if is_9(session) => {
            check_eq(error.kind(), ErrorKind::Unsupported, "the kind of the refusal").map(|()| None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The kind of an error that must come.
fn refusal<T>(result: kiapi::Result<T>, what: &str) -> Outcome<kiapi::Error> {
    match result {
        Ok(_) => Err(format!("{what} was done, and should have been refused").into()),
        Err(error) => Ok(error),
    }
}
