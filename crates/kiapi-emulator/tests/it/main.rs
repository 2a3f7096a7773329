//! Emulators over their sockets, as a client in any language sees them.

mod busy;
mod commits;
mod faults;
mod habits;
mod life;
mod snapshots;

use kiapi_emulator::Running;
use kiapi_emulator::transport::{CallOptions, Client, ConnectOptions, Transport as _};
use kiapi_gen::common::ApiRequest;
use kiapi_gen::common::commands::{GetOpenDocuments, Ping};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, ItemHeader};
use kiapi_gen::{Command, Request, Response};
use prost::Message as _;

/// A client of an emulator.
pub(crate) struct Asker {
    pub(crate) client: Client,
    name: &'static str,
    token: String,
}

impl Asker {
    pub(crate) fn new(kicad: &Running, name: &'static str) -> Self {
        let client = Client::connect(kicad.socket(), &ConnectOptions::new()).unwrap();
        Self { client, name, token: String::new() }
    }

    pub(crate) fn with_token(mut self, token: String) -> Self {
        self.token = token;
        self
    }

    /// The answer in its envelope.
    pub(crate) fn ask<C: Command>(&self, command: &C) -> Response {
        let request = Request::new(command).client_name(self.name).token(self.token.clone());
        let answer = self.client.call(&request.encode(), &CallOptions::new()).unwrap();
        Response::decode(&answer).unwrap()
    }

    /// The answer to whatever is in a request.
    pub(crate) fn send(&self, request: &ApiRequest) -> Response {
        let answer = self.client.call(&request.encode_to_vec(), &CallOptions::new()).unwrap();
        Response::decode(&answer).unwrap()
    }

    /// The response of a command that succeeds.
    #[track_caller]
    pub(crate) fn get<C: Command>(&self, command: &C) -> C::Response {
        self.ask(command).into_result::<C>().unwrap()
    }

    /// What a refusal says: the status and the text.
    #[track_caller]
    pub(crate) fn refusal<C: Command>(&self, command: &C) -> String {
        let answer = self.ask(command);
        format!("{:?} {}", answer.status(), answer.error_message())
    }

    pub(crate) fn ping(&self) {
        self.get(&Ping::new());
    }

    pub(crate) fn board(&self) -> DocumentSpecifier {
        let open = self.get(&GetOpenDocuments::new().with_type(DocumentType::PCB));
        open.documents.into_iter().next().unwrap()
    }

    pub(crate) fn header(&self) -> ItemHeader {
        ItemHeader::new().with_document(self.board())
    }
}
