//! Battery `fat_thin`: turned mouths that imply a bulging or a pinched quadrilateral.

use super::{BlockSpec, Drawing, GAP_RELIANCE, Kind, Marks, PARTS, Reading, Shown, When, Words, curved_alpha, level};
use crate::experiment::BatterySpec;
use trompe_stimuli::fat_thin::{Relative, Variant};

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: "fat_thin",
    classes: &["thin", "fat"],
    pictures: false,
    blocks,
    outcomes: &["illusory_d_prime", "illusory_auc"],
    marks: Marks {
        control: "configural_index",
        relatability: "relatability_effect",
        reliance: "gap_reliance",
        contour: "contour_equivalent_contrast",
    },
    words: Words {
        told: "fat and thin illusory figures",
        control: "the outward-turned local control",
        pair: "fat and thin twins in turn",
        discriminates: "fat v thin",
    },
    shown: Shown {
        illusion: ("illusory", "illusory"),
        controls: &[
            ("misaligned", "misaligned control"),
            ("local", "local control"),
            ("mixed", "mixed polarity"),
            ("discs", "full discs"),
        ],
        about_controls: "The same networks on the two controls, at the primary turn. Misaligned: the same turned mouths, \
                         cuts moved radially so that no two edges line up; what is left here does not need relatable \
                         edges. Local: each cut disc turned by 180° about its own center; no quadrilateral is implied, so \
                         d′ is expected near 0 and either sign is a local cue.",
        columns: &[
            ("illusory_d_prime", "illusory d′"),
            ("illusory_auc", "AUC"),
            ("configural_index", "configural index"),
            ("relatability_effect", "v misaligned, d′"),
        ],
        marks: &[
            ("configural_index", "configural index", "AUC illusory − local"),
            ("relatability_effect", "relatability effect", "d′ illusory − misaligned"),
            ("gap_reliance", "gap reliance", "share of variance"),
            ("bar_effect", "bar effect", "d′ lost to a bar, difference"),
        ],
        about_marks: "The configural index alone is never completion: an observer made of corner detectors that are blind \
                      to the gap has it too.",
        terms: &[
            (
                "fat and thin",
                "Four cut discs imply a quadrilateral whose sides bulge or pinch. Only the turn α of the mouths differs \
                 between the classes. Networks were trained on real quadrilaterals, never on these figures.",
            ),
            (
                "configural index",
                "AUC on the illusory figure minus AUC on the local control. Corner detectors that are blind to the gap \
                 have it too, so it is never called completion.",
            ),
            ("relatability effect", "d′ on the illusory figure minus d′ on the misaligned control."),
            GAP_RELIANCE,
        ],
    },
};

/// Class indices of the worlds of quadrilaterals.
pub const THIN: usize = 0;
/// See [`THIN`].
pub const FAT: usize = 1;

fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let primary = spec.primary_alpha_deg;
    let largest = spec.alphas_deg.iter().copied().fold(primary, f64::max);
    // What is read along competence is shown at every checkpoint; the sweeps at the last one.
    let when = |alpha: f64| if alpha == primary { When::Every } else { When::Last };
    let mut blocks: Vec<BlockSpec> = Vec::new();
    for &alpha in &spec.alphas_deg {
        blocks.push(figure(spec, "illusory", Variant::Illusory, alpha).at(when(alpha)).keeping(alpha == primary));
    }
    for alpha in distinct([primary, largest]) {
        let kept = |block: BlockSpec| block.at(when(alpha)).keeping(alpha == primary);
        blocks.push(kept(figure(spec, "local", Variant::Local, alpha)));
        blocks.push(kept(figure(spec, "misaligned", Variant::Misaligned, alpha)));
    }
    blocks.push(figure(spec, "mixed", Variant::MixedPolarity, primary));
    blocks.push(figure(spec, "discs", Variant::Discs, primary));
    for alpha in distinct([primary, curved_alpha(spec)]) {
        blocks.push(figure(spec, "curved", Variant::IllusoryCurved, alpha));
    }
    blocks.push(figure(spec, "local_curved", Variant::LocalCurved, curved_alpha(spec)));
    blocks.push(figure(spec, "bar", Variant::IllusoryBar, primary));
    blocks.push(figure(spec, "bar_misaligned", Variant::MisalignedBar, primary));
    blocks.push(figure(spec, "real", Variant::RealShape, primary));
    for &ratio in &spec.support_ratios {
        let block = figure(spec, "support", Variant::Illusory, primary);
        blocks.push(BlockSpec { id: format!("support_{}", level(ratio)), support_ratio: Some(ratio), ..block });
    }
    for &contrast in &spec.contour_contrasts {
        let contour = Variant::RealContour { contrast, polarity: Relative::Same };
        let block = figure(spec, "contour", contour, primary);
        blocks.push(BlockSpec { id: format!("contour_{}", level(contrast)), contrast: Some(contrast), ..block });
    }
    blocks.extend(reliance(spec));
    blocks
}

fn reliance(spec: &BatterySpec) -> Vec<BlockSpec> {
    if spec.noise_fields == 0 {
        return Vec::new();
    }
    let conditions = [("reliance_illusory", Variant::Illusory), ("reliance_real", Variant::RealShape)];
    let block = |(condition, variant): (&'static str, Variant), part: &'static str| BlockSpec {
        id: format!("{condition}_{part}"),
        part,
        noise: Some(part),
        ..figure(spec, condition, variant, spec.primary_alpha_deg)
    };
    conditions.into_iter().flat_map(|condition| PARTS.map(|part| block(condition, part))).collect()
}

fn figure(spec: &BatterySpec, condition: &'static str, variant: Variant, alpha: f64) -> BlockSpec {
    let drawing = Drawing::Twins(variant);
    let reading = Reading::Difference { positive: FAT, negative: THIN };
    BlockSpec {
        id: format!("{condition}_{}", level(alpha)),
        alpha_deg: Some(alpha),
        support_ratio: Some(spec.primary_support_ratio),
        ..BlockSpec::new(condition, drawing, reading)
    }
}

fn distinct(values: [f64; 2]) -> Vec<f64> {
    if values[0] == values[1] { vec![values[0]] } else { values.to_vec() }
}
