//! What a command is: a request with its response, the KiCads that answer it, and what it does to the document.

use crate::ApiVersion;
use crate::any::TypeUrl;
use crate::wire::Write;

/// A request that KiCad answers.
///
/// Implemented by codegen for each command of `proto/commands.toml`, which is held against KiCad's own binaries.
///
/// # Examples
///
/// ```
/// use kiapi_gen::board::commands::GetNets;
/// use kiapi_gen::{ApiVersion, Command, Effect};
///
/// assert_eq!(GetNets::SINCE, ApiVersion::new(9, 0, 0));
/// assert_eq!(GetNets::EFFECT, Effect::Read);
/// ```
pub trait Command: prost::Message + prost::Name + Write + Default + Clone + 'static {
    /// What KiCad answers with; `()` is `google.protobuf.Empty`.
    type Response: prost::Message + prost::Name + Default + 'static;
    /// The first KiCad known to answer.
    const SINCE: ApiVersion;
    /// The first KiCad known to answer no more.
    const UNTIL: Option<ApiVersion>;
    /// What the command does, which decides whether it may be sent again.
    const EFFECT: Effect;

    /// Whether a KiCad of this version answers the command, as far as is known.
    fn is_answered_by(version: ApiVersion) -> bool {
        CommandInfo::of::<Self>().is_answered_by(version)
    }
}

/// What is to be done with a command whose type is known only by its name, for [`visit_command`](crate::visit_command).
///
/// # Examples
///
/// ```
/// use kiapi_gen::prost::Message;
/// use kiapi_gen::{Command, CommandVisitor, visit_command};
///
/// /// Makes a request out of the bytes of a command.
/// struct Pack<'a>(&'a [u8]);
///
/// impl CommandVisitor for Pack<'_> {
///     type Output = Result<Vec<u8>, kiapi_gen::prost::DecodeError>;
///
///     fn visit<C: Command>(self) -> Self::Output {
///         Ok(kiapi_gen::Request::new(&C::decode(self.0)?).encode())
///     }
/// }
///
/// assert!(visit_command("kiapi.common.commands.Ping", Pack(&[])).is_some_and(|request| request.is_ok()));
/// assert!(visit_command("kiapi.common.commands.Pong", Pack(&[])).is_none());
/// ```
pub trait CommandVisitor {
    /// What comes of it.
    type Output;

    /// Works with the command `C`.
    fn visit<C: Command>(self) -> Self::Output;
}

/// What a command does to KiCad's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// It changes nothing, and may be sent again.
    Read,
    /// Sent twice, it leaves what it leaves when sent once.
    Idempotent,
    /// It changes something each time: it must never be sent twice.
    Mutation,
}

/// A command as data, for programs that work with commands by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CommandInfo {
    /// The name of the command's package and of its message.
    name: (&'static str, &'static str),
    pub(crate) response: TypeUrl,
    /// The first KiCad known to answer.
    pub since: ApiVersion,
    /// The first KiCad known to answer no more.
    pub until: Option<ApiVersion>,
    /// What the command does.
    pub effect: Effect,
}

impl CommandInfo {
    /// What is known of the command `C`.
    pub const fn of<C: Command>() -> Self {
        Self {
            name: (C::PACKAGE, C::NAME),
            response: TypeUrl::of::<C::Response>(),
            since: C::SINCE,
            until: C::UNTIL,
            effect: C::EFFECT,
        }
    }

    /// The full name of the command: `kiapi.board.commands.GetNets`.
    #[inline]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.name.0, self.name.1)
    }

    /// The name of the command: `GetNets`.
    #[inline]
    pub fn name(&self) -> &'static str {
        self.name.1
    }

    /// The full name of the response: `kiapi.board.commands.NetsResponse`.
    #[inline]
    pub fn response(&self) -> String {
        self.response.full_name()
    }

    /// Whether a KiCad of this version answers the command, as far as is known.
    #[inline]
    pub fn is_answered_by(&self, version: ApiVersion) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }
}
