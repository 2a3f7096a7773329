//! A recording, served to clients.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kiapi::api::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi::prost::Message as _;
use kiapi_emulator::transport::{Deadline, Listener as _, Request, Server, ServerOptions};
use serde_json::json;

use super::Args;
use super::script::{Outcome, Script, command};
use crate::failure::Found;
use crate::output::{self, Format};
use crate::recording::{Event, From, What, put_token};
use crate::{child, interrupt, place};

/// How long clients have for their last answers.
const GRACE: Duration = Duration::from_secs(1);

/// Answers requests from a script.
struct Player {
    script: Script,
    tokens: Tokens,
    answered: u64,
    unknown: Vec<(u64, String)>,
}

pub(super) fn run(args: &Args, events: Vec<Event>, format: Format) -> anyhow::Result<()> {
    let token = args.token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let tokens = Tokens::new(&token, &events);
    let mut player = Player { script: Script::new(events), tokens, answered: 0, unknown: Vec::new() };
    let place = args.place.take()?;
    let end = interrupt::awaited();
    let server = Arc::new(Server::bind(place.taken.address(), &ServerOptions::new())?);
    let socket = server.address().to_string();
    let playing = thread::Builder::new().name("player".to_owned()).spawn({
        let server = Arc::clone(&server);
        move || {
            while let Ok(request) = server.recv(Deadline::NEVER) {
                player.play(request);
            }
            player
        }
    })?;
    let ran = if args.command.is_empty() {
        place::print_environment(format, &socket, &token);
        let _ = end.recv();
        Ok(())
    } else {
        child::run(&args.command, &[("KICAD_API_SOCKET", &socket), ("KICAD_API_TOKEN", &token)], &end)
    };
    // Ctrl-C again ends it at once.
    drop(end);
    server.drain();
    let player = playing.join().expect("the player does not panic");
    server.flush(Deadline::after(GRACE));
    server.close();
    player.report(args, format);
    ran?;
    if player.unknown.is_empty() { Ok(()) } else { Err(Found.into()) }
}

impl Player {
    fn play(&mut self, request: Request) {
        let connection = request.connection();
        match self.script.next(connection, request.body()) {
            Some(Outcome::Answer(frame)) => {
                self.answered += 1;
                let body = self.tokens.put(&frame.bytes, frame.token);
                // A client that is gone does not wait for it.
                let _ = request.reply(body);
            }
            Some(Outcome::Cut) => request.disconnect(),
            // Its client goes away when it has waited long enough, as it did then.
            Some(Outcome::Silence) => drop(request),
            None => {
                let name = command(request.body());
                let left = self.script.left();
                anstream::eprintln!(
                    "warning: connection {connection}: {name} is not in the recording, or not as often; \
                     {left} of its requests are left"
                );
                let answer = self.refusal(&name, request.body());
                self.unknown.push((connection, name));
                let _ = request.reply(answer);
            }
        }
    }

    /// An answer as KiCad gives it to what it does not know, so that clients can make sense of it.
    fn refusal(&self, name: &str, request: &[u8]) -> Vec<u8> {
        let is_envelope = ApiRequest::decode(request).is_ok();
        let status = if is_envelope { ApiStatusCode::UNHANDLED } else { ApiStatusCode::BAD_REQUEST };
        let words = format!("{name} is not in the recording that is replayed");
        let status = ApiResponseStatus::new().with_status(status).with_error_message(words);
        let header = ApiResponseHeader::new().with_kicad_token(&*self.tokens.first);
        ApiResponse::new().with_header(header).with_status(status).encode_to_vec()
    }

    fn report(&self, args: &Args, format: Format) {
        let (unknown, left) = (self.unknown.len(), self.script.left());
        match format {
            Format::Text => anstream::eprintln!(
                "{}: {} requests answered, {unknown} not in the recording, {left} of the recording not asked for",
                args.file.display(),
                self.answered
            ),
            Format::Json => {
                let unknown = self.unknown.iter();
                let unknown =
                    unknown.map(|(connection, name)| json!({ "connection": connection, "command": name }));
                output::json_line(&json!({
                    "file": args.file, "answered": self.answered, "unknown": unknown.collect::<Vec<_>>(), "left": left,
                }));
            }
        }
    }
}

/// The tokens to answer with, one for each that KiCad had in the recording: it has another one after a restart.
struct Tokens {
    first: String,
    by_number: HashMap<u64, String>,
}

impl Tokens {
    fn new(first: &str, events: &[Event]) -> Self {
        let mut by_number = HashMap::new();
        for event in events {
            if let What::Answer { frame, .. } = &event.what
                && frame.token > 0
                && !by_number.contains_key(&frame.token)
            {
                let is_first = by_number.is_empty();
                let token = if is_first { first.to_owned() } else { uuid::Uuid::new_v4().to_string() };
                by_number.insert(frame.token, token);
            }
        }
        Self { first: first.to_owned(), by_number }
    }

    fn put(&self, body: &[u8], number: u64) -> Vec<u8> {
        match self.by_number.get(&number) {
            Some(token) => put_token(From::KiCad, body, token),
            None => body.to_vec(),
        }
    }
}
