//! A picture of given pixels as a scene, so that it goes the way of all scenes.

use trompe_stimuli::{Fill, Path, Scene};

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
    let ground = found.iter().copied().max_by_key(frequent).expect("a picture has pixels");
    let mut scene = Scene::new([SIDE_DEG; 2], Fill::gray_level(ground));
    for level in found.into_iter().filter(|level| *level != ground) {
        scene.paint(Path::pixels(side, SIDE_DEG, |at| levels[at] == level), Fill::gray_level(level));
    }
    scene
}
