//! Usage: `peer-kicad-api-rs version|tracks SOCKET TRACKS`

use std::io::{Write as _, stdin, stdout};

use kicad_api_rs::{KiCad, KiCadConnectionConfig};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, task, socket, count] = args.as_slice() else { panic!("three arguments are needed") };
    let count: usize = count.parse().expect("a number");
    let config = KiCadConnectionConfig {
        socket_path: format!("ipc://{socket}"),
        client_name: "kiapi bench".to_owned(),
        kicad_token: String::new(),
    };
    let kicad = KiCad::new(config).expect("a connection");
    let once = || match task.as_str() {
        "version" => drop(kicad.get_version().expect("an answer")),
        "tracks" => {
            let tracks = kicad.get_open_board().and_then(|board| board.get_tracks()).expect("an answer");
            assert_eq!(tracks.len(), count);
        }
        other => panic!("there is no task {other}"),
    };
    println!("ready");
    for line in stdin().lines() {
        let times: u32 = line.expect("a line").trim().parse().expect("a number");
        (0..times).for_each(|_| once());
        println!("done");
        stdout().flush().expect("somebody reads");
    }
}
