//! Nets, and the classes in effect for them.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{GetNetClassForNets, GetNets, NetClassForNetsResponse, NetsResponse};
use kiapi_server::{Answer, Call};

use crate::{Editor, Line};

pub(super) fn get_nets(editor: &mut Editor, _call: &Call<'_>, request: GetNets) -> Answer<NetsResponse> {
    editor.require_board(request.board.as_ref())?;
    let document = &editor.document;
    let filters = &request.netclass_filter;
    let nets = document.nets.iter().filter(|net| {
        let is_in = |class: &str| filters.iter().any(|filter| is_meant(filter, class, editor.version));
        filters.is_empty() || document.net_class_of(&net.name).is_some_and(|class| is_in(&class.name))
    });
    Ok(NetsResponse::new().with_nets(nets.cloned()))
}

pub(super) fn get_net_class_for_nets(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetNetClassForNets,
) -> Answer<NetClassForNetsResponse> {
    let document = &editor.document;
    let classes: BTreeMap<_, _> = request
        .net
        .into_iter()
        .filter_map(|net| {
            let class = document.net_class_of(&net.name)?.clone();
            Some((net.name, class))
        })
        .collect();
    Ok(NetClassForNetsResponse::new().with_classes(classes))
}

/// Whether a filter means a class: by its name, and since 10.0 by a pattern.
fn is_meant(filter: &str, class: &str, line: Line) -> bool {
    match line {
        Line::V9_0 => filter == class,
        Line::V10_0 => matches(filter.as_bytes(), class.as_bytes()),
    }
}

/// Whether a text matches a pattern in which `*` stands for anything and `?` for one byte.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // Where the last `*` was, and how much of the text it stands for so far.
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match &mut star {
                Some((star_at, star_from)) => {
                    *star_from += 1;
                    (at, from) = (*star_at + 1, *star_from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, class: &str, in_9: bool, in_10: bool) {
        assert_eq!(is_meant(filter, class, Line::V9_0), in_9, "{filter} {class}");
        assert_eq!(is_meant(filter, class, Line::V10_0), in_10, "{filter} {class}");
    }

    #[test]
    fn filters_are_names_and_since_10_patterns() {
        check("POWER", "POWER", true, true);
        check("power", "POWER", false, false);
        check("P*", "POWER", false, true);
        check("*", "POWER", false, true);
        check("*W*R", "POWER", false, true);
        check("P?W", "POWER", false, false);
        check("P?WER", "POWER", false, true);
        check("", "POWER", false, false);
    }
}
