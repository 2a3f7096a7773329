//! What is told to `tracing`.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;
use std::time::Duration;

use ::tracing::field::{Field, Visit};
use ::tracing::span::{Attributes, Id, Record};
use ::tracing::{Event, Metadata, Subscriber};
use kiapi::api::common::ApiStatusCode;
use kiapi::api::common::commands::{BeginCommit, BeginCommitResponse, Ping};
use kiapi::{CallOptions, ErrorKind};
use kiapi_emulator::{Emulator, Fault, Injection};

use crate::scripted::{Reaction, Scripted, TOKEN, refusal, version};

thread_local! {
    /// What was told on this thread since somebody began to listen, a line each.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Keeps what it is told. There is one for the whole process: whether anybody listens is remembered for each place in the
/// code, and other tests run at the same time.
struct Log;

impl Log {
    /// What `work` tells.
    fn of(work: impl FnOnce()) -> Vec<String> {
        static SET: Once = Once::new();
        SET.call_once(|| ::tracing::subscriber::set_global_default(Self).unwrap());
        LINES.set(Some(Vec::new()));
        work();
        LINES.take().unwrap()
    }

    fn keep(line: String) {
        LINES.with_borrow_mut(|lines| lines.iter_mut().for_each(|lines| lines.push(line.clone())));
    }

    fn add(what: &str, of: &Metadata<'_>, fields: impl FnOnce(&mut Fields)) {
        let mut line = Fields(format!("{what} {} {}", of.level(), of.target()));
        if of.is_span() {
            write!(line.0, " {}", of.name()).unwrap();
        }
        fields(&mut line);
        Self::keep(line.0);
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.target().starts_with("kiapi")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Self::add("span", span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Fields("record".to_owned());
        values.record(&mut line);
        Self::keep(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        Self::add("event", event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The number in ` name=1` of a line.
fn number(line: &str, name: &str) -> u64 {
    let (_, rest) = line.split_once(&format!(" {name}=")).unwrap_or_else(|| panic!("{name} in {line}"));
    rest.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn call_is_a_span_with_command_status_bytes_and_time() {
    let emulator = Emulator::demo().start().unwrap();
    let options = kiapi::ConnectOptions::new().socket(emulator.socket().clone());
    let kicad = kiapi::KiCad::connect_with(options).unwrap();
    emulator.faults().inject(Injection::new(Fault::Slow(Duration::from_millis(20))).on("Ping"));
    let log = Log::of(|| kicad.call(&Ping::new()).unwrap());
    let [span, exchanged, answered] = log.as_slice() else { panic!("{log:#?}") };
    assert!(span.starts_with("span DEBUG kiapi::trace kiapi.call command=\"Ping\""), "{span}");
    assert!(exchanged.starts_with("event TRACE") && exchanged.contains(" status=OK"), "{exchanged}");
    assert!(number(exchanged, "request_bytes") > 40, "{exchanged}");
    assert!(number(exchanged, "answer_bytes") > 40, "{exchanged}");
    assert!(answered.starts_with("event DEBUG") && answered.contains("answered"), "{answered}");
    assert!(number(answered, "time_us") >= 20_000, "{answered}");
}

#[test]
fn refusal_and_what_is_not_sent_are_told_with_their_kind() {
    let scripted = Scripted::kicad_10(|_| refusal(ApiStatusCode::BAD_REQUEST, "no"));
    let kicad = scripted.connect();
    let log = Log::of(|| {
        kicad.call(&Ping::new()).unwrap_err();
        let hasty = CallOptions::new().timeout(Duration::ZERO);
        assert_eq!(kicad.call_with(&Ping::new(), hasty).unwrap_err().kind(), ErrorKind::Timeout);
    });
    assert_eq!(log.iter().filter(|line| line.starts_with("span")).count(), 2, "{log:#?}");
    let has = |parts: [&str; 2]| log.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(["TRACE", "status=BAD_REQUEST"]), "{log:#?}");
    assert!(has(["DEBUG", "kind=BadRequest"]), "{log:#?}");
    assert!(has(["DEBUG", "kind=Timeout"]), "{log:#?}");
}

#[test]
fn token_is_never_told_and_a_restart_is() {
    const FIRST: &str = "the-first-token";
    let log = Log::of(|| {
        let scripted = Scripted::start(|name, before| match (name, before) {
            ("GetVersion", _) => version(10, 0, 6),
            (_, 1) => refusal(ApiStatusCode::TOKEN_MISMATCH, "the token is wrong"),
            (_, 3) => Reaction::Hangup,
            _ => Reaction::from(&BeginCommitResponse::new()),
        });
        let kicad = kiapi::KiCad::connect_with(scripted.options().token(FIRST)).unwrap();
        // Another KiCad, with another token.
        assert_eq!(kicad.call(&BeginCommit::new()).unwrap_err().kind(), ErrorKind::TokenMismatch);
        kicad.call(&BeginCommit::new()).unwrap_err();
        kicad.call(&BeginCommit::new()).unwrap();
        let sent = scripted.seen().into_iter().map(|request| request.header.unwrap().kicad_token);
        let sent: Vec<_> = sent.collect();
        assert!(sent.contains(&FIRST.to_owned()) && sent.contains(&TOKEN.to_owned()), "{sent:?}");
    });
    assert!(log.iter().any(|line| line.starts_with("event WARN") && line.contains("another KiCad answers")));
    assert!(log.iter().any(|line| line.contains("a new one was made")), "{log:#?}");
    for line in &log {
        assert!(!line.contains(TOKEN) && !line.contains(FIRST), "{line}");
    }
}
