//! Faults on demand: what goes wrong between a client and a KiCad, made to happen.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kiapi_gen::Any;
use kiapi_gen::board::commands::{FlipItems, FlipItemsResponse, ItemFlipResult};
use kiapi_gen::common::commands::{
    CreateItems, CreateItemsResponse, DeleteItems, DeleteItemsResponse, GetVersionResponse,
    ItemCreationResult, ItemDeletionResult, ItemDeletionStatus, ItemStatus, ItemStatusCode, ItemUpdateResult,
    UpdateItems, UpdateItemsResponse,
};
use kiapi_gen::common::types::ItemRequestStatus;
use kiapi_gen::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_server::Api;
use kiapi_transport as transport;

use crate::emulator::lock;

/// Something that goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `AS_NOT_READY`, and nothing is done.
    NotReady,
    /// `AS_BUSY`, and nothing is done.
    Busy,
    /// The answer comes late.
    Slow(Duration),
    /// There is never an answer, though the command was carried out.
    Silent,
    /// The connection is closed before anything is done.
    DropBefore,
    /// The command is carried out, and the connection closed without an answer.
    DropUnanswered,
    /// The connection is closed within the answer.
    DropWithin,
    /// The connection is closed after the answer.
    DropAfter,
    /// The answer comes twice.
    Doubled,
    /// The answer carries the id of another request.
    WrongId,
    /// The answer is of another command's type.
    WrongType,
    /// From here on each request gets the answer to the one before; this one gets an empty answer.
    OutOfStep,
    /// The answer is no message.
    Garbage,
    /// Every row of the answer says that its item was refused, and nothing is done.
    RefuseRows,
    /// KiCad ends before anything is done, and starts anew: other token, the board as it was, connections closed.
    Restart,
    /// Another KiCad takes over the socket: new connections reach it, this one stays with the old one. It does not happen on
    /// Windows, where the socket is a pipe that nobody can take over while somebody is connected.
    TakeOver,
}

/// A fault and when it happens.
///
/// # Examples
///
/// ```
/// use kiapi_emulator::{Fault, Injection};
///
/// let twice = Injection::new(Fault::Busy).on("GetNets").times(2);
/// assert_eq!("busy@GetNets*2".parse(), Ok(twice));
/// assert_eq!("slow=250ms".parse::<Injection>().unwrap().to_string(), "slow=250ms");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Injection {
    fault: Fault,
    command: Option<String>,
    skip: u32,
    left: Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Times(u32),
    For(Duration),
    Until(Instant),
}

impl Injection {
    /// The fault on the next call.
    pub fn new(fault: Fault) -> Self {
        Self { fault, command: None, skip: 0, left: Left::Times(1) }
    }

    /// Only on calls of one command: `GetNets`, or its full name.
    pub fn on(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Lets so many calls pass first.
    pub fn after(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    /// On so many calls.
    pub fn times(mut self, calls: u32) -> Self {
        self.left = Left::Times(calls);
        self
    }

    /// On all calls for a time, which begins now.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.left = Left::For(time);
        self
    }

    fn concerns(&self, command: &str) -> bool {
        self.command.as_deref().is_none_or(|wanted| {
            command == wanted || command.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('.'))
        })
    }
}

/// The faults that are to happen to a running emulator.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Injection>>);

impl Faults {
    /// Makes a fault happen. Of several, the one that was injected first comes first.
    pub fn inject(&self, injection: impl Into<Injection>) {
        let mut injection = injection.into();
        if let Left::For(time) = injection.left {
            injection.left = Instant::now().checked_add(time).map_or(Left::Times(u32::MAX), Left::Until);
        }
        lock(&self.0).push(injection);
    }

    /// Forgets all faults that have not happened.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// How many are still to happen.
    pub fn pending(&self) -> usize {
        let mut list = lock(&self.0);
        list.retain(|injection| !is_over(injection));
        list.len()
    }

    /// The fault of a call, which has happened by that.
    pub(crate) fn next(&self, command: &str) -> Option<Fault> {
        let mut list = lock(&self.0);
        list.retain(|injection| !is_over(injection));
        for injection in list.iter_mut().filter(|injection| injection.concerns(command)) {
            if let Some(skip) = injection.skip.checked_sub(1) {
                injection.skip = skip;
                continue;
            }
            if let Left::Times(times) = &mut injection.left {
                *times -= 1;
            }
            return Some(injection.fault);
        }
        None
    }
}

fn is_over(injection: &Injection) -> bool {
    match injection.left {
        Left::Times(times) => times == 0,
        Left::For(_) => false,
        Left::Until(end) => end <= Instant::now(),
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// The words for faults without a figure.
const WORDS: [(&str, Fault); 15] = [
    ("not-ready", Fault::NotReady),
    ("busy", Fault::Busy),
    ("silent", Fault::Silent),
    ("drop-before", Fault::DropBefore),
    ("drop-unanswered", Fault::DropUnanswered),
    ("drop-within", Fault::DropWithin),
    ("drop-after", Fault::DropAfter),
    ("doubled", Fault::Doubled),
    ("wrong-id", Fault::WrongId),
    ("wrong-type", Fault::WrongType),
    ("out-of-step", Fault::OutOfStep),
    ("garbage", Fault::Garbage),
    ("refuse-rows", Fault::RefuseRows),
    ("restart", Fault::Restart),
    ("take-over", Fault::TakeOver),
];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Slow(time) = self {
            return write!(f, "slow={}ms", time.as_millis());
        }
        let word = WORDS.iter().find(|(_, fault)| fault == self);
        f.write_str(word.map_or("", |(word, _)| word))
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        if let Some(command) = &self.command {
            write!(f, "@{command}")?;
        }
        if self.skip > 0 {
            write!(f, "+{}", self.skip)?;
        }
        match self.left {
            Left::Times(1) => Ok(()),
            Left::Times(times) => write!(f, "*{times}"),
            Left::For(time) => write!(f, "/{}ms", time.as_millis()),
            Left::Until(end) => {
                write!(f, "/{}ms", end.saturating_duration_since(Instant::now()).as_millis())
            }
        }
    }
}

impl FromStr for Injection {
    type Err = String;

    /// Reads `fault[@Command][+calls to let pass][*times or /time]`: `drop-within@GetItems+1*3`, `busy/2s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let end = text.find(['@', '+', '*', '/']).unwrap_or(text.len());
        let (word, mut rest) = text.split_at(end);
        let fault = match word.split_once('=') {
            Some(("slow", time)) => Fault::Slow(duration(time)?),
            _ => {
                let known = WORDS.iter().find(|(known, _)| *known == word);
                known.map(|(_, fault)| *fault).ok_or_else(|| {
                    let known: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
                    format!("`{word}` is no fault; known: {}, slow=TIME", known.join(", "))
                })?
            }
        };
        if cfg!(windows) && fault == Fault::TakeOver {
            return Err(format!(
                "`{word}` never happens on Windows: a pipe is not taken over while it has clients"
            ));
        }
        let mut injection = Self::new(fault);
        let mut seen = Vec::new();
        while let Some(mark) = rest.chars().next() {
            let (_, tail) = rest.split_at(1);
            let end = tail.find(['@', '+', '*', '/']).unwrap_or(tail.len());
            let (value, next) = tail.split_at(end);
            // `*` and `/` say the same in two ways.
            let what = if mark == '/' { '*' } else { mark };
            if seen.contains(&what) {
                return Err(format!("`{text}` says twice where or how often it happens"));
            }
            seen.push(what);
            let number = || value.parse().map_err(|_| format!("`{value}` in `{text}` is no number"));
            injection = match mark {
                '@' if value.is_empty() => return Err(format!("`{text}` names no command after the `@`")),
                '@' if !is_command(value) => return Err(format!("`{value}` in `{text}` is no command")),
                '@' => injection.on(value),
                '+' => injection.after(number()?),
                '*' => match number()? {
                    0 => return Err(format!("`{text}` never happens")),
                    times => injection.times(times),
                },
                _ => injection.lasting(duration(value)?),
            };
            rest = next;
        }
        Ok(injection)
    }
}

/// Whether a command has this full or short name.
fn is_command(name: &str) -> bool {
    kiapi_gen::COMMANDS.iter().any(|command| command.name() == name || command.full_name() == name)
}

fn duration(text: &str) -> Result<Duration, String> {
    let error = || format!("`{text}` is no time; write it as in `250ms` or `2s`");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| error())?;
    match &text[digits.len()..] {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        _ => Err(error()),
    }
}

/// What a fault does to the way back; `Ok` when the answer was dealt with.
pub(crate) fn reply(
    fault: Option<Fault>,
    responder: transport::Responder,
    answer: Vec<u8>,
) -> transport::Result<()> {
    match fault {
        Some(Fault::DropUnanswered) => {
            responder.disconnect();
            Ok(())
        }
        Some(Fault::Silent) => Ok(()),
        Some(Fault::DropWithin) => {
            let frame = responder.frame(&answer);
            responder.send_raw(&frame[..frame.len() / 2])?;
            responder.disconnect();
            Ok(())
        }
        Some(Fault::DropAfter) => {
            responder.send_raw(responder.frame(&answer))?;
            responder.disconnect();
            Ok(())
        }
        Some(Fault::Doubled) => {
            responder.send_raw(responder.frame(&answer))?;
            responder.reply(answer)
        }
        Some(Fault::WrongId) => {
            let mut frame = responder.frame(&answer);
            // The id follows the type and the length of the frame; its top bit marks it as one.
            if let Some(byte) = frame.get_mut(ID_AT + 3) {
                *byte ^= 0x55;
            }
            responder.send_raw(frame)
        }
        _ => responder.reply(answer),
    }
}

pub(crate) fn not_ready() -> Vec<u8> {
    let status = ApiResponseStatus::new()
        .with_status(ApiStatusCode::NOT_READY)
        .with_error_message("KiCad is not ready to reply");
    ApiResponse::new().with_status(status).encode_to_vec()
}

pub(crate) fn busy(token: &str) -> Vec<u8> {
    let status =
        ApiResponseStatus::new().with_status(ApiStatusCode::BUSY).with_error_message(crate::editor::BUSY);
    envelope(token).with_status(status).encode_to_vec()
}

/// An answer with nothing in it.
pub(crate) fn empty(token: &str) -> Vec<u8> {
    envelope(token)
        .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
        .with_message(Any::pack(&()))
        .encode_to_vec()
}

/// The answer, with a message of another type than it has.
pub(crate) fn wrong_type(answer: &[u8]) -> Vec<u8> {
    let Ok(mut response) = ApiResponse::decode(answer) else {
        return answer.to_vec();
    };
    let is_version = response.message.as_ref().is_some_and(Any::is::<GetVersionResponse>);
    let other = if is_version { Any::pack(&()) } else { Any::pack(&GetVersionResponse::new()) };
    response.status = Some(ApiResponseStatus::new().with_status(ApiStatusCode::OK));
    response.message = Some(other);
    response.encode_to_vec()
}

/// The answer to a command that changes items, with every row refused; to any other command, its own.
pub(crate) fn refuse_rows(asked: Option<&ApiRequest>, api: &Api, request: &[u8]) -> Vec<u8> {
    let refused = asked.and_then(|asked| asked.message.as_ref()).and_then(refused_rows);
    let Some(message) = refused else {
        return api.answer(request);
    };
    envelope(&api.token())
        .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
        .with_message(message)
        .encode_to_vec()
}

fn refused_rows(command: &Any) -> Option<Any> {
    let ok = ItemRequestStatus::OK;
    let status = || {
        ItemStatus::new()
            .with_code(ItemStatusCode::INVALID_DATA)
            .with_error_message("refused, as the emulator was told to")
    };
    if let Ok(create) = command.unpack::<CreateItems>() {
        let rows = create.items.iter().map(|_| ItemCreationResult::new().with_status(status()));
        return Some(Any::pack(&CreateItemsResponse::new().with_status(ok).with_created_items(rows)));
    }
    if let Ok(update) = command.unpack::<UpdateItems>() {
        let rows = update.items.iter().map(|_| ItemUpdateResult::new().with_status(status()));
        return Some(Any::pack(&UpdateItemsResponse::new().with_status(ok).with_updated_items(rows)));
    }
    if let Ok(delete) = command.unpack::<DeleteItems>() {
        let rows = delete
            .item_ids
            .into_iter()
            .map(|id| ItemDeletionResult::new().with_id(id).with_status(ItemDeletionStatus::IMMUTABLE));
        return Some(Any::pack(&DeleteItemsResponse::new().with_status(ok).with_deleted_items(rows)));
    }
    if let Ok(flip) = command.unpack::<FlipItems>() {
        let rows = flip.items.iter().map(|_| ItemFlipResult::new().with_status(status()));
        return Some(Any::pack(&FlipItemsResponse::new().with_status(ok).with_flipped_items(rows)));
    }
    None
}

fn envelope(token: &str) -> ApiResponse {
    ApiResponse::new().with_header(ApiResponseHeader::new().with_kicad_token(token))
}

/// Where in a frame the id of the request stands.
const ID_AT: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Injection) {
        assert_eq!(text.parse(), Ok(expected.clone()));
        assert_eq!(expected.to_string(), text);
    }

    #[test]
    fn injections_are_read_and_written() {
        check("busy", Injection::new(Fault::Busy));
        check("drop-within@GetItems+1*3", Injection::new(Fault::DropWithin).on("GetItems").after(1).times(3));
        check("not-ready/2000ms", Injection::new(Fault::NotReady).lasting(Duration::from_secs(2)));
        check("slow=5ms@Ping", Injection::new(Fault::Slow(Duration::from_millis(5))).on("Ping"));
        assert_eq!(
            "slowly".parse::<Injection>().unwrap_err().split(';').next(),
            Some("`slowly` is no fault")
        );
        assert_eq!(
            "slow=x".parse::<Injection>().unwrap_err(),
            "`x` is no time; write it as in `250ms` or `2s`"
        );
        assert_eq!("busy*x".parse::<Injection>().unwrap_err(), "`x` in `busy*x` is no number");
        assert!("busy@".parse::<Injection>().is_err());
        assert_eq!("busy@Pong".parse::<Injection>().unwrap_err(), "`Pong` in `busy@Pong` is no command");
        assert_eq!("busy*0".parse::<Injection>().unwrap_err(), "`busy*0` never happens");
        for twice in ["busy*3*4", "busy*3/4s", "busy@Ping@Ping", "busy+1+2"] {
            assert!(twice.parse::<Injection>().unwrap_err().contains("says twice"), "{twice}");
        }
    }

    #[test]
    fn faults_happen_to_the_calls_that_they_are_for() {
        let faults = Faults::default();
        faults.inject(Injection::new(Fault::Busy).on("GetNets").after(1).times(2));
        faults.inject(Fault::Garbage);
        let nets = "kiapi.board.commands.GetNets";
        assert_eq!(faults.next(nets), Some(Fault::Garbage));
        assert_eq!(faults.next("kiapi.common.commands.Ping"), None);
        assert_eq!(faults.next(nets), Some(Fault::Busy));
        assert_eq!(faults.next("kiapi.board.commands.ForgetNets"), None);
        assert_eq!(faults.next(nets), Some(Fault::Busy));
        assert_eq!(faults.next(nets), None);
        assert_eq!(faults.pending(), 0);
    }
}
