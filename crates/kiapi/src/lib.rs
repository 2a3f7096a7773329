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
/// here. The main ones:
///
/// - begin: [`connect`](generic::KiCad::connect), [`connect_with`](generic::KiCad::connect_with)
/// - the boards: [`board`](generic::KiCad::board), [`board_at`](generic::KiCad::board_at),
///   [`boards`](generic::KiCad::boards)
/// - about this KiCad: [`version`](generic::KiCad::version), [`ping`](generic::KiCad::ping),
///   [`projects`](generic::KiCad::projects), [`open_documents`](generic::KiCad::open_documents),
///   [`binary_path`](generic::KiCad::binary_path), [`plugin_settings_path`](generic::KiCad::plugin_settings_path)
/// - texts as KiCad draws them: [`text_extents`](generic::KiCad::text_extents),
///   [`text_as_shapes`](generic::KiCad::text_as_shapes)
/// - whatever else KiCad can: [`run_action`](generic::KiCad::run_action), [`call`](generic::KiCad::call),
///   [`call_with`](generic::KiCad::call_with)
/// - what happened meanwhile: [`take_notices`](generic::KiCad::take_notices)
pub type KiCad = generic::KiCad<generic::Blocking>;
/// A board that is open in KiCad, which blocks the thread while KiCad works on a call.
///
/// All methods, each with an example, are on the page of [`generic::Board`]. `Out` in their signatures is a [`Result`]
/// here. The main ones:
///
/// - edit: [`commit`](generic::Board::commit), [`begin_commit`](generic::Board::begin_commit),
///   [`create`](generic::Board::create), [`update`](generic::Board::update), [`delete`](generic::Board::delete),
///   [`flip`](generic::Board::flip), [`move_interactively`](generic::Board::move_interactively),
///   [`refill_zones`](generic::Board::refill_zones)
/// - read items: [`items`](generic::Board::items), [`footprints`](generic::Board::footprints),
///   [`tracks`](generic::Board::tracks), [`arcs`](generic::Board::arcs), [`vias`](generic::Board::vias),
///   [`pads`](generic::Board::pads), [`zones`](generic::Board::zones), [`shapes`](generic::Board::shapes),
///   [`texts`](generic::Board::texts), [`groups`](generic::Board::groups), [`items_by_id`](generic::Board::items_by_id),
///   [`items_by_net`](generic::Board::items_by_net), [`items_by_net_class`](generic::Board::items_by_net_class)
/// - nets and classes: [`nets`](generic::Board::nets), [`net_classes`](generic::Board::net_classes),
///   [`net_class_of`](generic::Board::net_class_of), [`set_net_classes`](generic::Board::set_net_classes)
/// - the selection: [`selection`](generic::Board::selection), [`add_to_selection`](generic::Board::add_to_selection),
///   [`clear_selection`](generic::Board::clear_selection)
/// - layers: [`enabled_layers`](generic::Board::enabled_layers), [`visible_layers`](generic::Board::visible_layers),
///   [`active_layer`](generic::Board::active_layer), [`layer_name`](generic::Board::layer_name),
///   [`stackup`](generic::Board::stackup)
/// - geometry: [`bounding_boxes`](generic::Board::bounding_boxes), [`hit_test`](generic::Board::hit_test),
///   [`pad_polygons`](generic::Board::pad_polygons), [`padstack_presence`](generic::Board::padstack_presence)
/// - settings: [`title_block`](generic::Board::title_block), [`text_variables`](generic::Board::text_variables),
///   [`expand_text_variables`](generic::Board::expand_text_variables), [`origin`](generic::Board::origin),
///   [`appearance`](generic::Board::appearance)
/// - the whole of it: [`save`](generic::Board::save), [`save_copy`](generic::Board::save_copy),
///   [`revert`](generic::Board::revert), [`to_text`](generic::Board::to_text), [`watch`](generic::Board::watch),
///   [`snapshot`](generic::Board::snapshot), [`contents`](generic::Board::contents)
pub type Board = generic::Board<generic::Blocking>;
/// An open commit, which blocks the thread while KiCad works on a call.
///
/// All methods, each with an example, are on the page of [`generic::Commit`]. `Out` in their signatures is a [`Result`]
/// here. The main ones:
///
/// - edit: [`create`](generic::Commit::create), [`update`](generic::Commit::update), [`delete`](generic::Commit::delete),
///   [`flip`](generic::Commit::flip), [`try_create`](generic::Commit::try_create),
///   [`try_update`](generic::Commit::try_update)
/// - end it: [`push`](generic::Commit::push), [`drop`](generic::Commit::drop)
/// - read: [`board`](generic::Commit::board)
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
    /// a [`Result`](crate::Result) here. The main ones:
    ///
    /// - begin: [`connect`](generic::KiCad::connect), [`connect_with`](generic::KiCad::connect_with)
    /// - the boards: [`board`](generic::KiCad::board), [`board_at`](generic::KiCad::board_at),
    ///   [`boards`](generic::KiCad::boards)
    /// - about this KiCad: [`version`](generic::KiCad::version), [`ping`](generic::KiCad::ping),
    ///   [`projects`](generic::KiCad::projects), [`open_documents`](generic::KiCad::open_documents),
    ///   [`binary_path`](generic::KiCad::binary_path), [`plugin_settings_path`](generic::KiCad::plugin_settings_path)
    /// - texts as KiCad draws them: [`text_extents`](generic::KiCad::text_extents),
    ///   [`text_as_shapes`](generic::KiCad::text_as_shapes)
    /// - whatever else KiCad can: [`run_action`](generic::KiCad::run_action), [`call`](generic::KiCad::call),
    ///   [`call_with`](generic::KiCad::call_with)
    /// - what happened meanwhile: [`take_notices`](generic::KiCad::take_notices)
    pub type KiCad = generic::KiCad<generic::Tokio>;
    /// A board that is open in KiCad, whose calls are awaited.
    ///
    /// All methods, each with an example, are on the page of [`generic::Board`]. `Out` in their signatures is a future of
    /// a [`Result`](crate::Result) here. The main ones:
    ///
    /// - edit: [`commit`](generic::Board::commit), [`begin_commit`](generic::Board::begin_commit),
    ///   [`create`](generic::Board::create), [`update`](generic::Board::update), [`delete`](generic::Board::delete),
    ///   [`flip`](generic::Board::flip), [`move_interactively`](generic::Board::move_interactively),
    ///   [`refill_zones`](generic::Board::refill_zones)
    /// - read items: [`items`](generic::Board::items), [`footprints`](generic::Board::footprints),
    ///   [`tracks`](generic::Board::tracks), [`arcs`](generic::Board::arcs), [`vias`](generic::Board::vias),
    ///   [`pads`](generic::Board::pads), [`zones`](generic::Board::zones), [`shapes`](generic::Board::shapes),
    ///   [`texts`](generic::Board::texts), [`groups`](generic::Board::groups),
    ///   [`items_by_id`](generic::Board::items_by_id), [`items_by_net`](generic::Board::items_by_net),
    ///   [`items_by_net_class`](generic::Board::items_by_net_class)
    /// - nets and classes: [`nets`](generic::Board::nets), [`net_classes`](generic::Board::net_classes),
    ///   [`net_class_of`](generic::Board::net_class_of), [`set_net_classes`](generic::Board::set_net_classes)
    /// - the selection: [`selection`](generic::Board::selection), [`add_to_selection`](generic::Board::add_to_selection),
    ///   [`clear_selection`](generic::Board::clear_selection)
    /// - layers: [`enabled_layers`](generic::Board::enabled_layers), [`visible_layers`](generic::Board::visible_layers),
    ///   [`active_layer`](generic::Board::active_layer), [`layer_name`](generic::Board::layer_name),
    ///   [`stackup`](generic::Board::stackup)
    /// - geometry: [`bounding_boxes`](generic::Board::bounding_boxes), [`hit_test`](generic::Board::hit_test),
    ///   [`pad_polygons`](generic::Board::pad_polygons), [`padstack_presence`](generic::Board::padstack_presence)
    /// - settings: [`title_block`](generic::Board::title_block), [`text_variables`](generic::Board::text_variables),
    ///   [`expand_text_variables`](generic::Board::expand_text_variables), [`origin`](generic::Board::origin),
    ///   [`appearance`](generic::Board::appearance)
    /// - the whole of it: [`save`](generic::Board::save), [`save_copy`](generic::Board::save_copy),
    ///   [`revert`](generic::Board::revert), [`to_text`](generic::Board::to_text), [`watch`](generic::Board::watch),
    ///   [`snapshot`](generic::Board::snapshot), [`contents`](generic::Board::contents)
    pub type Board = generic::Board<generic::Tokio>;
    /// An open commit, whose calls are awaited.
    ///
    /// All methods, each with an example, are on the page of [`generic::Commit`]. `Out` in their signatures is a future
    /// of a [`Result`](crate::Result) here. The main ones:
    ///
    /// - edit: [`create`](generic::Commit::create), [`update`](generic::Commit::update),
    ///   [`delete`](generic::Commit::delete), [`flip`](generic::Commit::flip),
    ///   [`try_create`](generic::Commit::try_create), [`try_update`](generic::Commit::try_update)
    /// - end it: [`push`](generic::Commit::push), [`drop`](generic::Commit::drop)
    /// - read: [`board`](generic::Commit::board)
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
