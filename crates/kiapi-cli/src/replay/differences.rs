//! What is different between two answers, and which ids stand for each other in them.

use std::collections::{HashMap, HashSet};
use std::fmt;

use kiapi::api::common::ApiResponse;
use serde_json::{Value, json};

use super::against::Ignored;

/// How many differences of one answer are kept.
const KEPT: usize = 100;
/// How much of a value is shown.
const LONGEST: usize = 120;

/// Something that is different, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    place: String,
    recorded: Value,
    live: Value,
}

impl Difference {
    pub(super) fn new(place: &str, recorded: impl Into<Value>, live: impl Into<Value>) -> Self {
        Self { place: place.to_owned(), recorded: recorded.into(), live: live.into() }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "place": self.place, "recorded": self.recorded, "live": self.live })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Value| {
            let text = if value.is_null() { "nothing".to_owned() } else { value.to_string() };
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        };
        let place = if self.place.is_empty() { "the answer" } else { &self.place };
        write!(f, "{place}: {} then, {} now", shown(&self.recorded), shown(&self.live))
    }
}

/// What is different between two answers.
pub(super) fn between(recorded: &ApiResponse, live: &ApiResponse, ignored: &[Ignored]) -> Vec<Difference> {
    if recorded == live {
        return Vec::new();
    }
    let (Ok(mut left), Ok(mut right)) = (serde_json::to_value(recorded), serde_json::to_value(live)) else {
        let size = |answer: &ApiResponse| {
            let length = answer.message.as_ref().map_or(0, |message| message.value.len());
            format!("{length} bytes that this build cannot show")
        };
        return vec![Difference::new("message", size(recorded), size(live))];
    };
    for value in [&mut left, &mut right] {
        normalise(value, ignored);
    }
    let mut found = Vec::new();
    compare("", &left, &right, &mut found);
    found
}

fn normalise(value: &mut Value, ignored: &[Ignored]) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                if key == "path" && value.is_string() && ignored.contains(&Ignored::Paths) {
                    *value = "…".into();
                }
                normalise(value, ignored);
            }
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|value| normalise(value, ignored));
            if ignored.contains(&Ignored::Order) {
                list.sort_by_cached_key(ToString::to_string);
            }
        }
        _ => {}
    }
}

fn compare(place: &str, left: &Value, right: &Value, found: &mut Vec<Difference>) {
    if left == right || found.len() >= KEPT {
        return;
    }
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let new = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(new) {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                let value =
                    |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                compare(&place, &value(left), &value(right), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{place}[{index}]"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            found.push(Difference::new(
                place,
                format!("{} of them", left.len()),
                format!("{} of them", right.len()),
            ));
        }
        _ => found.push(Difference { place: place.to_owned(), recorded: left.clone(), live: right.clone() }),
    }
}

/// Which id of the KiCad that is there stands for which of the recording. All ids have the same length, so that they can
/// be exchanged where they are.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<[u8; LENGTH], [u8; LENGTH]>);

/// How long an id is.
const LENGTH: usize = 36;

impl Ids {
    /// Learns from two answers to the same request: ids that only one of them has stand for each other, in order, if there
    /// are as many of them in both.
    pub(super) fn learn(&mut self, recorded: &[u8], live: &[u8]) {
        let [then, now] = [recorded, live].map(distinct);
        let only = |those: &[[u8; LENGTH]], others: &[[u8; LENGTH]]| {
            let others: HashSet<_> = others.iter().collect();
            those.iter().filter(|id| !others.contains(id)).copied().collect::<Vec<_>>()
        };
        let (then, now) = (only(&then, &now), only(&now, &then));
        let then: Vec<_> = then.into_iter().filter(|id| !self.0.contains_key(id)).collect();
        let known: HashSet<_> = self.0.values().copied().collect();
        let now: Vec<_> = now.into_iter().filter(|id| !known.contains(id)).collect();
        if then.len() == now.len() {
            self.0.extend(then.into_iter().zip(now));
        }
    }

    /// Puts the ids of the KiCad that is there in place of those of the recording.
    pub(super) fn translate(&self, bytes: &mut [u8]) {
        if self.0.is_empty() {
            return;
        }
        for place in places(bytes) {
            let id: [u8; LENGTH] =
                bytes[place..place + LENGTH].try_into().expect("it has the length of an id");
            if let Some(other) = self.0.get(&id) {
                bytes[place..place + LENGTH].copy_from_slice(other);
            }
        }
    }
}

/// The ids in a message, each once, in order.
fn distinct(bytes: &[u8]) -> Vec<[u8; LENGTH]> {
    let mut seen = HashSet::new();
    let ids = places(bytes).into_iter().filter_map(|place| bytes[place..place + LENGTH].try_into().ok());
    ids.filter(|id| seen.insert(*id)).collect()
}

/// Where ids are: hexadecimal digits in groups of 8, 4, 4, 4 and 12, with hyphens between.
fn places(bytes: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut next = 0;
    for hyphen in memchr::memchr_iter(b'-', bytes) {
        let Some(start) = hyphen.checked_sub(8).filter(|start| *start >= next) else { continue };
        if bytes.get(start..start + LENGTH).is_some_and(is_id) {
            found.push(start);
            next = start + LENGTH;
        }
    }
    found
}

fn is_id(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use kiapi::api::Any;
    use kiapi::api::board::commands::NetsResponse;
    use kiapi::api::board::types::Net;
    use kiapi::api::common::commands::GetVersionResponse;
    use kiapi::api::common::commands::SelectionResponse;
    use kiapi::api::common::types::{KiCadVersion, Kiid};
    use kiapi::api::common::{ApiResponseStatus, ApiStatusCode};

    use super::*;

    fn nets(names: &[&str]) -> ApiResponse {
        let nets = names.iter().map(|name| Net::new().with_name(*name));
        ApiResponse::new().with_message(Any::pack(&NetsResponse::new().with_nets(nets)))
    }

    #[track_caller]
    fn check(recorded: &ApiResponse, live: &ApiResponse, ignored: &[Ignored], expected: &Expect) {
        let found: Vec<String> = between(recorded, live, ignored).iter().map(ToString::to_string).collect();
        expected.assert_eq(&found.join("\n"));
    }

    #[test]
    fn differences_are_told_with_their_place() {
        let refused = ApiResponseStatus::new().with_status(ApiStatusCode::BUSY).with_error_message("no");
        let refused = ApiResponse::new().with_status(refused);
        check(&nets(&["A", "B"]), &nets(&["A", "B"]), &[], &expect![[""]]);
        check(
            &nets(&["A", "B"]),
            &nets(&["A", "C"]),
            &[],
            &expect![[r#"message.nets[1].name: "B" then, "C" now"#]],
        );
        check(
            &nets(&["A"]),
            &nets(&["A", "C"]),
            &[],
            &expect![[r#"message.nets: "1 of them" then, "2 of them" now"#]],
        );
        check(&nets(&["A", "B"]), &nets(&["B", "A"]), &[Ignored::Order], &expect![[""]]);
        check(
            &nets(&[]),
            &refused,
            &[],
            &expect![[r#"
                message: {"@type":"type.googleapis.com/kiapi.board.commands.NetsResponse"} then, nothing now
                status: nothing then, {"status":"AS_BUSY","errorMessage":"no"} now"#]],
        );
        let version = GetVersionResponse::new().with_version(KiCadVersion::new().with_major(9));
        let unknown = ApiResponse::new().with_message(Any::from_parts("x/y", [0; 3]));
        check(
            &ApiResponse::new().with_message(Any::pack(&version)),
            &unknown,
            &[],
            &expect![[
                r#"message: "4 bytes that this build cannot show" then, "3 bytes that this build cannot show" now"#
            ]],
        );
    }

    #[test]
    fn ids_that_are_new_stand_for_each_other() {
        let id = |digit: &str| {
            format!(
                "{0}-{1}-4{2}-8{2}-{3}",
                digit.repeat(8),
                digit.repeat(4),
                digit.repeat(3),
                digit.repeat(12)
            )
        };
        let answer = |ids: &[&str]| {
            let list = ids.iter().map(|digit| Any::pack(&Kiid::new().with_value(id(digit))));
            prost_bytes(&SelectionResponse::new().with_items(list))
        };
        let mut ids = Ids::default();
        // 1 is there in both, 2 and 3 were made anew.
        ids.learn(&answer(&["1", "2", "3", "2"]), &answer(&["1", "a", "b", "a"]));
        let mut request = answer(&["1", "3", "2", "4"]);
        ids.translate(&mut request);
        assert!(request == answer(&["1", "b", "a", "4"]));
        // What does not fit teaches nothing.
        ids.learn(&answer(&["5"]), &answer(&["c", "d"]));
        let mut request = answer(&["5"]);
        ids.translate(&mut request);
        assert!(request == answer(&["5"]));
    }

    fn prost_bytes(message: &impl kiapi::prost::Message) -> Vec<u8> {
        message.encode_to_vec()
    }
}
