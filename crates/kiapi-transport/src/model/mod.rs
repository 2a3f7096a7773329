//! The client's rules under every interleaving of what may happen to a few calls, by trying all of them.
//!
//! What runs is [`Exchange`](crate::exchange::Exchange), the very code of both links. Around it are a wire and a server
//! made up here: at each point where more than one thing may happen, [`Choices`](choices::Choices) says which, until each
//! has had its turn. The promise that is checked: nothing is sent twice, no answer reaches the wrong call, every call ends
//! by its deadline, and what an error says of the request is true.

mod choices;
mod client;
mod wire;

#[cfg(unix)]
pub(crate) use self::choices::Choices;
