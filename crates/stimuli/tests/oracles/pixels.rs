//! The rasterizer: areas in closed form, a brute-force second drawing, and what must not depend on place, turn or size.

use crate::support::{Picture, covered, supersampled};
use proptest::prelude::*;
use std::f64::consts::{PI, TAU};
use trompe_stimuli::figures::{Pacman, regular_polygon};
use trompe_stimuli::{Fill, Path, Point, Scene, Viewing, render};

const SIZE: usize = 48;

/// Coverage of one path; one pixel is one degree.
fn cover(path: &Path) -> Picture {
    covered(std::slice::from_ref(path), SIZE, SIZE as f64)
}

/// Twice the area of a polygon, signs dropped (Gauss).
fn twice_area(corners: &[Point]) -> f64 {
    (0..corners.len()).map(|k| corners[k].cross(corners[(k + 1) % corners.len()])).sum::<f64>().abs()
}

/// A polygon without crossings: corners at rising angles.
fn star(center: Point, radii: &[f64], turn: f64) -> Vec<Point> {
    let step = TAU / radii.len() as f64;
    (0..radii.len()).map(|k| center + Point::polar(radii[k], turn + step * k as f64)).collect()
}

fn in_polygon(corners: &[Point], point: Point) -> bool {
    let crossed = |k: usize| {
        let (a, b) = (corners[k], corners[(k + 1) % corners.len()]);
        (a.y > point.y) != (b.y > point.y) && point.x < a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
    };
    (0..corners.len()).filter(|&k| crossed(k)).count() % 2 == 1
}

fn place() -> impl Strategy<Value = Point> {
    (-9.0..9.0f64, -9.0..9.0f64).prop_map(|(x, y)| Point::new(x, y))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_disc_has_its_area_wherever_it_lies(center in place(), radius in 0.3..14.0f64) {
        let area = cover(&Path::disc(center, radius)).area();
        let expected = PI * radius * radius;
        prop_assert!((area / expected - 1.0).abs() < 1e-5, "{area} v {expected}");
    }

    #[test]
    fn a_cut_disc_has_the_area_of_its_sector(
        center in place(), radius in 1.0..14.0f64, axis in 0.0..TAU, half_mouth in 0.1..2.8f64,
    ) {
        let area = cover(&Pacman { center, radius, apex: center, axis, half_mouth }.path()).area();
        let expected = radius * radius * (PI - half_mouth);
        prop_assert!((area / expected - 1.0).abs() < 1e-5, "{area} v {expected}");
    }

    #[test]
    fn a_polygon_has_its_area_however_it_is_turned(
        center in place(), radii in prop::collection::vec(1.0..14.0f64, 3..9), turn in 0.0..TAU,
    ) {
        let corners = star(center, &radii, turn);
        let picture = cover(&Path::polygon(&corners));
        let expected = twice_area(&corners) / 2.0;
        prop_assert!((picture.area() - expected).abs() < 1e-5 * expected.max(1.0));
        prop_assert!(picture.values.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn a_picture_agrees_with_brute_force(
        center in place(), radii in prop::collection::vec(2.0..20.0f64, 3..8), turn in 0.0..TAU,
    ) {
        // Parts of it lie off the canvas. 12 × 12 points miss an edge by up to 1 of 12 rows or columns each.
        let corners = star(center, &radii, turn);
        let brute = supersampled(|point| in_polygon(&corners, point), SIZE, SIZE as f64, 12);
        let picture = cover(&Path::polygon(&corners));
        prop_assert!(picture.apart(&brute) < 0.15, "{}", picture.apart(&brute));
        prop_assert!(picture.mean_apart(&brute) < 2e-3, "{}", picture.mean_apart(&brute));
    }

    #[test]
    fn twice_the_resolution_averages_to_the_picture(
        center in place(), radii in prop::collection::vec(2.0..20.0f64, 3..8), turn in 0.0..TAU,
    ) {
        let path = [Path::polygon(&star(center, &radii, turn))];
        let twice = covered(&path, 2 * SIZE, SIZE as f64).shrunk(2);
        prop_assert!(twice.apart(&covered(&path, SIZE, SIZE as f64)) < 1e-6);
    }
}

#[test]
fn a_round_outline_is_off_by_a_hundredth_of_a_pixel_at_most() {
    // Two chords of one arc, each off by 0.01 px, differ by 0.02 of a pixel's area per pixel of outline at most.
    let path = [Path::disc(Point::new(0.3, -1.7), 11.3)];
    let once = covered(&path, SIZE, SIZE as f64);
    assert!(covered(&path, 2 * SIZE, SIZE as f64).shrunk(2).apart(&once) < 0.02 * 1.5);
    let fine = supersampled(|point| (point - Point::new(0.3, -1.7)).length() < 11.3, SIZE, SIZE as f64, 40);
    assert!(fine.apart(&once) < 0.03, "{}", fine.apart(&once));
}

#[test]
fn lines_and_curves_have_the_areas_of_their_formulas() {
    let (from, to) = (Point::new(-9.2, -3.1), Point::new(7.7, 4.9));
    let side = 10.0;
    let square = regular_polygon(4, Point::new(0.7, 0.2), side / 2f64.sqrt(), 0.3);
    let cases = [
        ("bar", Path::bar(from, to, 0.8), 1.6 * (to - from).length()),
        ("outline", square.clone().outlined(0.6), (side + 1.2).powi(2) - (side - 1.2).powi(2)),
        ("grown", square.clone().grown(0.6), (side + 1.2).powi(2)),
        ("square", square, side * side),
        ("ring", Path::disc(Point::default(), 9.0).outlined(1.0), PI * (100.0 - 64.0)),
        ("half ring", Path::from(Point::new(9.0, 0.0)).arc(Point::default(), 9.0, [0.0, PI]).stroked(1.0), PI * 18.0),
    ];
    for (name, path, expected) in cases {
        let area = cover(&path).area();
        assert!((area / expected - 1.0).abs() < 1e-3, "{name}: {area} v {expected}");
    }
}

#[test]
fn a_parabola_encloses_what_archimedes_says() {
    // Over a chord c, with the control point h away: 2/3 of c·h/2. Chords may lie 0.01 px inside of its length of 20 px.
    let arch = Path::from(Point::new(-8.0, 2.0)).parabola(Point::new(1.0, -10.0), Point::new(8.0, 2.0));
    let area = cover(&arch).area();
    assert!((area - 16.0 * 12.0 / 3.0).abs() < 20.0 * 0.01, "{area}");
}

#[test]
fn rings_of_one_path_add_up_and_an_opposite_ring_is_a_hole() {
    let square = |half: f64| Path::rectangle(Point::new(-half, -half), Point::new(half, half));
    let reversed =
        Path::polygon(&[Point::new(-2.0, -2.0), Point::new(-2.0, 2.0), Point::new(2.0, 2.0), Point::new(2.0, -2.0)]);
    assert!((cover(&square(5.0).with(&square(2.0))).area() - 100.0).abs() < 1e-5);
    assert!((cover(&square(5.0).with(&reversed)).area() - 84.0).abs() < 1e-5);
}

#[test]
fn moving_and_turning_keep_the_shape() {
    let path = Path::from(Point::new(3.0, 0.0))
        .arc(Point::default(), 3.0, [0.0, 2.0])
        .line(Point::new(-4.0, 1.0))
        .parabola(Point::new(-2.0, -5.0), Point::new(3.0, 0.0));
    let quarter = cover(&path.clone().turned(Point::default(), PI / 2.0));
    // Clockwise by a quarter: what was right is now below.
    let turned = cover(&path).mapped(|column, row| (row, SIZE - 1 - column));
    assert!(quarter.apart(&turned) < 1e-5, "{}", quarter.apart(&turned));
    let moved = cover(&path.clone().moved(Point::new(4.0, -6.0)));
    assert!((0..SIZE * SIZE).all(|at| {
        let (column, row) = ((at % SIZE) as i64, (at / SIZE) as i64);
        (moved.at(column, row) - cover(&path).at(column - 4, row + 6)).abs() < 1e-6 || row > 40
    }));
}

#[test]
fn full_coverage_leaves_the_paint_itself_and_paint_stays_within_its_window() {
    let mut scene = Scene::new([10.0; 2], Fill::Gray(0.2));
    let window = Path::rectangle(Point::new(-2.0, -2.0), Point::new(2.0, 2.0));
    scene.paint(scene.field(), Fill::Gray(0.3));
    scene.paint_within(scene.field(), Fill::Gray(0.7), window);
    let image = render(&scene, Viewing::square(10, 10.0).unwrap()).unwrap().image;
    for (at, value) in image.data.iter().enumerate() {
        let inside = (3..7).contains(&(at % 10)) && (3..7).contains(&(at / 10));
        assert_eq!(*value, if inside { 0.7 } else { 0.3 }, "pixel {at}");
    }
}

#[test]
fn a_viewing_of_another_size_is_refused() {
    let scene = Scene::new([4.0; 2], Fill::Gray(0.5));
    assert!(render(&scene, Viewing::square(32, 5.0).unwrap()).is_err());
    assert!(Viewing::from_px_and_ppd([32, 32], f64::NAN).is_err());
    assert!(Viewing::from_deg_and_ppd([4.0, 4.01], 32.0).is_err());
    let seen = Viewing::from_deg_and_ppd([4.0, 2.0], 32.0).unwrap();
    assert_eq!((seen.size_px(), seen.size_deg()), ([128, 64], [4.0, 2.0]));
}
