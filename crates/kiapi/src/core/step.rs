//! Answers out of step: how it is seen, and how each call gets its own answer all the same.
//!
//! A damaged request, of any client, can make KiCad answer twice. From then on each answer is the one to the request
//! before, for all clients, and the ids of the frames do not show it. The type of the answer does. A *canary* does for
//! certain: a request of a type that nobody knows is refused with the name of that type. A refusal has no type, so it is
//! followed by one.
//!
//! What is late may also be the answer to another client, whose request came between ours. Nothing shows that if it has the
//! right type. A refusal that is late is not believed of what changes something, unless it names this client: what was
//! taken for refused would be done once more, or lost in a commit that was taken for none.

use std::time::Duration;

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::{Any, CommandInfo, Effect, Request, Response};

use super::Core;
use super::call::{Time, rarely};
use crate::link::{Line, Link};
use crate::{CallOptions, Error, Id, Notice, Outcome, Result};

/// How many canaries are sent at most after one request: so many answers may stand between.
const MAX_CANARIES: usize = 16;

/// How long KiCad gets to begin with a request before the next one is sent. While answers are out of step, it takes that
/// in the place of the one before otherwise.
const CANARY_PAUSE: Duration = Duration::from_millis(10);

/// How often what only reads is asked for while answers are out of step: they may slip once more at any moment.
pub(crate) const MAX_READS: usize = 3;

/// What KiCad says of a type that nobody knows, before the name.
const NO_HANDLER: &str = "no handler available for request of type ";

/// What KiCad says of a request whose envelope is damaged, or has nothing in it. Ours are never so: this is what another
/// client's request got, even when the answers behind it are in step. It may have been sent in the place of ours, which
/// then never comes.
const DAMAGED: [&str; 2] = ["request has no inner message", "request could not be parsed"];

/// What KiCad begins with when it says something of a client's commit. The name follows.
const CLIENT: &str = "the client ";

impl<L: Link> Core<L> {
    /// One exchange, whose answer is the one to the request.
    pub(super) async fn exchange_in_step(
        &self,
        command: &CommandInfo,
        request: &Request,
        time: &mut Time,
    ) -> Result<Response> {
        if !self.is_out_of_step() {
            let response = self.exchange(request, command.name(), time).await?;
            if self.may_be_answer_to(command, &response) {
                if !may_be_anyones(command, &response) {
                    return Ok(response);
                }
                // A canary tells.
            } else {
                self.found_out_of_step();
            }
            return match rarely(self.find_answer(command, response, time)).await? {
                Some(response) => Ok(response),
                // What is read may be asked for again; whether anything else was done, nobody knows.
                None if command.effect == Effect::Read => {
                    rarely(self.ask_apart(command, request, time)).await
                }
                None => Err(Error::out_of_step(command.name())),
            };
        }
        rarely(self.ask_apart(command, request, time)).await
    }

    /// An exchange while answers are out of step, apart from those of others who share the connection.
    async fn ask_apart(&self, command: &CommandInfo, request: &Request, time: &mut Time) -> Result<Response> {
        let Some(_turn) = self.link.turn(Line::Apart, time.deadline()).await else {
            return Err(Error::queue_timeout(command.name()));
        };
        let tries = if command.effect == Effect::Read { MAX_READS } else { 1 };
        if command.effect != Effect::Read {
            self.come_to_rest(command, time).await?;
        }
        for _ in 0..tries {
            let first = self.exchange(request, command.name(), time).await?;
            if let Some(response) = self.find_answer(command, first, time).await? {
                return Ok(response);
            }
        }
        Err(Error::out_of_step(command.name()))
    }

    /// Waits until KiCad is done with what was sent before, as far as that can be seen. Out of step, it answers a request before
    /// it has begun with it. What it gets next it takes in the place of that, too, and runs it twice or more.
    async fn come_to_rest(&self, command: &CommandInfo, time: &mut Time) -> Result<()> {
        let mut names: Vec<String> = Vec::new();
        while names.len() < MAX_CANARIES {
            let (name, canary) = self.canary();
            names.push(name);
            let answer = self.exchange(&canary, command.name(), time).await;
            let answer = answer.map_err(|error| error.with_outcome(Outcome::NotSent))?;
            self.link.sleep(CANARY_PAUSE).await;
            // One that refuses everything runs nothing.
            if refuses_everything(answer.status()) || names.iter().any(|name| is_refusal_of(&answer, name)) {
                return Ok(());
            }
        }
        Err(Error::restless(command.name()))
    }

    /// Sends canaries until one of them is answered: how many answers late that is, the answer to the request is too.
    ///
    /// Each has a name of its own. A canary may be refused for a reason that has nothing to do with its type; were the next
    /// one taken for it, that refusal would pass for the answer to the request, which would be sent again.
    async fn find_answer(
        &self,
        command: &CommandInfo,
        first: Response,
        time: &mut Time,
    ) -> Result<Option<Response>> {
        let mut names: Vec<String> = Vec::new();
        let mut answers = vec![first];
        while names.len() < MAX_CANARIES {
            let (name, canary) = self.canary();
            names.push(name);
            self.link.sleep(CANARY_PAUSE).await;
            let response = self.exchange_canary(command, &canary, time).await?;
            if let Some(found) = names.iter().position(|name| is_refusal_of(&response, name)) {
                let behind = names.len() - 1 - found;
                if behind > 0 {
                    self.found_out_of_step();
                } else if std::mem::take(&mut self.state().is_out_of_step) {
                    self.notice(Notice::InStep);
                }
                let answer = Some(answers.swap_remove(behind));
                return Ok(answer.filter(|answer| {
                    self.may_be_answer_to(command, answer)
                        && (behind == 0 || self.is_believed_late(command, answer))
                }));
            }
            answers.push(response);
        }
        // A KiCad that refuses everything for the same reason has refused this too, however late its answers are.
        let reason = answers[0].status();
        if refuses_everything(reason) && answers.iter().all(|answer| answer.status() == reason) {
            return Ok(Some(answers.swap_remove(0)));
        }
        self.found_out_of_step();
        Ok(None)
    }

    /// Makes sure that answers are in step, after one that has the type of the command's response and looks like that to
    /// another call.
    pub(crate) async fn confirm_in_step(&self, command: &CommandInfo, options: CallOptions) -> Result<()> {
        let mut time = Time::new(&options.or(self.defaults));
        let (name, canary) = self.canary();
        if is_refusal_of(&self.exchange_canary(command, &canary, &mut time).await?, &name) {
            return Ok(());
        }
        self.found_out_of_step();
        Err(Error::out_of_step(command.name()))
    }

    /// A request that is refused by a name, which nothing had before.
    fn canary(&self) -> (String, Request) {
        let name = format!("x/sync.{}", Id::random());
        let canary = Request::packed(&Any::from_parts(name.as_str(), []));
        let canary = canary.header(&self.client_name, &self.state().token);
        (name, canary)
    }

    /// The exchange of a canary. If it was not sent, the command before it was all the same.
    async fn exchange_canary(
        &self,
        command: &CommandInfo,
        canary: &Request,
        time: &mut Time,
    ) -> Result<Response> {
        let answer = self.exchange(canary, command.name(), time).await;
        answer.map_err(|error| error.with_outcome(Outcome::Unknown))
    }

    /// Whether this can be the answer to a command. A refusal for another reason than its type can be anyone's, unless it
    /// names its client.
    fn may_be_answer_to(&self, command: &CommandInfo, response: &Response) -> bool {
        if response.status() == ApiStatusCode::OK {
            return response.is_response_to(command);
        }
        let text = response.error_message();
        match response.status() {
            ApiStatusCode::UNHANDLED => match text.split_once(NO_HANDLER) {
                Some((_, of)) => of.trim_end().rsplit('/').next() == Some(command.full_name().as_str()),
                None => true,
            },
            ApiStatusCode::BAD_REQUEST => {
                let is_anothers = text.starts_with(CLIENT) && !self.names_us(text);
                !is_anothers && !DAMAGED.iter().any(|damaged| text.contains(damaged))
            }
            _ => true,
        }
    }

    /// Whether an answer that fits a command and is late is taken for its own.
    fn is_believed_late(&self, command: &CommandInfo, answer: &Response) -> bool {
        let is_harmless = command.effect == Effect::Read || answer.status() == ApiStatusCode::OK;
        // An unknown type is refused by its name.
        let is_named =
            answer.status() == ApiStatusCode::UNHANDLED && answer.error_message().contains(NO_HANDLER);
        is_harmless || is_named || self.names_us(answer.error_message())
    }

    /// Whether KiCad says something of the commit of this client.
    pub(super) fn names_us(&self, text: &str) -> bool {
        let rest = text.strip_prefix(CLIENT).and_then(|rest| rest.strip_prefix(self.client_name.as_str()));
        rest.is_some_and(|rest| rest.starts_with(' '))
    }

    /// Whether answers were last seen out of step.
    pub(crate) fn is_out_of_step(&self) -> bool {
        self.state().is_out_of_step
    }

    fn found_out_of_step(&self) {
        if !std::mem::replace(&mut self.state().is_out_of_step, true) {
            self.notice(Notice::OutOfStep);
        }
    }
}

/// Whether this is a refusal that does not show whom it is for, and that must not be taken for another's: what was
/// refused may have been done, and what KiCad is said to be busy or not ready for is sent again.
#[inline]
fn may_be_anyones(command: &CommandInfo, response: &Response) -> bool {
    match response.status() {
        ApiStatusCode::BAD_REQUEST | ApiStatusCode::UNIMPLEMENTED => true,
        ApiStatusCode::BUSY | ApiStatusCode::NOT_READY => command.effect != Effect::Read,
        _ => false,
    }
}

/// Whether a KiCad that answers so answers all requests so, of whatever type.
#[inline]
fn refuses_everything(status: ApiStatusCode) -> bool {
    matches!(status, ApiStatusCode::NOT_READY | ApiStatusCode::TOKEN_MISMATCH)
}

/// Whether this refuses a request of the type `name`.
#[inline]
fn is_refusal_of(response: &Response, name: &str) -> bool {
    let kind = name.rsplit('/').next().unwrap_or(name);
    response.status() == ApiStatusCode::UNHANDLED && response.error_message().trim_end().ends_with(kind)
}
