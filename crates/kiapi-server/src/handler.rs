//! What handlers are made of, beside the generated trait.

use std::marker::PhantomData;

use kiapi_gen::{Any, Command};

use crate::{Answer, ApiHandler, Refusal};

/// The call that a handler answers: all that is known beside the command itself.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// How the client names itself. KiCad keeps one commit for each name; it is no proof of anything.
    pub client_name: &'a str,
}

impl<'a> Call<'a> {
    /// A call by the client of a name, such as a test makes to a handler without a server.
    pub fn from_client(client_name: &'a str) -> Self {
        Self { client_name }
    }
}

/// A handler of one command, from a closure.
///
/// # Examples
///
/// ```
/// use kiapi_gen::common::commands::{GetTextExtents, Ping};
/// use kiapi_gen::common::types::Box2;
/// use kiapi_server::{Api, Refusal, on};
///
/// let api = Api::new();
/// api.register(on(|_, _: Ping| Ok(())));
/// api.register(on(|_, request: GetTextExtents| match request.text {
///     Some(_) => Ok(Box2::new()),
///     None => Err(Refusal::bad_request("there is no text to measure")),
/// }));
/// ```
pub fn on<C, F>(answer: F) -> On<C, F>
where
    C: Command,
    F: FnMut(&Call<'_>, C) -> Answer<C::Response> + Send,
{
    On { answer, command: PhantomData }
}

/// A handler of one command; made by [`on`].
#[derive(Debug)]
pub struct On<C, F> {
    answer: F,
    command: PhantomData<fn(C)>,
}

impl<C, F> ApiHandler for On<C, F>
where
    C: Command,
    F: FnMut(&Call<'_>, C) -> Answer<C::Response> + Send,
{
    fn handle(&mut self, call: &Call<'_>, message: &Any) -> Answer<Any> {
        if !message.is::<C>() {
            return Err(Refusal::unhandled());
        }
        typed(call, message, &mut self.answer)
    }
}

/// Unpacks a command, and packs what it is answered with.
pub(crate) fn typed<C: Command>(
    call: &Call<'_>,
    message: &Any,
    answer: impl FnOnce(&Call<'_>, C) -> Answer<C::Response>,
) -> Answer<Any> {
    let name = C::full_name;
    let request = message.unpack().map_err(|_| {
        Refusal::bad_request(format!("could not unpack message of type {} from request", name()))
    })?;
    answer(call, request).map(|response| Any::pack(&response))
}
