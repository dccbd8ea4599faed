//! Tables of networks that give pictures: the three churches patch by patch, controls, and the brightness set.

use super::book::{Book, Panel, Who, summarize};
use super::tables::{Table, TableGroup, gate_word};
use super::words::{fixed, interval_text, measure_text};
use crate::measures::people;
use crate::painting::brightness::{JUDGED, MATCHED};
use crate::painting::gaps::SURFACE;
use crate::painting::read;
use crate::rows::{BrightnessRow, ColorRow, PaintingRow};

/// What people report of the poster, by context.
const PEOPLE: [(&str, &str); 3] = [("near", "purple"), ("gray", "pink"), ("far", "orange")];

fn rows<'b>(book: &Book<'b>, panel: &Panel, who: &Who) -> Vec<&'b ColorRow> {
    let of = |row: &&ColorRow| {
        let beside = row.network.is_empty() || row.network == panel.network;
        beside && (&row.world, &row.observer) == (&panel.world, &who.observer)
    };
    let rows: Vec<&ColorRow> = book.evidence.colors.iter().filter(of).collect();
    let last = rows.iter().map(|row| row.checkpoint).max();
    rows.into_iter().filter(|row| Some(row.checkpoint) == last).collect()
}

fn fine(book: &Book<'_>) -> Option<usize> {
    book.evidence.experiment.battery.church.as_ref().map(|church| church.fine_bar)
}

fn color([l, a, b]: [f64; 3]) -> String {
    let chroma = libm::hypot(a, b);
    let hue = libm::atan2(b, a).to_degrees().rem_euclid(360.0);
    let name = read::name([l, a, b]).unwrap_or("no such name");
    format!("L* {} C* {} h {}°: {name}", fixed(l, 1), fixed(chroma, 1), fixed(hue, 0))
}

fn mean(rows: &[&ColorRow], read: fn(&ColorRow) -> [Option<f64>; 3]) -> Option<[f64; 3]> {
    let mut sums = [0.0; 3];
    for row in rows {
        let values = read(row);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value?;
        }
    }
    (!rows.is_empty()).then(|| sums.map(|sum| sum / rows.len() as f64))
}

/// The poster among fine bars, patch by patch: the church's physical color, what each observer gives, what people report.
pub(super) fn churches(book: &Book<'_>) -> Table {
    let Some(fine) = fine(book) else { return Table::new("", &[], Vec::new()) };
    let groups = book.panels.iter().map(|panel| {
        let mut lines = Vec::new();
        for who in book.present(panel) {
            let own: Vec<&ColorRow> = rows(book, panel, who)
                .into_iter()
                .filter(|row| {
                    row.context == "munker"
                        && row.colors == "poster"
                        && row.silhouette == "church"
                        && row.bar == Some(fine)
                        && !row.swapped
                })
                .collect();
            let near = mean(&own, |row| [row.near_l, row.near_a, row.near_b].map(Some));
            let gray = mean(&own, |row| [row.gray_l, row.gray_a, row.gray_b]);
            let far = mean(&own, |row| [row.far_l, row.far_a, row.far_b].map(Some));
            let gate = book.measure(panel, who, "gate", "equal_steps").and_then(|row| row.value);
            if let (Some(first), Some(near), Some(far)) = (own.first(), near, far) {
                if lines.is_empty() {
                    let physical = color([first.physical_l, first.physical_a, first.physical_b]);
                    let same = || physical.clone();
                    lines.push(vec!["the church itself".into(), String::new(), same(), same(), same()]);
                    let people = PEOPLE.map(|(_, name)| name.to_owned());
                    lines.push([vec!["people".into(), String::new()], people.to_vec()].concat());
                }
                let gray = gray.map_or("not shown".into(), color);
                lines.push(vec![
                    who.observer.clone(),
                    gate_word(book, who, gate).into(),
                    color(near),
                    gray,
                    color(far),
                ]);
            }
        }
        TableGroup { title: panel.title(), rows: lines }
    });
    let caption = "The poster's church among fine bars, CIELAB of what is seen of it, means over seeds, with the name of the hue. Its physical color \
                   is the same in all three.";
    let head = ["observer", "gate", "behind blue bars", "behind gray bars", "behind yellow bars"];
    Table::new(caption, &head, groups.collect())
}

/// Every context, observer by observer.
pub(super) fn contexts(book: &Book<'_>) -> Table {
    let groups = book.panels.iter().map(|panel| {
        let mut lines = Vec::new();
        for who in book.present(panel) {
            let all = rows(book, panel, who);
            let mut names: Vec<&str> = Vec::new();
            let shown = |row: &&&ColorRow| !row.colors.starts_with("drawn_") && row.context != "trap";
            for row in all.iter().filter(shown) {
                if !names.contains(&row.display.as_str()) {
                    names.push(&row.display);
                }
            }
            for name in names {
                let own = || all.iter().filter(|row| row.display == name);
                let of = |read: fn(&ColorRow) -> Option<f64>| {
                    summarize(own().filter_map(|row| read(row)))
                        .map_or("–".into(), |found| interval_text(found.mean, found.interval, ""))
                };
                lines.push(vec![
                    format!("{} · {}", who.observer, name.replace('_', " ")),
                    of(|row| row.assimilation),
                    of(|row| Some(row.assimilation? - row.linear?)),
                    of(|row| Some(row.assimilation? - row.jacobian?)),
                    of(|row| row.nulling),
                ]);
            }
        }
        TableGroup { title: panel.title(), rows: lines }
    });
    let caption = "Assimilation in every context. Beyond linear: less the network's linear equivalent; beyond the derivative: less the network's \
                   derivative at the gray context. Nulling: the physical recoloring, ΔE2000, that cancels the shift in the near context (above 0 toward its \
                   color: it cancels contrast); a dash where it was not asked or lies outside the range shown.";
    let head = ["observer · display", "A", "beyond linear", "beyond the derivative", "nulling"];
    Table::new(caption, &head, groups.collect())
}

/// How good the pictures are, and how nearly linear what gives them.
pub(super) fn linear(book: &Book<'_>) -> Table {
    let groups = book.panels.iter().map(|panel| {
        let line = |who: &Who| {
            let of = |row: &&PaintingRow| {
                let beside = row.network.is_empty() || row.network == panel.network;
                beside && (&row.world, &row.observer) == (&panel.world, &who.observer)
            };
            let all: Vec<&PaintingRow> = book.evidence.painting.iter().filter(of).collect();
            let last = all.iter().map(|row| row.checkpoint).max()?;
            let own: Vec<&&PaintingRow> = all.iter().filter(|row| row.checkpoint == last).collect();
            let first = own.first()?;
            let mean = |read: fn(&PaintingRow) -> Option<f64>| {
                summarize(own.iter().filter_map(|row| read(row)))
                    .map_or("not measurable".into(), |found| fixed(found.mean, 5))
            };
            Some(vec![
                who.observer.clone(),
                mean(|row| row.error),
                fixed(first.error_linear, 5),
                fixed(first.error_identity, 5),
                mean(|row| row.linear_share),
                mean(|row| row.linear_apart),
            ])
        };
        TableGroup { title: panel.title(), rows: book.present(panel).into_iter().filter_map(line).collect() }
    });
    let caption = "Mean squared error on held-out scenes, half B, codes from 0 to 1; the share of the variance of what is given (of residual \
                   networks: added) that the nearest linear filter explains; and how far apart the filters lie that are fitted to either half of \
                   the scenes, in assimilation to fine bars.";
    let head = ["observer", "error", "best linear filter", "picture as it is", "linear share", "halves apart"];
    Table::new(caption, &head, groups.collect())
}

/// The brightness set, display by display, beside people; White's thick bars are 1.
pub(super) fn brightness(book: &Book<'_>) -> Table {
    let caption = "How much lighter the one of two equal gray targets is given, in units of the observer's own effect in White's display with thick bars (its \
                   size, so that signs stay). Above 0 as people report; people's values are matches that were collected by robinson2007.";
    let one = |people: f64, standard: f64| people / standard;
    of_brightness(book, (MATCHED, "we_thick"), ["brightness_rho", "brightness_signs"], one, caption)
}

/// The lightness set; the display that most decides people is 1.
pub(super) fn lightness(book: &Book<'_>) -> Table {
    let caption = "The lightness set: how much lighter the one of two equal gray targets is given, in units of the observer's own effect in simultaneous \
                   contrast (its size, so that signs stay). Of people it is the share who call that target the lighter one, by murray2020, who do \
                   not decide where it is near one half. Signs: of the displays where people's interval excludes one half.";
    of_brightness(book, (JUDGED, "simcon"), ["lightness_rho", "lightness_signs"], |people, _| people, caption)
}

/// Displays of one source, beside people. Effects are in units of that of the display `standard`.
fn of_brightness(
    book: &Book<'_>,
    (source, standard): (&str, &str),
    measures: [&str; 2],
    in_units: fn(f64, f64) -> f64,
    caption: &str,
) -> Table {
    let mut displays: Vec<&str> = Vec::new();
    for row in book.evidence.brightness.iter().filter(|row| row.source == source) {
        if !displays.contains(&row.display.as_str()) {
            displays.push(&row.display);
        }
    }
    if !displays.contains(&standard) {
        return Table::new("", &[], Vec::new());
    }
    let value = |display: &str| people(source, display).map(|people| people.value);
    let groups = book.panels.iter().map(|panel| {
        let mut lines = Vec::new();
        if let Some(one) = value(standard) {
            let known = |display: &&str| value(display).map_or("–".into(), |value| fixed(in_units(value, one), 2));
            lines.push(
                [vec!["people".to_owned(), String::new(), String::new()], displays.iter().map(known).collect()]
                    .concat(),
            );
        }
        for who in book.present(panel) {
            let of = |row: &&BrightnessRow| {
                let beside = row.network.is_empty() || row.network == panel.network;
                beside && row.source == source && (&row.world, &row.observer) == (&panel.world, &who.observer)
            };
            let own: Vec<&BrightnessRow> = book.evidence.brightness.iter().filter(of).collect();
            let mean = |display: &str| {
                let of = own.iter().filter(|row| row.display == display);
                summarize(of.filter_map(|row| row.effect)).map(|found| found.mean)
            };
            let Some(one) = mean(standard) else { continue };
            let measure = |id| measure_text(book.measure(panel, who, id, "equal_steps"));
            let mut line = vec![who.observer.clone(), measure(measures[0]), measure(measures[1])];
            line.extend(displays.iter().map(|display| relative(mean(display), one.abs())));
            lines.push(line);
        }
        TableGroup { title: panel.title(), rows: lines }
    });
    let mut head = vec!["observer".to_owned(), "rank correlation".into(), "signs".into()];
    head.extend(displays.iter().map(|display| display.replace('_', " ")));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    Table::new(caption, &head, groups.collect())
}

/// Measures of every observer at equal steps, by id and title.
pub(super) fn of_measures(book: &Book<'_>, measures: &[(&str, &str)], caption: &str) -> Table {
    let groups = book.panels.iter().map(|panel| {
        let line = |who: &Who| {
            let values = measures.iter().map(|(id, _)| measure_text(book.measure(panel, who, id, "equal_steps")));
            [who.observer.clone()].into_iter().chain(values).collect()
        };
        TableGroup { title: panel.title(), rows: book.present(panel).into_iter().map(line).collect() }
    });
    let head: Vec<&str> = ["observer"].into_iter().chain(measures.iter().map(|(_, title)| *title)).collect();
    Table::new(caption, &head, groups.collect())
}

/// What is drawn in the gaps of Kanizsa figures.
pub(super) fn gaps(book: &Book<'_>) -> Table {
    if !book.evidence.brightness.iter().any(|row| row.source == SURFACE) {
        return Table::new("", &[], Vec::new());
    }
    let measures = [
        ("gap_surface", "surface: above rotated"),
        ("gap_surface_excess", "beyond linear"),
        ("gap_surface_over_closed", "above closed"),
        ("gap_surface_over_misaligned", "above misaligned"),
        ("gap_contour", "contour: above rotated"),
        ("gap_contour_excess", "beyond linear"),
        ("gap_contour_over_closed", "above closed"),
        ("gap_contour_over_misaligned", "above misaligned"),
    ];
    let caption = "Surface: how much lighter the figure's side of the gaps is given than the other (behind light inducers: darker), as people see it. \
                   Contour: how far a line like the inducers is given on the outline. Both in shares of the inducers' contrast, less the same in \
                   controls of the same draws; mean over shapes. The picture as it is has 0.";
    of_measures(book, &measures, caption)
}

fn relative(value: Option<f64>, one: f64) -> String {
    match value {
        Some(value) if one > 0.0 => fixed(value / one, 2),
        Some(_) | None => "–".into(),
    }
}

/// The outcomes of every observer.
pub(super) fn outcomes(book: &Book<'_>) -> Table {
    let measures = [
        ("accuracy", "competence"),
        ("fine_assimilation", "fine bars: A"),
        ("fine_excess", "beyond linear"),
        ("coarse_assimilation", "coarse bars: A"),
        ("coarse_excess", "beyond linear"),
        ("uniform_assimilation", "uniform: A"),
        ("uniform_excess", "beyond linear"),
        ("crossing_px", "crossing, px"),
        ("church_effect", "purple, pink, orange"),
        ("trap_error", "error of a real recoloring of 20, ΔE"),
        ("order_bias", "bars moved by half a period"),
        ("fine_nulling", "nulling among fine bars, ΔE2000"),
        ("uniform_nulling", "nulling on a uniform ground"),
    ];
    if book.evidence.colors.is_empty() {
        return Table::new("", &[], Vec::new());
    }
    let groups = book.panels.iter().map(|panel| {
        let line = |who: &Who| {
            let gate = book.measure(panel, who, "gate", "equal_steps").and_then(|row| row.value);
            let mut line = vec![who.observer.clone(), gate_word(book, who, gate).into()];
            line.extend(measures.map(|(id, _)| measure_text(book.measure(panel, who, id, "equal_steps"))));
            line
        };
        TableGroup { title: panel.title(), rows: book.present(panel).into_iter().map(line).collect() }
    });
    let mut head = vec!["observer", "gate"];
    head.extend(measures.map(|(_, title)| title));
    let caption = "Outcomes at the last checkpoint, means over seeds with intervals; A over the random sets of colors, crossing and names of the poster.";
    Table::new(caption, &head, groups.collect())
}
