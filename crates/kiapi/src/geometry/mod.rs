//! Geometry of items: pure functions on what KiCad sends.
//!
//! Lengths are whole nanometres. What has to be rounded is rounded half away from zero, as KiCad does, and nothing is
//! rounded at multiples of 90 degrees.

mod angle;
mod box2;
mod translate;
mod vector;

pub use angle::{Angle, AngleError, deg};
pub use box2::Box2;
pub use translate::translate;
pub use vector::{FlipDirection, Vector2};
