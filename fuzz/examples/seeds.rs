//! Writes seeds into `corpus/`, from what real KiCads answered: the demo's snapshots, the proto trees, the plugins.

use std::fs;
use std::path::{Path, PathBuf};

use kiapi_gen::common::commands::GetItemsResponse;
use kiapi_gen::common::{ApiRequest, ApiResponse};
use kiapi_gen::snapshot::Snapshot;
use kiapi_gen::{Any, COMMANDS};
use prost::Message as _;

/// Seeds larger than this only slow everything down.
const LARGEST: usize = 40_000;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf();
    let write = |target: &str, name: &str, bytes: &[u8]| -> anyhow::Result<()> {
        let folder: PathBuf = root.join("fuzz/corpus").join(target);
        fs::create_dir_all(&folder)?;
        if bytes.len() <= LARGEST {
            fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    };
    for line in ["9.0", "10.0"] {
        let file = root.join(format!("crates/kiapi-emulator/demo/demo-{line}.kiapi"));
        let snapshot = Snapshot::from_bytes(&fs::read(file)?)?;
        let mut recording = String::from(
            "{\"kiapi_recording\":1,\"started\":\"2026-01-01T00:00:00Z\",\"made_by\":\"a seed\",\"kicad\":null,\"socket\":\"ipc:///s\"}\n{\"at\":0.1,\"connection\":1,\"event\":\"connected\"}\n",
        );
        let mut small = snapshot.clone();
        small.exchanges.truncate(8);
        write("snapshot", &format!("start-{line}"), &small.to_bytes())?;
        if let Ok(json) = small.to_json() {
            write("snapshot", &format!("json-{line}"), json.as_bytes())?;
        }
        for (number, exchange) in snapshot.exchanges.iter().enumerate() {
            let (Some(request), Some(status)) = (&exchange.request, &exchange.status) else { continue };
            let name = format!("{line}-{number}");
            let asked = ApiRequest::new().with_message(request.clone()).encode_to_vec();
            let mut answer = ApiResponse::new().with_status(status.clone());
            answer.message.clone_from(&exchange.response);
            let answer = answer.encode_to_vec();
            if number % 7 == 0 && answer.len() < 4000 {
                write("envelope", &name, &answer)?;
                write("envelope", &format!("{name}-asked"), &asked)?;
                write("frame", &name, &[&[0, 0, 13][..], &frame(&asked), &frame(&answer)].concat())?;
                use base64::Engine as _;
                let engine = base64::engine::general_purpose::STANDARD;
                for (event, bytes) in [("request", &asked), ("answer", &answer)] {
                    recording.push_str(&format!(
                        "{{\"at\":0.2,\"connection\":1,\"event\":\"{event}\",\"request\":{},\"id\":7,\"size\":{},\"bytes\":\"{}\"}}\n",
                        number + 1, bytes.len(), engine.encode(bytes)
                    ));
                }
            }
            if let Some(response) = &exchange.response {
                let messages = list(&root)?;
                if let Some(place) = messages.iter().position(|message| *message == response.full_name()) {
                    let place = u16::try_from(place)?.to_be_bytes();
                    if number % 5 == 0 && response.value.len() < 4000 {
                        write("message", &name, &[&place[..], &response.value].concat())?;
                    }
                }
                if let Ok(items) = response.unpack::<GetItemsResponse>() {
                    // A few of each list: their types are what counts.
                    let few: Vec<Any> = items.items.into_iter().take(4).collect();
                    let bytes = GetItemsResponse::new().with_items(few).encode_to_vec();
                    for target in ["item", "svg"] {
                        write(target, &name, &[&[1][..], &bytes].concat())?;
                    }
                }
            }
            let place = COMMANDS.iter().position(|command| command.full_name() == request.full_name());
            if let (Some(place), Ok(json)) = (place, serde_json::to_string(request)) {
                let mut json: serde_json::Value = serde_json::from_str(&json)?;
                json.as_object_mut().map(|object| object.remove("@type"));
                if number % 5 == 0 {
                    write(
                        "json",
                        &name,
                        &[&[u8::try_from(place)?][..], json.to_string().as_bytes()].concat(),
                    )?;
                }
            }
        }
        recording.push_str(
            "{\"at\":0.3,\"connection\":1,\"event\":\"ended\",\"by\":\"client\",\"unanswered\":[]}\n",
        );
        write("recording", line, recording.as_bytes())?;
        let tree = root.join("proto").join(line);
        let tree = kiapi_fuzz::proto::seed(&tree)?;
        let set = prost_types::FileDescriptorSet::decode(tree.as_slice())?;
        for file in &set.file {
            // One file each, without what it imports: small, and linking has something to leave out.
            let one = prost_types::FileDescriptorSet { file: vec![file.clone()] };
            write("proto", &format!("{line}-{}", file.name().replace('/', "-")), &one.encode_to_vec())?;
        }
    }
    // Bytes that items and commands are made from: any are as good as any other, and they must be many.
    for number in 0..24_u64 {
        let bytes: Vec<u8> = (0..400_u64).map(|at| mixed(number * 1000 + at)).collect();
        for target in ["item", "svg"] {
            write(target, &format!("made-{number}"), &[&[0][..], &bytes].concat())?;
        }
        write("emulator", &format!("made-{number}"), &bytes)?;
    }
    for (number, text) in [
        "0.25mm",
        "-25 mils",
        "0.1\"",
        "1e3um",
        "9223372036854775807nm",
        "+.5 in",
        "1 000mm",
        "8thou",
        "3m",
        "1e-9 cm",
        "250µm",
    ]
    .iter()
    .enumerate()
    {
        write("length", &number.to_string(), text.as_bytes())?;
    }
    for example in ["arrange", "bom", "stitch"] {
        for file in ["plugin.json", "metadata.json"] {
            write(
                "plugin",
                &format!("{example}-{file}"),
                &fs::read(root.join("examples").join(example).join(file))?,
            )?;
        }
    }
    Ok(())
}

/// The messages in the order of the fuzzer's table.
fn list(root: &Path) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(root.join("crates/kiapi-gen/tests/it/every_message.rs"))?;
    Ok(text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("check::<kiapi_gen::")?.strip_suffix(">();"))
        .map(|name| match name.strip_prefix("google::") {
            Some(_) => name.replace("::", "."),
            None => format!("kiapi.{}", name.replace("::", ".")),
        })
        .collect())
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &[0x80, 0, 0, 1], body].concat()
}

fn mixed(seed: u64) -> u8 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 40) as u8
}
