//! The world of squares and the figures that are tested on it: areas by hand, and what no picture of the world may show.

use trompe_stimuli::kanizsa::{Member, Render};
use trompe_stimuli::worlds::{self, Difficulty, squares};
use trompe_stimuli::{Encoding, Scene, Settings, Value, Viewing, encode, render, stream};

const SIZE_DEG: f64 = 4.0;

/// Area that is not ground, square degrees: luminance as a share of the way from the ground's (a corner's) to the figure's.
fn ink(scene: &Scene) -> f64 {
    let image = render(scene, Viewing::square(128, SIZE_DEG).unwrap()).unwrap().image;
    let values: Vec<f64> = encode(&image, Encoding::Linear).into_iter().map(f64::from).collect();
    let ground = values[0];
    let extreme = values.iter().fold(0.0, |most: f64, value| most.max((value - ground).abs()));
    let share = values.iter().map(|value| (value - ground).abs() / extreme).sum::<f64>() / values.len() as f64;
    share * SIZE_DEG * SIZE_DEG
}

#[test]
fn squares_and_cut_discs_have_the_areas_of_their_figures() {
    let settings = Settings::new().with("render", Value::Text("filled".to_owned()));
    let world = (worlds::find("squares").unwrap().build)(&settings).unwrap();
    let mut rng = stream(5);
    for at in 0..40 {
        let sample = world.sample(at % 2, Difficulty::Training, &mut rng).unwrap();
        let number = |key: &str| sample.metadata[key].parse::<f64>().unwrap();
        let side = number("circumradius_deg") * 2f64.sqrt();
        let radius = number("support_ratio") * side / 2.0;
        // A square; or four discs of which a quarter each is cut out.
        let expected = if at % 2 == 0 { side * side } else { 3.0 * std::f64::consts::PI * radius * radius };
        let area = ink(&sample.scene);
        assert!((area - expected).abs() < 0.02 * expected, "{at}: {area}, expected {expected}");
    }
}

#[test]
fn turned_discs_form_nothing_and_inward_ones_do() {
    let drawn =
        |member: Member| squares::pairs(60, SIZE_DEG, (Render::Filled, [member, Member::Rotated]), &mut stream(6));
    for pair in drawn(Member::In).unwrap() {
        let [inward, rotated] = pair.members;
        assert_eq!(rotated.joinable(), 0);
        // Negative control: four sides of a square can be joined, and the same reckoning finds them.
        assert_eq!(inward.joinable(), 4);
        assert_eq!((inward.support_ratio, inward.center), (rotated.support_ratio, rotated.center));
        assert_eq!(inward.turn_deg.rem_euclid(90.0), 45.0, "upright");
    }
    for pair in drawn(Member::Out).unwrap() {
        assert_eq!(pair.members[0].joinable(), 0, "outward mouths face nothing");
    }
    // The same draws whatever the members are.
    let centers = |member| drawn(member).unwrap().iter().map(|pair| pair.members[1].turns).collect::<Vec<_>>();
    assert_eq!(centers(Member::In), centers(Member::RealShape));
}
