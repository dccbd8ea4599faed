//! The table "beside people": what was measured here, and what people did, where that is known. Where it is not, the table
//! says so; nothing is put in its place.

use super::book::{Book, Panel};
use super::tables::{Table, TableGroup};
use super::words::interval_text;
use crate::human::{self, Human};

/// One line: a measure of ours beside a part of the human tables.
struct Beside {
    /// What is asked.
    title: String,
    /// Our measure.
    ours: String,
    /// Names of the human table: illusion and measure.
    people: (&'static str, &'static str),
    /// Texts of which a condition of the human table must hold one; all conditions where there is none.
    conditions: Vec<String>,
}

impl Beside {
    fn new(title: &str, ours: &str, people: (&'static str, &'static str), conditions: &[&str]) -> Self {
        let conditions = conditions.iter().map(|&text| text.to_owned()).collect();
        Self { title: title.into(), ours: ours.into(), people, conditions }
    }

    fn known<'h>(&self, rows: &'h [Human]) -> Vec<&'h Human> {
        let (illusion, measure) = self.people;
        let fits = |row: &&Human| {
            self.conditions.is_empty() || self.conditions.iter().any(|text| row.condition.contains(text))
        };
        human::about(rows, illusion, measure).into_iter().filter(fits).collect()
    }
}

/// In place of a human table where none asks the same.
const NONE: (&str, &str) = ("", "");

/// The lines of a battery.
fn lines(battery: &str) -> Vec<Beside> {
    match battery {
        "kanizsa" => kanizsa(),
        "fat_thin" => {
            let of = |title, measure| Beside::new(title, measure, ("fat_thin", measure), &[]);
            vec![
                of("turn at which three in four answers are right", "alpha75_deg"),
                of("slope over support ratio", "support_slope"),
                of("what bars across the gap take away", "bar_effect"),
                Beside::new("d′ aligned minus misaligned cuts", "relatability_effect", NONE, &[]),
            ]
        }
        "abutting" => abutting(),
        "digits" => digits(),
        "snakes" => snakes(),
        "church" => church(),
        "pang2021" => vec![Beside::new("discs that imply a square called one", "square_answered", NONE, &[])],
        _ => Vec::new(),
    }
}

fn kanizsa() -> Vec<Beside> {
    let clarity = ("kanizsa", "contour_clarity");
    let line = Beside::new;
    vec![
        line("inward v rotated inducers", "in_over_rotated_auc", ("kanizsa", "in_over_rotated_auc"), &[]),
        line("slope over support ratio", "support_slope", clarity, &["support ratio"]),
        line("inward v misaligned inducers", "in_over_misaligned_d_prime", clarity, &["misaligned"]),
        line(
            "misalignment that is tolerated (here in radii, not in minutes of arc)",
            "in_over_misaligned_d_prime",
            ("kanizsa", "misalignment_tolerance"),
            &[],
        ),
        line("inducers of both polarities", "mixed_d_prime", clarity, &["mixed inducers"]),
        line(
            "contrast of a real contour with the same effect",
            "contour_equivalent_contrast",
            ("kanizsa", "contour_equivalent_contrast"),
            &[],
        ),
        line("inward v closed mouths", "in_over_closed_d_prime", NONE, &[]),
        line("turn at which half of the effect is left", "tuning_half_width_deg", NONE, &[]),
        line("triangle among six discs", "count_conflict_d_prime", NONE, &[]),
    ]
}

/// People's shifts of this church were never measured; their matches of the brightness set and judgments of the lightness set were.
fn church() -> Vec<Beside> {
    let line = Beside::new;
    vec![
        line("fine bars: toward the bars in front (people: above 0)", "fine_assimilation", NONE, &[]),
        line("a uniform ground: away from it (people: below 0)", "uniform_assimilation", NONE, &[]),
        line("brightness set: rank correlation with people", "brightness_rho", NONE, &[]),
        line("brightness set: share of signs as people's", "brightness_signs", NONE, &[]),
        line("lightness set: rank correlation with people", "lightness_rho", NONE, &[]),
        line("lightness set: share of signs as most people's", "lightness_signs", NONE, &[]),
    ]
}

/// People named digits and silhouettes, not polygons: the direction and the period are the same, the task is not.
fn abutting() -> Vec<Beside> {
    let people = ("abutting_grating", "accuracy");
    let mut lines =
        vec![Beside::new("all lines (people: digits of 28 pixels)", "abutting_accuracy", people, &["digits_28"])];
    lines.extend(by_lines("abutting_accuracy"));
    lines.push(Beside::new("shapes of lines v a random outline", "abutting_over_blob_d_prime", NONE, &[]));
    lines
}

/// People's speed of the still disk is known roughly, and to which side it goes.
fn snakes() -> Vec<Beside> {
    let line = Beside::new;
    vec![
        line("the disk in color (people: above 0)", "snakes_turn", NONE, &[]),
        line("in gray (people: above 0)", "snakes_gray_turn", NONE, &[]),
        line("symmetric (people: none)", "snakes_symmetric_turn", NONE, &[]),
        line("the gray disk that people see turn the other way (people: below 0)", "island_turn", NONE, &[]),
        line("gray map: rank correlation with people's signs", "map_rho", NONE, &[]),
    ]
}

/// The published task, on the published pictures.
fn digits() -> Vec<Beside> {
    let people = ("abutting_grating", "accuracy");
    let mut lines = vec![Beside::new("all lines", "digits_accuracy", people, &["digits_28"])];
    lines.extend(by_lines("digits_accuracy"));
    lines.push(Beside::new("digits of lines v other digits", "digits_over_other_d_prime", NONE, &[]));
    lines
}

/// The share named rightly by direction and period, beside people's with digits of 28 pixels.
fn by_lines(measure: &str) -> Vec<Beside> {
    let one = |direction: &str, period: usize| {
        let condition = format!("digits_28 period={period} {direction}");
        let title = format!("{direction} lines, period {period}");
        Beside::new(&title, &format!("{measure}_{direction}_{period}"), ("abutting_grating", "accuracy"), &[&condition])
    };
    let directions = ["horizontal", "vertical", "rising", "falling"];
    directions.into_iter().flat_map(|direction| [2, 4, 6, 8].map(|period| one(direction, period))).collect()
}

/// The table; empty where a battery has no lines or nothing was measured.
pub(super) fn people(book: &Book<'_>) -> Table {
    // Shipped tables are sound; a test reads them.
    let rows = human::all().unwrap_or_default();
    let lines = lines(book.kind.id);
    let groups = book.panels.iter().map(|panel| {
        let row = |line: &Beside| {
            let ours = ours(book, panel, &line.ours)?;
            Some(vec![
                line.title.clone(),
                line.ours.replace("d_prime", "d′").replace('_', " "),
                ours,
                human::text(&line.known(&rows)),
            ])
        };
        TableGroup { title: panel.title(), rows: lines.iter().filter_map(row).collect() }
    });
    Table::new(
        "Rules' networks at equal steps beside people. People's numbers come from the named studies, with other displays and \
         tasks: a direction can be compared, a size only where the unit is the same. verified: read in the source; abstract: \
         read in its abstract; recall: from memory. `trompe list human` names the sources.",
        &["asked", "measure", "networks of the rules, least to most", "people"],
        groups.collect(),
    )
}

/// The least and the most of a measure over the learning observers of a panel; `None` where none was run.
fn ours(book: &Book<'_>, panel: &Panel, measure: &str) -> Option<String> {
    let learners = book.present(panel).into_iter().filter(|who| who.learns());
    let found: Vec<_> =
        learners.filter_map(|who| Some((who, book.measure(panel, who, measure, "equal_steps")?))).collect();
    if found.is_empty() {
        return None;
    }
    let mut values: Vec<(f64, String)> = found
        .iter()
        .filter_map(|(who, row)| {
            let value = row.value?;
            // People's shares are in percent.
            let percent = row.unit == "share";
            let (scale, unit) = if percent { (100.0, "ratio") } else { (1.0, row.unit.as_str()) };
            let interval = row.low.zip(row.high).map(|(low, high)| (low * scale, high * scale));
            let text = interval_text(value * scale, interval, unit);
            Some((value, format!("{text}{} ({})", if percent { " %" } else { "" }, who.observer)))
        })
        .collect();
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    Some(match values.as_slice() {
        [] => "not measurable".into(),
        [(_, only)] => only.clone(),
        [(_, least), .., (_, most)] => format!("{least} to {most}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery;
    use crate::measures;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_names_a_measure_and_a_human_table_or_none() {
        let rows = human::all().expect("all tables are sound");
        for kind in battery::ALL {
            let lines = lines(kind.id);
            assert!(!lines.is_empty(), "{} has no line", kind.id);
            for line in &lines {
                let of = |measure: &&&measures::Measure| measure.id == line.ours && measure.illusion == kind.id;
                assert!(measures::ALL.iter().find(of).is_some(), "{}: no measure `{}`", kind.id, line.ours);
                let (illusion, measure) = line.people;
                assert!(illusion.is_empty() || !human::about(&rows, illusion, measure).is_empty(), "{}", line.title);
            }
        }
    }

    /// Oracle: the published plot, three people a cell, retyped.
    #[test]
    fn gratings_stand_beside_the_people_who_had_the_same_lines() {
        let rows = human::all().expect("all tables are sound");
        let said = |title: &str| {
            let line = abutting().into_iter().find(|line| line.title == title).expect("a line");
            human::text(&line.known(&rows))
        };
        assert_eq!(said("horizontal lines, period 4"), "3 values, 65 to 92 percent_correct [verified]");
        assert_eq!(said("rising lines, period 6"), "3 values, 12 to 34 percent_correct [verified]");
        for unmeasured in
            ["horizontal lines, period 2", "vertical lines, period 8", "shapes of lines v a random outline"]
        {
            assert_eq!(said(unmeasured), human::NO_VALUE, "{unmeasured}");
        }
        let titles: BTreeSet<String> = abutting().into_iter().map(|line| line.title).collect();
        assert_eq!(titles.len(), abutting().len());
    }
}
