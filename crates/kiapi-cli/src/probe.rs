//! Asking a KiCad who it is, without doing it any harm: whole handshakes, few questions, and none after one that was not
//! answered.

use std::time::Duration;

use kiapi::api::common::ApiStatusCode;
use kiapi::api::common::commands::{GetOpenDocuments, GetVersion};
use kiapi::api::common::types::{DocumentSpecifier, DocumentType, document_specifier};
use kiapi::api::{Command, Request, Response};
use kiapi::{Address, Instance, InstanceState};
use kiapi_emulator::transport::{CallOptions, Client, ConnectOptions, ErrorKind, Transport as _};

/// How long a KiCad may take for each answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Probe {
    /// It answers.
    Answers(Answers),
    /// It starts, or waits for somebody to close a dialog.
    NotReady,
    /// It has only just begun to listen, and was not asked: it could hang of that.
    TooEarly,
    /// It has accepted the connection, and says nothing more.
    Silent,
    /// The process that listens is stopped, and was not connected to.
    Stopped(u32),
    /// Nobody listens.
    Nobody(String),
    /// The system does not allow to connect.
    Denied(String),
    /// Whoever listens is no KiCad, or none whose answers make sense.
    Odd(String),
}

/// What a KiCad says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answers {
    /// The full version; none of a schematic editor that runs alone, which does not tell.
    pub(crate) version: Option<String>,
    /// The token that it has.
    pub(crate) token: Option<String>,
    /// Whether it said that the token which it was given is another KiCad's.
    pub(crate) is_other: bool,
    /// What it has open: the kind, and the name.
    pub(crate) documents: Vec<(&'static str, String)>,
}

impl Probe {
    /// What the matter is, in a few words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Answers(Answers { version: Some(version), .. }) => format!("KiCad {version}"),
            Self::Answers(_) => "a schematic editor".to_owned(),
            Self::NotReady => "is not ready".to_owned(),
            Self::TooEarly => "is only just starting".to_owned(),
            Self::Silent => "does not answer".to_owned(),
            Self::Stopped(_) => "is stopped".to_owned(),
            Self::Nobody(_) => "nobody listens".to_owned(),
            Self::Denied(_) => "may not be connected to".to_owned(),
            Self::Odd(_) => "is no KiCad, or an odd one".to_owned(),
        }
    }
}

/// Kinds of documents that a KiCad is asked for.
const KINDS: [(DocumentType, &str); 3] = [
    (DocumentType::PCB, "board"),
    (DocumentType::SCHEMATIC, "schematic"),
    (DocumentType::PROJECT, "project"),
];

/// Asks whoever listens at an address.
///
/// A process that is stopped is not connected to: a KiCad 9.0.8 that finds, when it goes on, a connection whose client gave
/// up meanwhile, answers nobody any more.
pub(crate) fn probe(address: &Address, token: Option<&str>, patience: Duration) -> Probe {
    let instance = Instance::at(address);
    if let (InstanceState::Stopped, Some(pid)) = (instance.state(), instance.pid()) {
        return Probe::Stopped(pid);
    }
    let client = match Client::connect(address, &ConnectOptions::new().timeout(patience)) {
        Ok(client) => client,
        Err(error) => return failed(&error),
    };
    let mut answers = Answers::default();
    let token = token.unwrap_or_default();
    let mut answer = ask(&client, &GetVersion::new(), token, patience);
    if let Ok(refused) = answer.as_ref() {
        answers.token = refused.token().filter(|token| !token.is_empty()).map(ToOwned::to_owned);
        if refused.status() == ApiStatusCode::TOKEN_MISMATCH {
            answers.is_other = true;
            answer = ask(&client, &GetVersion::new(), "", patience);
        }
    }
    match answer {
        Err(stop) => return stop,
        Ok(answer) => match answer.status() {
            ApiStatusCode::OK => match answer.into_result::<GetVersion>() {
                Ok(version) => {
                    let version = version.version.unwrap_or_default();
                    let numbers = format!("{}.{}.{}", version.major, version.minor, version.patch);
                    let full = version.full_version;
                    answers.version = Some(if full.is_empty() { numbers } else { full });
                }
                Err(error) => return Probe::Odd(error.to_string()),
            },
            ApiStatusCode::NOT_READY => return Probe::NotReady,
            // A schematic editor that runs alone answers nothing but what is open.
            ApiStatusCode::UNHANDLED => {}
            status => return Probe::Odd(format!("it answers a question for its version with {status:?}")),
        },
    }
    for (kind, name) in KINDS {
        match ask(&client, &GetOpenDocuments::new().with_type(kind), "", patience) {
            Err(stop) => return stop,
            Ok(answer) if answer.status() == ApiStatusCode::OK => {
                match answer.into_result::<GetOpenDocuments>() {
                    Ok(open) => {
                        answers
                            .documents
                            .extend(open.documents.iter().map(|document| (name, file(document))));
                    }
                    Err(error) => return Probe::Odd(error.to_string()),
                }
            }
            // No editor for that kind is open.
            Ok(_) => {}
        }
    }
    Probe::Answers(answers)
}

/// Whether a process may be there that listens.
pub(crate) fn may_live(instance: &Instance) -> bool {
    matches!(instance.state(), InstanceState::Alive | InstanceState::Unknown | InstanceState::Stopped)
}

/// The first place where a KiCad may be, and somebody listens.
pub(crate) fn first() -> Option<(Address, Probe)> {
    let places = kiapi::instances().into_iter().filter(may_live);
    let probed = places.filter_map(|one| {
        let address = one.address()?.clone();
        let probe = probe(&address, one.token(), PATIENCE);
        Some((address, probe))
    });
    probed.into_iter().find(|(_, probe)| !matches!(probe, Probe::Nobody(_)))
}

fn ask<C: Command>(client: &Client, command: &C, token: &str, patience: Duration) -> Result<Response, Probe> {
    let name = format!("kiapi {}", std::process::id());
    let request = Request::new(command).client_name(name).token(token);
    let answer = client.call(request.as_bytes(), &CallOptions::new().timeout(patience));
    let answer = answer.map_err(|error| failed(&error))?;
    Response::from_vec(answer).map_err(|error| Probe::Odd(error.to_string()))
}

fn failed(error: &kiapi_emulator::transport::Error) -> Probe {
    match error.kind() {
        ErrorKind::Timeout => Probe::Silent,
        ErrorKind::TooEarly => Probe::TooEarly,
        ErrorKind::NotFound | ErrorKind::Refused => Probe::Nobody(error.to_string()),
        ErrorKind::PermissionDenied => Probe::Denied(error.to_string()),
        _ => Probe::Odd(error.to_string()),
    }
}

/// The file of a document, as far as KiCad tells it.
fn file(document: &DocumentSpecifier) -> String {
    let project = document.project.as_ref();
    let folder = project.map(|project| project.path.as_str()).unwrap_or_default();
    match &document.identifier {
        Some(document_specifier::Identifier::BoardFilename(name)) if folder.is_empty() => name.clone(),
        Some(document_specifier::Identifier::BoardFilename(name)) => {
            std::path::Path::new(folder).join(name).display().to_string()
        }
        _ => {
            let name = project.map(|project| project.name.as_str()).unwrap_or_default();
            std::path::Path::new(folder).join(name).display().to_string()
        }
    }
}
