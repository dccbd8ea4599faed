//! `[battery]` and `[competence]`: what is shown, and what must be mastered first.

use super::church;
use super::known::{Bounds, Gives, IllusionInfo, Known};
use super::snakes;
use super::source::{Section, Value};
use crate::experiment::{BatterySpec, CompetenceSpec};

const PRIMARY_ALPHA: f64 = 10.0;

/// Turns of 45 degrees would make neighboring mouths meet at right angles: no quadrilateral is left.
const TURN: Bounds = Bounds { low: std::ops::Bound::Excluded(0.0), high: std::ops::Bound::Excluded(45.0) };

/// What is read of `[battery]`; other tables rest on parts of it.
#[derive(Default)]
pub(super) struct Shown<'k> {
    /// The whole, if all of it could be read.
    pub(super) spec: Option<BatterySpec>,
    /// The illusion.
    pub(super) illusion: Option<&'k IllusionInfo>,
    /// Side of the image in pixels.
    pub(super) side: Option<usize>,
}

/// Reads `[battery]`.
pub(super) fn battery<'k>(mut section: Section<'_>, known: &'k Known) -> Shown<'k> {
    let illusion = section.need("illusion").and_then(|value| self::illusion(&value, known));
    let side = section.or("size_px", 32, |value| value.whole(Bounds::from_to(8.0, 1024.0)));
    let spec = rest(section, illusion, side);
    Shown { spec, illusion, side }
}

fn rest(mut section: Section<'_>, illusion: Option<&IllusionInfo>, size_px: Option<usize>) -> Option<BatterySpec> {
    let gives = illusion.map(|illusion| illusion.gives);
    let church = (gives == Some(Gives::Pictures)).then(|| church::church(&mut section, size_px));
    let snakes = (gives == Some(Gives::Frames)).then(|| snakes::snakes(&mut section, size_px));
    let twins = section.or("twins", 256, |value| value.whole(Bounds::from_to(2.0, 1e6)));
    let size_deg = section.or("size_deg", 4.0, |value| value.number(Bounds::POSITIVE));
    let (alphas_deg, primary_alpha_deg) = alphas(&mut section);
    let support_ratios = section.or("support_ratios", vec![0.25, 0.35, 0.5, 0.7], support_ratios);
    let primary_support_ratio = section.or("primary_support_ratio", 0.5, support_ratio);
    let turns_deg = section.or("turns_deg", vec![15.0, 30.0, 45.0, 60.0, 90.0, 180.0], |value| {
        value.increasing(Bounds { low: std::ops::Bound::Excluded(0.0), high: std::ops::Bound::Included(180.0) })
    });
    let shifts = section.or("shifts", vec![0.1, 0.2, 0.4], |value| value.increasing(Bounds::from_to(0.01, 0.5)));
    let contour_contrasts = section
        .or("contour_contrasts", vec![0.0, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0], |value| value.increasing(Bounds::UNIT));
    let noise_fields = section.or("noise_fields", 64, noise_fields);
    let noise_figures = section.or("noise_figures", 16, Value::count);
    let noise_sd = section.or("noise_sd", 0.1, |value| value.number(Bounds::SHARE));
    section.finish();
    Some(BatterySpec {
        illusion: illusion?.id.clone(),
        twins: twins?,
        size_px: size_px?,
        size_deg: size_deg?,
        alphas_deg: alphas_deg?,
        primary_alpha_deg: primary_alpha_deg?,
        support_ratios: support_ratios?,
        primary_support_ratio: primary_support_ratio?,
        turns_deg: turns_deg?,
        shifts: shifts?,
        contour_contrasts: contour_contrasts?,
        noise_fields: noise_fields?,
        noise_figures: noise_figures?,
        noise_sd: noise_sd?,
        church: church.map_or(Some(None), |church| church.map(Some))?,
        snakes: snakes.map_or(Some(None), |snakes| snakes.map(Some))?,
    })
}

fn illusion<'k>(value: &Value<'_>, known: &'k Known) -> Option<&'k IllusionInfo> {
    let names: Vec<&str> = known.illusions.iter().map(|illusion| illusion.id.as_str()).collect();
    let id = value.choice("illusion", &names)?;
    known.illusions.iter().find(|illusion| illusion.id == id)
}

fn alphas(section: &mut Section<'_>) -> (Option<Vec<f64>>, Option<f64>) {
    let (list, primary) = (section.get("alphas_deg"), section.get("primary_alpha_deg"));
    let alphas = list.as_ref().map_or(Some(vec![2.5, 5.0, 10.0, 15.0]), |value| value.increasing(TURN));
    let chosen = primary.as_ref().map_or(Some(PRIMARY_ALPHA), |value| value.number(TURN));
    if let (Some(alphas), Some(chosen)) = (&alphas, chosen)
        && !alphas.contains(&chosen)
        && let Some(value) = primary.or(list)
    {
        let message = format!("`primary_alpha_deg` is {chosen}, which is not one of `alphas_deg`");
        value.disagrees(message, format!("choose one of {alphas:?}, or add {chosen} to `alphas_deg`"));
    }
    (alphas, chosen)
}

fn support_ratios(value: &Value<'_>) -> Option<Vec<f64>> {
    let read: Vec<Option<f64>> = value.list("a list of numbers")?.iter().map(support_ratio).collect();
    read.into_iter().collect::<Option<Vec<f64>>>()?;
    value.increasing(Bounds::OPEN_UNIT)
}

/// The share of a side that inducers cover: at 1 neighboring inducers touch.
fn support_ratio(value: &Value<'_>) -> Option<f64> {
    let ratio = value.number(Bounds::POSITIVE)?;
    if ratio < 1.0 {
        return Some(ratio);
    }
    let message = format!("support ratio {ratio} is impossible: at 1 neighboring inducers touch, and no gap is left");
    value.wrong(message, Some("write ratios above 0 and below 1".into()));
    None
}

fn noise_fields(value: &Value<'_>) -> Option<usize> {
    let fields = value.whole(Bounds::from_to(0.0, 1e6))?;
    if fields != 1 {
        return Some(fields);
    }
    value.wrong("one noise field has no variance", Some("write at least 2, or 0 to leave these blocks out".into()));
    None
}

/// Reads `[competence]`. `classes` is the smallest number of classes among the worlds.
pub(super) fn competence(mut section: Section<'_>, classes: Option<usize>) -> Option<CompetenceSpec> {
    let images = section.or("images", 8192, images);
    let gate_accuracy = section.or("gate_accuracy", 0.95, |value| gate(value, classes));
    let match_grid = section.or("match_grid", vec![1.0, 1.5, 2.0], match_grid);
    let match_accuracy = section.or("match_accuracy", vec![0.9, 0.95, 0.97], |value| match_accuracy(value, classes));
    let match_share = section.or("match_share", 0.8, |value| value.number(Bounds::SHARE));
    section.finish();
    Some(CompetenceSpec {
        images: images?,
        gate_accuracy: gate_accuracy?,
        match_grid: match_grid?,
        match_accuracy: match_accuracy?,
        match_share: match_share?,
    })
}

fn gate(value: &Value<'_>, classes: Option<usize>) -> Option<f64> {
    let gate = value.number(Bounds::SHARE)?;
    if let Some(classes) = classes
        && gate * classes as f64 <= 1.0
    {
        let message = format!("a gate of {gate} lets guessing pass: chance is 1/{classes}");
        value.disagrees(message, format!("write a share well above {}", 1.0 / classes as f64));
    }
    Some(gate)
}

fn images(value: &Value<'_>) -> Option<usize> {
    let images = value.whole(Bounds::from_to(2.0, 1e7))?;
    if images % 2 == 0 {
        return Some(images);
    }
    let help = format!("write {} or {}", images - 1, images + 1);
    value.wrong(format!("`images` must be even: half A chooses, half B reports; found {images}"), Some(help));
    None
}

fn match_grid(value: &Value<'_>) -> Option<Vec<f64>> {
    let grid = value.increasing(Bounds::POSITIVE)?;
    three(value, grid, ("`match_grid`", "d′", "[1.0, 1.5, 2.0]"))
}

fn match_accuracy(value: &Value<'_>, classes: Option<usize>) -> Option<Vec<f64>> {
    let grid = value.increasing(Bounds::SHARE)?;
    if let Some(classes) = classes
        && grid.iter().any(|share| share * classes as f64 <= 1.0)
    {
        let message = format!("`match_accuracy` holds a share that guessing reaches: chance is 1/{classes}");
        value.disagrees(message, format!("write shares well above {}", 1.0 / classes as f64));
    }
    three(value, grid, ("`match_accuracy`", "accuracy", "[0.9, 0.95, 0.97]"))
}

/// A grid of three values.
fn three(value: &Value<'_>, grid: Vec<f64>, (key, what, such): (&str, &str, &str)) -> Option<Vec<f64>> {
    if grid.len() == 3 {
        return Some(grid);
    }
    let message = format!("{key} must hold exactly three values of {what}, found {}", grid.len());
    value.wrong(message, Some(format!("three values fixed beforehand, such as {such}")));
    None
}
