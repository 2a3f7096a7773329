//! A recording, held against a KiCad: the same requests, and what is different in its answers.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, bail};
use kiapi::Address;
use kiapi::api::common::ApiResponse;
use kiapi_emulator::transport::{CallOptions, Client, ConnectOptions, ErrorKind, Transport as _};
use serde_json::{Value, json};

use super::Args;
use super::changes::{Verdict, judge};
use super::differences::{Difference, Ids, between};
use super::script::command;
use crate::failure::Found;
use crate::output::{self, Format};
use crate::probe::{self, Probe, probe};
use crate::recording::{By, Event, Frame, From, Header, Tokens, What, put_token};
use crate::table::{self, say};
use crate::target::Running;

/// What may differ without being a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Ignored {
    /// Ids of items that were made meanwhile: requests name those of the KiCad that is there
    Ids,
    /// The order in lists
    Order,
    /// Where the project's folder is
    Paths,
}

/// How many differences of one answer are printed.
const SHOWN: usize = 5;

/// A request of the recording, and what came of it then.
struct Asked {
    number: u64,
    connection: u64,
    frame: Frame,
    answer: Option<Frame>,
    was_deadly: bool,
}

/// What came of it now.
enum Result {
    Same,
    Different(Vec<Difference>),
    NotSent(String),
}

pub(super) fn run(args: &Args, header: &Header, events: Vec<Event>, format: Format) -> anyhow::Result<()> {
    let target = Running { socket: args.socket.clone(), instance: args.instance, ..Running::default() };
    let (address, probe) = match target.address()? {
        Some(address) => {
            let probe = probe(&address, None, probe::PATIENCE);
            (address, probe)
        }
        None => match probe::first() {
            Some(found) => found,
            // It says best where none was found.
            None => (target.connect()?.address().clone(), Probe::NotReady),
        },
    };
    let (version, token) = match probe {
        Probe::Answers(answers) => (answers.version, answers.token.unwrap_or_default()),
        Probe::Stopped(pid) => bail!("the KiCad at {address} is stopped; `kill -CONT {pid}` lets it go on"),
        // It may be starting, which a proper connection waits for; and says best if not.
        _ => {
            let kicad = Running { socket: Some(address.to_string()), ..Running::default() }.connect()?;
            (Some(kicad.full_version()?), String::new())
        }
    };
    let asked = asked(events);
    let of_kicad =
        asked.iter().filter_map(|asked| asked.answer.as_ref()).map(|answer| answer.token).collect();
    let mut live = Live {
        args,
        address,
        token,
        of_kicad,
        ids: Ids::default(),
        tokens: Tokens::default(),
        clients: HashMap::new(),
        is_over: false,
    };
    let mut results = Vec::new();
    for one in &asked {
        results.push(live.ask(one)?);
    }
    report(header, version.as_deref(), &asked, &results, format);
    let is_different = results.iter().any(|result| matches!(result, Result::Different(_)));
    if is_different { Err(Found.into()) } else { Ok(()) }
}

/// The requests in the order in which they were made.
fn asked(events: Vec<Event>) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    let mut places = HashMap::new();
    for Event { connection, what, .. } in events {
        match what {
            What::Request { number, frame } => {
                places.insert(number, asked.len());
                asked.push(Asked { number, connection, frame, answer: None, was_deadly: false });
            }
            What::Answer { request: Some(request), frame, .. } => {
                if let Some(place) = places.get(&request) {
                    asked[*place].answer = Some(frame);
                }
            }
            What::Ended { by: By::KiCad, .. } => {
                // The first that was not answered was on its way.
                let open =
                    asked.iter_mut().filter(|one| one.connection == connection && one.answer.is_none());
                open.for_each(|one| one.was_deadly = true);
            }
            _ => {}
        }
    }
    asked
}

/// The KiCad that is there, with a connection for each of the recording.
struct Live<'a> {
    args: &'a Args,
    address: Address,
    token: String,
    /// The numbers of the tokens that the KiCad of the recording had.
    of_kicad: HashSet<u64>,
    ids: Ids,
    tokens: Tokens,
    clients: HashMap<u64, Client>,
    /// Whether it did not answer: then it is left in peace.
    is_over: bool,
}

impl Live<'_> {
    fn ask(&mut self, asked: &Asked) -> anyhow::Result<Result> {
        let envelope = asked.frame.request();
        let not_sent = |why: &str| Ok(Result::NotSent(why.to_owned()));
        match judge(envelope.as_ref(), asked.was_deadly) {
            Verdict::Hurts(why) => return not_sent(why),
            Verdict::Changes if !self.args.with_changes => {
                return not_sent("it may change something; --with-changes sends it");
            }
            Verdict::Reads | Verdict::Changes => {}
        }
        let Some(recorded) = &asked.answer else {
            return not_sent("it had no answer in the recording");
        };
        if self.is_over {
            return not_sent("KiCad did not answer an earlier request");
        }
        let mut body = asked.frame.bytes.clone();
        if self.args.ignore.contains(&Ignored::Ids) {
            self.ids.translate(&mut body);
        }
        if self.of_kicad.contains(&asked.frame.token) && asked.frame.token > 0 {
            body = put_token(From::Client, &body, &self.token);
        }
        let client = match self.clients.entry(asked.connection) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let client = Client::connect(&self.address, &ConnectOptions::new());
                entry.insert(
                    client.with_context(|| format!("connection {} of the recording", asked.connection))?,
                )
            }
        };
        let answer = match client.call(&body, &CallOptions::new().timeout(self.args.timeout)) {
            Ok(answer) => answer,
            Err(error) => {
                self.is_over = true;
                let what = match error.kind() {
                    ErrorKind::Timeout => "no answer in time".to_owned(),
                    _ => error.to_string(),
                };
                return Ok(Result::Different(vec![Difference::new("", "an answer", what)]));
            }
        };
        let mut live = Frame { bytes: answer, ..Frame::default() };
        // As in the recording: a token looks like an id.
        self.tokens.remove(From::KiCad, &mut live.bytes);
        let mut recorded = recorded.clone();
        if self.args.ignore.contains(&Ignored::Ids) {
            self.ids.learn(&recorded.bytes, &live.bytes);
            self.ids.translate(&mut recorded.bytes);
        }
        let differences = match (recorded.answer(), live.answer()) {
            (Some(recorded), Some(live)) => {
                between(&without_token(recorded), &without_token(live), &self.args.ignore)
            }
            (None, None) => Vec::new(),
            (Some(_), None) => vec![Difference::new("", "an answer", "garbage")],
            (None, Some(_)) => vec![Difference::new("", "garbage", "an answer")],
        };
        Ok(if differences.is_empty() { Result::Same } else { Result::Different(differences) })
    }
}

fn without_token(answer: ApiResponse) -> ApiResponse {
    match answer.header.clone() {
        Some(header) => answer.with_header(header.with_kicad_token("")),
        None => answer,
    }
}

fn report(header: &Header, version: Option<&str>, asked: &[Asked], results: &[Result], format: Format) {
    let count = |is: fn(&Result) -> bool| results.iter().filter(|result| is(result)).count();
    let same = count(|result| matches!(result, Result::Same));
    let different = count(|result| matches!(result, Result::Different(_)));
    let not_sent = count(|result| matches!(result, Result::NotSent(_)));
    match format {
        Format::Json => {
            let rows = asked.iter().zip(results).map(|(asked, result)| {
                let (outcome, why, differences): (_, Option<&str>, &[Difference]) = match result {
                    Result::Same => ("same", None, &[]),
                    Result::Different(differences) => ("different", None, differences),
                    Result::NotSent(why) => ("not_sent", Some(why), &[]),
                };
                json!({
                    "request": asked.number, "connection": asked.connection, "command": command(&asked.frame.bytes),
                    "outcome": outcome, "why": why,
                    "differences": differences.iter().map(Difference::json).collect::<Vec<Value>>(),
                })
            });
            output::json(&json!({
                "recorded": header.kicad, "kicad": version, "same": same, "different": different,
                "not_sent": not_sent, "requests": rows.collect::<Vec<_>>(),
            }));
        }
        Format::Text => {
            let mut reasons: Vec<(&str, usize)> = Vec::new();
            for (asked, result) in asked.iter().zip(results) {
                match result {
                    Result::Same => {}
                    Result::Different(differences) => {
                        let name = command(&asked.frame.bytes);
                        say!("{} request {}, {name}", table::red("different:"), asked.number);
                        differences.iter().take(SHOWN).for_each(|difference| say!("  {difference}"));
                        if differences.len() > SHOWN {
                            say!("  and {} more", differences.len() - SHOWN);
                        }
                    }
                    Result::NotSent(why) => match reasons.iter_mut().find(|(known, _)| known == why) {
                        Some((_, count)) => *count += 1,
                        None => reasons.push((why, 1)),
                    },
                }
            }
            for (why, count) in reasons {
                say!("not sent: {count} of the requests, since {why}");
            }
            let (then, now) = (header.kicad.as_deref().unwrap_or("?"), version.unwrap_or("?"));
            say!(
                "KiCad {now}, held against KiCad {then}: {same} same, {different} different, {not_sent} not sent"
            );
        }
    }
}
