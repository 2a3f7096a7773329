//! Geometry of items: pure functions on what KiCad sends.

mod angle;
mod translate;
mod vector;

pub use angle::{Angle, deg};
pub use translate::translate;
pub use vector::Vector2;
