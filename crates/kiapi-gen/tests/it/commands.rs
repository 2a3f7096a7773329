//! What is known of the commands.

use std::collections::BTreeSet;

use kiapi_gen::board::commands::{GetItemsByNet, GetNets};
use kiapi_gen::common::commands::Ping;
use kiapi_gen::{ApiVersion, COMMANDS, Command, Effect};

#[test]
fn each_kicad_answers_as_many_commands_as_its_binaries_register() {
    let answered = |version| COMMANDS.iter().filter(|command| command.is_answered_by(version)).count();
    assert_eq!(answered(ApiVersion::new(9, 0, 8)), 51);
    assert_eq!(answered(ApiVersion::new(10, 0, 6)), 59);
}

#[test]
fn command_that_was_defined_before_it_was_answered_says_since_when() {
    // Defined in 9.0. Since which 10.0 is as far as the project's history goes; that of a copy may know fewer KiCads.
    assert_eq!((GetItemsByNet::SINCE.major, GetItemsByNet::SINCE.minor), (10, 0));
    assert!(GetItemsByNet::is_answered_by(GetItemsByNet::SINCE));
    assert!(!GetItemsByNet::is_answered_by(ApiVersion::new(9, 0, 8)));
    assert!(GetNets::is_answered_by(ApiVersion::new(9, 0, 0)));
}

#[test]
fn commands_are_listed_once() {
    let names: BTreeSet<String> = COMMANDS.iter().map(kiapi_gen::CommandInfo::full_name).collect();
    assert_eq!(names.len(), COMMANDS.len());
    let ping = COMMANDS.iter().find(|command| command.name() == "Ping").unwrap();
    assert_eq!(ping.full_name(), "kiapi.common.commands.Ping");
    assert_eq!(ping.response(), "google.protobuf.Empty");
    assert_eq!((ping.effect, Ping::EFFECT), (Effect::Read, Effect::Read));
}
