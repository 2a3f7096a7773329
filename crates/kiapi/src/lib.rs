#![doc = include_str!("../README.md")]

mod board;
mod commit;
mod core;
mod discovery;
mod document;
mod error;
pub mod geometry;
mod guard;
mod id;
pub mod items;
mod kicad;
mod link;
mod notice;
mod options;
pub mod picture;
pub mod snapshot;
mod trace;
mod units;
pub mod watch;

pub use board::{ItemResult, Merge, Origin, Presence, SaveCopy, Severity};
pub use discovery::{Instance, InstanceState, instances};
pub use error::{Error, ErrorKind, ItemError, Outcome, Result};
pub use geometry::{Angle, Box2, FlipDirection, Vector2, deg};
pub use guard::Guard;
pub use id::{Id, IdError};
pub use items::{
    Arc, Barcode, Dimension, Field, Footprint, Group, Item, ObjectType, Pad, PadStack, ReferenceImage, Shape,
    Text, TextBox, Track, Via, Zone,
};
/// The messages of KiCad's API.
pub use kiapi_gen as api;
pub use kiapi_gen::board::types::BoardLayer as Layer;
pub use kiapi_gen::{
    Any, AnyError, AnyRef, ApiVersion, COMMANDS, Command, CommandInfo, Effect, OpenEnum, UnknownFields, prost,
};
pub use kiapi_transport::Address;
pub use notice::Notice;
pub use options::{CallOptions, ConnectOptions, Retry};
pub use units::{DisplayIn, LengthError, Nm, Unit, inch, mil, mm};

/// A connection to a running KiCad, which blocks the thread while KiCad works on a call.
///
/// All methods, each with an example, are on the page of [`generic::KiCad`]. `Out` in their signatures is a [`Result`]
/// here. By what they are for:
///
#[doc = include_str!("doc/kicad.md")]
pub type KiCad = generic::KiCad<generic::Blocking>;
/// A board that is open in KiCad, which blocks the thread while KiCad works on a call.
///
/// All methods, each with an example, are on the page of [`generic::Board`]. `Out` in their signatures is a [`Result`]
/// here. By what they are for:
///
#[doc = include_str!("doc/board.md")]
pub type Board = generic::Board<generic::Blocking>;
/// An open commit, which blocks the thread while KiCad works on a call.
///
/// All methods, each with an example, are on the page of [`generic::Commit`]. `Out` in their signatures is a [`Result`]
/// here. By what they are for:
///
#[doc = include_str!("doc/commit.md")]
pub type Commit = generic::Commit<generic::Blocking>;
/// Zones that KiCad is filling, for a thread to wait for.
///
/// Its methods, each with an example, are on the page of [`generic::Refill`]: [`wait`](generic::Refill::wait). `Out` in
/// their signatures is a [`Result`] here.
pub type Refill = generic::Refill<generic::Blocking>;
/// Items that a person moves by hand, for a thread to wait for.
///
/// Its methods, each with an example, are on the page of [`generic::Move`]: [`wait`](generic::Move::wait). `Out` in their
/// signatures is a [`Result`] here.
pub type Move = generic::Move<generic::Blocking>;
/// What changes on a board, for a thread to wait for. It is an iterator too.
///
/// Its methods, each with an example, are on the page of [`generic::Watcher`]: [`changes`](generic::Watcher::changes),
/// [`wait`](generic::Watcher::wait) and [`every`](generic::Watcher::every). `Out` in their signatures is a [`Result`]
/// here.
pub type Watcher = generic::Watcher<generic::Blocking>;

/// The client for programs on tokio: the same methods, to be awaited.
///
/// # Examples
///
/// ```
/// # let emulator = kiapi_emulator::Emulator::demo().start()?;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let options = kiapi::ConnectOptions::new().socket(emulator.socket().clone());
/// let kicad = kiapi::tokio::KiCad::connect_with(options).await?;
/// let board = kicad.board().await?;
/// println!("{} nets", board.nets().await?.len());
/// # Ok::<_, kiapi::Error>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
pub mod tokio {
    use crate::generic;

    /// A connection to a running KiCad, whose calls are awaited.
    ///
    /// All methods, each with an example, are on the page of [`generic::KiCad`]. `Out` in their signatures is a future of
    /// a [`Result`](crate::Result) here. By what they are for:
    ///
    #[doc = include_str!("doc/kicad.md")]
    pub type KiCad = generic::KiCad<generic::Tokio>;
    /// A board that is open in KiCad, whose calls are awaited.
    ///
    /// All methods, each with an example, are on the page of [`generic::Board`]. `Out` in their signatures is a future of
    /// a [`Result`](crate::Result) here. By what they are for:
    ///
    #[doc = include_str!("doc/board.md")]
    pub type Board = generic::Board<generic::Tokio>;
    /// An open commit, whose calls are awaited.
    ///
    /// All methods, each with an example, are on the page of [`generic::Commit`]. `Out` in their signatures is a future
    /// of a [`Result`](crate::Result) here. By what they are for:
    ///
    #[doc = include_str!("doc/commit.md")]
    pub type Commit = generic::Commit<generic::Tokio>;
    /// Zones that KiCad is filling, to be awaited.
    ///
    /// Its methods, each with an example, are on the page of [`generic::Refill`]: [`wait`](generic::Refill::wait). `Out`
    /// in their signatures is a future of a [`Result`](crate::Result) here.
    pub type Refill = generic::Refill<generic::Tokio>;
    /// Items that a person moves by hand, to be awaited.
    ///
    /// Its methods, each with an example, are on the page of [`generic::Move`]: [`wait`](generic::Move::wait). `Out` in
    /// their signatures is a future of a [`Result`](crate::Result) here.
    pub type Move = generic::Move<generic::Tokio>;
    /// What changes on a board, to be awaited.
    ///
    /// Its methods, each with an example, are on the page of [`generic::Watcher`]:
    /// [`changes`](generic::Watcher::changes), [`wait`](generic::Watcher::wait) and [`every`](generic::Watcher::every).
    /// `Out` in their signatures is a future of a [`Result`](crate::Result) here.
    pub type Watcher = generic::Watcher<generic::Tokio>;
}

/// What both clients are made of: here each method has its page. And for code that works with either.
///
/// A method's signature ends with `L::Out<'_, T>`, what a caller gets of the client at hand. `L` is its [`Link`](generic::Link), the way in which it
/// waits:
///
/// | client | `L` | `L::Out<'_, T>` is | a call |
/// |---|---|---|---|
/// | [`kiapi::Board`](crate::Board) and the like | [`Blocking`](generic::Blocking) | [`Result<T>`](crate::Result) | `board.tracks()?` |
/// | `kiapi::tokio::Board` and the like | `Tokio` | a boxed future of a [`Result<T>`](crate::Result) | `board.tracks().await?` |
///
/// # Examples
///
/// ```
/// use kiapi::generic::{Board, Link};
///
/// fn nets<L: Link>(board: &Board<L>) -> L::Out<'_, Vec<kiapi::api::board::types::Net>> {
///     board.nets()
/// }
/// ```
pub mod generic {
    pub use crate::board::{Board, Move, Refill, Watcher};
    pub use crate::commit::Commit;
    pub use crate::kicad::KiCad;
    #[cfg(feature = "tokio")]
    pub use crate::link::Tokio;
    pub use crate::link::{Blocking, Link};
}
