//! `kiapi call`: any command of KiCad's API, as JSON.

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use kiapi::api::common::commands::{ItemDeletionStatus, ItemStatusCode};
use kiapi::api::common::types::{DocumentSpecifier, DocumentType};
use kiapi::api::{CommandVisitor, visit_command};
use kiapi::prost::Message as _;
use kiapi::{Board, CallOptions, Command, CommandInfo, KiCad, Retry};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};

use crate::failure::Usage;
use crate::files;
use crate::output::{self, Format};
use crate::reflect::{self, json, template};
use crate::refusal::Partly;
use crate::table::note;
use crate::target::Target;

/// Call any command of KiCad's API with JSON
///
/// The JSON is protobuf's canonical one: fields as `camelCase` or as KiCad's files have them, enums by name or number,
/// 64-bit numbers as strings or numbers, items with `"@type": "type.googleapis.com/kiapi.board.types.Track"`. Lengths
/// and places are in nanometres. `kiapi describe NAME --template` prints JSON to begin with.
///
/// A command that is about a document gets the open board (see `--board`), if the field `board`, `document` or `header` is
/// left out.
///
/// KiCad says of items one by one whether it took them. If it did not take some, the answer is printed all the same, and
/// the exit code is 6.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi call GetVersion
  kiapi call GetItems '{\"types\": [\"KOT_PCB_TRACE\"]}'
  kiapi describe AddToSelection --template | kiapi call AddToSelection -
  kiapi call SetActiveLayer '{\"layer\": \"BL_B_Cu\"}'
  kiapi call GetNets --dry-run")]
pub(crate) struct Args {
    /// The command: `GetNets`, or its full name
    name: String,
    /// The request: JSON, `-` for JSON on stdin, or `@FILE` for JSON in a file
    #[arg(value_name = "JSON|-|@FILE", default_value = "{}")]
    request: String,
    /// Do not fill in the document
    #[arg(long)]
    no_document: bool,
    /// Which refusals are waited out, up to the timeout
    #[arg(long, value_name = "WHEN", default_value = "not-ready")]
    retry: When,
    /// Send what this KiCad is not known to answer, and what would hurt it
    #[arg(long)]
    unchecked: bool,
    /// Send nothing; print the request as it would be sent
    #[arg(long)]
    dry_run: bool,
    /// Write the answer to a file too, as protobuf has it on the wire; with `--dry-run` the request
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The name that KiCad knows the caller by: it keeps one commit for each [default: a new one]
    #[arg(long, value_name = "NAME")]
    client_name: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// Which refusals are waited out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum When {
    /// None: the first answer counts
    Never,
    /// While KiCad starts
    NotReady,
    /// While KiCad starts, and while a person moves or routes something
    Busy,
}

impl From<When> for Retry {
    fn from(when: When) -> Self {
        match when {
            When::Never => Self::Never,
            When::NotReady => Self::WhileNotReady,
            When::Busy => Self::WhileRefused,
        }
    }
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let command = reflect::command(&args.name)?;
    let of = reflect::message(&command.full_name());
    let (text, source) = read(&args.request)?;
    let mut request = json::parse(&text, &of, &source)?;

    let missing = if args.no_document { None } else { missing_document(&request) };
    let kicad = if args.dry_run && missing.is_none() { None } else { Some(connect(args)?) };
    if let (Some(field), Some(kicad)) = (missing, &kicad) {
        let board = args.target.board_of(kicad).with_context(|| {
            format!(
                "{} needs a document; `--no-document` leaves it out, or name one in the request",
                command.name()
            )
        })?;
        fill_in(&mut request, &field, &document_for(command, &board).encode_to_vec())?;
    }

    let (answer, bytes) = match &kicad {
        Some(kicad) if !args.dry_run => {
            let options = CallOptions::new().retry(args.retry.into());
            let options = if args.unchecked { options.unchecked() } else { options };
            let call = Call { kicad, request: &json::encode(&request), options };
            let bytes = visit_command(&command.full_name(), call).expect("it is in the list of commands")?;
            for notice in kicad.take_notices() {
                note(&format!("{notice}"));
            }
            (json::decode(reflect::message(&command.response()), &bytes)?, bytes)
        }
        _ => {
            let bytes = json::encode(&request);
            (request, bytes)
        }
    };
    // First of all it is kept: the call cannot be made again if it changed something.
    if let Some(file) = &args.binary {
        std::fs::write(file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let (shown, lost) = json::show(&answer).with_context(|| {
        let done = if args.dry_run { "" } else { "KiCad carried it out, but " };
        format!("{done}this build does not know all that is in it; `--binary FILE` keeps it")
    })?;
    output::json_text(&shown);
    if let Some(kicad) = kicad.filter(|_| command.name() == "BeginCommit" && !args.dry_run) {
        note(&format!(
            "the commit stays open; to end it, call EndCommit with --client-name '{}'",
            kicad.client_name()
        ));
    }
    match (lost.is_empty(), format) {
        (true, _) => {}
        (false, Format::Text) => note(&format!(
            "not shown, as this build does not know it: {}; `--binary FILE` keeps it",
            lost.join(", ")
        )),
        // Stdout is the answer and nothing else, for parsers that take no field that is none of its own.
        (false, Format::Json) => eprintln!("{}", serde_json::json!({ "not_shown": lost })),
    }
    let refused = if args.dry_run { Vec::new() } else { refused_items(&answer) };
    if let Some(first) = refused.first() {
        note(&format!("KiCad did not take {} of the items: {first}", refused.len()));
        return Err(Partly.into());
    }
    Ok(())
}

/// What KiCad says of the items that it did not take, one by one: the answer as a whole is fine all the same.
fn refused_items(answer: &DynamicMessage) -> Vec<String> {
    const NAMES: [&str; 3] = ["created_items", "updated_items", "deleted_items"];
    let rows = NAMES.iter().filter_map(|name| answer.get_field_by_name(name));
    let mut refused = Vec::new();
    for row in rows.flat_map(|rows| rows.as_list().map(<[Value]>::to_vec).unwrap_or_default()) {
        let Some(row) = row.as_message() else { continue };
        let status = row.get_field_by_name("status");
        let code = match status.as_deref() {
            // Rows of deleted items have the code itself.
            Some(Value::EnumNumber(code)) => Some((
                ItemDeletionStatus(*code) == ItemDeletionStatus::OK,
                format!("{:?}", ItemDeletionStatus(*code)),
            )),
            Some(Value::Message(status)) => {
                let number = |name| status.get_field_by_name(name)?.as_enum_number();
                let text =
                    status.get_field_by_name("error_message").and_then(|it| it.as_str().map(str::to_owned));
                let code = ItemStatusCode(number("code").unwrap_or_default());
                let text =
                    text.filter(|text| !text.is_empty()).map(|text| format!(": {text}")).unwrap_or_default();
                Some((code == ItemStatusCode::OK, format!("{code:?}{text}")))
            }
            _ => None,
        };
        refused.extend(code.filter(|(is_taken, _)| !is_taken).map(|(_, words)| words));
    }
    refused
}

fn connect(args: &Args) -> anyhow::Result<KiCad> {
    match &args.client_name {
        Some(name) => args.target.running.connect_as(name.clone()),
        None => args.target.connect(),
    }
}

/// The JSON of a request, and what it came from.
fn read(request: &str) -> anyhow::Result<(String, String)> {
    if request == "-" {
        let text = files::text_of(io::stdin().lock()).context("cannot read stdin")?;
        return Ok((text, "stdin".to_owned()));
    }
    if let Some(file) = request.strip_prefix('@') {
        let text =
            files::text(file).map_err(|error| Usage(format!("cannot read the file `{file}`: {error}")))?;
        return Ok((text, file.to_owned()));
    }
    Ok((request.to_owned(), "the request".to_owned()))
}

/// The field of the request for a document, if there is one without a document in it.
fn missing_document(request: &DynamicMessage) -> Option<FieldDescriptor> {
    let of = prost_reflect::ReflectMessage::descriptor(request);
    let field = of.fields().find(template::is_filled_in)?;
    let value = request.get_field(&field);
    let is_there = request.has_field(&field)
        && value.as_message().is_some_and(|inner| match header_document(inner) {
            Some(document) => inner.has_field(&document),
            None => true,
        });
    (!is_there).then_some(field)
}

/// The document that a command is about: the board, or its project.
fn document_for(command: &CommandInfo, board: &Board) -> DocumentSpecifier {
    const OF_PROJECTS: [&str; 2] =
        ["kiapi.common.commands.GetTextVariables", "kiapi.common.commands.SetTextVariables"];
    let document = board.document().clone();
    if !OF_PROJECTS.contains(&command.full_name().as_str()) {
        return document;
    }
    let mut project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
    project.project = document.project;
    project
}

/// The document in a header; none if this is a document itself.
fn header_document(inner: &DynamicMessage) -> Option<FieldDescriptor> {
    let of = prost_reflect::ReflectMessage::descriptor(inner);
    of.get_field_by_name("document").filter(|_| of.name() == "ItemHeader")
}

/// Puts a document into its field, or into the header there.
fn fill_in(request: &mut DynamicMessage, field: &FieldDescriptor, document: &[u8]) -> anyhow::Result<()> {
    let Kind::Message(of) = field.kind() else { return Ok(()) };
    if let Some(inner) = of.get_field_by_name("document").filter(|_| of.name() == "ItemHeader") {
        let Kind::Message(document_of) = inner.kind() else { return Ok(()) };
        let document = json::decode(document_of, document)?;
        if let Some(header) = request.get_field_mut(field).as_message_mut() {
            header.set_field(&inner, Value::Message(document));
        }
    } else {
        request.set_field(field, Value::Message(json::decode(of, document)?));
    }
    Ok(())
}

/// A call of a command that is known by its name: bytes in, bytes out.
struct Call<'a> {
    kicad: &'a KiCad,
    request: &'a [u8],
    options: CallOptions,
}

impl CommandVisitor for Call<'_> {
    type Output = anyhow::Result<Vec<u8>>;

    fn visit<C: Command>(self) -> Self::Output {
        let command = C::decode(self.request).context("the request cannot be packed")?;
        Ok(self.kicad.call_with(&command, self.options)?.encode_to_vec())
    }
}
