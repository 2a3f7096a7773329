//! `kiapi describe`: what a command, a message or an enum is made of.

use kiapi::api::{About, about};
use kiapi::{ApiVersion, CommandInfo};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use crate::failure::Usage;
use crate::list::effect;
use crate::output::{self, Format};
use crate::reflect::{self, Type, short, template};
use crate::table::{self, say};

/// Show what a command, a message or an enum is made of
///
/// Names are the last part of the full name, or more of it: `GetNets`, `board.types.Track`. No KiCad is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Fields are shown as JSON has them. Lengths and places are in nanometres.

Examples:
  kiapi describe GetNets
  kiapi describe BoardLayer
  kiapi describe CreateItems --template
  kiapi describe Track --json")]
pub(crate) struct Args {
    /// The command, message or enum
    name: String,
    /// Print JSON with all fields, for `kiapi call` after it was changed
    ///
    /// Of fields of which only one can be there it has the first. What `kiapi call` fills in is left out.
    #[arg(long)]
    template: bool,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let found = Type::find(&args.name)?;
    if args.template {
        let Type::Message(message) = &found else {
            return Err(Usage(format!("{} is an enum, and has no fields", found.full_name())).into());
        };
        output::json(&template::template(message));
        return Ok(());
    }
    match format {
        Format::Json => output::json(&as_json(&found)),
        Format::Text => as_text(&found),
    }
    Ok(())
}

fn as_text(found: &Type) {
    let name = found.full_name();
    say!("{}", table::green(name));
    let facts = about(name);
    match found {
        Type::Message(message) => {
            let command = reflect::info(name);
            say!("{}", kind_line(command, facts));
            if let Some(facts) = facts {
                table::paragraph(facts.sentence);
            }
            show_fields(message, "Fields", facts.and_then(|facts| facts.since));
            if let Some(answer) = command.map(|command| reflect::message(&command.response()))
                && answer.full_name() != "google.protobuf.Empty"
            {
                let since = about(answer.full_name()).and_then(|facts| facts.since);
                show_fields(&answer, &format!("The answer, {}", answer.full_name()), since);
            }
        }
        Type::Enum(of) => {
            say!("An enum{}", since_words(facts));
            if let Some(facts) = facts {
                table::paragraph(facts.sentence);
            }
            table::heading("Values");
            let owner = facts.and_then(|facts| facts.since);
            let rows = of.values().map(|value| {
                let facts = about(&value_name(of, value.name()));
                [value.name().to_owned(), value.number().to_string(), sentence(facts, owner)]
            });
            table::print(["Name", "Number>", "What it is"], rows);
        }
    }
}

fn kind_line(command: Option<&CommandInfo>, facts: Option<About>) -> String {
    let Some(command) = command else { return format!("A message{}", since_words(facts)) };
    let until = command.until.map(|until| format!(" and before {until}")).unwrap_or_default();
    let answer = match command.response().as_str() {
        "google.protobuf.Empty" => "nothing".to_owned(),
        name => short(name).to_owned(),
    };
    let does = effect(command.effect);
    format!("A command ({does}), answered with {answer} since KiCad {}{until}", command.since)
}

fn since_words(facts: Option<About>) -> String {
    let since = facts.and_then(|facts| facts.since);
    let until = facts.and_then(|facts| facts.until);
    let since = since.map(|since| format!(", since KiCad {since}")).unwrap_or_default();
    let until = until.map(|until| format!(", gone since KiCad {until}")).unwrap_or_default();
    format!("{since}{until}")
}

fn show_fields(message: &MessageDescriptor, title: &str, owner_since: Option<ApiVersion>) {
    if message.fields().len() == 0 {
        say!("\n{title}: none");
        return;
    }
    table::heading(title);
    let mut rows = Vec::new();
    for field in message.fields() {
        let words = sentence(about(field.full_name()), owner_since);
        let words = match choice(&field) {
            Some(choice) => format!("{words} One of the choice `{choice}`."),
            None => words,
        };
        rows.push([field.json_name().to_owned(), type_of(&field), words.trim().to_owned()]);
    }
    table::print(["Name", "Type", "What it is"], rows);
    for choice in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let names: Vec<String> = choice.fields().map(|field| field.json_name().to_owned()).collect();
        let words = about(choice.full_name()).map(|facts| facts.sentence).unwrap_or_default();
        table::paragraph(&format!("Choice `{}` of {}: {words}", choice.name(), names.join(", ")));
    }
}

/// The sentence of a member, with the version in which it came if its owner is older.
fn sentence(facts: Option<About>, owner_since: Option<ApiVersion>) -> String {
    let Some(facts) = facts else { return String::new() };
    let mut words = facts.sentence.to_owned();
    if let Some(since) = facts.since.filter(|since| Some(*since) != owner_since) {
        words.push_str(&format!(" Since KiCad {since}."));
    }
    if let Some(until) = facts.until {
        words.push_str(&format!(" Gone since KiCad {until}."));
    }
    words
}

/// What codegen calls a value: by the enum, though protobuf puts values beside it.
fn value_name(of: &EnumDescriptor, value: &str) -> String {
    format!("{}.{value}", of.full_name())
}

fn choice(field: &FieldDescriptor) -> Option<String> {
    let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic())?;
    Some(oneof.name().to_owned())
}

/// A type as a person reads it: `repeated Track`.
fn type_of(field: &FieldDescriptor) -> String {
    let name = match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let value = entry.map_entry_value_field();
            return format!(
                "map of {} to {}",
                kind(&entry.map_entry_key_field().kind()),
                kind(&value.kind())
            );
        }
        other => kind(&other),
    };
    if field.is_list() { format!("repeated {name}") } else { name }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Message(of) => short(of.full_name()).to_owned(),
        Kind::Enum(of) => short(of.full_name()).to_owned(),
        other => format!("{other:?}"),
    }
}

fn as_json(found: &Type) -> Value {
    let name = found.full_name();
    let mut object = Map::new();
    object.insert("full_name".to_owned(), json!(name));
    let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
    match found {
        Type::Message(message) => {
            let command = reflect::info(name);
            put("kind", json!(if command.is_some() { "command" } else { "message" }));
            put_facts(name, &mut put);
            if let Some(command) = command {
                put("effect", json!(effect(command.effect)));
                put("response", json!(command.response()));
                put("answered_since", json!(command.since.to_string()));
                put("answered_until", json!(command.until.map(|until| until.to_string())));
            }
            put("fields", message.fields().map(|field| field_json(&field)).collect());
            let choices = message.oneofs().filter(|oneof| !oneof.is_synthetic()).map(|oneof| {
                let fields: Vec<_> = oneof.fields().map(|field| field.json_name().to_owned()).collect();
                let words = about(oneof.full_name()).map(|facts| facts.sentence);
                json!({ "name": oneof.name(), "about": words, "fields": fields })
            });
            put("choices", choices.collect());
        }
        Type::Enum(of) => {
            put("kind", json!("enum"));
            put_facts(name, &mut put);
            let values = of.values().map(|value| {
                let mut object = Map::new();
                object.insert("name".to_owned(), json!(value.name()));
                object.insert("number".to_owned(), json!(value.number()));
                let full_name = value_name(of, value.name());
                put_facts(&full_name, &mut |key, value| drop(object.insert(key.to_owned(), value)));
                Value::Object(object)
            });
            put("values", values.collect());
        }
    }
    Value::Object(object)
}

fn put_facts(name: &str, put: &mut dyn FnMut(&str, Value)) {
    let facts = about(name);
    let version = |version: Option<ApiVersion>| json!(version.map(|version| version.to_string()));
    put("about", json!(facts.map(|facts| facts.sentence)));
    put("since", version(facts.and_then(|facts| facts.since)));
    put("until", version(facts.and_then(|facts| facts.until)));
}

fn field_json(field: &FieldDescriptor) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
    put("name", json!(field.json_name()));
    put("proto_name", json!(field.name()));
    put("number", json!(field.number()));
    put("type", json!(type_of(field)));
    let full = match field.kind() {
        Kind::Message(of) if !field.is_map() => Some(of.full_name().to_owned()),
        Kind::Enum(of) => Some(of.full_name().to_owned()),
        _ => None,
    };
    put("type_name", json!(full));
    put("repeated", json!(field.is_list()));
    put("choice", json!(choice(field)));
    put_facts(field.full_name(), &mut put);
    Value::Object(object)
}
