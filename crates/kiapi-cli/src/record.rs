//! `kiapi record`: what a client and KiCad say to each other, in a file.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use kiapi::Address;
use kiapi_emulator::transport::{ConnectOptions, Relay, RelayEvent, ServerOptions};
use serde_json::json;

use crate::failure::Usage;
use crate::output::{self, Format};
use crate::place::{self, Where};
use crate::probe::{self, Probe, probe};
use crate::recording::{Counts, Envelopes, Tokens, Writer};
use crate::target::Running;
use crate::{child, interrupt};

const SOCKET: &str = "KICAD_API_SOCKET";
const TOKEN: &str = "KICAD_API_TOKEN";
/// How long a KiCad may take for the handshake.
const CONNECT: Duration = Duration::from_secs(60);
/// How many frames may wait to be written before clients have to wait.
const BACKLOG: usize = 64;

/// Record what a client and KiCad say to each other
///
/// Listens at a socket of its own and passes everything on unchanged, until it is ended with Ctrl-C, or the command that is
/// given ends. Tokens are not written to the file.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Prints the environment for a client, unless it runs one itself; its exit code is then the client's.

Examples:
  kiapi record session.jsonl -- python3 my_tool.py
  kiapi record session.jsonl --at /tmp/recorded.sock
  kiapi trace session.jsonl
  kiapi replay session.jsonl -- python3 my_tool.py"
)]
pub(crate) struct Args {
    /// The file to write
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Write messages as bytes only and not as JSON too, which is less and faster for large boards
    #[arg(long)]
    bytes_only: bool,
    #[command(flatten)]
    place: Where,
    /// The socket of KiCad: a path, or `ipc://` and a path [default: `KICAD_API_SOCKET`, or the KiCad that runs]
    #[arg(long, value_name = "PATH", conflicts_with = "instance", help_heading = "Which KiCad")]
    socket: Option<String>,
    /// The KiCad with this process id, of those that `kiapi instances` lists
    #[arg(long, value_name = "PID", help_heading = "Which KiCad")]
    instance: Option<u32>,
    /// The client to run, with `KICAD_API_SOCKET` and `KICAD_API_TOKEN` set
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let target = Running { socket: args.socket.clone(), instance: args.instance, ..Running::default() };
    let given = given()?.filter(|_| target.socket.is_none() && target.instance.is_none());
    let (kicad, version, token) = match (given, target.address()?) {
        // Who was told the token need not ask, so that nothing is in the recording of whoever is recorded there.
        (Some((address, Some(token))), _) => (address, None, Some(token)),
        (Some((address, None)), _) | (None, Some(address)) => {
            let probe = probe(&address, None, probe::PATIENCE);
            introduce(address, probe)
        }
        (None, None) => match probe::first() {
            Some((address, probe)) => introduce(address, probe),
            // It says best where none was found.
            None => (target.connect()?.address().clone(), None, None),
        },
    };
    let mut tokens = Tokens::default();
    token.iter().chain(&std::env::var(TOKEN).ok()).for_each(|token| tokens.learn(token));

    let place = args.place.take()?;
    let address = place.taken.address();
    if *address == kicad {
        return Err(Usage(format!("`{kicad}` is where KiCad listens; `--at` needs another socket")).into());
    }
    let file = create(args)?;
    let envelopes = if args.bytes_only { Envelopes::Bytes } else { Envelopes::Json };
    let writer = Writer::new(file, version, kicad.to_string(), tokens, envelopes)
        .with_context(|| format!("cannot write {}", args.file.display()))?;

    let end = interrupt::awaited();
    let (sender, events) = sync_channel::<RelayEvent>(BACKLOG);
    let tell = move |event| {
        // The one who writes goes on to the end, whatever happens to the file.
        let _ = sender.send(event);
    };
    // Patient, since a KiCad that is stopped may hang for good when a client gives up before the handshake.
    let connect = ConnectOptions::new().timeout(CONNECT);
    let relay = Relay::start(address, &kicad, &ServerOptions::new(), &connect, tell)?;
    let name = args.file.display().to_string();
    let writing =
        thread::Builder::new().name("writer".to_owned()).spawn(move || write(writer, &events, &name))?;

    let token = token.unwrap_or_default();
    let socket = address.to_string();
    let ran = if args.command.is_empty() {
        place::print_environment(format, &socket, &token);
        let _ = end.recv();
        Ok(())
    } else {
        child::run(&args.command, &[(SOCKET, &socket), (TOKEN, &token)], &end)
    };
    // Ctrl-C again ends it at once.
    drop(end);
    // Everything has been told when this returns, and nobody tells more once it is gone.
    relay.close();
    drop(relay);
    let (counts, written) = writing.join().expect("the writer does not panic");
    report(args, counts, format);
    written.with_context(|| format!("cannot write all of {}", args.file.display()))?;
    ran
}

/// What the environment says: the socket, and the token.
fn given() -> anyhow::Result<Option<(Address, Option<String>)>> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let Some(socket) = variable(SOCKET) else { return Ok(None) };
    let address = Address::parse(&socket).map_err(|error| Usage(format!("{SOCKET}: {error}")))?;
    Ok(Some((address, variable(TOKEN))))
}

/// The version and the token of a KiCad, as far as it tells. One that is not there yet may come.
fn introduce(kicad: Address, probe: Probe) -> (Address, Option<String>, Option<String>) {
    match probe {
        Probe::Answers(answers) => (kicad, answers.version, answers.token),
        other => {
            anstream::eprintln!(
                "warning: {kicad}: {}; its token will be known when it answers",
                other.words()
            );
            (kicad, None, None)
        }
    }
}

fn create(args: &Args) -> anyhow::Result<File> {
    let created = if args.force { File::create(&args.file) } else { File::create_new(&args.file) };
    match created {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(Usage(format!("{} exists; --force replaces it", args.file.display())))
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", args.file.display())),
    }
}

/// Writes until nobody tells any more. If the file takes no more, that is said at once, and clients are served all the same.
fn write(
    mut writer: Writer<File>,
    events: &Receiver<RelayEvent>,
    name: &str,
) -> (Counts, std::io::Result<()>) {
    let mut written = Ok(());
    for event in events {
        if written.is_ok() {
            written = writer.write(event);
            if let Err(error) = &written {
                anstream::eprintln!("error: cannot write {name}: {error}; what follows is not recorded");
            }
        }
    }
    (writer.counts(), written)
}

fn report(args: &Args, counts: Counts, format: Format) {
    let Counts { connections, requests, answers, broken } = counts;
    match format {
        Format::Text => anstream::eprintln!(
            "{}: {requests} requests and {answers} answers on {connections} connections, {broken} of them broken",
            args.file.display()
        ),
        Format::Json => output::json_line(&json!({
            "file": args.file, "connections": connections, "requests": requests, "answers": answers,
            "broken": broken,
        })),
    }
}
