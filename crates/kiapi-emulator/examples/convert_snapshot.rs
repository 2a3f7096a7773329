//! Reads a snapshot and writes it in the other form: protobuf as JSON, JSON as protobuf.
//!
//! ```sh
//! cargo run -p kiapi-emulator --example convert_snapshot -- board.json board.kiapi
//! ```

use kiapi_emulator::Snapshot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(from), Some(to), None) = (args.next(), args.next(), args.next()) else {
        return Err("usage: convert_snapshot FROM TO".into());
    };
    Snapshot::load(from)?.save(to)?;
    Ok(())
}
