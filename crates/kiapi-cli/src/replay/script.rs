//! What was asked on each connection of a recording, and what came of it.

use std::collections::{BTreeMap, HashMap};

use kiapi::api::common::ApiRequest;
use kiapi::prost::Message as _;

use crate::recording::{By, Event, Frame, What, short_name};

/// A recording as a script: connections, with what was asked on each.
#[derive(Debug, Default)]
pub(super) struct Script {
    connections: Vec<Connection>,
    /// Which of them a client's connection has, by the client's number.
    taken: HashMap<u64, Option<usize>>,
}

#[derive(Debug)]
struct Connection {
    is_taken: bool,
    exchanges: Vec<Exchange>,
}

/// A request of a recording, and what came of it.
#[derive(Debug)]
struct Exchange {
    key: Vec<u8>,
    outcome: Option<Outcome>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Answer(Frame),
    /// KiCad closed the connection.
    Cut,
    /// Nothing, as long as the client waited.
    Silence,
}

impl Script {
    pub(super) fn new(events: Vec<Event>) -> Self {
        let mut connections: BTreeMap<u64, Vec<(u64, Exchange)>> = BTreeMap::new();
        for Event { connection, what, .. } in events {
            let exchanges = connections.entry(connection).or_default();
            match what {
                What::Request { number, frame } => {
                    let key = key(&frame.bytes);
                    exchanges.push((number, Exchange { key, outcome: Some(Outcome::Silence) }));
                }
                What::Answer { request: Some(request), frame, .. } => {
                    if let Some((_, exchange)) = exchanges.iter_mut().find(|(number, _)| *number == request) {
                        exchange.outcome = Some(Outcome::Answer(frame));
                    }
                }
                What::Ended { by: By::KiCad, .. } => {
                    for (_, exchange) in exchanges.iter_mut() {
                        if exchange.outcome == Some(Outcome::Silence) {
                            exchange.outcome = Some(Outcome::Cut);
                        }
                    }
                }
                _ => {}
            }
        }
        let connection = |exchanges: Vec<(u64, Exchange)>| Connection {
            is_taken: false,
            exchanges: exchanges.into_iter().map(|(_, exchange)| exchange).collect(),
        };
        // On one without a request there is nothing to find.
        let connections = connections.into_values().filter(|exchanges| !exchanges.is_empty()).map(connection);
        Self { connections: connections.collect(), taken: HashMap::new() }
    }

    /// What comes of a request on a client's connection; `None` if it is not in the recording, or was asked more often
    /// than there.
    ///
    /// The first request of a connection decides which recorded one it is: the first that is free and began with that
    /// request, or else the first that is free.
    pub(super) fn next(&mut self, connection: u64, request: &[u8]) -> Option<Outcome> {
        let key = key(request);
        let place = match self.taken.get(&connection) {
            Some(place) => *place,
            None => {
                let free =
                    || self.connections.iter().enumerate().filter(|(_, connection)| !connection.is_taken);
                let fits =
                    free().find(|(_, free)| free.exchanges.first().is_some_and(|first| first.key == key));
                let place = fits.or_else(|| free().next()).map(|(place, _)| place);
                if let Some(place) = place {
                    self.connections[place].is_taken = true;
                }
                self.taken.insert(connection, place);
                place
            }
        };
        let exchanges = &mut self.connections[place?].exchanges;
        exchanges
            .iter_mut()
            .find(|exchange| exchange.key == key && exchange.outcome.is_some())?
            .outcome
            .take()
    }

    /// How many requests of the recording nobody has asked.
    pub(super) fn left(&self) -> usize {
        let exchanges = self.connections.iter().flat_map(|connection| &connection.exchanges);
        exchanges.filter(|exchange| exchange.outcome.is_some()).count()
    }
}

/// What makes two requests the same: the command and what is in it, and not the token or the client's name, which often
/// has a process id inside. Of what is no envelope, all of it.
fn key(bytes: &[u8]) -> Vec<u8> {
    match ApiRequest::decode(bytes) {
        Ok(ApiRequest { message: Some(message), .. }) => message.encode_to_vec(),
        _ => bytes.to_vec(),
    }
}

/// The name of a request's command, for a person.
pub(super) fn command(bytes: &[u8]) -> String {
    match ApiRequest::decode(bytes) {
        Ok(ApiRequest { message: Some(message), .. }) => short_name(message.full_name()).to_owned(),
        Ok(_) => "(nothing)".to_owned(),
        Err(_) => "(garbage)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kiapi::api::board::commands::GetNets;
    use kiapi::api::common::commands::{GetVersion, Ping};
    use kiapi::api::{Command, Request};

    use super::*;

    fn ask<C: Command>(command: &C, name: &str) -> Vec<u8> {
        Request::new(command).client_name(name).token(name).encode()
    }

    fn answer(text: &str) -> Outcome {
        Outcome::Answer(Frame { id: 1, bytes: text.as_bytes().to_vec(), token: 0 })
    }

    /// A recording: connections with requests, each with the text of its answer; `-` for none.
    fn script(exchanges: &[(u64, Vec<u8>, &str)], ended: &[(u64, By)]) -> Script {
        let mut events = Vec::new();
        let mut add = |connection, what| events.push(Event { at: Duration::ZERO, connection, what });
        for (number, (connection, request, text)) in (1..).zip(exchanges) {
            let frame = Frame { id: 1, bytes: request.clone(), token: 0 };
            add(*connection, What::Request { number, frame });
            if *text != "-" {
                let frame = Frame { id: 1, bytes: text.as_bytes().to_vec(), token: 0 };
                add(*connection, What::Answer { request: Some(number), took: None, frame });
            }
        }
        for (connection, by) in ended {
            add(*connection, What::Ended { by: *by, why: None, unanswered: Vec::new() });
        }
        Script::new(events)
    }

    #[test]
    fn requests_are_found_by_content_and_in_order() {
        let (ping, nets) = (ask(&Ping::new(), "a"), ask(&GetNets::new(), "a"));
        let mut script = script(&[(1, ping.clone(), "first"), (1, nets, "nets"), (1, ping, "second")], &[]);
        // Another client, with another token.
        let (ping, nets) = (ask(&Ping::new(), "b"), ask(&GetNets::new(), "b"));
        assert_eq!(script.next(7, &ping), Some(answer("first")));
        assert_eq!(script.next(7, &ping), Some(answer("second")));
        assert_eq!(script.left(), 1);
        assert_eq!(script.next(7, &nets), Some(answer("nets")));
        assert_eq!(script.next(7, &ping), None);
        assert_eq!(script.next(7, &ask(&GetVersion::new(), "b")), None);
        assert_eq!(script.left(), 0);
    }

    #[test]
    fn connection_is_the_recorded_one_that_began_alike() {
        let (ping, nets) = (ask(&Ping::new(), ""), ask(&GetNets::new(), ""));
        let exchanges =
            [(1, ping.clone(), "1"), (3, nets.clone(), "3"), (3, ping.clone(), "33"), (4, ping.clone(), "4")];
        let mut script = script(&exchanges, &[]);
        assert_eq!(script.next(1, &nets), Some(answer("3")));
        assert_eq!(script.next(2, &ping), Some(answer("1")));
        assert_eq!(script.next(1, &ping), Some(answer("33")));
        // None began like this one, and one is left.
        assert_eq!(script.next(3, &nets), None);
        assert_eq!(script.next(3, &ping), Some(answer("4")));
        assert_eq!(script.next(4, &ping), None);
    }

    #[test]
    fn request_without_an_answer_stays_without_one() {
        let ping = ask(&Ping::new(), "");
        let exchanges = [(1, ping.clone(), "-"), (2, ping.clone(), "-"), (3, ping.clone(), "-")];
        let mut script = script(&exchanges, &[(1, By::KiCad), (2, By::Client)]);
        let outcomes = [1, 2, 3].map(|connection| script.next(connection, &ping));
        assert_eq!(outcomes, [Some(Outcome::Cut), Some(Outcome::Silence), Some(Outcome::Silence)]);
    }

    #[test]
    fn what_is_no_envelope_is_found_too() {
        let mut script = script(&[(1, b"\xff\xff".to_vec(), "x")], &[]);
        assert_eq!(script.next(1, b"\xff"), None);
        assert_eq!(script.next(1, b"\xff\xff"), Some(answer("x")));
        assert_eq!(command(b"\xff"), "(garbage)");
    }
}
