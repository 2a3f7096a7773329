//! One running KiCad with a display, settings and files of its own.

use std::fs::File;
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use super::config::Editing;
use super::install::{Install, Line};
use super::ping::{self, Answer};
use super::process::{Process, Stat};
use super::readiness::{IdleWatch, Limits, Seen, Verdict, judge};
use super::state::{self, State};
use super::{board, config, display, interrupt, os, plugin, poll, tail};

/// How many seconds it may take until it answers; the largest boards take one minute.
pub(crate) const READY: u64 = 180;
/// A KiCad that does nothing for so long while it starts waits for somebody.
const IDLE: Duration = Duration::from_secs(12);

/// How to start one.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Where its files go: a folder that is empty or not there yet; `stop` removes it [default: a new one]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Run the KiCad that is installed in the system below this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) kicad_root: Option<PathBuf>,
    /// Open the board itself, not a copy
    #[arg(long)]
    pub(crate) in_place: bool,
    /// The state folder of another KiCad, to share its folder for temporary files, where the sockets lie
    #[arg(long, value_name = "DIR")]
    pub(crate) beside: Option<PathBuf>,
    /// The folder of an installed plugin that it gets; may be given more than once
    #[arg(long = "plugin", value_name = "DIR")]
    pub(crate) plugins: Vec<PathBuf>,
    /// How many seconds it may take until it answers
    #[arg(long, value_name = "SECONDS", default_value_t = READY)]
    pub(crate) timeout: u64,
    #[command(flatten)]
    pub(crate) editing: Editing,
}

impl Default for Options {
    fn default() -> Self {
        let editing = Editing::default();
        let plugins = Vec::new();
        Self {
            state: None,
            kicad_root: None,
            in_place: false,
            beside: None,
            plugins,
            timeout: READY,
            editing,
        }
    }
}

/// A running KiCad; dropping it ends it, and removes its files.
#[derive(Debug)]
pub(crate) struct Instance {
    dir: PathBuf,
    state: State,
    /// KiCad and its display, as long as they were started by this very process.
    children: Vec<Child>,
    version: String,
}

impl Instance {
    /// Starts the KiCad of this line on a copy of `board` (a demo if none), and waits until it answers.
    ///
    /// If that fails, nothing stays behind but the screenshot that the error may name.
    pub(crate) fn start(line: Line, board: Option<&Path>, options: &Options) -> Result<Self> {
        let install = match &options.kicad_root {
            Some(root) => Install::in_root(&std::path::absolute(root)?)
                .filter(|install| install.line() == line)
                .with_context(|| format!("there is no KiCad {line} in {}", root.display()))?,
            None => Install::get(line)?,
        };
        let board = match board {
            Some(board) => board::find(board)?,
            None => install.demo()?,
        };
        let beside = options.beside.as_deref().map(std::fs::canonicalize).transpose();
        let beside = beside.context("there is no KiCad to start one beside")?;
        let dir = state::create(&line.to_string(), options.state.as_deref())?;
        let state = State {
            line: line.to_string(),
            version: None,
            board: board.clone(),
            socket: state::socket(&dir),
            display: None,
            xvfb: None,
            kicad: None,
        };
        let mut instance = Self { dir, state, children: Vec::new(), version: String::new() };
        // From here on an error drops the instance, which ends and removes what there is of it.
        instance.state.write(&instance.dir)?;
        if options.in_place {
            let obstacles = board::obstacles(&board)?;
            if !obstacles.is_empty() {
                let names: Vec<_> = obstacles.iter().map(|path| path.display().to_string()).collect();
                bail!("KiCad would ask about {}; remove it, or leave out --in-place", names.join(" and "));
            }
        } else {
            instance.state.board = board::copy(&board, &instance.dir.join("b"))?;
        }
        instance.launch(&install, options, beside.as_deref())?;
        instance.wait(Limits { ready: Duration::from_secs(options.timeout), idle: IDLE })?;
        Ok(instance)
    }

    /// Starts the display and KiCad.
    fn launch(&mut self, install: &Install, options: &Options, beside: Option<&Path>) -> Result<()> {
        config::write(&self.dir.join("c"), &install.line().to_string(), options.editing)?;
        for name in ["h", "t"] {
            os::create_private_dir(&self.dir.join(name))?;
        }
        plugin::give(&options.plugins, &self.plugins())?;
        let xvfb = display::start(&self.dir)?;
        let (xvfb, process) = self.adopt(xvfb)?;
        self.state.xvfb = Some(process);
        self.state.write(&self.dir)?;
        let number = display::number(&self.dir, &mut self.children[xvfb])?;
        self.state.display = Some(number);

        let board = &self.state.board;
        let board_folder = board.parent().context("a board lies in a folder")?;
        let mut folders = vec![Path::new("/tmp/.X11-unix"), &self.dir];
        folders.extend(beside);
        if !board_folder.starts_with(&self.dir) {
            folders.push(board_folder);
        }
        let log = File::create(self.log())?;
        let mut command = install.command("pcbnew", &folders);
        let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path);
        let path = path.map(ToOwned::to_owned).or_else(|| std::env::var_os("PATH")).unwrap_or_default();
        command
            .arg(board)
            // Nothing of the caller's desktop, language or settings.
            .env_clear()
            .env("PATH", path)
            .env("LANG", "C.UTF-8")
            .env("DISPLAY", format!(":{number}"))
            .env("HOME", self.dir.join("h"))
            .env("TMPDIR", beside.unwrap_or(&self.dir).join("t"))
            .env("XDG_RUNTIME_DIR", self.dir.join("t"))
            .env("KICAD_CONFIG_HOME", self.dir.join("c"))
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        os::own_group(&mut command);
        let (_, process) = self.adopt(command.spawn().context("cannot start KiCad")?)?;
        self.state.kicad = Some(process);
        if let Some(beside) = beside {
            // The first of a folder has the plain name.
            self.state.socket = state::socket(beside).with_file_name(format!("api-{}.sock", process.pid));
        }
        self.state.write(&self.dir)
    }

    /// Keeps a process that was just started, to end it and to collect it.
    fn adopt(&mut self, mut child: Child) -> Result<(usize, Process)> {
        let process = Process::of(child.id());
        if process.is_err() {
            let _ = child.kill();
        }
        self.children.push(child);
        Ok((self.children.len() - 1, process?))
    }

    /// Waits until KiCad answers that it is ready, and asks which one it is.
    fn wait(&mut self, limits: Limits) -> Result<()> {
        let (start, mut idle) = (Instant::now(), IdleWatch::default());
        let kicad = self.state.kicad.expect("it was launched");
        let look = || {
            if let Err(error) = interrupt::check() {
                return Some(Err(error));
            }
            let answer = ping::ping(&self.state.socket, Duration::from_secs(10));
            let stat = kicad.stat();
            let elapsed = start.elapsed();
            let idle = stat.map_or(Duration::ZERO, |stat| idle.look(elapsed, stat));
            let seen = Seen { alive: stat.is_some(), answer, elapsed, idle };
            match judge(&seen, limits) {
                Verdict::Wait => None,
                verdict => Some(Ok((verdict, seen.answer, elapsed))),
            }
        };
        let (verdict, answer, elapsed) = poll(Duration::MAX, look).expect("it polls for ever")?;
        match verdict {
            Verdict::Wait | Verdict::Ready => {}
            Verdict::Died => {
                bail!("KiCad died while it started ({}); its log ends with\n{}", self.end(), self.tail())
            }
            Verdict::Dialog => return Err(self.stuck("a dialog seems to be in the way", &answer, elapsed)),
            Verdict::TooSlow => {
                let more = "`--timeout` of `kicad start` and `--ready` of `live` give it more";
                let what = format!("KiCad did not become ready in time ({more})");
                return Err(self.stuck(&what, &answer, elapsed));
            }
        }
        let (version, words) = ping::version(&self.state.socket, Duration::from_secs(10))
            .map_err(|answer| anyhow!("KiCad was ready, but does not tell its version: {answer}"))?;
        self.version = version.to_string();
        if version.line() != self.state.line {
            bail!("KiCad {} was wanted, and one that says it is {words} runs", self.state.line);
        }
        self.state.version = Some(self.version.clone());
        self.state.write(&self.dir)
    }

    /// The error for a KiCad that does not become ready, with all that helps to see why.
    fn stuck(&self, what: &str, answer: &Answer, elapsed: Duration) -> anyhow::Error {
        let picture = state::base().and_then(|base| {
            let picture = base.join(format!("stuck-{}-{}.png", self.state.line, std::process::id()));
            display::screenshot(&self.dir, &picture).map(|()| picture)
        });
        let picture = match picture {
            Ok(picture) => picture.display().to_string(),
            Err(error) => format!("none, {error:#}"),
        };
        let windows = self.state.display.map(display::windows).unwrap_or_default();
        let windows = if windows.is_empty() { "none can be seen".to_owned() } else { format!("{windows:?}") };
        let seconds = elapsed.as_secs();
        let tail = self.tail();
        anyhow!(
            "{what}: after {seconds} s {answer}\n  screenshot: {picture}\n  windows: {windows}\n  its log ends with\n{tail}"
        )
    }

    /// The API socket as KiCad's clients want it: `ipc:///…`.
    pub(crate) fn url(&self) -> String {
        format!("ipc://{}", self.state.socket.display())
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.state.socket
    }

    /// What the system says of its process; none when it has ended.
    pub(crate) fn stat(&self) -> Option<Stat> {
        self.state.kicad.and_then(Process::stat)
    }

    /// The titles of the windows on its display; none where they cannot be asked for.
    pub(crate) fn windows(&self) -> Vec<String> {
        self.state.display.map(display::windows).unwrap_or_default()
    }

    /// The display that it is on, as X11's clients name it.
    pub(crate) fn display(&self) -> Option<String> {
        self.state.display.map(|number| format!(":{number}"))
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The board that it opened.
    pub(crate) fn board(&self) -> &Path {
        &self.state.board
    }

    /// The folder in which it looks for plugins.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.dir.join("h/.local/share/kicad").join(&self.state.line).join("plugins")
    }

    /// What the running KiCad says it is: `9.0.8`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn pid(&self) -> u32 {
        self.state.kicad.expect("it was launched").pid
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.state.is_alive()
    }

    /// How the KiCad that died came to its end, in words.
    pub(crate) fn end(&mut self) -> String {
        self.exit().map_or_else(|| "nobody knows how".to_owned(), |status| status.to_string())
    }

    /// How it ended; none while one of its threads still runs, or when another process started it.
    pub(crate) fn exit(&mut self) -> Option<ExitStatus> {
        let pid = self.pid();
        let child = self.children.iter_mut().find(|child| child.id() == pid)?;
        child.try_wait().ok().flatten()
    }

    /// The last lines of its log.
    pub(crate) fn tail(&self) -> String {
        tail(&self.log())
    }

    fn log(&self) -> PathBuf {
        self.dir.join("kicad.log")
    }

    /// Lets it run on; `cargo xtask kicad stop` ends it.
    pub(crate) fn leave_running(mut self) {
        mem::take(&mut self.children);
        mem::forget(self);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let stopped = self.state.stop();
        for child in &mut self.children {
            // What is still alive now could not be ended; waiting for it would be for ever.
            let _ = child.try_wait();
        }
        if let Err(error) = stopped.and_then(|()| state::remove(&self.dir)) {
            eprintln!("warning: {error:#}");
        }
    }
}
