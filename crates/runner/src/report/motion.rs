//! Tables of networks that give the next frame: turns of every display beside people's signs.

use super::book::{Book, summarize};
use super::colors::of_measures;
use super::tables::{Table, TableGroup};
use super::words::fixed;
use crate::rows::MotionRow;

/// Every still display: how far it turns in the predictions of each observer, and what people report.
pub(super) fn displays(book: &Book<'_>) -> Table {
    let still = |row: &&MotionRow| row.protocol == "fixation" && !row.display.starts_with("map_");
    let mut displays: Vec<&MotionRow> = Vec::new();
    for row in book.evidence.motion.iter().filter(still) {
        if !displays.iter().any(|listed| listed.display == row.display) {
            displays.push(row);
        }
    }
    // Observers that show a few displays along the way show all of them at the end, so that the order is that of the list.
    displays.sort_by_key(|row| row.display == crate::painting::motion::SCENES);
    let groups = book.panels.iter().map(|panel| {
        let sign =
            |row: &&MotionRow| row.people.map_or("–".to_owned(), |sign| ["−", "0", "+"][(sign + 1) as usize].into());
        let mut lines = vec![[vec!["people".to_owned()], displays.iter().map(sign).collect()].concat()];
        for who in book.present(panel) {
            let own: Vec<&MotionRow> = book
                .evidence
                .motion
                .iter()
                .filter(|row| {
                    let beside = row.network.is_empty() || row.network == panel.network;
                    beside && row.protocol == "fixation" && (&row.world, &row.observer) == (&panel.world, &who.observer)
                })
                .collect();
            let last = own.iter().map(|row| row.checkpoint).max();
            let turn = |display: &&MotionRow| {
                let of = |row: &&&MotionRow| row.display == display.display && Some(row.checkpoint) == last;
                let found = summarize(own.iter().filter(of).filter_map(|row| row.on));
                found.map_or("–".into(), |found| fixed(found.mean, 3))
            };
            lines.push([vec![who.observer.clone()], displays.iter().map(turn).collect()].concat());
        }
        TableGroup { title: panel.title(), rows: if displays.is_empty() { Vec::new() } else { lines } }
    });
    let titles: Vec<String> = displays.iter().map(|row| row.display.replace('_', " ")).collect();
    let head: Vec<&str> = ["observer"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    let caption = "Turn of still displays in predictions, degrees per frame as read, prediction to prediction, half the difference between a disk and \
                   its mirror image: above 0 as people see the disk turn. Of still scenes the root mean square.";
    Table::new(caption, &head, groups.collect())
}

/// The outcomes of every observer.
pub(super) fn outcomes(book: &Book<'_>) -> Table {
    let measures = [
        ("accuracy", "competence"),
        ("gain", "gain on textures"),
        ("propeller_gain", "on propellers"),
        ("disk_gain", "gain on the disk"),
        ("snakes_turn", "turn"),
        ("snakes_gray_turn", "in gray"),
        ("snakes_rigidity", "κ"),
        ("snakes_beyond_remap", "beyond a still remap"),
        ("snakes_growth", "growth"),
        ("snakes_first_turn", "turn from the picture"),
        ("snakes_first_rigidity", "κ"),
        ("jitter_over_fixation", "by jitter"),
        ("saccade_over_fixation", "by a saccade"),
        ("onset_over_fixation", "by onset"),
        ("snakes_nulling", "cancelled by"),
        ("map_rho", "gray map"),
        ("snakes_group_turn", "four disks"),
        ("snakes_strip_turn", "bands"),
        ("snakes_flow", "sparse flow, pixels"),
        ("tangent_score", "tangent score"),
        ("eigen_score", "published score"),
    ];
    if book.evidence.motion.is_empty() {
        return Table::new("", &[], Vec::new());
    }
    let caption = "Degrees per frame; κ and the gray map's rank correlation from −1 to 1. Turn from prediction to prediction, and from the picture to \
                   the first prediction; what eye movements add to the latter.";
    of_measures(book, &measures, caption)
}
