//! Geometry of items: pure functions on what KiCad sends.

mod translate;

pub use translate::translate;
