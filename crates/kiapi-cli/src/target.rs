//! Which KiCad, and which of its boards: the options of every command that talks to one.

use std::path::PathBuf;
use std::time::Duration;

use kiapi::{Address, Board, CallOptions, ConnectOptions, ErrorKind, Instance, InstanceState, KiCad};

use crate::failure::{NotThere, Usage};
use crate::quantity;

/// Which KiCad and which board a command is for.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) running: Running,
    /// The board file, if several are open
    #[arg(long, value_name = "FILE", help_heading = "Which KiCad")]
    pub(crate) board: Option<PathBuf>,
}

/// Which KiCad a command is for.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Which KiCad")]
pub(crate) struct Running {
    /// The socket of KiCad: a path, or `ipc://` and a path [default: `KICAD_API_SOCKET`, or the KiCad that runs]
    #[arg(long, value_name = "PATH", conflicts_with = "instance")]
    pub(crate) socket: Option<String>,
    /// The KiCad with this process id, of those that `kiapi instances` lists
    #[arg(long, value_name = "PID", value_parser = quantity::whole::<u32>)]
    pub(crate) instance: Option<u32>,
    /// How many seconds one call may take, and KiCad to be ready [default: 30, and 300 for what reads a whole board]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

/// A time in seconds that a call may take.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match time {
        Some(time) if !time.is_zero() => Ok(time),
        _ => Err("it is no time in seconds, such as `5` or `0.5`".to_owned()),
    }
}

/// How long one call may take when nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a call may take that reads a whole board, when nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(300);

impl Running {
    /// Connects to the KiCad that is meant.
    pub(crate) fn connect(&self) -> anyhow::Result<KiCad> {
        self.connect_as(format!("kiapi {}", std::process::id()))
    }

    /// Connects to the KiCad that is meant, under a name of one's own.
    pub(crate) fn connect_as(&self, name: String) -> anyhow::Result<KiCad> {
        let options = self.address()?.into_iter().fold(ConnectOptions::new(), ConnectOptions::socket);
        // Whoever says how long it may take does not wait longer for a KiCad that starts, or says nothing.
        let options = self.timeout.into_iter().fold(options, ConnectOptions::ready_timeout);
        let call = CallOptions::new().timeout(self.timeout.unwrap_or(TIMEOUT));
        Ok(KiCad::connect_with(options.client_name(name).call_options(call))?)
    }

    /// Where to connect to, if that is said.
    pub(crate) fn address(&self) -> anyhow::Result<Option<Address>> {
        if let Some(socket) = &self.socket {
            let address = Address::parse(socket).map_err(|error| Usage(format!("--socket: {error}")))?;
            return Ok(Some(address));
        }
        let Some(pid) = self.instance else { return Ok(None) };
        let instances = kiapi::instances();
        match instances.iter().find(|instance| instance.pid() == Some(pid)).and_then(|found| found.address())
        {
            Some(address) => Ok(Some(address.clone())),
            None => Err(NotThere(format!(
                "no KiCad with the process id {pid} has a socket; `kiapi instances` lists those that do"
            ))
            .into()),
        }
    }
}

impl Target {
    /// How calls are made that read a whole board.
    pub(crate) fn patient(&self) -> CallOptions {
        CallOptions::new().timeout(self.running.timeout.unwrap_or(PATIENCE))
    }

    /// Connects to the KiCad that is meant.
    pub(crate) fn connect(&self) -> anyhow::Result<KiCad> {
        self.running.connect()
    }

    /// Connects, and gives the board that is meant.
    pub(crate) fn board(&self) -> anyhow::Result<Board> {
        self.board_of(&self.connect()?)
    }

    /// The board that is meant of a KiCad.
    pub(crate) fn board_of(&self, kicad: &KiCad) -> anyhow::Result<Board> {
        let Some(path) = &self.board else { return Ok(kicad.board()?) };
        let error = match kicad.board_at(path) {
            Err(error) if error.kind() == ErrorKind::Document => error,
            other => return Ok(other?),
        };
        let is_alive = |instance: &Instance| instance.state() == InstanceState::Alive;
        let alive = kiapi::instances().into_iter().filter(is_alive).count();
        if alive < 2 {
            return Err(error.into());
        }
        Err(anyhow::Error::new(error).context(format!(
            "no board `{}` in this KiCad; {alive} are running: `kiapi instances --probe` tells what each has open, and \
             `--instance PID` chooses one",
            path.display()
        )))
    }
}
