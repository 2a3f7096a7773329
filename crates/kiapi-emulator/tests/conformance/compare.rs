//! Two answers, field by field: identical, close, or different.

use std::collections::BTreeSet;
use std::fmt;

use kiapi_gen::Any;
use kiapi_gen::common::{ApiResponse, ApiStatusCode};
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, ReflectMessage as _, Value};

use crate::close::{self, Tolerance};
use crate::ids::{self, Ids};
use crate::peer::Peer;

/// So many differences of one pair of answers are listed.
const LISTED: usize = 12;
/// So many characters of a value are shown.
const SHOWN: usize = 160;

/// The outcome of one comparison.
#[derive(Debug)]
pub(crate) enum Verdict {
    Identical,
    /// With the greatest difference.
    Close(Gap),
    /// With the differences, a line each.
    Different(Vec<String>),
}

/// A difference that is tolerated.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// As a share of what is tolerated: at most 1.
    pub(crate) share: f64,
    /// The difference itself, in words.
    text: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What two answers are compared with.
pub(crate) struct Comparer<'a> {
    pub(crate) pool: &'a DescriptorPool,
    pub(crate) ids: &'a mut Ids,
    pub(crate) peers: [&'a Peer; 2],
    /// The name of the command.
    pub(crate) command: &'a str,
    /// The height of the request's text in nanometres, by which text is judged.
    pub(crate) text_size: f64,
    /// Whether the board was read again from its file.
    pub(crate) was_reverted: bool,
    /// Whether two of KiCad's handlers know the command.
    pub(crate) has_two_handlers: bool,
    differences: Vec<String>,
    omitted: usize,
    gap: Option<Gap>,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(
        pool: &'a DescriptorPool,
        ids: &'a mut Ids,
        peers: [&'a Peer; 2],
        command: &'a str,
    ) -> Self {
        Self {
            pool,
            ids,
            peers,
            command,
            text_size: 0.0,
            was_reverted: false,
            has_two_handlers: false,
            differences: Vec::new(),
            omitted: 0,
            gap: None,
        }
    }

    /// Compares the answers.
    pub(crate) fn answers(mut self, first: &ApiResponse, second: &ApiResponse) -> Verdict {
        let token = |peer: usize, answer: &ApiResponse| match &answer.header {
            None => "no header".to_owned(),
            Some(header) if header.kicad_token == self.peers[peer].token() => "its token".to_owned(),
            Some(header) => format!("token {:?}", header.kicad_token),
        };
        let tokens = (token(0, first), token(1, second));
        self.eq("header", &tokens.0, &tokens.1);
        let refused = |answer: &ApiResponse| {
            answer.status.as_ref().is_some_and(|status| status.status == ApiStatusCode::BAD_REQUEST)
        };
        if self.has_two_handlers && refused(first) != refused(second) && self.differences.is_empty() {
            return Verdict::Close(Gap { share: 1.0, text: "which handler answers is random".to_owned() });
        }
        match (&first.status, &second.status) {
            (Some(first), Some(second)) => {
                self.eq("status", &first.status, &second.status);
                self.text("error_message", &first.error_message, &second.error_message);
            }
            (first, second) => self.eq("status", &first.is_some(), &second.is_some()),
        }
        match (&first.message, &second.message) {
            (Some(first), Some(second)) => self.any("", first, second),
            (first, second) => {
                let name = |any: &Option<Any>| any.as_ref().map(|any| any.type_url.clone());
                self.eq("message", &name(first), &name(second));
            }
        }
        if !self.differences.is_empty() {
            if self.omitted > 0 {
                self.differences.push(format!("… and {} more", self.omitted));
            }
            Verdict::Different(self.differences)
        } else if let Some(gap) = self.gap {
            Verdict::Close(gap)
        } else {
            Verdict::Identical
        }
    }

    fn differ(&mut self, path: &str, first: impl fmt::Display, second: impl fmt::Display) {
        if self.differences.len() < LISTED {
            self.differences.push(format!("{path}: {first} ≠ {second}"));
        } else {
            self.omitted += 1;
        }
    }

    fn eq<T: PartialEq + fmt::Debug>(&mut self, path: &str, first: &T, second: &T) {
        if first != second {
            self.differ(path, format_args!("{first:?}"), format_args!("{second:?}"));
        }
    }

    fn any(&mut self, path: &str, first: &Any, second: &Any) {
        if first.type_url != second.type_url {
            self.differ(path, &first.type_url, &second.type_url);
            return;
        }
        if first.value == second.value {
            return;
        }
        let name = first.full_name();
        let decode = |any: &Any| {
            let descriptor = self.pool.get_message_by_name(name)?;
            DynamicMessage::decode(descriptor, any.value.as_slice()).ok()
        };
        match (decode(first), decode(second)) {
            (Some(first), Some(second)) => self.message(path, &first, &second),
            _ => self.differ(path, "these bytes", "those bytes"),
        }
    }

    fn message(&mut self, path: &str, first: &DynamicMessage, second: &DynamicMessage) {
        let descriptor = first.descriptor();
        if descriptor.full_name() == "google.protobuf.Any" {
            return self.any(path, &any_of(first), &any_of(second));
        }
        if close::is_outline(self.command, descriptor.full_name())
            && let Some(distance) = close::outlines(first, second)
        {
            let tolerance = Tolerance::Nm(close::CURVE_ERROR);
            return self.distance(path, distance, &tolerance);
        }
        for field in descriptor.fields() {
            let path =
                if path.is_empty() { field.name().to_owned() } else { format!("{path}.{}", field.name()) };
            match (first.has_field(&field), second.has_field(&field)) {
                (false, false) => {}
                (true, true) => self.value(&path, &first.get_field(&field), &second.get_field(&field)),
                // A scalar without presence is merely zero.
                _ if !field.supports_presence() => {
                    self.value(&path, &first.get_field(&field), &second.get_field(&field));
                }
                (has, _) => {
                    let shown = show(self.pool, &if has { first } else { second }.get_field(&field));
                    if has {
                        self.differ(&path, shown, "none");
                    } else {
                        self.differ(&path, "none", shown);
                    }
                }
            }
        }
    }

    fn value(&mut self, path: &str, first: &Value, second: &Value) {
        match (first, second) {
            (Value::Message(first), Value::Message(second)) => self.message(path, first, second),
            (Value::String(first), Value::String(second)) => self.text(path, first, second),
            (Value::List(first), Value::List(second)) => self.list(path, first, second),
            (Value::Map(first), Value::Map(second)) => {
                let keys: BTreeSet<String> = first.keys().chain(second.keys()).map(show_key).collect();
                let find = |map: &std::collections::HashMap<MapKey, Value>, key: &str| {
                    map.iter().find(|(other, _)| show_key(other) == key).map(|(_, value)| value.clone())
                };
                for key in keys {
                    let path = format!("{path}[{key:?}]");
                    match (find(first, &key), find(second, &key)) {
                        (Some(first), Some(second)) => self.value(&path, &first, &second),
                        (first, _) if first.is_some() => self.differ(&path, "some", "none"),
                        _ => self.differ(&path, "none", "some"),
                    }
                }
            }
            (first, second) if first == second => {}
            (first, second) if close::is_rank_of_teardrop(path, first, second) => {
                self.close(Gap { share: 1.0, text: "the order of teardrops is random".to_owned() });
            }
            (first, second) => {
                if let (Some(a), Some(b)) = (number(first), number(second))
                    && let Some(tolerance) = close::tolerance(self.command, path, self.text_size)
                {
                    return self.distance(path, (a - b).abs(), &tolerance);
                }
                self.differ(path, show(self.pool, first), show(self.pool, second));
            }
        }
    }

    fn list(&mut self, path: &str, first: &[Value], second: &[Value]) {
        if first.len() != second.len() {
            self.differ(path, format_args!("{} of them", first.len()), second.len());
            let other: Vec<String> = second.iter().map(|value| show(self.pool, value)).collect();
            let missing =
                first.iter().map(|value| show(self.pool, value)).find(|value| !other.contains(value));
            let those: Vec<String> = first.iter().map(|value| show(self.pool, value)).collect();
            let surplus = other.iter().find(|value| !those.contains(value));
            if let Some(missing) = missing {
                self.differ(path, missing, "none such");
            }
            if let Some(surplus) = surplus {
                self.differ(path, "none such", surplus);
            }
            return;
        }
        let second = self.in_order(path, first, second);
        for (at, (first, second)) in first.iter().zip(second).enumerate() {
            self.value(&format!("{path}[{at}]"), first, second);
        }
    }

    /// The second list in the order of the first, by ids, where KiCad's own order is random.
    fn in_order<'v>(&self, path: &str, first: &[Value], second: &'v [Value]) -> Vec<&'v Value> {
        let mut rest: Vec<Option<&Value>> = second.iter().map(Some).collect();
        if !close::is_unordered(self.command, path, self.was_reverted) {
            return rest.into_iter().flatten().collect();
        }
        let key = |value: &Value| own_id(self.pool, value);
        let keys: Vec<Option<String>> =
            second.iter().map(|value| key(value).map(|id| self.ids.back(&id).to_owned())).collect();
        let mut ordered: Vec<Option<&Value>> = Vec::new();
        for value in first {
            let wanted = key(value);
            let at =
                (0..rest.len()).find(|at| rest[*at].is_some() && wanted.is_some() && keys[*at] == wanted);
            ordered.push(at.and_then(|at| rest[at].take()));
        }
        // What has no partner takes the places that are left.
        let mut rest = rest.into_iter().flatten();
        ordered.into_iter().filter_map(|value| value.or_else(|| rest.next())).collect()
    }

    fn text(&mut self, path: &str, first: &str, second: &str) {
        if first == second || self.is_same_text(first, second) {
            return;
        }
        if close::is_not_compared(self.command, path) {
            self.close(Gap { share: 1.0, text: format!("{path} is not compared") });
            return;
        }
        self.differ(path, shorten(&format!("{first:?}")), shorten(&format!("{second:?}")));
    }

    fn is_same_text(&mut self, first: &str, second: &str) -> bool {
        if ids::is_id(first) && ids::is_id(second) {
            return self.ids.are_same(first, second);
        }
        let [first, second] = [(0, first), (1, second)].map(|(peer, text)| {
            let peer = self.peers[peer];
            text.replace(&*peer.files().to_string_lossy(), "<files>")
                .replace(&*peer.home().to_string_lossy(), "<home>")
        });
        if first == second {
            return true;
        }
        if close::is_program(self.command) {
            // Where the programs of this machine lie.
            let name = |path: &str| path.rsplit('/').next().map(ToOwned::to_owned);
            return name(&first) == name(&second) && first.contains('/') == second.contains('/');
        }
        // Ids within words, such as those of errors.
        let (these, those): (Vec<_>, Vec<_>) =
            (ids::find(first.as_bytes()).collect(), ids::find(second.as_bytes()).collect());
        if these.is_empty() || these.len() != those.len() {
            return false;
        }
        let mut translated = first.clone().into_bytes();
        for ((at, first), (_, second)) in these.into_iter().zip(those) {
            if self.ids.are_same(first, second) {
                translated[at..at + second.len()].copy_from_slice(second.as_bytes());
            }
        }
        translated == second.as_bytes()
    }

    fn distance(&mut self, path: &str, distance: f64, tolerance: &Tolerance) {
        let limit = tolerance.limit();
        if distance <= limit {
            let share = if limit > 0.0 { distance / limit } else { 0.0 };
            self.close(Gap {
                share,
                text: format!("{distance:.0} nm of {limit:.0} nm ({})", unindexed(path)),
            });
        } else {
            self.differ(
                path,
                format_args!("apart by {distance:.0} nm"),
                format_args!("at most {limit:.0} nm"),
            );
        }
    }

    fn close(&mut self, gap: Gap) {
        if self.gap.as_ref().is_none_or(|greatest| gap.share > greatest.share) {
            self.gap = Some(gap);
        }
    }
}

/// The path without the indexes: `boxes[3].size.x_nm` is `boxes.size.x_nm`.
pub(crate) fn unindexed(path: &str) -> String {
    let mut depth = 0;
    let keep = path.chars().filter(|char| {
        depth += i32::from(*char == '[');
        let keep = depth == 0;
        depth -= i32::from(*char == ']');
        keep
    });
    keep.collect()
}

fn number(value: &Value) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "differences of nanometres, not the numbers, are shown")]
    match value {
        Value::I64(number) => Some(*number as f64),
        Value::I32(number) => Some(f64::from(*number)),
        Value::F64(number) => Some(*number),
        _ => None,
    }
}

fn any_of(message: &DynamicMessage) -> Any {
    let type_url = message.get_field_by_name("type_url");
    let value = message.get_field_by_name("value");
    let type_url = type_url.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let value = value.as_ref().and_then(|value| value.as_bytes()).map(|bytes| bytes.to_vec());
    Any::from_parts(type_url, value.unwrap_or_default())
}

/// The first id in a message, which is its own.
fn own_id(pool: &DescriptorPool, value: &Value) -> Option<String> {
    let message = value.as_message()?;
    if message.descriptor().full_name() == "google.protobuf.Any" {
        let any = any_of(message);
        let descriptor = pool.get_message_by_name(any.full_name())?;
        let message = DynamicMessage::decode(descriptor, any.value.as_slice()).ok()?;
        return own_id(pool, &Value::Message(message));
    }
    let id = if message.descriptor().full_name() == "kiapi.common.types.KIID" {
        message.clone()
    } else {
        message.get_field_by_name("id")?.as_message()?.clone()
    };
    Some(id.get_field_by_name("value")?.as_str()?.to_owned())
}

fn show_key(key: &MapKey) -> String {
    match key {
        MapKey::String(key) => key.clone(),
        other => format!("{other:?}"),
    }
}

/// A value as text, cut short.
fn show(pool: &DescriptorPool, value: &Value) -> String {
    let mut text = String::new();
    write_value(pool, &mut text, value);
    shorten(&text)
}

/// A packed message as text.
pub(crate) fn show_any(pool: &DescriptorPool, any: &Any, longest: usize) -> String {
    let mut text = String::new();
    write_any(pool, &mut text, any);
    cut(&text, longest)
}

fn write_any(pool: &DescriptorPool, text: &mut String, any: &Any) {
    let name = any.full_name();
    let prefix = any.type_url.strip_suffix(name).unwrap_or_default();
    if prefix != "type.googleapis.com/" {
        text.push_str(&format!("({:?}) ", any.type_url));
    }
    text.push_str(name.rsplit('.').next().unwrap_or_default());
    let decoded = pool
        .get_message_by_name(name)
        .and_then(|descriptor| DynamicMessage::decode(descriptor, any.value.as_slice()).ok());
    match decoded {
        Some(message) => write_value(pool, text, &Value::Message(message)),
        None => text.push_str(&format!("{{{} bytes}}", any.value.len())),
    }
}

fn write_value(pool: &DescriptorPool, text: &mut String, value: &Value) {
    match value {
        Value::Message(message) if message.descriptor().full_name() == "google.protobuf.Any" => {
            write_any(pool, text, &any_of(message));
        }
        Value::Message(message) => {
            text.push('{');
            for (at, (field, value)) in message.fields().enumerate() {
                if at > 0 {
                    text.push(' ');
                }
                text.push_str(field.name());
                if !matches!(value, Value::Message(_)) {
                    text.push(':');
                }
                match (field.kind(), value) {
                    (prost_reflect::Kind::Enum(kind), Value::EnumNumber(number)) => {
                        match kind.get_value(*number) {
                            Some(value) => text.push_str(value.name()),
                            None => text.push_str(&number.to_string()),
                        }
                    }
                    _ => write_value(pool, text, value),
                }
            }
            text.push('}');
        }
        Value::List(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                write_value(pool, text, value);
            }
            text.push(']');
        }
        Value::String(value) => text.push_str(&format!("{value:?}")),
        Value::I64(value) => text.push_str(&value.to_string()),
        Value::I32(value) | Value::EnumNumber(value) => text.push_str(&value.to_string()),
        Value::U32(value) => text.push_str(&value.to_string()),
        Value::U64(value) => text.push_str(&value.to_string()),
        Value::F64(value) => text.push_str(&value.to_string()),
        Value::Bool(value) => text.push_str(&value.to_string()),
        Value::Bytes(value) => text.push_str(&format!("{} bytes", value.len())),
        other => text.push_str(&format!("{other:?}")),
    }
}

fn shorten(text: &str) -> String {
    cut(text, SHOWN)
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
