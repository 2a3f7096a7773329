//! An emulated KiCad: the editor behind a server, with a socket of its own.

mod reaction;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use kiapi_gen::Any;
use kiapi_server::{
    Answer, Api, ApiHandler, ApiServer, Backend, Call, Place, Readiness, ServerOptions, Tokens,
};
use kiapi_transport::{Address, CallOptions, Transport};

use self::reaction::Reaction;
use crate::editor::ByHand;
use crate::faults::{Faults, Injection};
use crate::files::Files;
use crate::loaded::Loaded;
use crate::{Editor, Error, ErrorKind, Fill, Habit, Habits, Line, Result, Snapshot};

/// A KiCad without KiCad, before it is started.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use kiapi_emulator::{Emulator, Line};
///
/// let kicad = Emulator::demo().start()?;
/// println!("KICAD_API_SOCKET={}", kicad.socket());
///
/// let older = Emulator::demo_of(Line::V9_0).start()?;
/// assert_ne!(kicad.socket(), older.socket());
/// # }
/// # Ok::<_, kiapi_emulator::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Emulator {
    source: Source,
    line: Option<Line>,
    habits: Option<Habits>,
    without: Vec<Habit>,
    fill: Fill,
    place: Option<Place>,
    backend: Backend,
    token: Option<String>,
    tokens: Tokens,
    faults: Vec<Injection>,
    folder: Option<PathBuf>,
}

/// Where the board comes from.
#[derive(Clone, Debug)]
enum Source {
    Demo(Line),
    Snapshot(Arc<Snapshot>),
}

impl Emulator {
    /// A KiCad 10.0 with the demo board.
    pub fn demo() -> Self {
        Self::demo_of(Line::V10_0)
    }

    /// A KiCad of a line with the demo board.
    pub fn demo_of(line: Line) -> Self {
        Self::from_source(Source::Demo(line)).line(line)
    }

    /// A KiCad with the board of a snapshot, of the line that the snapshot was taken from.
    pub fn new(snapshot: Snapshot) -> Self {
        Self::from_source(Source::Snapshot(Arc::new(snapshot)))
    }

    fn from_source(source: Source) -> Self {
        Self {
            source,
            line: None,
            habits: None,
            without: Vec::new(),
            fill: Fill::Silent(Duration::from_millis(20)),
            place: None,
            backend: Backend::default(),
            token: None,
            tokens: Tokens::RightOrEmpty,
            faults: Vec::new(),
            folder: None,
        }
    }

    /// Answers as a KiCad of this line.
    pub fn line(mut self, line: Line) -> Self {
        self.line = Some(line);
        self
    }

    /// Sets which of KiCad's bugs it has; otherwise those of its line.
    pub fn habits(mut self, habits: Habits) -> Self {
        self.habits = Some(habits);
        self
    }

    /// Leaves out one of KiCad's bugs.
    pub fn without(mut self, habit: Habit) -> Self {
        self.without.push(habit);
        self
    }

    /// Sets how long zones take to be filled; otherwise 20 ms of silence.
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// Sets where it listens; otherwise in a new folder of its own, which goes away with it.
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets what carries the frames.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Sets the token; otherwise it is a new one.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets which tokens are accepted; KiCad also accepts an empty one.
    pub fn accepted_tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets a folder that it may write to: the board goes there when it is saved, and copies that a client wants there.
    ///
    /// Without one nothing is ever written, whatever is answered. Nothing is written outside of it in any case.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Makes a fault happen from the start; see [`Faults::inject`].
    pub fn fault(mut self, injection: impl Into<Injection>) -> Self {
        self.faults.push(injection.into());
        self
    }

    /// Starts it. It runs until the value that this returns is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Snapshot`] when the snapshot lacks something that every KiCad shows, [`ErrorKind::Server`] when the
    /// socket cannot be had.
    pub fn start(self) -> Result<Running> {
        let version = match &self.source {
            Source::Demo(line) => line.api_version(),
            Source::Snapshot(snapshot) => snapshot.version(),
        };
        let line = self.line.or_else(|| Line::of(version)).ok_or_else(|| {
            let what = match version.major {
                0 => "the snapshot does not say which KiCad it is of".to_owned(),
                _ => format!("the snapshot is of KiCad {version}, which cannot be emulated"),
            };
            Error::new(ErrorKind::Snapshot, what)
        })?;
        let loaded = match self.source {
            Source::Demo(line) => Loaded::demo(line),
            Source::Snapshot(snapshot) => Arc::new(Loaded::new(Arc::unwrap_or_clone(snapshot))?),
        };
        let (place, folder) = match self.place {
            Some(place) => (place, None),
            None => {
                let io = |error: std::io::Error| {
                    Error::new(ErrorKind::Server, "cannot make a folder for the socket").with_source(error)
                };
                let folder = tempfile::Builder::new().prefix("kiapi-").tempdir().map_err(io)?;
                let place = Place::socket(folder.path().join("api.sock")).map_err(server_error)?;
                (place, Some(folder))
            }
        };
        let faults = Faults::default();
        for injection in self.faults {
            faults.inject(injection);
        }
        let habits = self.habits.unwrap_or_else(|| Habits::of(line));
        let world = Arc::new(World {
            habits: self.without.into_iter().fold(habits, Habits::without),
            line,
            loaded,
            tokens: self.tokens,
            backend: self.backend,
            faults,
            folder: self.folder,
            fill: Mutex::new(self.fill),
            pace: Mutex::default(),
            changed: Condvar::new(),
            instances: Mutex::default(),
        });
        let instance = Instance::start(&world, place, self.token)?;
        let address = instance.server.address().clone();
        lock(&world.instances).push(instance);
        Ok(Running { world, address, _folder: folder })
    }
}

/// A KiCad without KiCad that is running. It ends when this is dropped.
pub struct Running {
    world: Arc<World>,
    address: Address,
    _folder: Option<tempfile::TempDir>,
}

/// What outlives a KiCad that ends and starts anew.
struct World {
    loaded: Arc<Loaded>,
    line: Line,
    habits: Habits,
    tokens: Tokens,
    backend: Backend,
    faults: Faults,
    folder: Option<PathBuf>,
    fill: Mutex<Fill>,
    pace: Mutex<Pace>,
    changed: Condvar,
    /// The last one has the socket; the others have the clients that they had before it was taken over.
    instances: Mutex<Vec<Instance>>,
}

/// One KiCad.
struct Instance {
    editor: Arc<Mutex<Editor>>,
    api: Api,
    server: ApiServer,
}

/// What makes answers wait.
#[derive(Debug, Default)]
struct Pace {
    /// Zones are filled until then.
    filling: Option<Instant>,
    stopping: bool,
}

impl Running {
    /// Where it listens: what KiCad gives to its plugins as `KICAD_API_SOCKET`.
    pub fn socket(&self) -> &Address {
        &self.address
    }

    /// The token: what KiCad gives to its plugins as `KICAD_API_TOKEN`.
    pub fn token(&self) -> String {
        self.world.current(|instance| instance.api.token()).unwrap_or_default()
    }

    /// The faults that are to happen.
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// Sets whether it is ready; a KiCad that starts is not.
    pub fn set_readiness(&self, readiness: Readiness) {
        self.world.current(|instance| instance.api.set_readiness(readiness));
    }

    /// Sets how long zones take to be filled from now on.
    pub fn set_fill(&self, fill: Fill) {
        *lock(&self.world.fill) = fill;
    }

    /// Everything that the API shows of the board by now.
    ///
    /// # Errors
    ///
    /// When an editor that is busy is in the way of a reading command, or it has ended.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let gone = || Error::new(ErrorKind::Kicad, "the emulator is not running");
        let api = self.world.current(|instance| instance.api.clone()).ok_or_else(gone)?;
        Snapshot::take(&Inside { api, address: &self.address }, CallOptions::new())
    }

    /// How many steps there are to undo: one for each commit.
    pub fn undo_steps(&self) -> usize {
        self.world.current(|instance| lock(&instance.editor).undo_steps).unwrap_or_default()
    }

    /// Begins an interactive move that was asked for, as the person does by moving the mouse.
    pub fn begin_interactive_move(&self) {
        self.world.current(|instance| lock(&instance.editor).begin_interactive_move());
    }

    /// Ends an interactive move, as the person does with a click.
    pub fn end_interactive_move(&self) {
        self.world.current(|instance| lock(&instance.editor).by_hand = ByHand::No);
    }

    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        lock(&self.world.instances).iter().map(|instance| instance.server.connections()).sum()
    }

    /// Ends and starts anew, as a KiCad does that crashed: the board is as in the snapshot, the token is another one, and
    /// all connections are closed.
    ///
    /// # Errors
    ///
    /// When the socket cannot be had again.
    pub fn restart(&self) -> Result<()> {
        self.world.restart(&self.address)
    }

    /// Lets another KiCad with the same board take over the socket: new connections reach it, and it has another token;
    /// those that are open stay with the old one.
    ///
    /// # Errors
    ///
    /// When the socket cannot be had: on Windows, where it is a pipe, while somebody is connected.
    pub fn take_over(&self) -> Result<()> {
        self.world.take_over(&self.address)
    }

    /// Stops: what was accepted is answered, and the socket is removed.
    pub fn stop(self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        self.world.end();
    }
}

impl fmt::Debug for Emulator {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("source", &self.source)
            .field("line", &self.line)
            .field("place", &self.place)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("socket", &self.address).finish_non_exhaustive()
    }
}

impl Instance {
    fn start(world: &Arc<World>, place: Place, token: Option<String>) -> Result<Self> {
        let files = Files::below(world.folder.clone());
        let editor = Editor::new(Arc::clone(&world.loaded), world.line, world.habits.clone(), files);
        let editor = Arc::new(Mutex::new(editor));
        let api = Api::new();
        if let Some(token) = token {
            api.set_token(token);
        }
        api.set_accepted_tokens(world.tokens);
        api.register(Shared(Arc::clone(&editor)));
        let options = ServerOptions::new(place).backend(world.backend);
        // The world holds the server, which must not keep the world.
        let mut reaction = Reaction::new(world, &editor);
        let server =
            ApiServer::start_with(api.clone(), options, move |request, api| reaction.to(request, api));
        Ok(Self { editor, api, server: server.map_err(server_error)? })
    }
}

impl World {
    fn current<T>(&self, see: impl FnOnce(&Instance) -> T) -> Option<T> {
        lock(&self.instances).last().map(see)
    }

    /// Ends all that runs.
    fn end(&self) {
        lock(&self.pace).stopping = true;
        self.changed.notify_all();
        let instances = std::mem::take(&mut *lock(&self.instances));
        drop(instances);
    }

    fn restart(self: &Arc<Self>, address: &Address) -> Result<()> {
        self.end();
        *lock(&self.pace) = Pace::default();
        let instance = Instance::start(self, Place::Address(address.clone()), None)?;
        lock(&self.instances).push(instance);
        Ok(())
    }

    fn take_over(self: &Arc<Self>, address: &Address) -> Result<()> {
        if let Some(path) = address.path() {
            std::fs::remove_file(path).map_err(|error| {
                let what = format!("cannot take over `{}`", path.display());
                Error::new(ErrorKind::Server, what).with_source(error)
            })?;
        }
        let instance = Instance::start(self, Place::Address(address.clone()), None)?;
        lock(&self.instances).push(instance);
        Ok(())
    }

    /// The thread that answers cannot wait for itself to end.
    fn in_background(self: &Arc<Self>, work: fn(&Arc<Self>, &Address) -> Result<()>) {
        let world = Arc::clone(self);
        thread::spawn(move || {
            let address = world.current(|instance| instance.server.address().clone());
            if let Some(address) = address {
                // If the socket cannot be had again, this KiCad is gone for its clients, who will say so.
                let _ = work(&world, &address);
            }
        });
    }

    /// Waits until no zone is being filled; `false` when the emulator ends.
    fn wait_for_fill(&self) -> bool {
        let filling = lock(&self.pace).filling;
        filling.is_none_or(|end| self.pause_until(end))
    }

    /// Waits; `false` when the emulator ends meanwhile.
    fn pause_until(&self, end: Instant) -> bool {
        let mut pace = lock(&self.pace);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if pace.stopping || left.is_zero() {
                return !pace.stopping;
            }
            pace = self.changed.wait_timeout(pace, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn server_error(error: kiapi_server::Error) -> Error {
    Error::new(ErrorKind::Server, "cannot start the emulator").with_source(error)
}

/// The editor as a handler that the emulator sees too.
struct Shared(Arc<Mutex<Editor>>);

impl ApiHandler for Shared {
    fn handle(&mut self, call: &Call<'_>, message: &Any) -> Answer<Any> {
        lock(&self.0).handle(call, message)
    }
}

/// The API without a socket.
#[derive(Debug)]
struct Inside<'a> {
    api: Api,
    address: &'a Address,
}

impl Transport for Inside<'_> {
    fn call(&self, request: &[u8], _options: &CallOptions) -> kiapi_transport::Result<Vec<u8>> {
        Ok(self.api.answer(request))
    }

    fn address(&self) -> &Address {
        self.address
    }

    fn is_connected(&self) -> bool {
        true
    }
}

/// Whoever held these locks and panicked left nothing half done that matters more than going on.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
