//! The battery: which blocks of twins are shown, and when. Pixels are drawn once and shared by all observers.
//!
//! A block is one condition at one level. Its twins are matched pairs: a *positive* and a *negative* member that share
//! every nuisance draw. In fat/thin they are the fat and the thin figure; in Kanizsa the figure and its control.
//! Evidence is read off the observer's class outputs as [`Reading`] says.
//!
//! One file for each battery, and its name in [`ALL`].

mod abutting;
mod church;
mod digits;
mod draw;
mod fat_thin;
mod kanizsa;
mod pang2021;
mod snakes;

pub use draw::{Battery, Block, Figures};
pub use fat_thin::FAT;
pub use kanizsa::{PRIMARY_SHIFT, SHAPES};
pub use pang2021::{CURVES, PUBLISHED_ALL_IN};

use crate::experiment::BatterySpec;
use trompe_stimuli::abutting_grating::{Control, Direction, Lines};
use trompe_stimuli::fat_thin::Variant;
use trompe_stimuli::kanizsa::{Member, Shape, Support};

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

/// What is drawn for a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drawing {
    /// The fat and the thin figure of a variant.
    Twins(Variant),
    /// Two members of a Kanizsa draw.
    Kanizsa {
        /// The implied shape.
        shape: Shape,
        /// Positive and negative member.
        members: [Member; 2],
        /// How large the discs are.
        support: Support,
        /// Whether figures are smaller than any that was trained on.
        small: bool,
    },
    /// Two members of a draw of the world `squares`.
    Squares {
        /// Positive and negative member.
        members: [Member; 2],
    },
    /// A shape in abutting gratings, and its control.
    Abutting {
        /// The implied shape.
        shape: Shape,
        /// What stands beside it.
        control: Control,
        /// How the lines run.
        direction: Direction,
        /// Pixels from line to line.
        period: usize,
    },
    /// A test digit, and its control.
    Digits {
        /// Its class.
        class: usize,
        /// What stands beside it.
        control: digits::Control,
        /// The lines that it is drawn in; as it is, where there are none.
        lines: Option<Lines>,
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
    /// Offset of misaligned inducers, in their radii.
    pub shift: Option<f64>,
    /// The part of the picture that carries noise, where pictures differ by noise and not by twins.
    pub noise: Option<&'static str>,
    /// When it is shown.
    pub when: When,
    /// Whether single twins' evidence is kept, and rows by polarity are written.
    pub keep: bool,
    /// What is drawn.
    pub drawing: Drawing,
    /// Evidence.
    pub reading: Reading,
}

impl BlockSpec {
    /// A block at the last checkpoint, named by its condition, without any level.
    fn new(condition: &'static str, drawing: Drawing, reading: Reading) -> Self {
        Self {
            id: condition.into(),
            condition,
            part: "",
            alpha_deg: None,
            support_ratio: None,
            contrast: None,
            shift: None,
            noise: None,
            when: When::Last,
            keep: false,
            drawing,
            reading,
        }
    }

    fn at(self, when: When) -> Self {
        Self { when, ..self }
    }

    fn keeping(self, keep: bool) -> Self {
        Self { keep, ..self }
    }
}

/// What the analysis and the report read of a battery, by the ids of measures. Where a battery has none of a mark of
/// completion, its id is empty ([`NO_MARK`]).
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// Above 0 unless something without the implied shape has the same effect.
    pub control: &'static str,
    /// What is lost where edges face each other but do not line up.
    pub relatability: &'static str,
    /// Whether noise in the gap counts more than noise elsewhere.
    pub reliance: &'static str,
    /// The contrast of a real contour in the gaps with the same effect.
    pub contour: &'static str,
}

/// In place of a mark that a battery cannot read.
pub const NO_MARK: &str = "";

impl Marks {
    /// Whether the battery can tell completion from matching of cues.
    pub fn tell_completion(&self) -> bool {
        self.relatability != NO_MARK && self.reliance != NO_MARK
    }
}

/// Words for sentences and figures.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What an observer tells apart.
    pub told: &'static str,
    /// The control that [`Marks::control`] is read from.
    pub control: &'static str,
    /// The two members of a pair, as they follow each other.
    pub pair: &'static str,
    /// What d′ is between.
    pub discriminates: &'static str,
}

/// What the report shows of a battery. Conditions and measures stand with their titles.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The condition that the illusion is read from.
    pub illusion: (&'static str, &'static str),
    /// Its controls, the most telling two first; at least one.
    pub controls: &'static [(&'static str, &'static str)],
    /// What the first two controls are.
    pub about_controls: &'static str,
    /// Columns on the terminal.
    pub columns: &'static [(&'static str, &'static str)],
    /// Marks of completion: measure, title, what its axis tells.
    pub marks: &'static [(&'static str, &'static str, &'static str)],
    /// What the marks are.
    pub about_marks: &'static str,
    /// Terms that the glossary explains.
    pub terms: &'static [(&'static str, &'static str)],
}

/// One battery.
#[derive(Debug)]
pub struct Kind {
    /// Name in experiment files.
    pub id: &'static str,
    /// Classes that evidence is read from, in the order that a world must begin with; none where networks give pictures.
    pub classes: &'static [&'static str],
    /// Whether networks give pictures.
    pub pictures: bool,
    /// Its blocks, in the order in which they are shown and written.
    pub blocks: fn(&BatterySpec) -> Vec<BlockSpec>,
    /// Measures that contrasts are declared on; the first is the primary outcome, a d′.
    pub outcomes: &'static [&'static str],
    /// Marks that tell what an effect rests on.
    pub marks: Marks,
    /// Words.
    pub words: Words,
    /// For the report.
    pub shown: Shown,
}

impl Kind {
    /// The primary outcome.
    pub fn outcome(&self) -> &'static str {
        self.outcomes[0]
    }
}

/// Every battery, alphabetical. A test compares the list with the folder.
pub static ALL: &[&Kind] =
    &[&abutting::KIND, &church::KIND, &digits::KIND, &fat_thin::KIND, &kanizsa::KIND, &pang2021::KIND, &snakes::KIND];

/// The battery of an experiment.
///
/// # Panics
/// If it is not in the list: an experiment is checked when it is read.
pub fn kind(spec: &BatterySpec) -> &'static Kind {
    ALL.iter().find(|kind| kind.id == spec.illusion).expect("the battery of a checked experiment is listed")
}

/// The battery of that id.
pub fn of_id(id: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.id == id)
}

/// A term of all batteries whose figures have gaps.
const GAP_RELIANCE: (&str, &str) = (
    "gap reliance",
    "Noise is added in the gap, on the inducers or outside, on equal areas: how much of the evidence's variance comes from the \
     gap, minus how much from outside. 0: the gap counts no more than any other place.",
);

/// Parts of the picture that carry noise in the gap-reliance blocks.
pub const PARTS: [&str; 3] = ["gap", "inducer", "outside"];

/// All blocks of a battery, in the order in which they are shown and written.
pub fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    (kind(spec).blocks)(spec)
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

/// Images a block shows.
pub fn images(spec: &BatterySpec, block: &BlockSpec) -> usize {
    if block.noise.is_some() { spec.noise_figures * spec.noise_fields } else { 2 * spec.twins }
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
            turns_deg: vec![15.0, 180.0],
            shifts: vec![0.1, PRIMARY_SHIFT],
            contour_contrasts: vec![0.0, 0.5],
            noise_fields: 4,
            noise_figures: 3,
            noise_sd: 0.1,
            church: None,
            snakes: None,
        }
    }

    #[test]
    fn ids_are_unique_and_name_the_level() {
        for kind in ALL {
            let blocks = blocks(&spec(kind.id));
            let ids: BTreeSet<&str> = blocks.iter().map(|block| block.id.as_str()).collect();
            assert_eq!(ids.len(), blocks.len());
        }
        let has = |illusion: &str, id: &str| blocks(&spec(illusion)).iter().any(|block| block.id == id);
        assert!(has("fat_thin", "illusory_2.5"));
        assert!(has("kanizsa", "turned_15_hexagon") && has("kanizsa", "shifted_0.1_circle"));
        assert!(
            has("abutting", "abutting_unshifted_rising_2_circle") && has("abutting", "abutting_blob_vertical_8_square")
        );
        assert!(!has("kanizsa", "shifted_0.4_circle"), "shown as in_misaligned at every checkpoint");
    }

    #[test]
    fn the_primary_turn_keeps_its_twins() {
        let kept: Vec<String> =
            blocks(&spec("fat_thin")).into_iter().filter(|block| block.keep).map(|block| block.id).collect();
        assert_eq!(kept, ["illusory_10", "local_10", "misaligned_10"]);
    }

    #[test]
    fn the_list_is_the_folder() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/battery"))
            .expect("the folder of batteries")
            .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .filter(|name| name != "mod" && name != "draw")
            .collect();
        files.sort();
        assert_eq!(ALL.iter().map(|kind| kind.id).collect::<Vec<_>>(), files);
    }
}
