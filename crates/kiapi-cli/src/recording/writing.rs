//! Writing a recording, line by line.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kiapi_emulator::transport::{End, Passed, RelayEvent};
use serde::Serialize;
use serde_json::{Value, json};

use super::tokens::From;
use super::{By, FORMAT, Frame, Header, MARK, Tokens, short_name};

/// Whether messages are written as JSON too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelopes {
    Json,
    /// The bytes alone, which have everything.
    Bytes,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) connections: u64,
    pub(crate) requests: u64,
    pub(crate) answers: u64,
    /// Connections that KiCad refused or broke, and those that ended with a request unanswered.
    pub(crate) broken: u64,
}

/// A recording that grows.
pub(crate) struct Writer<W: Write> {
    out: W,
    began: Instant,
    tokens: Tokens,
    envelopes: Envelopes,
    counts: Counts,
    /// The requests of each connection that have no answer, by number and id.
    open: HashMap<u64, VecDeque<(u64, u32)>>,
}

impl<W: Write> Writer<W> {
    /// Begins a recording.
    pub(crate) fn new(
        mut out: W,
        kicad: Option<String>,
        socket: String,
        tokens: Tokens,
        envelopes: Envelopes,
    ) -> io::Result<Self> {
        let began = Instant::now();
        let header = Header {
            started: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            made_by: concat!("kiapi ", env!("CARGO_PKG_VERSION")).to_owned(),
            kicad,
            socket,
        };
        let line = json!({
            MARK: FORMAT, "started": header.started, "made_by": header.made_by, "kicad": header.kicad,
            "socket": header.socket,
        });
        writeln!(out, "{line}")?;
        out.flush()?;
        let (counts, open) = (Counts::default(), HashMap::new());
        Ok(Self { out, began, tokens, envelopes, counts, open })
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes what happened. A line is there in full or, if the system takes no more of it, as the last one.
    pub(crate) fn write(&mut self, event: RelayEvent) -> io::Result<()> {
        let RelayEvent { connection, at, what, .. } = event;
        let mut line = Line::new(at.saturating_duration_since(self.began), connection);
        match what {
            Passed::Connected => {
                self.counts.connections += 1;
                self.open.insert(connection, VecDeque::new());
                line.add("event", &json!("connected"));
            }
            Passed::Refused(error) => {
                self.counts.connections += 1;
                self.counts.broken += 1;
                line.add("event", &json!("refused"));
                line.add("error", &json!(chain(&error)));
            }
            Passed::Request { id, body } => {
                let frame = self.frame(From::Client, id, body);
                self.counts.requests += 1;
                let number = self.counts.requests;
                self.open.entry(connection).or_default().push_back((number, id));
                line.add("event", &json!("request"));
                line.add("request", &json!(number));
                let envelope = frame.request();
                let command = envelope.as_ref().and_then(|envelope| envelope.message.as_ref());
                line.add("command", &json!(command.map(|command| short_name(command.full_name()))));
                self.body(&mut line, &frame, envelope.as_ref());
            }
            Passed::Answer { id, body, asked } => {
                let frame = self.frame(From::KiCad, id, body);
                self.counts.answers += 1;
                let open = self.open.entry(connection).or_default();
                let place = asked.and_then(|_| open.iter().position(|(_, open)| *open == id));
                let request = place.and_then(|place| open.remove(place)).map(|(number, _)| number);
                line.add("event", &json!("answer"));
                line.add("request", &json!(request));
                if let Some(asked) = asked {
                    line.add_time("took", at.saturating_duration_since(asked));
                }
                let envelope = frame.answer();
                let status =
                    envelope.as_ref().map(|envelope| envelope.status.clone().unwrap_or_default().status);
                line.add("status", &json!(status.map(|status| format!("{status:?}"))));
                self.body(&mut line, &frame, envelope.as_ref());
            }
            Passed::Ended { by, why } => {
                let open = self.open.remove(&connection).unwrap_or_default();
                let by = match by {
                    End::Client => By::Client,
                    End::Server => By::KiCad,
                    _ => By::Recorder,
                };
                self.counts.broken += u64::from(by == By::KiCad || why.is_some() || !open.is_empty());
                line.add("event", &json!("ended"));
                line.add("by", &json!(by.name()));
                if let Some(why) = why {
                    line.add("why", &json!(why));
                }
                let unanswered: Vec<u64> = open.into_iter().map(|(number, _)| number).collect();
                if !unanswered.is_empty() {
                    line.add("unanswered", &json!(unanswered));
                }
            }
            // What a later transport tells besides is nothing that was said.
            _ => return Ok(()),
        }
        self.out.write_all(&line.finish())?;
        self.out.flush()
    }

    fn frame(&mut self, from: From, id: u32, mut bytes: Vec<u8>) -> Frame {
        let token = self.tokens.remove(from, &mut bytes);
        Frame { id, bytes, token }
    }

    fn body(&self, line: &mut Line, frame: &Frame, envelope: Option<&impl Serialize>) {
        line.add("id", &json!(frame.id));
        if frame.token > 0 {
            line.add("token", &json!(frame.token));
        }
        match envelope {
            None => line.add("undecoded", &json!("it is no message of KiCad's API")),
            Some(envelope) if self.envelopes == Envelopes::Json => {
                if let Err(error) = line.try_add("envelope", envelope) {
                    line.add("undecoded", &json!(error.to_string()));
                }
            }
            Some(_) => {}
        }
        line.add("size", &json!(frame.bytes.len()));
        line.add_bytes("bytes", &frame.bytes);
    }
}

/// An error with all that is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A JSON object, written key by key: an answer may be too large to be kept as a tree.
struct Line(Vec<u8>);

impl Line {
    fn new(at: Duration, connection: u64) -> Self {
        let mut line = Self(vec![b'{']);
        line.add_time("at", at);
        line.add("connection", &json!(connection));
        line
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.extend_from_slice(json!(key).to_string().as_bytes());
        self.0.push(b':');
    }

    fn add(&mut self, key: &str, value: &Value) {
        self.key(key);
        self.0.extend_from_slice(value.to_string().as_bytes());
    }

    /// In seconds, to the microsecond.
    fn add_time(&mut self, key: &str, time: Duration) {
        self.key(key);
        self.0.extend_from_slice(format!("{}.{:06}", time.as_secs(), time.subsec_micros()).as_bytes());
    }

    /// Adds what may not be expressible, and then nothing.
    fn try_add(&mut self, key: &str, value: &impl Serialize) -> serde_json::Result<()> {
        let before = self.0.len();
        self.key(key);
        serde_json::to_writer(&mut self.0, value).inspect_err(|_| self.0.truncate(before))
    }

    fn add_bytes(&mut self, key: &str, bytes: &[u8]) {
        self.key(key);
        self.0.push(b'"');
        let start = self.0.len();
        // Four bytes for three, and no more than that.
        self.0.resize(start + bytes.len().div_ceil(3) * 4, 0);
        let written =
            STANDARD.encode_slice(bytes, &mut self.0[start..]).expect("there is room for all of it");
        self.0.truncate(start + written);
        self.0.push(b'"');
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"}\n");
        self.0
    }
}
