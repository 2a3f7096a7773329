//! Geometry of items: pure functions on what KiCad sends.
//!
//! Lengths are whole nanometres. What has to be rounded is rounded half away from zero, as KiCad does, and nothing is
//! rounded at multiples of 90 degrees.

mod angle;
mod arc;
mod bezier;
mod bounds;
mod box2;
mod distance;
mod polygon;
mod position;
mod transform;
mod vector;

pub use angle::{Angle, AngleError, deg};
pub use arc::Arc;
pub use bezier::Bezier;
pub use bounds::bounds;
pub use box2::Box2;
pub use polygon::{Node, PolyLine, PolygonWithHoles};
pub use position::position;
pub use transform::{TransformError, flip, rotate, translate};
pub use vector::{FlipDirection, Vector2};
