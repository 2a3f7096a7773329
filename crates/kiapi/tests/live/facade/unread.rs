//! Answers that nobody waits for: whoever leaves them lie stalls KiCad for everyone, and our clients do not.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use kiapi::api::common::commands::{GetItems, Ping};
use kiapi::api::common::types::KiCadObjectType;
use kiapi::{CallOptions, KiCad};
use kiapi_gen::Request;

use super::{Case, client};
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("answers unread stall everyone", who_reads_no_answer),
    ("answers unread of calls out of time", calls_out_of_time),
];

/// How many answers may lie unread before KiCad must have stalled.
const UNREAD: usize = 200;
/// How long an onlooker waits for a KiCad that answers at once when it is well.
const SHORT: Duration = Duration::from_secs(5);

fn ask(kicad: &KiCad, time: Duration) -> kiapi::Result<()> {
    kicad.call_with(&Ping::new(), CallOptions::new().timeout(time))
}

fn who_reads_no_answer(session: &Session) -> Outcome {
    let onlooker = client("kiapi live onlooker")?;
    let socket = session.socket();
    let mut stream = UnixStream::connect(socket.strip_prefix("ipc://").unwrap_or(&socket))?;
    stream.write_all(b"\0SP\0\0\x30\0\0")?;
    stream.read_exact(&mut [0; 8])?;
    let types = [KiCadObjectType::PCB_FOOTPRINT, KiCadObjectType::PCB_TRACE, KiCadObjectType::PCB_ZONE];
    let wanted = GetItems::new().with_header(session.header()).with_types(types);
    let body = Request::new(&wanted).client_name("kiapi live reads nothing").encode();
    stream.set_write_timeout(Some(SHORT))?;
    let mut stalled = false;
    for number in 0..UNREAD {
        let id = 0x8000_0000 | u32::try_from(number)?;
        let frame = [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &id.to_be_bytes(), &body].concat();
        stream.write_all(&frame)?;
        if let Err(error) = ask(&onlooker, SHORT) {
            check(error.is_timeout(), || format!("it does not stall: {error}"))?;
            println!("KiCad {} stalls at {} answers that nobody reads", session.version(), number + 1);
            stalled = true;
            break;
        }
    }
    drop(stream);
    check(stalled, || format!("{UNREAD} answers lie unread, and KiCad goes on"))?;
    Ok(ask(&onlooker, PATIENCE)?)
}

fn calls_out_of_time(_: &Session) -> Outcome {
    let onlooker = client("kiapi live onlooker of ours")?;
    let mut clients = Vec::new();
    let (mut in_time, mut late) = (0, 0);
    for round in 0..60 {
        if round % 10 == 0 {
            clients.push(client("kiapi live out of time")?);
        }
        let kicad = &clients[clients.len() - 1];
        let board = kicad.board()?;
        let time = Duration::from_micros(1 << (round % 14));
        match board.with_options(CallOptions::new().timeout(time)).items() {
            Ok(_) => in_time += 1,
            Err(error) => {
                check(error.is_timeout(), || format!("a call ran out of time, and was told {error}"))?;
                late += 1;
            }
        }
    }
    // All of them are there still, and read nothing now.
    check(late > 0, || "no call ran out of time".to_owned())?;
    println!("{late} calls ran out of time, {in_time} did not");
    ask(&onlooker, PATIENCE)?;
    let count = onlooker.board()?.footprints()?.len();
    for kicad in &clients {
        check_eq(kicad.board()?.footprints()?.len(), count, "what is read after a call ran out of time")?;
    }
    Ok(())
}
