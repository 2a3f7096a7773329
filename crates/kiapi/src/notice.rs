//! What happened to a client that its caller should know of, though calls went on.

use std::fmt;

/// Something that happened beside the calls: see [`KiCad::take_notices`](crate::KiCad::take_notices).
///
/// # Examples
///
/// ```
/// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// emulator.restart().unwrap();
/// kicad.full_version()?;
/// for notice in kicad.take_notices() {
///     println!("{notice}");
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// The connection broke, and a new one was made.
    Reconnected,
    /// The answer to an earlier call never came, though KiCad was done with it. The client goes on with a new connection.
    AnswerLost,
    /// Another KiCad answers: the one before ended. What was read from it may be out of date, and what was not saved is
    /// gone.
    Restarted,
    /// Answers came out of step with requests, as another client's damaged request makes them do. Each answer is looked
    /// for from now on, which costs further requests.
    OutOfStep,
    /// Answers are in step again.
    InStep,
    /// A commit of this client name was open that nobody works on, and was dropped with what was in it.
    OrphanDropped,
    /// A commit whose end went unanswered was found to be applied.
    CommitSettled,
}

impl fmt::Display for Notice {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reconnected => "the connection to KiCad broke, and a new one was made",
            Self::AnswerLost => "the answer to an earlier call never came, and a new connection was made",
            Self::Restarted => "another KiCad answers, the one before ended",
            Self::OutOfStep => "answers are out of step with requests",
            Self::InStep => "answers are in step with requests again",
            Self::OrphanDropped => "a commit that nobody works on was dropped",
            Self::CommitSettled => "a commit whose end went unanswered was applied",
        })
    }
}
