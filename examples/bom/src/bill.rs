//! The bill of materials: components that are the same, in one line.

use std::collections::{BTreeMap, BTreeSet};

use crate::part::{Part, natural};

/// The columns that every bill has.
const COLUMNS: [&str; 7] =
    ["References", "Quantity", "Value", "Footprint", "DNP", "Description", "Datasheet"];

/// The bill as rows, the first of them the titles.
///
/// Components are the same when all that is in their columns is. What is not fitted has lines of its own, which say so.
pub fn rows(parts: &[Part]) -> Vec<Vec<String>> {
    let listed: Vec<&Part> = parts.iter().filter(|part| !part.is_off_bom).collect();
    let fields: BTreeSet<&str> =
        listed.iter().flat_map(|part| part.fields.keys().map(String::as_str)).collect();
    let mut groups: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for part in &listed {
        let dnp = if part.is_left_out { "DNP" } else { "" };
        let own = [&part.value, &part.package, dnp, &part.description, &part.datasheet];
        let others = fields.iter().map(|name| part.fields.get(*name).map_or("", String::as_str));
        let key = own.into_iter().chain(others).map(str::to_owned).collect();
        groups.entry(key).or_default().push(&part.reference);
    }
    let mut lines: Vec<(Vec<&str>, Vec<String>)> =
        groups.into_iter().map(|(key, references)| (references, key)).collect();
    for (references, _) in &mut lines {
        references.sort_by_key(|reference| natural(reference));
    }
    lines.sort_by_key(|(references, _)| natural(references[0]));
    let titles = COLUMNS.into_iter().chain(fields).map(str::to_owned).collect();
    let row = |(references, key): (Vec<&str>, Vec<String>)| {
        let mut row = vec![references.join(", "), references.len().to_string()];
        row.extend(key);
        row
    };
    [titles].into_iter().chain(lines.into_iter().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::part;

    #[test]
    fn same_parts_share_a_line_in_order() {
        let mut parts = vec![
            part("R10", "10k", "R_0603"),
            part("C1", "100nF", "C_0603"),
            part("R2", "10k", "R_0603"),
            part("R3", "10k", "R_0805"),
            part("R4", "10k", "R_0603"),
            part("H1", "Hole", "Hole"),
            part("R5", "10k", "R_0603"),
        ];
        parts[4].is_left_out = true;
        parts[5].is_off_bom = true;
        parts[6].fields.insert("MPN".to_owned(), "X1".to_owned());
        // Placement has nothing to do with the bill.
        parts[0].is_off_placement = true;
        let rows = rows(&parts);
        let short: Vec<String> = rows
            .iter()
            .map(|row| [&row[0], &row[1], &row[2], &row[3], &row[4], &row[7]].map(String::as_str).join("|"))
            .collect();
        assert_eq!(
            short,
            [
                "References|Quantity|Value|Footprint|DNP|MPN",
                "C1|1|100nF|C_0603||",
                "R2, R10|2|10k|R_0603||",
                "R3|1|10k|R_0805||",
                "R4|1|10k|R_0603|DNP|",
                "R5|1|10k|R_0603||X1",
            ]
        );
    }

    #[test]
    fn empty_boards_have_titles() {
        assert_eq!(rows(&[]).len(), 1);
    }
}
