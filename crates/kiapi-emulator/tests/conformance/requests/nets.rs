//! Nets, their classes, and the items on them.

use kiapi_gen::board::commands::{
    GetConnectedItems, GetItemsByNet, GetItemsByNetClass, GetNetClassForNets, GetNets,
};
use kiapi_gen::board::types::{Net, NetCode};
use kiapi_gen::common::types::KiCadObjectType as Kind;

use super::{odd_ids, unknown};
use crate::board::TYPES;
use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let (document, header) = (run.board.document(), run.board.header());
    let nets = run.board.nets.clone();
    for filter in [&[][..], &["Default"], &["default"], &[""], &["no such class"], &["Default", "Default"]] {
        run.call(&GetNets::new().with_board(document.clone()).with_netclass_filter(filter.iter().copied()))?;
    }
    let step = nets.len().div_ceil(25).max(1);
    let some: Vec<Net> = nets.iter().step_by(step).cloned().collect();
    let odd = [
        Net::new(),
        Net::new().with_name("no such net"),
        Net::new().with_code(NetCode::new().with_value(1)),
        Net::new().with_code(NetCode::new().with_value(99_999)).with_name("x"),
        Net::new().with_code(NetCode::new().with_value(-1)),
    ];
    run.call(&GetNetClassForNets::new())?;
    run.call(&GetNetClassForNets::new().with_net(some.clone()))?;
    run.call(&GetNetClassForNets::new().with_net(odd.clone()))?;
    for net in some.iter().chain(&odd) {
        run.call(&GetNetClassForNets::new().with_net([net.clone()]))?;
        let by_net = |kinds: &[Kind]| {
            GetItemsByNet::new()
                .with_header(header.clone())
                .with_types(kinds.iter().copied())
                .with_nets([net.clone()])
        };
        run.call(&by_net(&TYPES))?;
        run.call(&by_net(&[]))?;
        run.call(&by_net(&[Kind::PCB_PAD]))?;
        run.call(&by_net(&[Kind::PCB_VIA, Kind::PCB_TRACE]))?;
        // Only the name, without the code.
        let named = Net::new().with_name(&net.name);
        run.call(&by_net(&[Kind::PCB_TRACE]).with_nets([named]))?;
    }
    let by_net = GetItemsByNet::new().with_header(header.clone());
    run.call(&by_net.clone().with_types([Kind::PCB_PAD]))?;
    run.call(&by_net.clone().with_types([Kind::PCB_PAD]).with_nets(some.clone()))?;
    run.call(&by_net.with_types([Kind::PCB_FOOTPRINT]).with_nets(some))?;
    for classes in [&[][..], &["Default"], &[""], &["no such class"]] {
        for kinds in [&[][..], &[Kind::PCB_PAD], &[Kind::PCB_TRACE, Kind::PCB_ZONE], &[Kind::SCH_PIN]] {
            run.call(
                &GetItemsByNetClass::new()
                    .with_header(header.clone())
                    .with_types(kinds.iter().copied())
                    .with_net_classes(classes.iter().copied()),
            )?;
        }
    }
    let connected = GetConnectedItems::new().with_header(header);
    for id in run.board.some_of_each(5).into_iter().chain(odd_ids()) {
        for kinds in [&[][..], &TYPES, &[Kind::PCB_PAD], &[Kind::PCB_TRACE, Kind::PCB_VIA]] {
            let command = connected.clone().with_items([id.clone()]);
            run.call(&command.with_types(kinds.iter().copied()))?;
        }
    }
    let pads = run.board.ids(Kind::PCB_PAD, 4);
    run.call(&connected.clone().with_items(pads.iter().cloned().chain([unknown()])))?;
    run.call(&connected)?;
    Ok(())
}
