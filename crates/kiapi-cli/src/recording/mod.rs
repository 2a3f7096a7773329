//! Recordings of what clients and KiCad said to each other. The format is in `docs/recording.md`.

mod reading;
mod summary;
mod tokens;
mod writing;

use std::time::Duration;

use kiapi::api::common::{ApiRequest, ApiResponse};
use kiapi::prost::Message as _;

pub(crate) use self::reading::{Ending, read};
pub(crate) use self::summary::{short_name, summary};
pub(crate) use self::tokens::{From, Tokens, put_token};
pub(crate) use self::writing::{Counts, Envelopes, Writer};

/// The version of the format.
pub(crate) const FORMAT: u64 = 1;
/// The key of the first line that says so.
pub(crate) const MARK: &str = "kiapi_recording";

/// The first line.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// When it began, as RFC 3339 has it.
    pub(crate) started: String,
    /// Which program made it.
    pub(crate) made_by: String,
    /// The version of the KiCad, if it was known when it began.
    pub(crate) kicad: Option<String>,
    /// The KiCad's socket.
    pub(crate) socket: String,
}

/// A line after the first.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// Since the recording began.
    pub(crate) at: Duration,
    /// Which connection, from 1 on.
    pub(crate) connection: u64,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    Connected,
    /// KiCad could not be reached.
    Refused {
        error: String,
    },
    Request {
        number: u64,
        frame: Frame,
    },
    /// `request` is the number of what is answered, if anything is.
    Answer {
        request: Option<u64>,
        took: Option<Duration>,
        frame: Frame,
    },
    /// The connection is over.
    Ended {
        by: By,
        why: Option<String>,
        unanswered: Vec<u64>,
    },
}

/// A frame, but for what the length says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    /// NNG's id of the request.
    pub(crate) id: u32,
    /// What follows the id, with the bytes of tokens replaced.
    pub(crate) bytes: Vec<u8>,
    /// Which token it had in its header, from 1 on; 0 for none.
    pub(crate) token: u64,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Client,
    KiCad,
    Recorder,
}

impl By {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Client, "client"), (Self::KiCad, "kicad"), (Self::Recorder, "recorder")];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(by, _)| *by == self).map_or("", |(_, name)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(by, _)| *by)
    }
}

impl Frame {
    /// The envelope of a request; `None` if it is none.
    pub(crate) fn request(&self) -> Option<ApiRequest> {
        ApiRequest::decode(self.bytes.as_slice()).ok()
    }

    /// The envelope of an answer; `None` if it is none.
    pub(crate) fn answer(&self) -> Option<ApiResponse> {
        ApiResponse::decode(self.bytes.as_slice()).ok()
    }
}
