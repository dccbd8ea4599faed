//! Battery `kanizsa`: discs with mouths that imply a polygon or a circle, each figure beside a control of one draw.
//!
//! Evidence is the margin of the implied class over all other classes. All blocks of a class show the same draws, so that
//! conditions are compared on the same figures; discs cover the same share of the outline in all classes.

use super::{BlockSpec, Drawing, GAP_RELIANCE, Kind, Marks, PARTS, Reading, Shown, When, Words, level};
use crate::experiment::BatterySpec;
use trompe_stimuli::fat_thin::Relative;
use trompe_stimuli::kanizsa::{Contour, Member, Shape, Support};

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: "kanizsa",
    classes: &["triangle", "square", "pentagon", "hexagon", "circle"],
    pictures: false,
    blocks,
    outcomes: &["in_over_rotated_d_prime", "kanizsa_index"],
    marks: Marks {
        control: "in_over_closed_d_prime",
        relatability: "in_over_misaligned_d_prime",
        reliance: "gap_reliance",
        contour: "contour_equivalent_contrast",
    },
    words: Words {
        told: "inward and rotated inducers",
        control: "the control with closed mouths",
        pair: "the figure and its control in turn",
        discriminates: "inward v rotated inducers",
    },
    shown: Shown {
        illusion: ("in_rotated", "v rotated inducers"),
        controls: &[
            ("in_misaligned", "v misaligned inducers"),
            ("in_closed", "v closed mouths"),
            ("in_out", "v outward mouths"),
            ("in_discs", "v full discs"),
            ("in_scrambled", "v inducers elsewhere"),
        ],
        about_controls: "The same inward figures against two further controls of the same draw. Misaligned: inducers moved \
                         along the rim of the figure, so that edges face each other but do not line up. Closed: a thin arc \
                         closes each mouth.",
        columns: &[
            ("in_over_rotated_d_prime", "d′ v rotated"),
            ("kanizsa_index", "index I_K"),
            ("in_over_misaligned_d_prime", "d′ v misaligned"),
            ("in_over_closed_d_prime", "d′ v closed"),
        ],
        marks: &[
            ("in_over_misaligned_d_prime", "over misaligned", "d′ inward v misaligned"),
            ("in_over_closed_d_prime", "over closed mouths", "d′ inward v closed"),
            ("gap_reliance", "gap reliance", "share of variance"),
            ("count_conflict_d_prime", "count conflict", "d′ triangle in six discs"),
        ],
        about_marks: "Detectors of collinear edges tell aligned from misaligned inducers without a contour in the gap: \
                      relatability counts only beyond them, and completion needs the gap as well.",
        terms: &[
            (
                "inward v control",
                "Inducers whose mouths face inward imply a polygon or a circle; controls are made of the same draw and \
                 imply none. The evidence is the implied class's output minus the largest other output; numbers are \
                 averaged over the classes.",
            ),
            (
                "index I_K",
                "The mean margin on the illusory figure, on a scale on which rotated inducers are 0 and the real shape with \
                 discs on its corners is 1.",
            ),
            (
                "count conflict",
                "Six discs of which three imply a triangle, against six that imply nothing: whoever counts discs answers \
                 hexagon.",
            ),
            GAP_RELIANCE,
        ],
    },
};

/// Classes with a figure, in the order of the world's classes.
pub const SHAPES: [Shape; 5] = [Shape::Triangle, Shape::Square, Shape::Pentagon, Shape::Hexagon, Shape::Circle];

/// Index of a shape among the classes of the world.
pub fn class_of(shape: Shape) -> usize {
    match shape {
        Shape::Triangle => 0,
        Shape::Square => 1,
        Shape::Pentagon => 2,
        Shape::Hexagon => 3,
        Shape::Circle => 4,
    }
}

/// Offset of misaligned inducers, in radii, in the block that is shown at every checkpoint.
pub const PRIMARY_SHIFT: f64 = 0.4;

fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let mut blocks: Vec<BlockSpec> = SHAPES.into_iter().flat_map(|shape| along_training(spec, shape)).collect();
    for shape in SHAPES {
        blocks.extend(controls(spec, shape));
        blocks.extend(sweeps(spec, shape));
        blocks.extend(reliance(spec, shape));
    }
    blocks.extend(count_conflict(spec));
    blocks
}

fn pair(spec: &BatterySpec, (condition, members): (&'static str, [Member; 2]), shape: Shape) -> BlockSpec {
    let drawing =
        Drawing::Kanizsa { shape, members, support: Support::Ratio(spec.primary_support_ratio), small: false };
    BlockSpec {
        id: format!("{condition}_{}", shape.id()),
        part: shape.id(),
        support_ratio: Some(spec.primary_support_ratio),
        ..BlockSpec::new(condition, drawing, Reading::Margin { class: class_of(shape) })
    }
}

/// The illusion, its primary controls and the real shape: what the index needs at every checkpoint.
fn along_training(spec: &BatterySpec, shape: Shape) -> Vec<BlockSpec> {
    let of = |condition, members| pair(spec, (condition, members), shape).at(When::Every);
    vec![
        of("in_rotated", [Member::In, Member::Rotated]).keeping(true),
        of("in_closed", [Member::In, Member::Closed]),
        BlockSpec {
            shift: Some(PRIMARY_SHIFT),
            ..of("in_misaligned", [Member::In, Member::Misaligned(PRIMARY_SHIFT)]).keeping(true)
        },
        of("real_rotated", [Member::RealDiscs, Member::Rotated]),
    ]
}

fn controls(spec: &BatterySpec, shape: Shape) -> Vec<BlockSpec> {
    let of = |condition, members| pair(spec, (condition, members), shape);
    let mut blocks = vec![
        of("in_discs", [Member::In, Member::Discs]),
        of("in_out", [Member::In, Member::Out]),
        of("in_scrambled", [Member::In, Member::Scrambled]),
        of("mixed", [Member::Mixed, Member::MixedRotated]),
        of("fragments", [Member::Fragments, Member::FragmentsRotated]),
        of("occluded", [Member::Occluded, Member::Discs]),
        of("real", [Member::RealShape, Member::Rotated]),
    ];
    let mut small = of("small", [Member::In, Member::Rotated]);
    let mut fixed = of("radius", [Member::In, Member::Rotated]);
    if let Drawing::Kanizsa { small, .. } = &mut small.drawing {
        *small = true;
    }
    if let Drawing::Kanizsa { support, .. } = &mut fixed.drawing {
        *support = Support::RadiusDeg(fixed_radius_deg(spec));
        fixed.support_ratio = None;
    }
    blocks.extend([small, fixed]);
    blocks
}

/// The radius that squares of the middle size have at the primary support ratio: the same for all classes.
fn fixed_radius_deg(spec: &BatterySpec) -> f64 {
    const CIRCUMRADIUS: f64 = 9.75 / 32.0;
    spec.primary_support_ratio * CIRCUMRADIUS * spec.size_deg * std::f64::consts::FRAC_1_SQRT_2
}

fn sweeps(spec: &BatterySpec, shape: Shape) -> Vec<BlockSpec> {
    let name = |condition: &str, value: f64| format!("{condition}_{}_{}", level(value), shape.id());
    let mut blocks = Vec::new();
    for &ratio in &spec.support_ratios {
        let mut block = pair(spec, ("support", [Member::In, Member::Rotated]), shape);
        if let Drawing::Kanizsa { support, .. } = &mut block.drawing {
            *support = Support::Ratio(ratio);
        }
        blocks.push(BlockSpec { id: name("support", ratio), support_ratio: Some(ratio), ..block });
    }
    for &turn in &spec.turns_deg {
        let block = pair(spec, ("turned", [Member::Turned(turn), Member::Rotated]), shape);
        blocks.push(BlockSpec { id: name("turned", turn), alpha_deg: Some(turn), ..block });
    }
    for &shift in spec.shifts.iter().filter(|shift| **shift != PRIMARY_SHIFT) {
        let block = pair(spec, ("shifted", [Member::In, Member::Misaligned(shift)]), shape);
        blocks.push(BlockSpec { id: name("shifted", shift), shift: Some(shift), ..block });
    }
    for &contrast in &spec.contour_contrasts {
        let contour = Member::Contour(Contour { contrast, polarity: Relative::Same });
        let block = pair(spec, ("contour", [contour, Member::Rotated]), shape);
        blocks.push(BlockSpec { id: name("contour", contrast), contrast: Some(contrast), ..block });
    }
    blocks
}

fn reliance(spec: &BatterySpec, shape: Shape) -> Vec<BlockSpec> {
    if spec.noise_fields == 0 {
        return Vec::new();
    }
    let conditions = [("reliance_illusory", Member::In), ("reliance_real", Member::RealDiscs)];
    let block = |(condition, member): (&'static str, Member), part: &'static str| BlockSpec {
        id: format!("{condition}_{part}_{}", shape.id()),
        noise: Some(part),
        ..pair(spec, (condition, [member, Member::Rotated]), shape)
    };
    conditions.into_iter().flat_map(|condition| PARTS.map(|part| block(condition, part))).collect()
}

/// Six discs of which three imply a triangle, beside a twin of which none imply anything: is it called a triangle, and more a
/// triangle than a hexagon?
fn count_conflict(spec: &BatterySpec) -> [BlockSpec; 2] {
    let block = pair(spec, ("count", [Member::Count, Member::CountRotated]), Shape::Triangle);
    let (triangle, hexagon) = (class_of(Shape::Triangle), class_of(Shape::Hexagon));
    [
        block.clone(),
        BlockSpec {
            id: "count_over_hexagon".into(),
            condition: "count_over_hexagon",
            reading: Reading::Difference { positive: triangle, negative: hexagon },
            ..block
        },
    ]
}
