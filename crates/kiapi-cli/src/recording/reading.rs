//! Reading a recording, line by line: what is wrong is told with the number of its line.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{By, Event, FORMAT, Frame, Header, MARK, What};

/// The most bytes of the first line, which has a few short texts.
const FIRST: u64 = 1 << 20;
/// The most bytes of any other line, and of empty lines before it: several times what the largest message comes to.
const LARGEST: u64 = 1 << 32;

/// How a recording ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    /// The last line is cut off: its number. Everything before it is used.
    CutOff(usize),
}

/// Reads a recording, and hands out its events as they are read.
pub(crate) fn read(
    path: &Path,
    each: impl FnMut(Event) -> anyhow::Result<()>,
) -> anyhow::Result<(Header, Ending)> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    read_from(BufReader::with_capacity(1 << 16, file), &path.display().to_string(), LARGEST, each)
}

fn read_from(
    mut input: impl BufRead,
    name: &str,
    largest: u64,
    mut each: impl FnMut(Event) -> anyhow::Result<()>,
) -> anyhow::Result<(Header, Ending)> {
    let mut line = Vec::new();
    let mut header = None;
    let mut checks = Checks::default();
    let mut left = FIRST;
    for number in 1.. {
        line.clear();
        let place = || format!("{name}:{number}");
        let read = input.by_ref().take(left + 1).read_until(b'\n', &mut line);
        let read = read.with_context(|| format!("cannot read {name}"))? as u64;
        if read == 0 {
            break;
        }
        if read > left {
            ensure!(
                header.is_some(),
                "{name} is no recording: its first line has more than {FIRST} bytes; name another file"
            );
            bail!("{}: no line of a recording has more than {largest} bytes; name another file", place());
        }
        let is_whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            left -= read;
            continue;
        }
        let fields: Fields = match serde_json::from_slice(&line) {
            Ok(fields) => fields,
            Err(_) if !is_whole && header.is_some() => {
                return Ok((header.unwrap_or_default(), Ending::CutOff(number)));
            }
            Err(_) if header.is_none() => bail!("{name} is no recording: its first line is no JSON object"),
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!("{}: it is no JSON object", place())));
            }
        };
        left = largest;
        if header.is_none() {
            header = Some(fields.header().with_context(place)?);
            continue;
        }
        let event = fields.event().with_context(place)?;
        checks.check(&event).with_context(place)?;
        each(event).with_context(place)?;
    }
    let header = header.with_context(|| format!("{name} is no recording: it is empty"))?;
    Ok((header, Ending::Whole))
}

/// What holds for a recording as a whole.
#[derive(Default)]
struct Checks {
    requests: HashMap<u64, u64>,
    answered: HashSet<u64>,
}

impl Checks {
    fn check(&mut self, event: &Event) -> anyhow::Result<()> {
        match &event.what {
            What::Request { number, .. } => {
                let is_new = self.requests.insert(*number, event.connection).is_none();
                ensure!(is_new, "there is a request {number} before it");
            }
            What::Answer { request: Some(number), .. } => {
                let is_asked = self.requests.get(number) == Some(&event.connection);
                let connection = event.connection;
                ensure!(
                    is_asked,
                    "it answers request {number}, which is not before it on connection {connection}"
                );
                ensure!(self.answered.insert(*number), "request {number} is answered before it");
            }
            _ => {}
        }
        Ok(())
    }
}

/// A line, without the messages as JSON: the bytes have everything, and are read faster.
struct Fields(HashMap<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Line;

        impl<'de> Visitor<'de> for Line {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = HashMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "envelope" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        fields.insert(key, map.next_value()?);
                    }
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Line)
    }
}

impl Fields {
    fn header(&self) -> anyhow::Result<Header> {
        match self.0.get(MARK) {
            None => bail!("it is no recording: its first line has no `{MARK}`"),
            Some(format) if format.as_u64() == Some(FORMAT) => {}
            Some(format) => {
                bail!("the recording has format {format}, and this is for {FORMAT}; a newer kiapi reads it")
            }
        }
        let text = |key| self.0.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kicad = Some(text("kicad")).filter(|kicad| !kicad.is_empty());
        Ok(Header { started: text("started"), made_by: text("made_by"), kicad, socket: text("socket") })
    }

    fn event(mut self) -> anyhow::Result<Event> {
        let what = match self.text("event")?.as_str() {
            "connected" => What::Connected,
            "refused" => What::Refused { error: self.text("error")? },
            "request" => What::Request { number: self.number("request")?, frame: self.frame()? },
            "answer" => What::Answer {
                request: self.optional("request", Self::number)?,
                took: self.optional("took", Self::time)?,
                frame: self.frame()?,
            },
            "ended" => {
                let by = self.text("by")?;
                let by = By::parse(&by).with_context(|| format!("`by` is `{by}`, which is nobody"))?;
                let unanswered = match self.0.get("unanswered") {
                    None => Vec::new(),
                    Some(numbers) => {
                        let numbers = numbers.as_array().context("`unanswered` is no list")?;
                        let number =
                            |value: &Value| value.as_u64().context("`unanswered` has what is no number");
                        numbers.iter().map(number).collect::<anyhow::Result<_>>()?
                    }
                };
                What::Ended { by, why: self.optional("why", Self::text)?, unanswered }
            }
            other => bail!("`{other}` is no event that format {FORMAT} has"),
        };
        let connection = self.number("connection")?;
        Ok(Event { at: self.time("at")?, connection, what })
    }

    fn frame(&mut self) -> anyhow::Result<Frame> {
        let id = self.number("id")?;
        let id = u32::try_from(id).with_context(|| format!("`id` is {id}, and it has 32 bits"))?;
        let text = self.0.remove("bytes");
        let text = text.as_ref().and_then(Value::as_str).context("`bytes` is missing, or no text")?;
        let bytes = STANDARD.decode(text).context("`bytes` is no base64")?;
        Ok(Frame { id, bytes, token: self.optional("token", Self::number)?.unwrap_or_default() })
    }

    fn optional<T>(&self, key: &str, get: fn(&Self, &str) -> anyhow::Result<T>) -> anyhow::Result<Option<T>> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => get(self, key).map(Some),
        }
    }

    fn text(&self, key: &str) -> anyhow::Result<String> {
        let text = self.0.get(key).and_then(Value::as_str);
        text.map(ToOwned::to_owned).with_context(|| format!("`{key}` is missing, or no text"))
    }

    fn number(&self, key: &str) -> anyhow::Result<u64> {
        let number = self.0.get(key).and_then(Value::as_u64);
        number.with_context(|| format!("`{key}` is missing, or no whole number"))
    }

    fn time(&self, key: &str) -> anyhow::Result<Duration> {
        let seconds = self.0.get(key).and_then(Value::as_f64);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        time.with_context(|| format!("`{key}` is missing, or no time in seconds"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const HEADER: &str =
        r#"{"kiapi_recording":1,"started":"now","made_by":"me","kicad":"10.0.6","socket":"s"}"#;

    fn read_text(text: &str) -> (Vec<Event>, anyhow::Result<(Header, Ending)>) {
        let mut events = Vec::new();
        let ended = read_from(text.as_bytes(), "file", LARGEST, |event| {
            events.push(event);
            Ok(())
        });
        (events, ended)
    }

    #[test]
    fn what_has_no_end_is_read_up_to_a_limit() {
        let check = |beginning: &str, byte, expected: &str| {
            let endless = BufReader::new(beginning.as_bytes().chain(std::io::repeat(byte)));
            let error = read_from(endless, "file", 100, |_| Ok(())).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        let first = "file is no recording: its first line has more than 1048576 bytes; name another file";
        check("", 0, first);
        check(HEADER, b' ', first);
        check("", b'\n', first);
        let line = "file:2: no line of a recording has more than 100 bytes; name another file";
        check(&format!("{HEADER}\n"), b'x', line);
        let line = "file:102: no line of a recording has more than 100 bytes; name another file";
        check(&format!("{HEADER}\n"), b'\n', line);
        let whole = format!("{HEADER}\n");
        // As many are taken as may be.
        let line = r#"{"at":0,"connection":1,"event":"connected"}"#;
        let text = format!("{whole}{line}{}\n{line}\n", " ".repeat(99 - line.len()));
        let mut events = 0;
        let ended = read_from(text.as_bytes(), "file", 100, |_| {
            events += 1;
            Ok(())
        });
        assert_eq!((events, ended.unwrap().1), (2, Ending::Whole));
    }

    #[test]
    fn events_are_read_and_what_is_new_in_them_is_passed_over() {
        let text = format!(
            "{HEADER}\n\n{}\n{}\n{}\n",
            r#"{"at":0.5,"connection":1,"event":"request","request":1,"id":2147483649,"token":1,"new":[1],"envelope":{},"bytes":"AAE="}"#,
            r#"{"at":1.25,"connection":1,"event":"answer","request":1,"took":0.75,"id":2147483649,"bytes":""}"#,
            r#"{"at":2,"connection":1,"event":"ended","by":"kicad","why":"x","unanswered":[7]}"#,
        );
        let (events, ended) = read_text(&text);
        let (header, ending) = ended.unwrap();
        assert_eq!((header.kicad.as_deref(), ending), (Some("10.0.6"), Ending::Whole));
        let frame = |bytes: &[u8], token| Frame { id: 0x8000_0001, bytes: bytes.to_vec(), token };
        let event = |millis, what| Event { at: Duration::from_millis(millis), connection: 1, what };
        let took = Some(Duration::from_millis(750));
        let expected = [
            event(500, What::Request { number: 1, frame: frame(&[0, 1], 1) }),
            event(1250, What::Answer { request: Some(1), took, frame: frame(&[], 0) }),
            event(2000, What::Ended { by: By::KiCad, why: Some("x".to_owned()), unanswered: vec![7] }),
        ];
        assert_eq!(events, expected);
    }

    #[test]
    fn last_line_that_is_cut_off_is_told_and_the_rest_is_used() {
        let line = r#"{"at":0,"connection":1,"event":"connected"}"#;
        for length in 1..line.len() {
            let (events, ended) = read_text(&format!("{HEADER}\n{line}\n{}", &line[..length]));
            assert_eq!((events.len(), ended.unwrap().1), (1, Ending::CutOff(3)), "{length}");
        }
        // All of it is there but for the end of the line.
        let (events, ended) = read_text(&format!("{HEADER}\n{line}"));
        assert_eq!((events.len(), ended.unwrap().1), (1, Ending::Whole));
    }

    #[track_caller]
    fn check(line: &str, expected: &Expect) {
        let text = match line.strip_prefix('!') {
            Some(whole) => whole.to_owned(),
            None => format!("{HEADER}\n{line}\n"),
        };
        let error = read_text(&text).1.unwrap_err();
        expected.assert_eq(&format!("{error:#}"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        check("!", &expect!["file is no recording: it is empty"]);
        check("!PK\u{3}\u{4}\n", &expect!["file is no recording: its first line is no JSON object"]);
        check("!{}\n", &expect!["file:1: it is no recording: its first line has no `kiapi_recording`"]);
        check(
            "!{\"kiapi_recording\":2}\n",
            &expect!["file:1: the recording has format 2, and this is for 1; a newer kiapi reads it"],
        );
        check(
            "[]",
            &expect![
                "file:2: it is no JSON object: invalid type: sequence, expected a JSON object at line 1 column 0"
            ],
        );
        check(r#"{"at":0,"connection":1}"#, &expect!["file:2: `event` is missing, or no text"]);
        check(
            r#"{"at":0,"connection":1,"event":"dance"}"#,
            &expect!["file:2: `dance` is no event that format 1 has"],
        );
        check(
            r#"{"at":-1,"connection":1,"event":"connected"}"#,
            &expect!["file:2: `at` is missing, or no time in seconds"],
        );
        check(
            r#"{"at":0,"connection":1,"event":"request","request":1,"id":4294967296,"bytes":""}"#,
            &expect![
                "file:2: `id` is 4294967296, and it has 32 bits: out of range integral type conversion attempted"
            ],
        );
        check(
            r#"{"at":0,"connection":1,"event":"request","request":1,"id":1,"bytes":"?"}"#,
            &expect!["file:2: `bytes` is no base64: Invalid symbol 63, offset 0."],
        );
        check(
            r#"{"at":0,"connection":1,"event":"answer","request":1,"id":1,"bytes":""}"#,
            &expect!["file:2: it answers request 1, which is not before it on connection 1"],
        );
        check(
            r#"{"at":0,"connection":1,"event":"ended","by":"me"}"#,
            &expect!["file:2: `by` is `me`, which is nobody"],
        );
    }
}
