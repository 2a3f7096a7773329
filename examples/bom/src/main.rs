//! What KiCad starts when the button is pressed.

use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use kiapi::{CallOptions, ConnectOptions, KiCad, Retry};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = run(&arguments);
    let (said, code) = match &outcome {
        Ok(said) => (said.clone(), ExitCode::SUCCESS),
        Err(error) => {
            let causes = std::iter::successors(Some(&**error), |error| (**error).source());
            let causes: Vec<String> = causes.map(ToString::to_string).collect();
            (format!("error: {}", causes.join("\n  because ")), ExitCode::FAILURE)
        }
    };
    // KiCad shows nobody what a plugin prints, and starts it in its folder: there it is said too.
    if env::var_os("KICAD_API_SOCKET").is_some() {
        let _ = fs::write("last-run.txt", format!("{said}\n"));
    }
    println!("{said}");
    code
}

fn run(arguments: &[String]) -> Result<String, Box<dyn std::error::Error>> {
    let call = CallOptions::new().timeout(Duration::from_secs(60)).retry(Retry::WhileRefused);
    let options = ConnectOptions::new().client_name(env!("CARGO_PKG_NAME")).call_options(call);
    let board = KiCad::connect_with(options)?.board()?;
    bom_and_placement::run(&board, arguments)
}
