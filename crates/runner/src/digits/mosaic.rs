//! A picture of given pixels as a scene, so that it goes the way of all scenes.

use trompe_stimuli::{Fill, Path, Point, Scene};

/// Side of the canvas, degrees: that of the other worlds.
const SIDE_DEG: f64 = 4.0;

/// The scene of gray levels (sRGB codes from 0 to 1), `[side, side]`. Drawn on `side` pixels it is these levels; on fewer, their mean
/// in linear light.
pub fn scene(levels: &[f64], side: usize) -> Scene {
    let mut found: Vec<f64> = levels.to_vec();
    found.sort_by(f64::total_cmp);
    found.dedup();
    // The level that most pixels have is the ground.
    let frequent = |level: &f64| levels.iter().filter(|other| *other == level).count();
    let ground = found.iter().copied().max_by_key(frequent).unwrap_or(0.0);
    let mut scene = Scene::new([SIDE_DEG; 2], Fill::gray_level(ground));
    for level in found.into_iter().filter(|level| *level != ground) {
        scene.paint(pixels(|at| levels[at] == level, side), Fill::gray_level(level));
    }
    scene
}

/// Chosen pixels as one path: a rectangle for each run of a row.
fn pixels(chosen: impl Fn(usize) -> bool, side: usize) -> Path {
    let edge = |at: usize| (at as f64 / side as f64 - 0.5) * SIDE_DEG;
    let mut path = Path::polygon(&[]);
    for row in 0..side {
        let mut column = 0;
        while column < side {
            let run = (column..side).take_while(|&column| chosen(row * side + column)).count();
            if run > 0 {
                let low = Point::new(edge(column), edge(row));
                path = path.with(&Path::rectangle(low, Point::new(edge(column + run), edge(row + 1))));
            }
            column += run + 1;
        }
    }
    path
}
