//! Negative controls: plausible but broken variants that the assertions of the other files must reject.

use crate::church::{same_target, scene, stimulus};
use crate::fat_thin::{FAT_TURNS, off_half_turns, spans, turns};
use crate::kanizsa::{ByHand, POLYGONS, SIZE, any_joined, figure, picture};
use crate::members::{WIDTH, added, neighbors_alike};
use crate::polygons::{NONE, all, auc, ink, joinable, with_and_without};
use crate::selftests::{Seen, apart, assert_same_drawing, leaked, light_apart, masks_apart, overlaid};
use crate::snakes::{Part, after_black, disk, flipped, shares};
use crate::support::{Picture, code, covered, drawn, edge, offsets, parts, supersampled};
use crate::worlds::{alike, fair, relatable_pairs};
use palette::color_difference::EuclideanDistance;
use palette::{IntoColor, Lab, LinSrgb};
use rand::RngCore as _;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};
use trompe_stimuli::color::to_lab;
use trompe_stimuli::fat_thin::{self, Form};
use trompe_stimuli::figures::{Fragment, Pacman, regular_polygon};
use trompe_stimuli::kanizsa::{Figure, Member, Shape};
use trompe_stimuli::{Fill, MaskName, MaskStep, Path, Point, Scene, Viewing, render, stream};

/// Cut discs of a polygon given in pixels, drawn.
fn cut_discs(hand: &ByHand, tips: &[Point], half_mouth: f64) -> Picture {
    let middle = Point::new(SIZE as f64 / 2.0, SIZE as f64 / 2.0);
    let center =
        hand.corners.iter().fold(Point::default(), |sum, &corner| sum + corner) * (1.0 / hand.corners.len() as f64);
    let pacman = |k: usize| {
        let at = tips[k] - middle;
        let axis = (center - hand.corners[k]).angle();
        Pacman { center: at, radius: hand.radius, apex: at, axis, half_mouth }.path()
    };
    let discs: Vec<Path> = (0..tips.len()).map(pacman).collect();
    covered(&discs, SIZE, SIZE as f64)
}

#[test]
fn a_wedge_of_the_wrong_angle_fails() {
    for (_, n) in POLYGONS {
        let hand = ByHand::new(n);
        let half = FRAC_PI_2 - PI / n as f64;
        assert!(hand.off_the_sides(&cut_discs(&hand, &hand.corners, half)).unwrap() < 0.05, "the right angle passes");
        for broken in [half - 0.01, half + 0.01, PI / n as f64 - 0.02] {
            let off = hand.off_the_sides(&cut_discs(&hand, &hand.corners, broken));
            assert!(off.is_err() || off.is_ok_and(|off| off > 0.1), "{n}: {broken}");
        }
    }
}

#[test]
fn a_support_ratio_of_one_radius_fails() {
    let broken = Figure { support_ratio: 0.25, ..figure(Shape::Square, Member::In) };
    let drawn = ByHand::new(4).support(&picture(&broken, SIZE));
    assert!((drawn / 0.5 - 1.0).abs() > 0.4, "{drawn}");
}

#[test]
fn a_misalignment_in_alternation_leaves_collinear_edges() {
    let hand = ByHand::new(3);
    let center = hand.corners.iter().fold(Point::default(), |sum, &corner| sum + corner) * (1.0 / 3.0);
    let moved = |turn: f64| -> Vec<Point> {
        (0..3)
            .map(|k| {
                let out = (hand.corners[k] - center) * (1.0 / (hand.corners[k] - center).length());
                let sign = if k % 2 == 0 { 0.4 } else { -0.4 };
                hand.corners[k] + out.turned(Point::default(), turn) * (sign * hand.radius)
            })
            .collect()
    };
    // Outward and inward in turn, and back and forth along the tangent: one side or two stay collinear.
    for turn in [0.0, FRAC_PI_2] {
        let tips = moved(turn);
        let mismatches = hand.mismatches(&cut_discs(&hand, &tips, PI / 6.0), &tips);
        assert!(mismatches.iter().any(|off| *off < 0.1), "{turn}: {mismatches:?}");
        assert!(mismatches.iter().any(|off| *off > 0.3 * hand.radius), "{turn}: {mismatches:?}");
    }
    let tips = hand.shifted(0.4);
    let mismatches = hand.mismatches(&cut_discs(&hand, &tips, PI / 6.0), &tips);
    assert!(mismatches.iter().all(|off| *off > 0.35 * hand.radius), "the real one passes: {mismatches:?}");
}

#[test]
fn turns_without_rejection_leave_edges_that_could_be_joined() {
    let square = figure(Shape::Square, Member::In);
    let mut rng = stream(15);
    let mut turn = || (60.0 + 240.0 * f64::from(rng.next_u32()) / f64::from(u32::MAX)).to_radians();
    let joined = (0..2000).filter(|_| any_joined(&square, &[turn(), turn(), turn(), turn()])).count();
    assert!(joined > 20, "{joined} of 2000");
}

#[test]
fn an_edge_of_whole_pixels_fails() {
    let hand = ByHand::new(5);
    let mut broken = picture(&figure(Shape::Pentagon, Member::In), SIZE);
    broken.values.iter_mut().for_each(|value| *value = value.round());
    let off = hand.off_the_sides(&broken).unwrap();
    assert!(off > 0.2, "{off}");
}

#[test]
fn areas_of_whole_pixels_or_inner_chords_fail() {
    let expected = PI * 7.3 * 7.3;
    let path = [Path::disc(Point::new(0.31, 0.17), 7.3)];
    let mut broken = covered(&path, 48, 48.0);
    assert!((broken.area() / expected - 1.0).abs() < 1e-5);
    broken.values.iter_mut().for_each(|value| *value = value.round());
    assert!((broken.area() / expected - 1.0).abs() > 1e-4, "whole pixels");
    let chords = covered(&[regular_polygon(40, Point::new(0.31, 0.17), 7.3, 0.0)], 48, 48.0).area();
    assert!((chords / expected - 1.0).abs() > 1e-3, "chords with their ends on the circle");
}

#[test]
fn hard_edges_fail_the_brute_force_and_the_doubling() {
    let corners = [Point::new(-9.3, -4.1), Point::new(11.7, 0.6), Point::new(-2.2, 8.9)];
    let inside = |point: Point| (0..3).all(|k| (corners[(k + 1) % 3] - corners[k]).cross(point - corners[k]) > 0.0);
    let (hard, brute) = (supersampled(inside, 48, 48.0, 1), supersampled(inside, 48, 48.0, 12));
    assert!(hard.apart(&brute) > 0.15 && hard.mean_apart(&brute) > 2e-3);
    assert!(supersampled(inside, 96, 48.0, 1).shrunk(2).apart(&hard) > 1e-6);
}

#[test]
fn a_transposed_fat_figure_fails() {
    let real = fat_thin::Figure { variant: fat_thin::Variant::RealFilled, ..fat() };
    let [height, width] = spans(&crate::fat_thin::picture(&real, SIZE));
    let transposed = crate::fat_thin::picture(&real, SIZE).mapped(|column, row| (row, column));
    assert_eq!(spans(&transposed), [width, height]);
    assert!(width > height + 10.0, "so the transposed one is thin");
    let mouths = crate::fat_thin::picture(&fat(), SIZE).mapped(|column, row| (row, column));
    let found = turns(&mouths, 0.25 * 1.75 * 128.0);
    assert!((0..4).all(|k| (found[k] + FAT_TURNS[k] * 15.0).abs() < 0.05), "turns of a thin figure: {found:?}");
}

fn fat() -> fat_thin::Figure {
    crate::fat_thin::figure(fat_thin::Variant::Illusory, Form::Fat, 15.0)
}

#[test]
fn mouths_all_turned_the_same_way_fail() {
    let radius = 0.25 * 1.75;
    let square = fat().bowed(Form::Fat);
    let disc = |k: usize| {
        let center = square.corner(k);
        Pacman { center, radius, apex: center, axis: square.inward(k) + 15f64.to_radians(), half_mouth: FRAC_PI_4 }
            .path()
    };
    let found = turns(&covered(&[disc(0), disc(1), disc(2), disc(3)], SIZE, 4.0), radius * 128.0);
    assert!((0..4).any(|k| (found[k] - FAT_TURNS[k] * 15.0).abs() > 20.0), "{found:?}");
}

#[test]
fn a_figure_with_four_bulging_sides_fails() {
    let (half, height) = (112.0, 224.0 * 15f64.to_radians().tan() / 4.0);
    let corner = |k: usize| Point::polar(half * 2f64.sqrt(), FRAC_PI_4 + FRAC_PI_2 * k as f64);
    let control = |k: usize| Point::polar(half + 2.0 * height, FRAC_PI_2 * (k as f64 + 1.0));
    let barrel = (0..4).fold(Path::from(corner(0)), |path, k| path.parabola(control(k), corner(k + 1)));
    let area = covered(&[barrel], SIZE, SIZE as f64).area() / (224.0 * 224.0);
    assert!((area - 1.0).abs() > 0.005, "{area}");
}

#[test]
fn a_local_control_that_turns_the_whole_figure_fails() {
    let before = crate::fat_thin::picture(&fat(), SIZE);
    let whole = before.mapped(|column, row| (SIZE - 1 - column, SIZE - 1 - row));
    assert!(off_half_turns(&before, &whole) > 0.5);
}

#[test]
fn a_partner_of_other_light_fails() {
    let one = figure(Shape::Square, Member::In);
    // One more in a thousand of the contrast, or the mouths closed.
    for broken in [Figure { inducer_contrast: 0.351, ..one }, Figure { member: Member::Closed, ..one }] {
        assert!(light_apart(&one.compose().unwrap(), &broken.compose().unwrap()) > 1e-5);
    }
}

#[test]
#[should_panic(expected = "edges")]
fn discs_over_the_polygon_fail() {
    let figure = figure(Shape::Square, Member::In);
    let discs = Figure { member: Member::Discs, ..figure }.inducers();
    let rims = covered(&discs, SIZE, 4.0);
    assert_same_drawing(&apart(&covered(&figure.inducers(), SIZE, 4.0), &rims, &rims), "order of painting");
}

#[test]
#[should_panic(expected = "edges")]
fn a_polygon_a_little_too_large_fails() {
    let figure = figure(Shape::Square, Member::In);
    let discs = Figure { member: Member::Discs, ..figure }.inducers();
    let larger = Figure { circumradius_deg: figure.circumradius_deg * 1.0001, ..figure }.implied();
    let found =
        apart(&covered(&figure.inducers(), SIZE, 4.0), &overlaid(&discs, &larger, SIZE), &covered(&discs, SIZE, 4.0));
    assert_same_drawing(&found, "larger");
}

#[test]
fn a_counter_of_discs_that_touch_fails() {
    let disc = |x: f64| Path::disc(Point::new(x, 0.0), 1.1);
    assert_eq!(parts(&covered(&[disc(-1.0), disc(1.0)], 64, 8.0)), 1);
    assert_eq!(parts(&covered(&[disc(-1.5), disc(1.5)], 64, 8.0)), 2);
}

#[test]
fn a_test_picture_in_training_is_found() {
    let tests = [figure(Shape::Triangle, Member::In), figure(Shape::Square, Member::In)]
        .map(|figure| figure.compose().unwrap());
    let seen: Seen = [drawn(&tests[1], 32).bytes()].into();
    assert_eq!(leaked(&tests, &seen), 1);
}

#[test]
fn masks_that_overlap_are_found() {
    let mut scene = Scene::new([4.0; 2], Fill::Gray(0.5));
    let square = regular_polygon(4, Point::default(), 1.2, 0.0);
    scene.region(MaskName::Gap, vec![MaskStep::Add(square.outlined(0.12))]); // discs not taken away
    scene.region(MaskName::Inducer, vec![MaskStep::Add(Path::disc(Point::new(1.2, 0.0), 0.4))]);
    scene.region(MaskName::Outside, vec![MaskStep::Add(Path::disc(Point::new(-1.8, -1.8), 0.15))]);
    assert!(!masks_apart(&scene, 64));
}

#[test]
fn a_church_that_is_truly_purple_fails() {
    let trap = render(&scene(&[], 0.0, 10.0), Viewing::square(crate::church::SIZE, 4.0).unwrap()).unwrap();
    assert!(!same_target(&[stimulus(&[], 0.0), trap]));
}

#[test]
fn a_mirror_image_that_also_swaps_the_colors_fails() {
    let plain = disk(&[("palette", "gray")], &[], 1.0, 0.0);
    let swapped = [("dark_luminance", 0.6), ("light_luminance", 0.2)];
    let broken = disk(&[("palette", "gray")], &swapped, -1.0, 0.0);
    assert!(crate::snakes::apart(&plain, &broken, flipped) > 0.3);
    let mirror = disk(&[("palette", "gray")], &[], -1.0, 0.0);
    assert!(crate::snakes::apart(&plain, &mirror, flipped) < 1e-6, "the real one passes");
}

#[test]
fn a_disk_whose_rings_alternate_fails() {
    // As a public generator draws it.
    let broken = disk(&[("pattern", "alternating_rings")], &[], 1.0, 0.0);
    assert_eq!(after_black(&broken), Some(Part::Yellow), "on the second ring");
}

#[test]
fn a_disk_without_ellipses_fails() {
    // Half black, half white: ellipses of no contrast against them would leave 50 %.
    let plain = disk(&[("palette", "gray")], &[("dark_luminance", 0.0), ("light_luminance", 1.0)], 1.0, 0.0);
    let found = shares(&plain, 0);
    assert!((found[Part::Black as usize] - 14.3).abs() > 10.0, "{found:?}");
}

#[test]
fn an_encoding_without_the_linear_toe_fails() {
    let broken = |linear: f64| 1.055 * linear.powf(1.0 / 2.4) - 0.055;
    assert!((broken(0.001) - code(0.001)).abs() > 1e-3);
    let gamma = |linear: f64| linear.powf(1.0 / 2.2);
    assert!((gamma(0.2) - code(0.2)).abs() > 1e-3);
}

#[test]
fn cielab_of_codes_or_of_another_white_fails() {
    let linear = [0.5, 0.2, 0.7];
    let theirs: Lab<palette::white_point::D65, f64> = LinSrgb::new(linear[0], linear[1], linear[2]).into_color();
    let apart = |lab: [f64; 3]| Lab::new(lab[0], lab[1], lab[2]).distance(theirs);
    assert!(apart(to_lab(linear)) < 0.02);
    assert!(apart(to_lab(linear.map(code))) > 1.0);
    // D50 in place of D65 moves b* of this color by a few units.
    let d50: [f64; 3] = [0.964_22, 1.0, 0.825_21];
    let [_, a, b] = to_lab([1.0; 3]);
    let white = [500.0 * ((0.950_47 / d50[0]).cbrt() - 1.0), 200.0 * (1.0 - (1.088_83 / d50[2]).cbrt())];
    assert!((a - white[0]).abs() > 1.0 && (b - white[1]).abs() > 1.0);
}

#[test]
fn a_loaded_coin_and_a_leaking_class_fail() {
    let mut rng = stream(13);
    let mut noise = vec![0.0f32; 3000];
    trompe_stimuli::add_noise(&mut noise, 1.0, &mut rng);
    let heads = noise[..1500].iter().filter(|value| **value < 0.3).count(); // 62 %
    assert!(!fair(heads, 1500), "{heads}");
    let one: Vec<f64> = noise[..1500].iter().map(|value| f64::from(*value)).collect();
    let other: Vec<f64> = noise[1500..].iter().map(|value| f64::from(*value)).collect();
    let leaking: Vec<f64> = other.iter().map(|value| value + 0.25).collect();
    assert!(alike(&one, &other) && !alike(&one, &leaking));
}

#[test]
fn cut_discs_thrown_without_rejection_fail() {
    let mut noise = vec![0.0f32; 400 * 9];
    trompe_stimuli::add_noise(&mut noise, 1.0, &mut stream(14));
    let thrown = |numbers: &[f32]| {
        let center = Point::new(f64::from(numbers[0]), f64::from(numbers[1]));
        Pacman { center, radius: 0.3, apex: center, axis: TAU * f64::from(numbers[2]), half_mouth: FRAC_PI_4 }
    };
    let joined: usize =
        noise.chunks(9).map(|nine| relatable_pairs(&nine.chunks(3).map(thrown).collect::<Vec<_>>())).sum();
    assert!(joined > 10, "{joined} pairs in 400 pictures of three");
}

#[test]
fn the_ruler_for_edges_reads_a_known_line() {
    // A half plane whose edge has slope 0.3 and passes (0, 0.37): drawn, found and held against the formula.
    let slope: f64 = 0.3;
    let way = Point::new(1.0, slope) * (1.0 / (1.0 + slope * slope).sqrt());
    let inside = |x: f64| 0.37 + slope * x;
    let corners = [
        Point::new(-40.0, inside(-40.0)),
        Point::new(40.0, inside(40.0)),
        Point::new(40.0, 60.0),
        Point::new(-40.0, 60.0),
    ];
    let drawn = covered(&[Path::polygon(&corners)], 128, 128.0);
    let start = Point::new(64.0, 64.37);
    let found = offsets(&edge(&drawn, start, way, [-20.0, 20.0, 6.0]), start, way);
    assert!(found.len() > 30 && found.iter().all(|off| off.abs() < 1e-4), "{found:?}");
    let beside = offsets(&edge(&drawn, start, way, [-20.0, 20.0, 6.0]), start + Point::new(0.0, 0.2), way);
    assert!(beside.iter().all(|off| off.abs() > 0.15));
}

#[test]
fn a_contour_under_turned_mouths_fails() {
    let rotated = figure(Shape::Square, Member::In).as_member(Member::Rotated, 5).unwrap();
    let plain = picture(&rotated, SIZE);
    // The outline over its whole way, turned discs on top of it: it shows in their mouths.
    let outline = rotated.implied().outlined(WIDTH / 2.0);
    let broken = covered(&[vec![outline], rotated.inducers()].concat(), SIZE, 4.0);
    let (_, within) = added(&broken, &plain, &rotated);
    assert!(within > 0.9, "{within}");
}

#[test]
fn a_count_figure_with_all_mouths_inward_fails() {
    let mouths = |member: Member, degrees: f64| -> Vec<Pacman> {
        let six = figure(Shape::Triangle, Member::In).as_member(member, 0).unwrap();
        let turn = |(k, mouth): (usize, Pacman)| if k % 2 == 1 { mouth.turned(degrees.to_radians()) } else { mouth };
        six.discs().iter().filter_map(|disc| disc.mouth).enumerate().map(turn).collect()
    };
    assert_eq!(relatable_pairs(&mouths(Member::Count, 0.0)), 3);
    // Turned back inward, the other three imply a second triangle.
    assert_eq!(relatable_pairs(&mouths(Member::Count, 180.0)), 6);
}

#[test]
fn polarities_in_blocks_fail() {
    // The hexagon's discs, dark and light by halves: four pairs of neighbors are alike.
    let mixed = figure(Shape::Hexagon, Member::Mixed);
    let dark: Vec<bool> = mixed.discs().iter().map(|disc| disc.gray_level < 0.5).collect();
    let alike = |dark: &[bool]| (0..6).filter(|&k| dark[k] == dark[(k + 1) % 6]).count();
    assert_eq!((alike(&dark), alike(&[true, true, true, false, false, false])), (0, 4));
    assert_eq!(neighbors_alike(&Figure { member: Member::In, ..mixed }), 6, "the instrument reads equal ones too");
}

#[test]
fn a_class_without_things_is_told_by_its_ink() {
    let mut all = all(false);
    for sample in all.get_mut(&NONE).unwrap() {
        sample.scene.painted.drain(sample.thing.clone());
    }
    for render in ["outline", "filled"] {
        let [none, shape] = with_and_without(&all, render, ink);
        let auc = auc(&none, &shape);
        assert!(auc < 0.3, "clutter alone: {auc}");
    }
}

#[test]
fn pieces_that_were_not_moved_align() {
    // A side of two pieces with a gap between them.
    let piece = |from: f64, to: f64| Fragment { ends: [Point::new(from, 0.0), Point::new(to, 0.0)], onward: [PI, 0.0] };
    assert_eq!(joinable(&[piece(-1.0, -0.2), piece(0.2, 1.0)]), 1);
    let turned = piece(0.2, 1.0).turned(Point::new(0.6, 0.0), 0.6);
    assert_eq!(joinable(&[piece(-1.0, -0.2), turned]), 0);
}
