//! `kiapi list`: the commands of KiCad's API.

use kiapi::{ApiVersion, COMMANDS, CommandInfo, Effect, ErrorKind};
use serde_json::{Value, json};
use wildmatch::WildMatch;

use crate::columns::{Chosen, Column, column, more};
use crate::output::Format;
use crate::reflect::short;
use crate::table::note;
use crate::target::Target;

/// List the commands of KiCad's API
///
/// If a KiCad is reached, the list tells which of them it answers. None is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "What a command does:
  read        it changes nothing
  idempotent  sent twice, it leaves what it leaves when sent once
  mutation    it changes something each time

Examples:
  kiapi list --offline
  kiapi list '*Items*'
  kiapi list --effect read --columns name,since
  kiapi list --offline --json")]
pub(crate) struct Args {
    /// Names to list; `*` stands for any letters
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only those that do this
    #[arg(long, value_name = "EFFECT")]
    effect: Option<Does>,
    /// Ask no KiCad
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

/// What a command does to KiCad's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Does {
    Read,
    Idempotent,
    Mutation,
}

impl Does {
    fn of(effect: Effect) -> Self {
        match effect {
            Effect::Read => Self::Read,
            Effect::Idempotent => Self::Idempotent,
            _ => Self::Mutation,
        }
    }
}

/// What a command does, in a word.
pub(crate) fn effect(effect: Effect) -> &'static str {
    match Does::of(effect) {
        Does::Read => "read",
        Does::Idempotent => "idempotent",
        Does::Mutation => "mutation",
    }
}

/// A command, and the KiCad that was reached.
struct Row {
    command: &'static CommandInfo,
    kicad: Option<ApiVersion>,
}

const COLUMNS: &[Column<Row>] = &[
    column("name", "Command", |row| json!(row.command.name())),
    more("full_name", "Full name", |row| json!(row.command.full_name())),
    column("effect", "Effect", |row| json!(effect(row.command.effect))),
    column("since", "Since", |row| json!(row.command.since.to_string())),
    column("until", "Until", |row| json!(row.command.until.map(|version| version.to_string()))),
    column("response", "Answer", |row| match row.command.response().as_str() {
        "google.protobuf.Empty" => json!("nothing"),
        name => json!(short(name)),
    }),
    // No KiCad that is reached, no column in JSON that says `false`.
    column("answered", "Answered", |row| match row.kicad {
        Some(version) => json!(row.command.is_answered_by(version)),
        None => Value::Null,
    }),
    more("kicad", "KiCad", |row| json!(row.kicad.map(|version| version.to_string()))),
    more("about", "What it does", |row| {
        json!(kiapi::api::about(&row.command.full_name()).map(|about| about.sentence))
    }),
];

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    args.columns.check(COLUMNS)?;
    let kicad = if args.offline { None } else { reached(&args.target, format)? };
    let names: Vec<WildMatch> = args.names.iter().map(|name| WildMatch::new_case_insensitive(name)).collect();
    let is_wanted = |command: &&CommandInfo| {
        let is_named = |name: &WildMatch| name.matches(command.name()) || name.matches(&command.full_name());
        (names.is_empty() || names.iter().any(is_named))
            && args.effect.is_none_or(|effect| effect == Does::of(command.effect))
    };
    let rows: Vec<Row> = COMMANDS.iter().filter(is_wanted).map(|command| Row { command, kicad }).collect();
    args.columns.print(COLUMNS, &rows, format)?;
    if format == Format::Text {
        let said = match kicad {
            Some(kicad) => {
                let answered = rows.iter().filter(|row| row.command.is_answered_by(kicad)).count();
                format!("KiCad {kicad} answers {answered}")
            }
            None => "no KiCad was asked".to_owned(),
        };
        note(&format!("{} commands; {said}", rows.len()));
    }
    Ok(())
}

/// The version of the KiCad that is reached. Not to find one is no error, unless it is said which.
fn reached(target: &Target, format: Format) -> anyhow::Result<Option<ApiVersion>> {
    let is_said = target.running.socket.is_some() || target.running.instance.is_some();
    match target.connect() {
        Ok(kicad) => Ok(Some(kicad.version())),
        Err(error) => {
            let kind = error.downcast_ref::<kiapi::Error>().map(kiapi::Error::kind);
            if is_said || !matches!(kind, Some(ErrorKind::NotReachable | ErrorKind::NotReady)) {
                return Err(error);
            }
            if format == Format::Text {
                note(&format!("{error}"));
            }
            Ok(None)
        }
    }
}
