//! Draws the board that is open in a running KiCad: `cargo run -p kiapi --example board_picture -- FILE.svg [back] [LAYER…]`.
//!
//! Layers are named as KiCad names them, such as `F.Cu`.

use std::error::Error;
use std::time::Duration;

use kiapi::picture::{Picture, Side, Theme};
use kiapi::{CallOptions, KiCad, Layer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("say which file to write")?;
    let (mut side, mut layers) = (Side::Front, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "back" => side = Side::Back,
            name => {
                let layer =
                    Layer::from_canonical_name(name).ok_or_else(|| format!("there is no layer `{name}`"))?;
                layers.push(layer);
            }
        }
    }

    let kicad = KiCad::connect()?;
    let patient = CallOptions::new().timeout(Duration::from_secs(60));
    let contents = kicad.board()?.with_options(patient).contents()?;
    let mut picture = Picture::new(&contents).side(side).theme(Theme::kicad(kicad.version()));
    if !layers.is_empty() {
        picture = picture.layers(layers);
    }
    std::fs::write(&file, picture.to_svg())?;
    println!("{file}: {} items", contents.items().len());
    Ok(())
}
