//! `kiapi trace`: a recording, for a person.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use kiapi::Any;
use kiapi::api::common::ApiStatusCode;
use serde_json::{Value, json};
use wildmatch::WildMatch;

use crate::output::{self, Format};
use crate::quantity;
use crate::recording::{self, By, Ending, Event, Frame, What, short_name, summary};
use crate::table::{self, say};

/// Print a recording for a person
///
/// One line for each request, with its answer, and for each connection that ended otherwise than by its client.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi trace session.jsonl
  kiapi trace session.jsonl --errors
  kiapi trace session.jsonl --slow 100ms --command GetItems --full")]
pub(crate) struct Args {
    /// The recording
    file: PathBuf,
    /// Only requests with this command, such as `GetItems`; `*` stands for any letters; may be given more than once
    #[arg(long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
    /// Only what was refused, was not answered, or broke
    #[arg(long)]
    errors: bool,
    /// Only requests whose answer took at least this long, such as `100ms`
    #[arg(long, value_name = "TIME", value_parser = quantity::time)]
    slow: Option<Duration>,
    /// Only this connection
    #[arg(long, value_name = "NUMBER", value_parser = quantity::whole::<u64>)]
    connection: Option<u64>,
    /// Print whole messages, as JSON
    #[arg(long)]
    full: bool,
}

/// A line of the trace.
struct Row {
    at: Duration,
    connection: u64,
    /// The number of the request; none for what is no request.
    request: Option<u64>,
    command: String,
    asked: String,
    took: Option<Duration>,
    status: String,
    answered: String,
    size: usize,
    is_error: bool,
    full: Vec<(&'static str, Value)>,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places = HashMap::new();
    let (header, ending) = recording::read(&args.file, |event| {
        let row = rows.len();
        if let What::Request { number, .. } = &event.what {
            places.insert(*number, row);
        }
        take(event, &mut rows, &places, args.full);
        Ok(())
    })?;
    if let Ending::CutOff(line) = ending {
        anstream::eprintln!("warning: {}:{line}: the line is cut off; the rest is used", args.file.display());
    }
    let count = rows.iter().filter(|row| row.request.is_some()).count();
    rows.retain(|row| args.wants(row));
    match format {
        Format::Json => rows.iter().for_each(|row| output::json_line(&row.json())),
        Format::Text => {
            say!(
                "{}: {} of {count} requests, to KiCad {} at {}, recorded {}",
                args.file.display(),
                rows.iter().filter(|row| row.request.is_some()).count(),
                header.kicad.as_deref().unwrap_or("?"),
                header.socket,
                header.started,
            );
            print(rows, args.full);
        }
    }
    Ok(())
}

/// Makes an event a row, or a part of one.
fn take(event: Event, rows: &mut Vec<Row>, places: &HashMap<u64, usize>, full: bool) {
    let Event { at, connection, what } = event;
    let new = |command: &str| Row {
        at,
        connection,
        request: None,
        command: command.to_owned(),
        asked: String::new(),
        took: None,
        status: String::new(),
        answered: String::new(),
        size: 0,
        is_error: false,
        full: Vec::new(),
    };
    match what {
        What::Connected => {}
        What::Refused { error } => {
            rows.push(Row {
                status: "refused".to_owned(),
                answered: error,
                is_error: true,
                ..new("(connect)")
            });
        }
        What::Request { number, frame } => {
            let envelope = frame.request();
            let message = envelope.as_ref().and_then(|envelope| envelope.message.as_ref());
            let command = message.map_or("(garbage)", |message| short_name(message.full_name()));
            let mut row = new(command);
            row.request = Some(number);
            row.asked = message.map(summary).unwrap_or_default();
            // Until there is an answer.
            (row.status, row.is_error) = ("no answer".to_owned(), true);
            if full {
                row.full.push(("request", whole(message, &frame)));
            }
            rows.push(row);
        }
        What::Answer { request, took, frame } => {
            let place = request.and_then(|request| places.get(&request)).copied();
            let mut row = match place {
                Some(place) => std::mem::replace(&mut rows[place], new("")),
                None => new("(unasked)"),
            };
            row.took = took;
            row.size = frame.bytes.len();
            let envelope = frame.answer();
            let message = envelope.as_ref().and_then(|envelope| envelope.message.as_ref());
            match &envelope {
                None => (row.status, row.is_error) = ("garbage".to_owned(), true),
                Some(envelope) => {
                    let status = envelope.status.clone().unwrap_or_default();
                    row.status = format!("{:?}", status.status);
                    row.is_error = status.status != ApiStatusCode::OK || request.is_none();
                    row.answered = match message {
                        _ if !status.error_message.is_empty() => status.error_message,
                        Some(message) => answer_words(message),
                        None => String::new(),
                    };
                }
            }
            if full {
                row.full.push(("answer", whole(message, &frame)));
            }
            match place {
                Some(place) => rows[place] = row,
                None => rows.push(row),
            }
        }
        What::Ended { by, why, unanswered } => {
            if by == By::KiCad || why.is_some() || !unanswered.is_empty() {
                let status = format!("ended by {}", by.name());
                let waiting = match unanswered.len() {
                    0 => None,
                    _ => {
                        let numbers: Vec<String> = unanswered.iter().map(ToString::to_string).collect();
                        Some(format!("without an answer to {}", numbers.join(", ")))
                    }
                };
                let answered = why.into_iter().chain(waiting).collect::<Vec<_>>().join("; ");
                rows.push(Row { status, answered, is_error: true, ..new("(end)") });
            }
        }
    }
}

/// What an answer has to say beyond its status.
fn answer_words(message: &Any) -> String {
    let name = short_name(message.full_name());
    match (summary(message), name) {
        (words, "Empty") => words,
        (words, name) if words.is_empty() => name.to_owned(),
        (words, _) => words,
    }
}

/// A message as JSON, or why there is none.
fn whole(message: Option<&Any>, frame: &Frame) -> Value {
    match message.map(serde_json::to_value) {
        Some(Ok(value)) => value,
        Some(Err(error)) => json!({ "bytes": frame.bytes.len(), "undecoded": error.to_string() }),
        None => json!({ "bytes": frame.bytes.len() }),
    }
}

impl Args {
    fn wants(&self, row: &Row) -> bool {
        (self.commands.is_empty() || self.commands.iter().any(|pattern| fits(pattern, &row.command)))
            && (!self.errors || row.is_error)
            && self.slow.is_none_or(|slow| row.took.is_some_and(|took| took >= slow))
            && self.connection.is_none_or(|connection| row.connection == connection)
    }
}

/// Whether a name fits a pattern, in which `*` stands for any letters.
fn fits(pattern: &str, name: &str) -> bool {
    WildMatch::new_case_insensitive(pattern).matches(name)
}

impl Row {
    fn json(&self) -> Value {
        let mut line = json!({
            "at": self.at.as_secs_f64(), "connection": self.connection, "request": self.request,
            "command": self.command, "asked": self.asked, "took": self.took.map(|took| took.as_secs_f64()),
            "status": self.status, "answered": self.answered, "bytes": self.size, "error": self.is_error,
        });
        for (key, value) in &self.full {
            line[format!("{key}_message")] = value.clone();
        }
        line
    }
}

fn print(rows: Vec<Row>, full: bool) {
    if rows.is_empty() {
        return;
    }
    let cells = |row: &Row| {
        let status = if row.is_error { table::red(&row.status) } else { row.status.clone() };
        [
            format!("{:.3}", row.at.as_secs_f64()),
            row.took.map(milliseconds).unwrap_or_default(),
            row.connection.to_string(),
            row.request.map(|number| number.to_string()).unwrap_or_default(),
            row.command.clone(),
            row.asked.clone(),
            status,
            row.answered.clone(),
        ]
    };
    let titles = ["s>", "ms>", "Conn>", "No>", "Command", "Asked", "Status", "Answered"];
    if full {
        for row in rows {
            let [at, took, connection, number, command, _, status, answered] = cells(&row);
            let took = if took.is_empty() { String::new() } else { format!(", {took} ms") };
            say!("\n{at} s{took}, connection {connection}, request {number}: {command}: {status} {answered}");
            for (what, value) in &row.full {
                say!("{what}: {value:#}");
            }
        }
        return;
    }
    table::print(titles, rows.iter().map(cells));
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn star_stands_for_any_letters() {
        for (pattern, name, expected) in [
            ("GetItems", "GetItems", true),
            ("getitems", "GetItems", true),
            ("Get", "GetItems", false),
            ("Get*", "GetItems", true),
            ("*Items", "GetItems", true),
            ("*e*e*", "GetItems", true),
            ("*x*", "GetItems", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
