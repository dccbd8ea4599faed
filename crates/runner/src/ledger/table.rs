//! The ledger as a table for people, as CSV and as JSON.

use super::{PICOJOULES_PER_BYTE, PICOJOULES_PER_MAC, Row};
use comfy_table::{Cell, CellAlignment, Table, presets};

const HEADS: [&str; 13] = [
    "rule",
    "network",
    "weights above",
    "waits for",
    "forward activity",
    "labels",
    "samples",
    "noise",
    "MAC",
    "chain",
    "2 threads",
    "held",
    "energy",
];

/// For people. A star marks what is contradicted or broken.
pub fn text(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(HEADS.iter().chain(&["time", "identities"]));
    for row in rows {
        table.add_row(cells(row));
    }
    for column in 8..15 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{table}\n\n{}", legend());
    for row in rows.iter().filter(|row| !row.wrong.is_empty()) {
        text += &format!("* {}: {}\n", row.observer, row.wrong);
    }
    text
}

fn cells(row: &Row) -> Vec<Cell> {
    let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "–".into());
    let yes = |yes: bool, word: &str| if yes { word.to_owned() } else { "–".into() };
    let mark = if row.wrong.is_empty() { "" } else { " *" };
    let cells = [
        format!("{}{mark}", row.observer),
        row.network.clone(),
        word(&row.weights_above),
        word(&row.waits_for),
        word(&row.forward_activity),
        yes(row.needs_targets, "used"),
        yes(row.mixes_samples, "mixed"),
        yes(row.draws_noise, "drawn"),
        format!("{:.1} F", row.forward_passes),
        format!("{:.0} %", 100.0 * row.critical_share),
        format!("{:.2} ×", row.speed_up_2_threads),
        format!("{:.1} kB", row.bytes_held / 1e3),
        format!("{:.1} µJ", row.nanojoules / 1e3),
        format!("{:.1} µs", row.microseconds),
        format!("{}/{}", row.identities_held, row.identities),
    ];
    cells.into_iter().map(Cell::new).collect()
}

fn legend() -> String {
    format!(
        "Found by intervention: what updates of hidden layers know of the forward weights above them, what they wait for, what\n\
         happens to forward activity meanwhile, whether they depend on labels, whether samples of a batch are mixed, whether\n\
         noise is drawn. – no, or not to be isolated.\n\
         Counted per sample of a learning step: multiply-accumulates in forward passes (F), their share on the longest chain\n\
         of waiting, bytes of activities and errors to be held, energy at {PICOJOULES_PER_MAC} pJ per multiply-accumulate and \
         {PICOJOULES_PER_BYTE} pJ per byte\n\
         read or written (45 nm, cache of 8 kB; a lower bound). Measured: speed of the same operations on two threads over\n\
         one, time per sample on one thread. Last, identities that hold of those that apply to rule and network.\n"
    )
}

/// As CSV, a line a rule.
///
/// # Errors
/// In words, if a row cannot be written.
pub fn csv(rows: &[Row]) -> Result<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row)).map_err(|error| error.to_string())?;
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wrong: &str) -> Row {
        Row {
            observer: "some rule".into(),
            rule: "some_rule".into(),
            family: "energy".into(),
            network: "cnn".into(),
            weights_above: None,
            waits_for: Some("output".into()),
            forward_activity: Some("second pass".into()),
            mixes_samples: false,
            draws_noise: true,
            needs_targets: true,
            trains_hidden: true,
            macs: 2e6,
            forward_passes: 2.0,
            critical_share: 0.5,
            speed_up_2_threads: 1.25,
            microseconds: 100.0,
            bytes_held: 3000.0,
            bytes_moved: 4e5,
            nanojoules: 9700.0,
            identities_held: 5,
            identities: 6,
            wrong: wrong.into(),
        }
    }

    #[test]
    fn what_is_wrong_is_starred_and_told() {
        let lines = |wrong: &str| text(&[row(wrong)]);
        assert!(lines("pause: claimed None, found Sweep").contains("some rule *"));
        assert!(lines("pause: claimed None, found Sweep").contains("* some rule: pause: claimed None, found Sweep"));
        assert!(!lines("").contains('*'), "negative control: nothing wrong, no star");
    }

    #[test]
    fn an_absent_answer_is_an_empty_field() {
        let text = csv(&[row("")]).expect("a row is plain");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let heads = reader.headers().expect("heads").clone();
        let record = reader.records().next().expect("a row").expect("a row");
        let field = |name: &str| heads.iter().position(|head| head == name).and_then(|at| record.get(at));
        assert_eq!((field("weights_above"), field("waits_for")), (Some(""), Some("output")));
    }
}
