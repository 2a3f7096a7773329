//! Odd envelopes, which parse: others put KiCad out of step with all its clients.

use kiapi_gen::Any;
use kiapi_gen::common::commands::{GetItems, GetNetClasses, GetVersion, Ping};
use kiapi_gen::prost::Message as _;

use crate::peer::Outcome;
use crate::run::{Envelope, Run, Token};

pub(super) fn run(run: &mut Run) -> Outcome {
    let ping = Any::pack(&Ping::new());
    let tokens =
        [Token::Right, Token::Empty, Token::Other("wrong".to_owned()), Token::Other("0".repeat(200))];
    for token in tokens {
        for client in ["", "conformance", "ä ö ü", "日本", "a/b\\c\n", &"x".repeat(300)] {
            let header = Some((token.clone(), client.to_owned()));
            run.exchange(&Envelope { header: header.clone(), message: Some(ping.clone()) })?;
            run.exchange(&Envelope { header, message: None })?;
        }
    }
    run.exchange(&Envelope { header: None, message: Some(ping) })?;
    run.exchange(&Envelope { header: None, message: None })?;

    let items = GetItems::new().with_header(run.board.header()).encode_to_vec();
    let messages: [(&str, &[u8]); 20] = [
        ("", b""),
        ("", b"\x01\x02"),
        ("type.googleapis.com/", b""),
        ("type.googleapis.com/no.such.Message", b""),
        ("type.googleapis.com/kiapi.common.commands.NoSuchCommand", b"abc"),
        ("kiapi.common.commands.Ping", b""),
        ("/kiapi.common.commands.Ping", b""),
        ("example.com/kiapi.common.commands.Ping", b""),
        ("type.googleapis.com/a/kiapi.common.commands.Ping", b""),
        ("type.googleapis.com/kiapi.common.commands.ping", b""),
        ("type.googleapis.com/kiapi.common.commands.PingResponse", b""),
        ("type.googleapis.com/kiapi.common.commands.GetVersion ", b""),
        ("example.com/kiapi.common.commands.GetVersion", b""),
        ("type.googleapis.com/kiapi.board.types.Track", b""),
        ("type.googleapis.com/google.protobuf.Empty", b""),
        ("type.googleapis.com/kiapi.common.ApiRequest", b""),
        ("type.googleapis.com/kiapi.common.commands.GetItemsResponse", &items),
        // Bytes that are no such message.
        ("type.googleapis.com/kiapi.common.commands.GetItems", b"\x0a\xff"),
        ("type.googleapis.com/kiapi.common.commands.GetVersion", b"\x0a"),
        ("type.googleapis.com/kiapi.board.commands.GetNets", b"\xff\xff\xff\xff"),
    ];
    for (type_url, value) in messages {
        run.any(Any::from_parts(type_url, value))?;
    }
    // Fields that no KiCad knows.
    let mut strange = GetVersion::new().encode_to_vec();
    strange.extend_from_slice(b"\xf2\x06\x03abc");
    run.any(Any::from_parts("type.googleapis.com/kiapi.common.commands.GetVersion", strange))?;
    run.call_as("someone else", &GetNetClasses::new())?;
    Ok(())
}
