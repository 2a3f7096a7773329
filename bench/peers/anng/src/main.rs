//! Usage: `peer-anng version|tracks SOCKET TRACKS`

use std::ffi::CString;
use std::io::{Write as _, stdin, stdout};

use anng::{Message, protocols::reqrep0};
use kiapi_gen::board::types::Track;
use kiapi_gen::common::commands::{GetItems, GetOpenDocuments, GetVersion};
use kiapi_gen::common::types::{DocumentType, ItemHeader, KiCadObjectType};
use kiapi_gen::{Command, Request, Response};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, task, socket, count] = args.as_slice() else { panic!("three arguments are needed") };
    let count: usize = count.parse().expect("a number");
    let url = CString::new(format!("ipc://{socket}")).expect("a path");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let socket = reqrep0::Req0::dial(&url).await.expect("a connection");
        let mut context = socket.context();
        println!("ready");
        for line in stdin().lines() {
            let times: u32 = line.expect("a line").trim().parse().expect("a number");
            for _ in 0..times {
                match task.as_str() {
                    "version" => drop(call(&mut context, &GetVersion::new()).await),
                    "tracks" => assert_eq!(tracks(&mut context).await.len(), count),
                    other => panic!("there is no task {other}"),
                }
            }
            println!("done");
            stdout().flush().expect("somebody reads");
        }
    });
}

type Context<'a> = anng::ContextfulSocket<'a, reqrep0::Req0>;

async fn call<C: Command>(context: &mut Context<'_>, command: &C) -> C::Response {
    let request = Request::new(command).client_name("kiapi bench").encode();
    let mut message = Message::with_capacity(request.len());
    message.write_all(&request).expect("there is room");
    let answer = context.request(message).await.expect("it is sent").await.expect("an answer");
    Response::decode(answer.as_slice()).and_then(Response::into_result::<C>).expect("an answer")
}

async fn tracks(context: &mut Context<'_>) -> Vec<Track> {
    let documents = call(context, &GetOpenDocuments::new().with_type(DocumentType::PCB)).await.documents;
    let header = ItemHeader::new().with_document(documents[0].clone());
    let wanted = GetItems::new().with_header(header).with_types([KiCadObjectType::PCB_TRACE]);
    let items = call(context, &wanted).await.items;
    items.iter().map(|item| item.unpack().expect("a track")).collect()
}
