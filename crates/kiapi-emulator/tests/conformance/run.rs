//! A run: every request goes to both, first to one, then to the other, and the answers are compared.

use std::path::Path;
use std::thread;

use kiapi_emulator::Running;
use kiapi_gen::common::commands::ExpandTextVariables;
use kiapi_gen::common::types::DocumentType;
use kiapi_gen::common::{ApiRequest, ApiRequestHeader, ApiResponse, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_gen::{Any, Command};
use prost_reflect::DescriptorPool;

use crate::board::Board;
use crate::chance::Chance;
use crate::compare::{self, Comparer, Verdict};
use crate::ids::Ids;
use crate::peer::{Outcome, Peer};
use crate::tally::Tally;

/// Which token a request has.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    Right,
    Empty,
    Other(String),
}

/// A request, before it is known whom it goes to.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// The token and the name of the client; none for a request without a header.
    pub(crate) header: Option<(Token, String)>,
    pub(crate) message: Option<Any>,
}

impl Envelope {
    pub(crate) fn of(message: Any) -> Self {
        Self { header: Some((Token::Right, "conformance".to_owned())), message: Some(message) }
    }

    /// Sent by a client of another name.
    pub(crate) fn by_client(mut self, name: &str) -> Self {
        let token = self.header.take().map_or(Token::Empty, |(token, _)| token);
        self.header = Some((token, name.to_owned()));
        self
    }

    fn encode(&self, peer: &Peer) -> Vec<u8> {
        let mut request = ApiRequest::new();
        if let Some((token, client)) = &self.header {
            let token = match token {
                Token::Right => peer.token(),
                Token::Empty => "",
                Token::Other(token) => token,
            };
            request =
                request.with_header(ApiRequestHeader::new().with_kicad_token(token).with_client_name(client));
        }
        request.message.clone_from(&self.message);
        request.encode_to_vec()
    }
}

/// Both peers, and what has come of it so far.
pub(crate) struct Run {
    pub(crate) board: Board,
    pub(crate) chance: Chance,
    pool: DescriptorPool,
    first: Peer,
    second: Peer,
    /// What holds the second peer up, if that is the emulator.
    pub(crate) emulator: Option<Running>,
    ids: Ids,
    pub(crate) tally: Tally,
    count: usize,
    was_reverted: bool,
    /// The last requests, for the story of how a peer died.
    last: Vec<String>,
}

impl Run {
    /// `other` is the board as the second peer shows it.
    pub(crate) fn new(board: Board, other: &Board, first: Peer, second: Peer, seed: u64) -> Self {
        let pool =
            DescriptorPool::decode(kiapi_gen::DESCRIPTORS).expect("the generated descriptors are whole");
        let mut ids = Ids::default();
        let bytes = |board: &Board| board.items().map(|item| item.value.clone()).collect::<Vec<_>>();
        let (these, those) = (bytes(&board), bytes(other));
        ids.share(these.iter().map(Vec::as_slice), those.iter().map(Vec::as_slice));
        Self {
            board,
            chance: Chance::new(seed),
            pool,
            first,
            second,
            emulator: None,
            ids,
            tally: Tally::default(),
            count: 0,
            was_reverted: false,
            last: Vec::new(),
        }
    }

    /// How many requests were sent to each.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The first of both.
    pub(crate) fn kicad(&self) -> &Peer {
        &self.first
    }

    /// Where the first peer may save; the second gets a folder of its own in its place.
    pub(crate) fn files(&self) -> &Path {
        self.first.files()
    }

    /// The last requests, the very last at the end.
    pub(crate) fn story(&self) -> String {
        self.last.join("\n")
    }

    /// Sends a command; gives back the first peer's response, if it had one.
    pub(crate) fn call<C: Command>(&mut self, command: &C) -> Outcome<Option<C::Response>> {
        self.call_as("conformance", command)
    }

    /// Sends a command as a client of another name.
    pub(crate) fn call_as<C: Command>(&mut self, client: &str, command: &C) -> Outcome<Option<C::Response>> {
        let answer = self.exchange(&Envelope::of(Any::pack(command)).by_client(client))?;
        let is_ok = is_ok(&answer);
        Ok(answer.message.filter(|_| is_ok).and_then(|any| any.unpack().ok()))
    }

    /// Sends whatever is in `message`.
    pub(crate) fn any(&mut self, message: Any) -> Outcome<ApiResponse> {
        self.exchange(&Envelope::of(message))
    }

    /// Sends a request to both and compares what they answer; gives back the first one's answer.
    pub(crate) fn exchange(&mut self, envelope: &Envelope) -> Outcome<ApiResponse> {
        let full_name = envelope.message.as_ref().map(Any::full_name).unwrap_or_default().to_owned();
        let is_known = kiapi_gen::COMMANDS.iter().any(|command| command.full_name() == full_name);
        let command =
            if is_known { full_name.rsplit('.').next().unwrap_or_default() } else { "(no command)" };
        let show = |pool: &DescriptorPool, longest| {
            let message = envelope.message.as_ref();
            let message = message
                .map_or_else(|| "(no message)".to_owned(), |any| compare::show_any(pool, any, longest));
            match &envelope.header {
                Some((Token::Right, client)) if client == "conformance" => message,
                header => format!("{message} with {header:?}"),
            }
        };
        self.count += 1;
        if self.last.len() == 5 {
            self.last.remove(0);
        }
        self.last.push(show(&self.pool, 2000));

        let mut request = envelope.encode(&self.second);
        self.ids.translate_bytes(&mut request);
        translate(&mut request, self.first.files(), self.second.files());
        translate(&mut request, self.first.home(), self.second.home());
        // Both at once: KiCad takes its time.
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| self.second.ask(&request));
            let first = self.first.ask(&envelope.encode(&self.first));
            (first, second.join().expect("asking does not panic"))
        });
        let (first, second) = (first?, second?);

        let number = self.count;
        let text_size = Board::text_size(envelope.message.as_ref());
        let mut comparer = Comparer::new(&self.pool, &mut self.ids, [&self.first, &self.second], command);
        comparer.text_size = text_size;
        comparer.has_two_handlers = envelope.message.as_ref().is_some_and(has_two_handlers);
        comparer.was_reverted = self.was_reverted;
        let verdict = comparer.answers(&first, &second);
        self.was_reverted |= command == "RevertDocument" && is_ok(&first);
        if std::env::var_os("KIAPI_CONFORMANCE_TRACE").is_some() {
            let word = match &verdict {
                Verdict::Identical => "=",
                Verdict::Close(_) => "~",
                Verdict::Different(_) => "≠",
            };
            let status = first.status.as_ref().map(|status| (status.status, &status.error_message));
            println!("{word} {number} {} -> {status:?}", show(&self.pool, 300));
        }
        self.tally.add(command, verdict, || format!("#{number} {}", show(&self.pool, 1000)));
        Ok(first)
    }
}

fn is_ok(answer: &ApiResponse) -> bool {
    answer.status.as_ref().is_some_and(|status| status.status == ApiStatusCode::OK)
}

/// Whether both the project's and the editor's handler know the command: KiCad keeps them ordered by their addresses, so
/// which one is asked first differs from one start to the next, and the editor's refuses projects.
fn has_two_handlers(message: &Any) -> bool {
    let command = message.unpack::<ExpandTextVariables>();
    let document = command.ok().and_then(|command| command.document);
    document.is_some_and(|document| document.r#type == DocumentType::PROJECT)
}

/// Puts the second peer's folder in place of the first one's, which has as many bytes.
fn translate(request: &mut [u8], first: &Path, second: &Path) {
    let (first, second) = (first.as_os_str().as_encoded_bytes(), second.as_os_str().as_encoded_bytes());
    if first == second || first.len() != second.len() || first.is_empty() {
        return;
    }
    let mut at = 0;
    while at + first.len() <= request.len() {
        if &request[at..at + first.len()] == first {
            request[at..at + first.len()].copy_from_slice(second);
            at += first.len();
        } else {
            at += 1;
        }
    }
}
