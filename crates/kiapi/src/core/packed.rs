//! Commands that are known by their name alone, as a snapshot asks them.

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::{Any, Request, Response};

use super::Core;
use super::call::Time;
use crate::link::Link;
use crate::{CallOptions, Error, Result};

impl<L: Link> Core<L> {
    /// Sends a command that only reads, and gives KiCad's answer, which may be a refusal. It must come while answers are
    /// in step, since its type is not known here.
    pub(crate) async fn read_packed(&self, command: &Any, options: CallOptions) -> Result<Response> {
        let name = command.full_name().rsplit('.').next().unwrap_or_default();
        if self.is_out_of_step() {
            return Err(Error::out_of_step(name));
        }
        let request = Request::packed(command);
        let request = request.header(&self.client_name, &self.state().token);
        let answer = self.exchange(&request, name, &mut Time::new(&options.or(self.defaults))).await;
        let response = answer.map_err(Error::of_a_read)?;
        match response.status() {
            // Half of one board and half of another would be no snapshot.
            ApiStatusCode::TOKEN_MISMATCH => Err(Error::restarted(name)),
            _ => Ok(response),
        }
    }
}
