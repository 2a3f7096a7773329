//! One call: sent once, answered once, and what may be done about it when it is not.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::common::commands::GetVersion;
use kiapi_gen::{ApiVersion, Command, CommandInfo, Effect, Request, Response};
use kiapi_transport::Deadline;

use super::{CommitState, Core, MoveByHand, Passage};
use crate::guard;
use crate::link::{Condition, Link};
use crate::options::Checks;
use crate::{CallOptions, Error, Item, Notice, Outcome, Result, Retry, trace};

/// The field of `CreateItems` and `UpdateItems` that has their items.
const ITEMS: u32 = 2;

/// How long a call may take when nobody says otherwise.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a new connection may take.
pub(super) const RECONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The first and the longest pause between two tries. KiCad serves everyone on one thread: it is not flooded.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// The time that a call has: for its exchanges and the pauses between them, but not for the wait in the queue of those
/// who share the connection.
pub(super) struct Time {
    pub(super) left: Duration,
    queue: Option<Duration>,
}

impl Time {
    #[inline]
    pub(super) fn new(options: &CallOptions) -> Self {
        Self { left: options.timeout.unwrap_or(CALL_TIMEOUT), queue: options.queue_timeout }
    }

    #[inline]
    pub(super) fn transport(&self) -> kiapi_transport::CallOptions {
        self.transport_within(self.left)
    }

    #[inline]
    pub(super) fn transport_within(&self, time: Duration) -> kiapi_transport::CallOptions {
        let options = kiapi_transport::CallOptions::new().timeout(time);
        match self.queue {
            Some(queue) => options.queue_timeout(queue),
            None => options,
        }
    }

    /// The deadline of something that begins now.
    #[inline]
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.left)
    }

    #[inline]
    pub(super) fn spend(&mut self, since: Instant) {
        self.left = self.left.saturating_sub(since.elapsed());
    }
}

/// What a call seldom does, apart from it: futures are moved as they are put together, and one has room for all that may
/// happen in it.
#[cold]
pub(super) fn rarely<'a, T>(
    work: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(work)
}

impl<L: Link> Core<L> {
    /// Sends a command, and gives KiCad's response to it.
    pub(crate) async fn call<C: Command>(&self, command: &C, options: CallOptions) -> Result<C::Response> {
        self.call_with_items(command, &[], Passage::Free, options).await
    }

    /// Sends a command with items that go into the field in which such commands have them.
    pub(crate) async fn call_with_items<C: Command>(
        &self,
        command: &C,
        items: &[Item],
        passage: Passage,
        options: CallOptions,
    ) -> Result<C::Response> {
        let info = const { &CommandInfo::of::<C>() };
        let answer = self.answer_with_items(command, items, passage, options).await.and_then(|response| {
            response.into_result::<C>().map_err(|error| Error::response(info, self.known_version(), error))
        });
        guard::note_answer::<C>(&answer, &mut self.state());
        answer
    }

    /// Sends a command, and gives KiCad's answer, which is `AS_OK` with a message of the response's type.
    pub(crate) async fn answer<C: Command>(&self, command: &C, options: CallOptions) -> Result<Response> {
        self.answer_with_items(command, &[], Passage::Free, options).await
    }

    async fn answer_with_items<C: Command>(
        &self,
        command: &C,
        items: &[Item],
        passage: Passage,
        options: CallOptions,
    ) -> Result<Response> {
        let options = options.or(self.defaults);
        trace::call(C::NAME, async {
            if options.checks.unwrap_or_default() == Checks::On {
                self.check(command, items)?;
            }
            self.note_by_hand::<C>();
            self.drop_abandoned(&options)
                .await
                .map_err(|error| error.before(C::NAME, self.link.address()))?;
            let request = Request::followed(command, items.len(), |writer| {
                items.iter().rev().for_each(|item| item.write_packed(ITEMS, writer));
            });
            self.send_request(const { &CommandInfo::of::<C>() }, request, passage, &options).await
        })
        .await
    }

    /// Sends a command whatever is known of KiCad, until its answer is not one that is waited out.
    pub(crate) async fn send<C: Command>(&self, command: &C, options: &CallOptions) -> Result<Response> {
        let info = const { &CommandInfo::of::<C>() };
        self.send_request(info, Request::new(command), Passage::Free, options).await
    }

    /// What is the same for all commands, so that it is in a program once.
    async fn send_request(
        &self,
        command: &CommandInfo,
        request: Request,
        passage: Passage,
        options: &CallOptions,
    ) -> Result<Response> {
        let retry = options.retry.unwrap_or_default();
        let mut time = Time::new(options);
        let mut request = request.header(&self.client_name, &self.state().token);
        let mut pause = PAUSE.0;
        let (mut is_first, mut may_reconnect, mut was_restarted) = (true, true, false);
        loop {
            if !std::mem::take(&mut is_first) {
                // Somebody else may have learnt another one meanwhile.
                request = request.token(&self.state().token);
            }
            let start = Instant::now();
            let answer = match passage {
                Passage::Free => self.exchange_in_step(command, &request, &mut time).await,
                alone => rarely(self.exchange_alone(command, &request, &mut time, alone, options)).await,
            };
            let response = match answer {
                Ok(response) => response,
                Err(error) if may_reconnect && error.may_be_sent_again(command.effect) => {
                    // Once: a KiCad that dies of a command shall not be fed with it.
                    may_reconnect = false;
                    let patience = time.left.min(RECONNECT_TIMEOUT);
                    if rarely(self.reconnect(command.name(), patience)).await.is_err() {
                        return Err(if command.effect == Effect::Read { error.of_a_read() } else { error });
                    }
                    time.spend(start);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let is_waited_out = match response.status() {
                ApiStatusCode::NOT_READY => retry != Retry::Never,
                ApiStatusCode::BUSY => {
                    self.state().by_hand = MoveByHand::None;
                    retry == Retry::WhileRefused
                }
                ApiStatusCode::TOKEN_MISMATCH if self.learn_restart(&response) => {
                    rarely(self.ask_version(&mut time)).await?;
                    // Whoever changes something must hear that it is another KiCad; what is read is true of this one.
                    if command.effect == Effect::Read && !was_restarted {
                        was_restarted = true;
                        time.spend(start);
                        continue;
                    }
                    false
                }
                _ => false,
            };
            self.learn(&response);
            let Some(refusal) = response.refusal() else { return Ok(response) };
            time.spend(start);
            if !is_waited_out || time.left <= pause {
                return Err(Error::response(command, self.known_version(), refusal));
            }
            rarely(self.link.sleep(pause)).await;
            time.left = time.left.saturating_sub(pause);
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// One exchange. A connection that was found broken is made anew before anything is sent.
    pub(super) async fn exchange(&self, request: &Request, name: &str, time: &mut Time) -> Result<Response> {
        match self.link.condition() {
            Condition::Ready => {}
            Condition::Owed => rarely(self.settle(name, time)).await?,
            Condition::Broken => {
                let start = Instant::now();
                rarely(self.reconnect(name, time.left.min(RECONNECT_TIMEOUT))).await?;
                time.spend(start);
            }
        }
        let bytes = request.as_bytes();
        let answer = self.link.exchange(bytes, time.transport()).await;
        let answer = answer.map_err(|error| Error::exchange(name, self.link.address(), error))?;
        let answer_bytes = answer.len();
        let response = Response::from_vec(answer).map_err(|error| Error::malformed(name, error))?;
        trace::answer(bytes.len(), answer_bytes, response.status());
        Ok(response)
    }

    /// Connects anew, unless that would hurt KiCad.
    async fn reconnect(&self, name: &str, patience: Duration) -> Result<()> {
        if let Some(pid) = self.guarding.stopped(self.link.address()) {
            return Err(Error::stopped(format_args!("{name} was not sent"), pid, &[]));
        }
        self.link.reconnect(patience).await.map_err(|error| Error::gone(name, self.link.address(), error))?;
        if self.link.condition() != Condition::Broken {
            self.notice(Notice::Reconnected);
        }
        Ok(())
    }

    /// Asks which KiCad this is.
    async fn ask_version(&self, time: &mut Time) -> Result<()> {
        let request = Request::new(&GetVersion::new()).header(&self.client_name, &self.state().token);
        let info = const { &CommandInfo::of::<GetVersion>() };
        let response = self.exchange_in_step(info, &request, time).await?;
        let answer = response.into_result::<GetVersion>();
        let version = answer.map_err(|error| Error::response(info, None, error))?.version;
        self.state().version = ApiVersion::from(&version.unwrap_or_default());
        Ok(())
    }

    /// Waits until KiCad is ready, and asks which one it is.
    pub(crate) async fn greet(&self, ready_timeout: Duration) -> Result<()> {
        let options = CallOptions::new().timeout(ready_timeout).retry(Retry::WhileNotReady);
        let response = self.send(&GetVersion::new(), &options).await?;
        let info = const { &CommandInfo::of::<GetVersion>() };
        let answer = response.into_result::<GetVersion>();
        let version = answer.map_err(|error| Error::response(info, None, error))?.version;
        self.state().version = ApiVersion::from(&version.unwrap_or_default());
        Ok(())
    }

    /// Takes the token of the KiCad that answered, if none was known.
    fn learn(&self, response: &Response) {
        let mut state = self.state();
        if state.token.is_empty() {
            response.token().unwrap_or_default().clone_into(&mut state.token);
        }
    }

    /// Takes the token of the KiCad that refused the one that was sent. Whether one was learnt, so that it is known to be
    /// another KiCad: before that, it is the token of the options that is wrong.
    fn learn_restart(&self, response: &Response) -> bool {
        let Some(token) = response.token().filter(|token| !token.is_empty()) else { return false };
        let mut state = self.state();
        if state.version == ApiVersion::default() {
            return false;
        }
        token.clone_into(&mut state.token);
        state.forget_documents();
        drop(state);
        self.notice(Notice::Restarted);
        true
    }

    /// The version, if it was asked for already.
    pub(crate) fn known_version(&self) -> Option<ApiVersion> {
        Some(self.version()).filter(|version| *version != ApiVersion::default())
    }
}

impl super::State {
    /// Another KiCad: what was open in the one before is gone.
    #[inline]
    fn forget_documents(&mut self) {
        // Whoever begins or drops one says himself what came of it.
        if !matches!(self.commit, CommitState::Beginning | CommitState::Dropping) {
            self.commit = CommitState::None;
        }
        self.by_hand = MoveByHand::None;
        self.lying = crate::board::Lying::default();
    }
}

impl Error {
    /// Whether a command may be sent again on a new connection.
    #[inline]
    fn may_be_sent_again(&self, effect: Effect) -> bool {
        let is_disconnected = self.kind() == crate::ErrorKind::Disconnected;
        is_disconnected && (self.outcome() == Outcome::NotSent || effect == Effect::Read)
    }
}
