//! Fat and thin: areas, angles and places worked out by hand, found again in rendered pixels.

use crate::support::{Picture, covered, edge, in_pacman, inked, linear, offsets, supersampled, wrapped_deg};
use std::f64::consts::PI;
use trompe_stimuli::fat_thin::{Ensemble, Figure, Form, Polarity, Pose, Relative, Variant, twins};
use trompe_stimuli::{Condition, Point, Settings, Value, Viewing, illusions, render, stream};

pub const SIZE: usize = 512;
const PPD: f64 = SIZE as f64 / 4.0;
/// Corners lie at ±0.875° = 112 px from the center: on corners of pixels.
const SIDE_DEG: f64 = 1.75;

pub fn figure(variant: Variant, form: Form, alpha_deg: f64) -> Figure {
    Figure {
        size_deg: 4.0,
        variant,
        form,
        alpha_deg,
        support_ratio: 0.5,
        pose: Pose { center: Point::default(), side_deg: SIDE_DEG, turn_deg: 0.0 },
        background: 0.5,
        inducer_contrast: 0.35,
        polarity: [Polarity::Dark; 4],
    }
}

pub fn picture(figure: &Figure, size: usize) -> Picture {
    inked(&figure.compose().unwrap(), size, 0.5, 0.15)
}

/// Corners in pixels: lower left, upper left, upper right, lower right.
pub const CORNERS: [(f64, f64); 4] = [(144.0, 368.0), (144.0, 144.0), (368.0, 144.0), (368.0, 368.0)];
/// Directions from the corners to the center, degrees clockwise from rightward.
const INWARD_DEG: [f64; 4] = [-45.0, 45.0, 135.0, 225.0];
/// By which of +α and −α a fat figure turns the mouths.
pub const FAT_TURNS: [f64; 4] = [-1.0, 1.0, -1.0, 1.0];

/// Turn of each mouth from inward, degrees, from the middle of what is missing of its disc.
pub fn turns(picture: &Picture, radius: f64) -> [f64; 4] {
    let whole: Vec<_> = CORNERS.map(|(x, y)| Point::new(x - 256.0, y - 256.0) * (1.0 / PPD)).to_vec();
    let discs: Vec<_> = whole.iter().map(|&center| trompe_stimuli::Path::disc(center, radius / PPD)).collect();
    let discs = covered(&discs, SIZE, 4.0);
    [0, 1, 2, 3].map(|k| {
        let corner = Point::new(CORNERS[k].0, CORNERS[k].1);
        let mut arm = Point::default();
        for at in 0..SIZE * SIZE {
            let pixel = Point::new((at % SIZE) as f64 + 0.5, (at / SIZE) as f64 + 0.5) - corner;
            if pixel.length() < radius + 2.0 {
                arm = arm + pixel * (discs.values[at] - picture.values[at]);
            }
        }
        wrapped_deg(arm.y.atan2(arm.x).to_degrees() - INWARD_DEG[k])
    })
}

#[test]
fn mouths_turn_by_alpha_in_alternation() {
    let radius = 0.25 * SIDE_DEG * PPD;
    for alpha in [2.0, 10.0, 20.0] {
        for (form, sign) in [(Form::Fat, 1.0), (Form::Thin, -1.0)] {
            let found = turns(&picture(&figure(Variant::Illusory, form, alpha), SIZE), radius);
            for k in 0..4 {
                assert!((found[k] - sign * FAT_TURNS[k] * alpha).abs() < 0.05, "{form:?} {alpha} {k}: {found:?}");
            }
        }
    }
}

#[test]
fn discs_keep_three_quarters_of_their_area() {
    // The straight mouth is 90°. So is the curved one: its two edges are one curve, turned by 90° about the corner.
    let radius = 0.25 * SIDE_DEG * PPD;
    for variant in [Variant::Illusory, Variant::IllusoryCurved, Variant::Local, Variant::LocalCurved] {
        for (form, alpha) in [(Form::Fat, 10.0), (Form::Thin, 10.0), (Form::Fat, 25.0)] {
            let area = picture(&figure(variant, form, alpha), SIZE).area();
            let expected = 4.0 * 0.75 * PI * radius * radius;
            assert!((area / expected - 1.0).abs() < 1e-4, "{}: {area} v {expected}", variant.id());
        }
    }
}

/// Height and width in pixels through the middle of a filled shape.
pub fn spans(picture: &Picture) -> [f64; 2] {
    let middle = picture.size / 2;
    let sum = |value: &dyn Fn(usize) -> f64| (0..picture.size).map(value).sum();
    [sum(&|at| picture.values[at * picture.size + middle]), sum(&|at| picture.values[middle * picture.size + at])]
}

#[test]
fn fat_is_wide_and_thin_is_high_by_hand() {
    for (form, sign) in [(Form::Fat, 1.0), (Form::Thin, -1.0)] {
        let [height, width] = spans(&picture(&figure(Variant::RealFilled, form, 15.0), SIZE));
        // A parabola stands out by tan(α)/4 of its chord; both sides together by tan(α)/2.
        let bulge = sign * 15f64.to_radians().tan() / 2.0;
        let side = SIDE_DEG * PPD;
        assert!((width - side * (1.0 + bulge)).abs() < 0.05, "{form:?}: {width}");
        assert!((height - side * (1.0 - bulge)).abs() < 0.05, "{form:?}: {height}");
    }
}

#[test]
fn fat_and_thin_have_the_area_of_the_square() {
    for alpha in [2.0, 10.0, 25.0] {
        let areas = [Form::Fat, Form::Thin]
            .map(|form| picture(&figure(Variant::RealFilled, form, alpha), SIZE).area() / (SIDE_DEG * PPD).powi(2));
        assert!((areas[0] / areas[1] - 1.0).abs() < 0.005, "{areas:?}");
        assert!(areas.iter().all(|area| (area - 1.0).abs() < 1e-4), "{areas:?}");
    }
}

#[test]
fn a_corner_has_ninety_degrees() {
    // Of a small disc on a corner, a right angle covers a quarter.
    for (form, alpha) in [(Form::Fat, 25.0), (Form::Thin, 25.0), (Form::Fat, 5.0)] {
        let figure = figure(Variant::RealFilled, form, alpha);
        let square = figure.bowed(form);
        for k in 0..4 {
            let whole = PI * (0.15 * PPD).powi(2);
            let covered = whole - covered(&[square.cut_disc(k, 0.15)], SIZE, 4.0).area();
            assert!((360.0 * covered / whole - 90.0).abs() < 0.1, "{form:?} {k}: {}", 360.0 * covered / whole);
        }
    }
}

/// Largest difference between one picture and another whose discs are each turned by 180° about their own centers.
pub fn off_half_turns(before: &Picture, after: &Picture) -> f64 {
    let mut worst = 0.0f64;
    for (x, y) in CORNERS {
        for at in 0..160 * 160 {
            let (dx, dy) = (at % 160 - 80, at / 160 - 80);
            let one = before.at(x as i64 + dx, y as i64 + dy);
            let other = after.at(x as i64 - 1 - dx, y as i64 - 1 - dy);
            worst = worst.max((one - other).abs());
        }
    }
    worst
}

#[test]
fn the_local_control_turns_each_disc_about_its_center() {
    for (inward, outward) in [(Variant::Illusory, Variant::Local), (Variant::IllusoryCurved, Variant::LocalCurved)] {
        let before = picture(&figure(inward, Form::Fat, 10.0), SIZE);
        let after = picture(&figure(outward, Form::Fat, 10.0), SIZE);
        let off = off_half_turns(&before, &after);
        assert!(off < 0.02, "{}: {off}", outward.id());
        assert!(before.apart(&after) > 0.9);
    }
}

#[test]
fn misaligned_cuts_are_moved_by_four_tenths_of_the_radius() {
    let radius = 0.25 * SIDE_DEG;
    for (form, sign) in [(Form::Fat, 1.0), (Form::Thin, -1.0)] {
        let asked = |point: Point| {
            (0..4).any(|k| {
                let corner = (Point::new(CORNERS[k].0, CORNERS[k].1) - Point::new(256.0, 256.0)) * (1.0 / PPD);
                let inward = INWARD_DEG[k].to_radians();
                let moved = if k % 2 == 0 { 0.4 } else { -0.4 };
                let apex = corner + Point::new(inward.cos(), inward.sin()) * (moved * radius);
                let axis = inward + (sign * FAT_TURNS[k] * 10.0).to_radians();
                in_pacman(point, (corner, radius), apex, axis, PI / 4.0)
            })
        };
        let brute = supersampled(asked, 128, 4.0, 8);
        let drawn = picture(&figure(Variant::Misaligned, form, 10.0), 128);
        assert!(drawn.apart(&brute) < 0.16 && drawn.mean_apart(&brute) < 1.5e-3, "{form:?}: {}", drawn.apart(&brute));
    }
}

/// At α = 0, how far the facing edges of each side lie beside each other, pixels, with cuts moved by that share of r.
fn beside(moved: f64) -> [f64; 4] {
    let radius = 0.25 * SIDE_DEG * PPD;
    let variant = if moved == 0.0 { Variant::Illusory } else { Variant::Misaligned };
    let drawn = picture(&figure(variant, Form::Fat, 0.0), SIZE);
    let apex = |k: usize| {
        let inward = INWARD_DEG[k % 4].to_radians();
        let by = if k.is_multiple_of(2) { moved * radius } else { -moved * radius };
        Point::new(CORNERS[k % 4].0, CORNERS[k % 4].1) + Point::new(inward.cos(), inward.sin()) * by
    };
    let ways = [Point::new(0.0, -1.0), Point::new(1.0, 0.0), Point::new(0.0, 1.0), Point::new(-1.0, 0.0)];
    [0, 1, 2, 3].map(|k| {
        let mean = |tip: Point, toward: Point| {
            let found = edge(&drawn, tip, toward, [0.25 * radius, 0.5 * radius, 0.15 * radius]);
            assert!(found.len() > 8, "edge found in {} places", found.len());
            offsets(&found, apex(k), ways[k]).iter().sum::<f64>() / found.len() as f64
        };
        (mean(apex(k), ways[k]) - mean(apex(k + 1), ways[k] * -1.0)).abs()
    })
}

#[test]
fn facing_edges_are_collinear_at_zero_and_parallel_when_misaligned() {
    let radius = 0.25 * SIDE_DEG * PPD;
    for off in beside(0.0) {
        assert!(off < 0.05, "{off}");
    }
    // ±0.4 r along the diagonals: 0.4 r / √2 across each side, to both sides.
    for off in beside(0.4) {
        assert!((off - 0.8 * radius / 2f64.sqrt()).abs() < 0.1, "{off}");
    }
}

#[test]
fn the_drawn_support_ratio_is_the_parameter() {
    for ratio in [0.3, 0.5, 0.7] {
        let figure = Figure { support_ratio: ratio, ..figure(Variant::Illusory, Form::Fat, 0.0) };
        let drawn = picture(&figure, SIZE);
        // One pixel outside the left side, from corner to corner.
        let share = (144..368).map(|row| drawn.at(142, row)).sum::<f64>() / 224.0;
        assert!((share / ratio - 1.0).abs() < 0.01, "{ratio}: {share}");
    }
}

#[test]
fn fat_turned_by_a_quarter_is_thin() {
    for variant in [Variant::Illusory, Variant::IllusoryCurved, Variant::Local, Variant::RealShape, Variant::RealFilled]
    {
        let fat = picture(&figure(variant, Form::Fat, 12.0), SIZE);
        let thin = picture(&figure(variant, Form::Thin, 12.0), SIZE);
        let turned = fat.mapped(|column, row| (row, SIZE - 1 - column));
        assert!(turned.apart(&thin) < 0.02, "{}: {}", variant.id(), turned.apart(&thin));
        assert!(fat.apart(&thin) > 0.5);
    }
}

#[test]
fn twins_keep_their_pose_within_seventeen_degrees() {
    let drawn = twins(2000, &Ensemble::new(Variant::Illusory, 10.0, 0.5), &mut stream(4)).unwrap();
    let turns: Vec<f64> = drawn.iter().map(|twin| twin.fat.pose.turn_deg).collect();
    assert!(turns.iter().all(|turn| turn.abs() <= 17.0));
    assert!(turns.iter().any(|turn| *turn > 16.0) && turns.iter().any(|turn| *turn < -16.0));
    let good = figure(Variant::Illusory, Form::Fat, 10.0);
    let turned = |turn_deg: f64| Figure { pose: Pose { turn_deg, ..good.pose }, ..good };
    assert!(turned(17.0).check().is_ok() && turned(17.5).check().is_err() && turned(90.0).check().is_err());
}

#[test]
fn a_real_contour_touches_the_gaps_only() {
    let discs = figure(Variant::Discs, Form::Fat, 15.0);
    let contour = Variant::RealContour { contrast: 1.0, polarity: Relative::Same };
    let [plain, drawn] = [discs, Figure { variant: contour, ..discs }].map(|figure| picture(&figure, SIZE));
    let radius = 0.25 * SIDE_DEG * PPD;
    let mut inside_gaps = 0.0;
    for at in 0..SIZE * SIZE {
        let pixel = Point::new((at % SIZE) as f64 + 0.5, (at / SIZE) as f64 + 0.5);
        let change = (drawn.values[at] - plain.values[at]).abs();
        let near_disc = CORNERS.iter().any(|&(x, y)| (pixel - Point::new(x, y)).length() < radius - 1.0);
        assert!(!near_disc || change < 1e-6, "within a disc at {pixel:?}");
        inside_gaps += change;
    }
    // Half width 0.1° on the free half of four sides, which are longer than straight by a few percent.
    let expected = 4.0 * 0.5 * SIDE_DEG * PPD * 0.2 * PPD;
    assert!((inside_gaps / expected - 1.0).abs() < 0.06, "{inside_gaps} v {expected}");
}

#[test]
fn a_positive_difference_draws_the_fat_contour() {
    let settings = Settings::new()
        .with("variant", Value::Text("discs".to_owned()))
        .with("alpha_deg", Value::Number(15.0))
        .with("side_deg", Value::Number(SIDE_DEG));
    let built = (illusions::find("fat_thin").unwrap().build)(&settings).unwrap();
    // The middle of the left side stands out by tan(15°)/4 of the side, or in by as much.
    let bulge = SIDE_DEG * PPD * 15f64.to_radians().tan() / 4.0;
    let [outside, inside] = [144.0 - bulge, 144.0 + bulge].map(|x| Point::new(x, 256.0));
    for (difference, drawn, free) in [(1.0, outside, inside), (-1.0, inside, outside)] {
        let scene = built.compose(&Condition { difference, strength: 0.5 }).unwrap();
        let picture = inked(&scene, SIZE, 0.5, 0.15);
        assert!((picture.under(drawn) - 1.0).abs() < 1e-5 && picture.under(free).abs() < 1e-5, "{difference}");
    }
    let half = built.compose(&Condition { difference: 0.5, strength: 0.5 }).unwrap();
    let level = f64::from(
        render(&half, Viewing::square(SIZE, 4.0).unwrap()).unwrap().image.data[256 * SIZE + outside.x as usize],
    );
    assert!((level - linear(0.5 - 0.5 * 0.35)).abs() < 1e-6, "half the contrast in gray levels: {level}");
}

#[test]
fn outlines_and_bars_have_the_area_of_their_lengths() {
    let area = |variant: Variant| picture(&figure(variant, Form::Fat, 0.0), SIZE).area() / (PPD * PPD);
    let outline = (SIDE_DEG + 0.2).powi(2) - (SIDE_DEG - 0.2).powi(2);
    assert!((area(Variant::RealShape) / outline - 1.0).abs() < 1e-4);
    for (barred, plain) in [(Variant::IllusoryBar, Variant::Illusory), (Variant::MisalignedBar, Variant::Misaligned)] {
        let bars = area(barred) - area(plain);
        assert!((bars / (4.0 * 0.4 * 0.12) - 1.0).abs() < 1e-3, "{}: {bars}", barred.id());
    }
}

#[test]
fn the_same_stream_gives_the_same_poses_in_every_condition() {
    let drawn = |variant: Variant, alpha_deg: f64, ratio: f64| {
        twins(50, &Ensemble::new(variant, alpha_deg, ratio), &mut stream(8)).unwrap()
    };
    let first = drawn(Variant::Illusory, 10.0, 0.5);
    for (variant, alpha) in [(Variant::Local, 10.0), (Variant::MixedPolarity, 5.0), (Variant::Discs, 1.25)] {
        for (one, other) in first.iter().zip(drawn(variant, alpha, 0.5)) {
            assert_eq!((one.fat.pose, one.noise_seed), (other.fat.pose, other.noise_seed));
            assert_eq!(
                (one.fat.background, one.fat.inducer_contrast),
                (other.fat.background, other.fat.inducer_contrast)
            );
        }
    }
    for (at, twin) in first.iter().enumerate() {
        assert_eq!(twin.fat.polarity, [if at % 2 == 0 { Polarity::Dark } else { Polarity::Light }; 4]);
    }
    for twin in drawn(Variant::MixedPolarity, 10.0, 0.5) {
        let dark = twin.fat.polarity.iter().filter(|one| **one == Polarity::Dark).count();
        assert_eq!((dark, twin.fat.polarity), (2, twin.thin.polarity));
    }
}

#[test]
fn impossible_figures_are_refused_by_name() {
    let good = figure(Variant::Illusory, Form::Fat, 10.0);
    assert!(good.check().is_ok());
    let posed = |pose: Pose| Figure { pose, ..good };
    let cases = [
        ("alpha_deg", Figure { alpha_deg: f64::NAN, ..good }),
        ("alpha_deg", Figure { alpha_deg: 45.0, ..good }),
        ("support_ratio", Figure { support_ratio: 1.0, ..good }),
        ("side_deg", posed(Pose { side_deg: 3.9, ..good.pose })),
        ("center_y_deg", posed(Pose { center: Point::new(0.0, f64::NAN), ..good.pose })),
        ("turn_deg", posed(Pose { turn_deg: f64::NAN, ..good.pose })),
        ("inducer_contrast", Figure { inducer_contrast: f64::NAN, ..good }),
        ("inducer_contrast", Figure { inducer_contrast: 0.51, ..good }),
    ];
    for (name, broken) in cases {
        let message = broken.check().unwrap_err().to_string();
        assert!(message.contains(&format!("`{name}`")), "{name}: {message}");
    }
}
