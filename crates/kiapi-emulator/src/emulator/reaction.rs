//! What stands between the socket and the API: faults, and the time that zones take to be filled.

use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use kiapi_gen::common::ApiRequest;
use kiapi_gen::prost::Message as _;
use kiapi_server::Api;
use kiapi_transport::Request;

use super::{World, lock};
use crate::faults::{self, Fault};
use crate::{Editor, Fill, Habit};

/// What happens to each request that comes to an instance.
pub(super) struct Reaction {
    world: Weak<World>,
    editor: Arc<Mutex<Editor>>,
    /// The answer that the next request gets, because answers are out of step. KiCad has room for one.
    behind: Option<Vec<u8>>,
}

impl Reaction {
    pub(super) fn new(world: &Arc<World>, editor: &Arc<Mutex<Editor>>) -> Self {
        Self { world: Arc::downgrade(world), editor: Arc::clone(editor), behind: None }
    }

    pub(super) fn to(&mut self, request: Request, api: &Api) {
        let Some(world) = self.world.upgrade() else {
            return request.disconnect();
        };
        let fill = *lock(&world.fill);
        let busy = match fill {
            Fill::Silent(_) if !world.wait_for_fill() => return request.disconnect(),
            Fill::Silent(_) => false,
            Fill::Busy(_) => lock(&world.pace).filling.is_some_and(|end| end > Instant::now()),
        };
        let asked = ApiRequest::decode(request.body());
        let command = asked.as_ref().ok().and_then(|asked| asked.message.as_ref());
        let command = command.map(|message| message.full_name().to_owned()).unwrap_or_default();
        let fault = world.faults.next(&command);
        let answer = match fault {
            Some(Fault::DropBefore) => return request.disconnect(),
            Some(Fault::Restart) => {
                request.disconnect();
                return world.in_background(World::restart);
            }
            Some(Fault::NotReady) => faults::not_ready(),
            Some(Fault::Busy) => faults::busy(&api.token()),
            None if busy => faults::busy(&api.token()),
            Some(Fault::RefuseRows) => faults::refuse_rows(asked.as_ref().ok(), api, request.body()),
            _ => api.answer(request.body()),
        };
        let answer = match fault {
            Some(Fault::Slow(time)) => {
                if let Some(end) = Instant::now().checked_add(time) {
                    world.pause_until(end);
                }
                answer
            }
            Some(Fault::Garbage) => vec![0xff; 64],
            Some(Fault::WrongType) => faults::wrong_type(&answer),
            _ => answer,
        };
        let answer = self.in_step(answer, fault, asked.is_err(), &api.token());
        let (_, responder) = request.into_parts();
        // A client that is gone does not wait for its answer.
        let _ = faults::reply(fault, responder, answer);
        if fault == Some(Fault::TakeOver) {
            world.in_background(World::take_over);
        }
        if std::mem::take(&mut lock(&self.editor).fill_requested) {
            let (Fill::Silent(time) | Fill::Busy(time)) = fill;
            lock(&world.pace).filling = Instant::now().checked_add(time);
        }
    }

    /// The answer to give, which is that to an earlier request when answers are out of step.
    fn in_step(&mut self, answer: Vec<u8>, fault: Option<Fault>, is_broken: bool, token: &str) -> Vec<u8> {
        let late = if fault == Some(Fault::OutOfStep) {
            Some(faults::empty(token))
        } else if is_broken && lock(&self.editor).has(Habit::DoubleAnswers) {
            // It is answered twice, and the second answer waits for the next request.
            Some(self.behind.take().unwrap_or_else(|| answer.clone()))
        } else {
            self.behind.take()
        };
        match late {
            Some(late) => {
                self.behind = Some(answer);
                late
            }
            None => answer,
        }
    }
}
