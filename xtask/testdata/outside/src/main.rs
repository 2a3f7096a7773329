//! Reads and edits an emulated board through the packaged crates, in both ways to wait.

use kiapi::{ConnectOptions, KiCad, Layer, Track, mm};
use kiapi_emulator::Emulator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::demo().start()?;
    let options = || ConnectOptions::new().socket(emulator.socket().clone());
    let kicad = KiCad::connect_with(options())?;
    let board = kicad.board()?;
    let before = board.tracks()?.len();
    board.commit("one more track", |edit| {
        let track = Track::new().with_start((mm(10), mm(10))).with_end((mm(14), mm(10))).with_width(mm(0.25));
        edit.create([track.with_layer(Layer::F_CU).with_net("GND")])
    })?;
    assert_eq!(board.tracks()?.len(), before + 1);
    drop((board, kicad));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (version, footprints) = runtime.block_on(async {
        let kicad = kiapi::tokio::KiCad::connect_with(options()).await?;
        let footprints = kicad.board().await?.footprints().await?.len();
        Ok::<_, kiapi::Error>((kicad.version(), footprints))
    })?;
    assert!(footprints > 0);
    println!("the emulated KiCad {version} has {footprints} footprints and one more track than {before}");
    Ok(())
}
