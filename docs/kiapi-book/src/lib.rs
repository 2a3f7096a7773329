//! The samples of the book, which run as documentation tests on an emulated KiCad.
//!
//! What they stand on is in a line that readers of the book do not see: [`connected`], or [`serving`].

use kiapi::{ConnectOptions, KiCad};
use kiapi_emulator::{Emulator, Running};

/// Starts an emulated KiCad with the demo board, and connects to it.
///
/// # Panics
///
/// When there is no temporary folder for its socket.
///
/// # Examples
///
/// ```
/// let (_emulator, kicad) = kiapi_book::connected();
/// assert_eq!(kicad.board()?.name(), "demo.kicad_pcb");
/// # Ok::<_, kiapi::Error>(())
/// ```
pub fn connected() -> (Running, KiCad) {
    let (emulator, options) = serving();
    let kicad = KiCad::connect_with(options).expect("an emulator answers");
    (emulator, kicad)
}

/// Starts an emulated KiCad with the demo board, and says how to connect to it.
///
/// # Panics
///
/// When there is no temporary folder for its socket.
///
/// # Examples
///
/// ```
/// let (emulator, options) = kiapi_book::serving();
/// assert_eq!(kiapi::KiCad::connect_with(options)?.address(), emulator.socket());
/// # Ok::<_, kiapi::Error>(())
/// ```
pub fn serving() -> (Running, ConnectOptions) {
    let emulator = Emulator::demo().start().expect("it needs nothing but a temporary folder");
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    (emulator, options)
}

/// A module for each chapter with samples, so that a failure names the chapter.
macro_rules! chapters {
    ($($chapter:ident: $file:literal;)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($file)]
            mod $chapter {}
        )*
    };
}

chapters! {
    getting_started: "../../src/getting_started.md";
    recipes: "../../src/recipes.md";
    from_kicad_python: "../../src/from_kicad_python.md";
    how_kicad_behaves: "../../src/how_kicad_behaves.md";
    errors: "../../src/errors.md";
    readme: "../../../README.md";
}
