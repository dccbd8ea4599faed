//! The battery: which blocks of twins are shown, and when. Pixels are drawn once and shared by all observers.
//!
//! A block is one condition at one level. Its twins are matched pairs: a *positive* and a *negative* member that share
//! every nuisance draw. In fat/thin they are the fat and the thin figure; in Kanizsa the figure and its control.
//! Evidence is read off the observer's class outputs as [`Reading`] says.

mod draw;

pub use draw::{Battery, Block};

use crate::experiment::BatterySpec;

/// When a block is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At every checkpoint: the blocks that are read along competence.
    Every,
    /// At the last checkpoint only.
    Last,
}

/// How evidence is read off class outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Output of one class minus output of another.
    Difference {
        /// Class of the positive members.
        positive: usize,
        /// Class of the negative members.
        negative: usize,
    },
    /// Output of one class minus the largest other output.
    Margin {
        /// The class that the inducers imply.
        class: usize,
    },
}

/// What a block shows; the part of it that goes into the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSpec {
    /// Unique within the battery.
    pub id: String,
    /// Condition, as in `trials.csv`.
    pub condition: &'static str,
    /// Noise part or class; empty otherwise.
    pub part: &'static str,
    /// Turn of the mouths, degrees.
    pub alpha_deg: Option<f64>,
    /// Support ratio.
    pub support_ratio: Option<f64>,
    /// Contrast of the real contour relative to the inducers'.
    pub contrast: Option<f64>,
    /// When it is shown.
    pub when: When,
    /// Whether single twins' evidence is kept, and rows by polarity are written.
    pub keep: bool,
    /// Evidence.
    pub reading: Reading,
}

/// Class indices of the worlds of quadrilaterals.
pub const THIN: usize = 0;
/// See [`THIN`].
pub const FAT: usize = 1;

/// Classes of the Kanizsa battery: name, and index in the world of polygons.
pub const POLYGONS: [(&str, usize); 5] =
    [("triangle", 0), ("square", 1), ("pentagon", 2), ("hexagon", 3), ("circle", 4)];

/// Parts of the picture that carry noise in the gap-reliance blocks.
pub const PARTS: [&str; 3] = ["gap", "inducer", "outside"];

/// All blocks of a battery, in the order in which they are shown and written.
pub fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    match spec.illusion.as_str() {
        "kanizsa" => kanizsa_blocks(spec),
        _ => fat_thin_blocks(spec),
    }
}

/// A level as it stands in a block id: `2.5` → `2.5`, `10` → `10`.
pub fn level(value: f64) -> String {
    format!("{value}")
}

/// The turn at which curved cuts are compared with the prototype: its 15° where that is shown, else the largest.
pub fn curved_alpha(spec: &BatterySpec) -> f64 {
    let largest = spec.alphas_deg.iter().copied().fold(spec.primary_alpha_deg, f64::max);
    spec.alphas_deg.iter().copied().find(|&alpha| alpha == 15.0).unwrap_or(largest)
}

fn fat_thin_blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let primary = spec.primary_alpha_deg;
    let largest = spec.alphas_deg.iter().copied().fold(primary, f64::max);
    let figure = |condition: &'static str, alpha: f64, when: When, keep: bool| BlockSpec {
        id: format!("{condition}_{}", level(alpha)),
        condition,
        part: "",
        alpha_deg: Some(alpha),
        support_ratio: Some(spec.primary_support_ratio),
        contrast: None,
        when,
        keep,
        reading: Reading::Difference { positive: FAT, negative: THIN },
    };
    let mut blocks: Vec<BlockSpec> = Vec::new();
    // What is read along competence is shown at every checkpoint; the sweeps at the last one.
    let when = |alpha: f64| if alpha == primary { When::Every } else { When::Last };
    for &alpha in &spec.alphas_deg {
        blocks.push(figure("illusory", alpha, when(alpha), alpha == primary));
    }
    for alpha in distinct([primary, largest]) {
        blocks.push(figure("local", alpha, when(alpha), alpha == primary));
        blocks.push(figure("misaligned", alpha, when(alpha), alpha == primary));
    }
    blocks.push(figure("mixed", primary, When::Last, false));
    blocks.push(figure("discs", primary, When::Last, false));
    for alpha in distinct([primary, curved_alpha(spec)]) {
        blocks.push(figure("curved", alpha, When::Last, false));
    }
    blocks.push(figure("local_curved", curved_alpha(spec), When::Last, false));
    blocks.push(figure("bar", primary, When::Last, false));
    blocks.push(figure("bar_misaligned", primary, When::Last, false));
    blocks.push(figure("real", primary, When::Last, false));
    for &ratio in &spec.support_ratios {
        let mut block = figure("support", primary, When::Last, false);
        block.id = format!("support_{}", level(ratio));
        block.support_ratio = Some(ratio);
        blocks.push(block);
    }
    for &contrast in &spec.contour_contrasts {
        let mut block = figure("contour", primary, When::Last, false);
        block.id = format!("contour_{}", level(contrast));
        block.contrast = Some(contrast);
        blocks.push(block);
    }
    if spec.noise_fields > 0 {
        for condition in ["reliance_illusory", "reliance_real"] {
            for part in PARTS {
                let mut block = figure(condition, primary, When::Last, false);
                block.id = format!("{condition}_{part}");
                block.part = part;
                blocks.push(block);
            }
        }
    }
    blocks
}

fn kanizsa_blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let mut blocks = Vec::new();
    for control in ["rotated", "discs", "misaligned", "closed"] {
        for (name, class) in POLYGONS {
            blocks.push(BlockSpec {
                id: format!("in_{control}_{name}"),
                condition: match control {
                    "rotated" => "in_rotated",
                    "discs" => "in_discs",
                    "misaligned" => "in_misaligned",
                    _ => "in_closed",
                },
                part: name,
                alpha_deg: None,
                support_ratio: Some(spec.primary_support_ratio),
                contrast: None,
                when: When::Every,
                keep: false,
                reading: Reading::Margin { class },
            });
        }
    }
    blocks
}

fn distinct(values: [f64; 2]) -> Vec<f64> {
    if values[0] == values[1] { vec![values[0]] } else { values.to_vec() }
}

/// Images a block shows.
pub fn images(spec: &BatterySpec, block: &BlockSpec) -> usize {
    if block.condition.starts_with("reliance") { spec.noise_figures * spec.noise_fields } else { 2 * spec.twins }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn spec(illusion: &str) -> BatterySpec {
        BatterySpec {
            illusion: illusion.into(),
            twins: 8,
            size_px: 32,
            size_deg: 4.0,
            alphas_deg: vec![2.5, 5.0, 10.0, 15.0],
            primary_alpha_deg: 10.0,
            support_ratios: vec![0.25, 0.5],
            primary_support_ratio: 0.5,
            contour_contrasts: vec![0.0, 0.5],
            noise_fields: 4,
            noise_figures: 3,
            noise_sd: 0.1,
        }
    }

    #[test]
    fn ids_are_unique_and_name_the_level() {
        for illusion in ["fat_thin", "kanizsa"] {
            let blocks = blocks(&spec(illusion));
            let ids: BTreeSet<&str> = blocks.iter().map(|block| block.id.as_str()).collect();
            assert_eq!(ids.len(), blocks.len());
        }
        assert!(blocks(&spec("fat_thin")).iter().any(|block| block.id == "illusory_2.5"));
    }

    #[test]
    fn the_primary_turn_keeps_its_twins() {
        let kept: Vec<String> =
            blocks(&spec("fat_thin")).into_iter().filter(|block| block.keep).map(|block| block.id).collect();
        assert_eq!(kept, ["illusory_10", "local_10", "misaligned_10"]);
    }
}
