//! Tables of attacks: ε50 with what it must be read beside, the checks, and transfer from network to network.

use super::book::{Book, Panel, Who, summarize};
use super::tables::{Table, TableGroup, gate_word};
use super::words::{interval_text, measure_text, number};
use crate::adversarial::{CHECKS, Kind};
use crate::rows::{AdversarialRow, AttackCheckRow, TransferRow};

/// ε50 at equal steps and at matched competence, one line an observer.
pub(super) fn least(book: &Book<'_>) -> Table {
    let groups = book.panels.iter().map(|panel| {
        let rows = book.present(panel).into_iter().filter_map(|who| least_row(book, panel, who));
        TableGroup { title: panel.title(), rows: rows.collect() }
    });
    let caption = "Least change that half of the correctly classified pictures do not survive (ε50, codes from 0 to 1). Only \
                   observers that pass the gate, and on whose networks the checks held, are interpreted. Low frequencies: share of \
                   the change's energy up to an eighth of a cycle per pixel, 5 % for noise without structure. Toward a class: the \
                   share of its pictures that a targeted attack moves there at the size that moves most, with the softmax of that \
                   class before and after.";
    let head = [
        "observer",
        "gate",
        "every check held",
        "ε50 at equal steps",
        "where hard d′ is equal",
        "where accuracy is equal",
        "low frequencies",
        "length of the gradient",
        "toward a class",
    ];
    Table::new(caption, &head, groups.collect())
}

fn least_row(book: &Book<'_>, panel: &Panel, who: &Who) -> Option<Vec<String>> {
    let measure = |id: &str, estimand: &str| book.measure(panel, who, id, estimand);
    let first = measure("epsilon50", "equal_steps")?;
    let share = measure("gate", "equal_steps").and_then(|row| row.value);
    let held = measure("attack_checks", "equal_steps").and_then(|row| Some((row.value?, row.n)));
    let rows = rows(book, panel, who);
    let mean = |kind: Kind, read: fn(&AdversarialRow) -> Option<f64>| {
        let of = rows.iter().filter(|row| row.attack == kind.id());
        summarize(of.filter_map(|row| read(row)))
            .map_or_else(|| "not measurable".into(), |found| number(found.mean, ""))
    };
    Some(vec![
        who.observer.clone(),
        gate_word(book, who, share).into(),
        held.map_or("not checked".into(), |(share, n)| format!("{:.0} of {n}", share * n as f64)),
        measure_text(Some(first)),
        measure_text(measure("epsilon50", "matched")),
        measure_text(measure("epsilon50", "matched_accuracy")),
        mean(Kind::PgdLinf, |row| row.low_frequency),
        mean(Kind::Fgsm, |row| row.gradient_norm),
        toward(&rows),
    ])
}

/// Attacks at the last checkpoint of an observer in a panel.
fn rows<'b>(book: &Book<'b>, panel: &Panel, who: &Who) -> Vec<&'b AdversarialRow> {
    let of = |row: &&AdversarialRow| {
        let beside = row.network.is_empty() || row.network == panel.network;
        beside && (&row.world, &row.observer) == (&panel.world, &who.observer)
    };
    book.evidence.adversarial.iter().filter(of).collect()
}

/// Targeted attacks of the size that reaches most, the smallest among equals; one part a target.
fn toward(rows: &[&AdversarialRow]) -> String {
    let targeted: Vec<&&AdversarialRow> = rows.iter().filter(|row| row.attack == Kind::Targeted.id()).collect();
    let mut names: Vec<&str> = targeted.iter().map(|row| row.target.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let part = |name: &str| {
        let success = |size: f64| {
            let of = targeted.iter().filter(|row| row.target == name && row.epsilon == Some(size));
            summarize(of.filter_map(|row| row.success)).map_or(0.0, |found| found.mean)
        };
        let mut sizes: Vec<f64> = targeted.iter().filter_map(|row| row.epsilon).collect();
        sizes.sort_by(|one, other| success(*other).total_cmp(&success(*one)).then(one.total_cmp(other)));
        let best = sizes.first().copied().unwrap_or_default();
        let of = || targeted.iter().filter(|row| row.target == name && row.epsilon == Some(best));
        let mean = |read: fn(&AdversarialRow) -> Option<f64>| {
            summarize(of().filter_map(|row| read(row))).map_or_else(|| "–".into(), |found| number(found.mean, "ratio"))
        };
        let n: usize = of().map(|row| row.correct).sum();
        format!(
            "{name}: {} at {best} ({} → {}), n = {n} pictures",
            mean(|row| row.success),
            mean(|row| row.confidence_before),
            mean(|row| row.confidence_after)
        )
    };
    match names.is_empty() {
        true => "not asked".into(),
        false => names.into_iter().map(part).collect::<Vec<_>>().join("; "),
    }
}

/// Every check of every observer: on how many networks it held, and where not, why.
pub(super) fn checks(book: &Book<'_>) -> Table {
    let mut groups = Vec::new();
    for panel in &book.panels {
        let mut lines = Vec::new();
        for who in book.present(panel) {
            for check in CHECKS {
                let of = |row: &&AttackCheckRow| {
                    let beside = row.network.is_empty() || row.network == panel.network;
                    row.check == check.id() && beside && (&row.world, &row.observer) == (&panel.world, &who.observer)
                };
                let rows: Vec<&AttackCheckRow> = book.evidence.attack_checks.iter().filter(of).collect();
                if rows.is_empty() {
                    continue;
                }
                let held = rows.iter().filter(|row| row.held == Some(true)).count();
                let shown = rows.iter().find(|row| row.held != Some(true)).or(rows.first());
                lines.push(vec![
                    who.observer.clone(),
                    check.title().into(),
                    format!("{held} of {}", rows.len()),
                    shown.map_or(String::new(), |row| format!("seed {}: {}", row.seed, row.reason)),
                ]);
            }
        }
        groups.push(TableGroup { title: panel.title(), rows: lines });
    }
    let head = ["observer", "what must hold", "held on", "the first network on which it did not, or else the first"];
    Table::new("Whether attacks can be believed, at the last checkpoint.", &head, groups)
}

/// Rows are the networks that were shown the pictures, columns those on which they were made.
pub(super) fn transfer(book: &Book<'_>) -> Table {
    let sources: Vec<&Who> = book
        .observers
        .iter()
        .filter(|who| book.evidence.transfer.iter().any(|row| row.source == who.observer))
        .collect();
    let groups = book.panels.iter().map(|panel| {
        let rows = sources.iter().filter_map(|tested| transfer_row(book, panel, (tested, &sources)));
        TableGroup { title: panel.title(), rows: rows.collect() }
    });
    let size = book.evidence.transfer.first().map_or(0.0, |row| row.epsilon);
    let caption = format!(
        "Share of the pictures that the observer in the row classifies correctly, and no more with a change of {size} that was made \
         on a network of the observer in the column: same world, architecture and seed, mean over seeds with its 95 % interval. On \
         the diagonal, the attack on the network itself. Observers that do not pass the gate are shown, not interpreted."
    );
    let mut head = vec!["shown to"];
    head.extend(sources.iter().map(|who| who.observer.as_str()));
    Table::new(&caption, &head, groups.collect())
}

fn transfer_row(book: &Book<'_>, panel: &Panel, (tested, sources): (&Who, &[&Who])) -> Option<Vec<String>> {
    let of = |source: &Who| -> Vec<&TransferRow> {
        let same = |row: &&TransferRow| {
            (&row.world, &row.network) == (&panel.world, &panel.network)
                && (&row.tested, &row.source) == (&tested.observer, &source.observer)
        };
        book.evidence.transfer.iter().filter(same).collect()
    };
    sources.iter().any(|source| !of(source).is_empty()).then(|| {
        let cell = |source: &&Who| {
            let rows = of(source);
            let found = summarize(rows.iter().filter_map(|row| row.success));
            match (found, rows.is_empty()) {
                (Some(found), _) => interval_text(found.mean, found.interval, "ratio"),
                (None, true) => "not shown".into(),
                (None, false) => "no picture classified correctly".into(),
            }
        };
        std::iter::once(tested.observer.clone()).chain(sources.iter().map(cell)).collect()
    })
}
