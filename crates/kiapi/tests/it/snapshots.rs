//! Snapshots: taken from the emulator over its socket, saved, loaded, and served again.

use kiapi::api::common::ApiResponseStatus;
use kiapi::api::{Request, Response};
use kiapi::picture::{Contents, Picture};
use kiapi::snapshot::{self, Exchange, Snapshot, Taking};
use kiapi::{Address, Any};
use kiapi_emulator::{Emulator, Line};
use kiapi_transport::{CallOptions, Client, ConnectOptions, Transport as _};

/// Takes a snapshot, and tells how many requests there were.
fn take(address: &Address) -> (Snapshot, usize) {
    let client = Client::connect(address, &ConnectOptions::new()).unwrap();
    let mut taking = Taking::new();
    let mut count = 0;
    while let Some(command) = taking.request() {
        let request = Request::packed(command).client_name("test").encode();
        let answer = client.call(&request, &CallOptions::new()).unwrap();
        taking.answer(&Response::decode(&answer).unwrap()).unwrap();
        count += 1;
    }
    (taking.finish(), count)
}

#[test]
fn what_is_taken_can_be_saved_in_both_forms_and_served() {
    let folder = tempfile::tempdir().unwrap();
    for line in Line::ALL {
        let running = Emulator::new(kiapi_emulator::Snapshot::demo(line)).start().unwrap();
        let (taken, count) = take(running.socket());
        assert_eq!(taken.exchanges.len(), count);
        let protobuf = folder.path().join("board.kiapi");
        snapshot::save(&taken, &protobuf).unwrap();
        assert!(snapshot::load(&protobuf).unwrap() == taken, "{line}");
        let json = folder.path().join("board.json");
        snapshot::save(&taken, &json).unwrap();
        let loaded = snapshot::load(&json).unwrap();
        assert_eq!(loaded.exchanges.len(), count);

        let again = Emulator::new(kiapi_emulator::Snapshot::load(&json).unwrap()).start().unwrap();
        let (second, _) = take(again.socket());
        let different =
            second.exchanges.iter().zip(&taken.exchanges).filter(|(second, taken)| second != taken);
        let different: Vec<&str> = different.map(|(second, _)| name(second)).collect();
        // The clock goes on, and the order of a map's entries is nobody's.
        let may_differ = ["kiapi.common.commands.ExpandTextVariables"];
        assert!(different.iter().all(|name| may_differ.contains(name)), "{line}: {different:?}");
    }
}

fn name(exchange: &Exchange) -> &str {
    exchange.request.as_ref().map_or("", Any::full_name)
}

#[test]
fn every_item_of_a_snapshot_is_in_its_picture() {
    for line in Line::ALL {
        let taken = kiapi_emulator::Snapshot::demo(line);
        let contents = Contents::from_snapshot(&taken);
        let svg = Picture::new(&contents).to_svg();
        roxmltree::Document::parse(&svg).unwrap();
        for item in contents.items() {
            use kiapi::api::board::types::Item;
            let is_drawn = !matches!(item, Item::FootprintInstance(_) | Item::Group(_));
            if let Some(id) = item.id().filter(|_| is_drawn) {
                assert!(svg.contains(id.value.as_str()), "{line}: {item:?}");
            }
        }
        // Everything that KiCad is asked for has a text, and what it is called is known.
        assert!(!contents.texts().is_empty());
        assert_eq!(contents.unknown_variables().len(), 0, "{line}: {:?}", contents.unknown_variables());
    }
}

#[test]
fn file_that_is_no_snapshot_is_invalid_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.kiapi");
    std::fs::write(&file, b"\xff").unwrap();
    let error = snapshot::load(&file).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (std::io::ErrorKind::InvalidData, "this is no snapshot".to_owned())
    );
    assert_eq!(snapshot::load(folder.path().join("none")).unwrap_err().kind(), std::io::ErrorKind::NotFound);

    let mut strange = Snapshot::new();
    strange.exchanges.push(Exchange::new(
        Any::from_parts("x/future.Command", [8, 1]),
        ApiResponseStatus::new(),
        None,
    ));
    let file = folder.path().join("board.json");
    let error = snapshot::save(&strange, &file).unwrap_err();
    assert_eq!(error.to_string(), "cannot show the snapshot as JSON; save it as protobuf");
    assert!(!file.exists());
}
