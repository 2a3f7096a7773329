//! A connection to a KiCad, and calls over it.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::common::commands::GetVersion;
use kiapi_gen::{ApiVersion, Command, CommandInfo, Request, Response};
use kiapi_transport::{Address, Deadline};

use crate::discovery::{self, Candidates};
use crate::link::{Blocking, Link};
use crate::{CallOptions, ConnectOptions, Error, Result, Retry};

/// How long one KiCad may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take when nobody says otherwise.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long KiCad may take to be ready when nobody says otherwise.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// The first and the longest pause between two tries. KiCad serves everyone on one thread: it is not flooded.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// A connection to a running KiCad, which waits the way of its [`Link`].
///
/// [`KiCad`](crate::KiCad) is the one that blocks. Threads may share a connection; their calls are made one after the
/// other. Once the connection breaks, because KiCad ended, it stays broken: connect again.
pub struct Connection<L> {
    link: L,
    client_name: String,
    defaults: CallOptions,
    version: ApiVersion,
    token: Mutex<String>,
}

impl Connection<Blocking> {
    /// Connects to the KiCad that started this program, or else to the one that runs.
    ///
    /// Where to look comes from the environment that KiCad gives to its plugins (`KICAD_API_SOCKET` and
    /// `KICAD_API_TOKEN`), and then from where KiCad puts its socket. A KiCad that is still starting is waited for.
    ///
    /// # Errors
    ///
    /// [`NotReachable`](crate::ErrorKind::NotReachable) when no KiCad listens, with all places that were tried;
    /// [`NotReady`](crate::ErrorKind::NotReady) when it was not ready in time, which a dialog that waits for a person can cause.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let kicad = kiapi::KiCad::connect()?;
    /// println!("KiCad {}", kicad.version());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn connect() -> Result<Self> {
        Self::connect_with(ConnectOptions::new())
    }

    /// Connects as `options` say.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect); and [`Configuration`](crate::ErrorKind::Configuration) when the environment holds no address.
    pub fn connect_with(options: ConnectOptions) -> Result<Self> {
        let deadline = Deadline::after(options.ready_timeout.unwrap_or(READY_TIMEOUT));
        let Candidates { addresses, token } = discovery::candidates(&options, |name| std::env::var_os(name))?;
        let mut tried = Vec::new();
        for address in addresses {
            // A KiCad that is stopped accepts and says nothing: it must not use up the time of the others.
            let patience = deadline.remaining().unwrap_or(CONNECT_TIMEOUT).min(CONNECT_TIMEOUT);
            match Blocking::connect(&address, patience) {
                Ok(link) => {
                    let mut kicad = Self {
                        link,
                        client_name: options.client_name.clone().unwrap_or_else(own_name),
                        defaults: options.call,
                        version: ApiVersion::new(0, 0, 0),
                        token: Mutex::new(token.unwrap_or_default()),
                    };
                    kicad.version = kicad.link.run(kicad.ask_version(deadline))?;
                    return Ok(kicad);
                }
                Err(error) => tried.push((address, error)),
            }
        }
        Err(Error::not_reachable(tried))
    }
}

impl<L: Link> Connection<L> {
    /// Sends a command and gives KiCad's response to it.
    ///
    /// The type of the answer is compared with the command's response before anything is decoded.
    ///
    /// # Errors
    ///
    /// [`Error::kind`] says what happened, [`Error::outcome`] whether KiCad may have run the command. Nothing is sent
    /// again once KiCad may have begun with it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use kiapi::api::common::commands::Ping;
    ///
    /// kiapi::KiCad::connect()?.call(&Ping::new())?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn call<C: Command>(&self, command: &C) -> L::Out<'_, C::Response> {
        self.call_with(command, CallOptions::new())
    }

    /// Sends a command as `options` say, and gives KiCad's response to it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use kiapi::CallOptions;
    /// use kiapi::api::board::commands::GetNets;
    ///
    /// let kicad = kiapi::KiCad::connect()?;
    /// let patient = CallOptions::new().timeout(Duration::from_secs(300));
    /// let nets = kicad.call_with(&GetNets::new().with_netclass_filter(["HV"]), patient)?;
    /// # let _ = nets;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn call_with<C: Command>(&self, command: &C, options: CallOptions) -> L::Out<'_, C::Response> {
        let options = options.or(self.defaults);
        let deadline = Deadline::after(options.timeout.unwrap_or(CALL_TIMEOUT));
        let request = Request::new(command).client_name(self.client_name.as_str());
        self.link.run(self.exchange::<C>(request, deadline, options.retry.unwrap_or_default()))
    }

    /// The version of the KiCad that was connected to.
    pub fn version(&self) -> ApiVersion {
        self.version
    }

    /// The socket that KiCad listens at.
    pub fn address(&self) -> &Address {
        self.link.address()
    }

    /// The name that KiCad knows this client by.
    pub fn client_name(&self) -> &str {
        &self.client_name
    }

    async fn ask_version(&self, deadline: Deadline) -> Result<ApiVersion> {
        let request = Request::new(&GetVersion::new()).client_name(self.client_name.as_str());
        let response = self.exchange::<GetVersion>(request, deadline, Retry::WhileNotReady).await?;
        Ok(ApiVersion::from(&response.version.unwrap_or_default()))
    }

    /// Sends a request until its answer is not one that `retry` waits out.
    async fn exchange<C: Command>(
        &self,
        mut request: Request,
        deadline: Deadline,
        retry: Retry,
    ) -> Result<C::Response> {
        let info = CommandInfo::of::<C>();
        let mut pause = PAUSE.0;
        loop {
            request = request.token(self.token().clone());
            let answer = self.link.exchange(&request.encode(), deadline).await;
            let answer = answer.map_err(|error| Error::exchange(info.name(), error))?;
            let version = Some(self.version).filter(|version| version.major > 0);
            let refused = |error| Error::response(&info, version, error);
            let response = Response::decode(&answer).map_err(refused)?;
            self.learn(&response);
            let is_waited_out = match response.status() {
                ApiStatusCode::NOT_READY => retry != Retry::Never,
                ApiStatusCode::BUSY => retry == Retry::WhileRefused,
                _ => false,
            };
            if !is_waited_out || deadline.remaining().is_some_and(|left| left <= pause) {
                return response.into_result::<C>().map_err(refused);
            }
            self.link.sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Takes the token of the KiCad that answered, also when it refused the one that was sent.
    fn learn(&self, response: &Response) {
        if let Some(token) = response.token().filter(|token| !token.is_empty()) {
            let mut known = self.token();
            if *known != token {
                token.clone_into(&mut known);
            }
        }
    }

    fn token(&self) -> std::sync::MutexGuard<'_, String> {
        // The text is whole whatever happened to another thread.
        self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<L: Link> fmt::Debug for Connection<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KiCad")
            .field("address", self.address())
            .field("version", &self.version)
            .field("client_name", &self.client_name)
            .finish_non_exhaustive()
    }
}

/// The program's name and process id: KiCad keeps one commit for each name.
fn own_name() -> String {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(std::path::Path::file_stem).map(std::ffi::OsStr::to_string_lossy);
    format!("{}-{}", stem.as_deref().unwrap_or("kiapi"), std::process::id())
}
