//! Planted observers `planted_toward` and `planted_away`: they know the display and recolor what is seen of the church by a known
//! assimilation, and nothing else. The measures must give that number back.

use super::{Built, Entry};
use crate::experiment::Role;
use crate::painting::Display;
use trompe_stimuli::color::{from_lab, to_code, to_lab, to_linear};

/// The assimilation that is planted; its negative in `planted_away`.
pub const PLANTED: f64 = 0.1;

/// Toward the near inducer.
pub const TOWARD: Entry = Entry {
    id: "planted_toward",
    title: "planted: assimilation of 0.1",
    role: Role::Planted,
    build: |_| Built::Planted(|display| shifted(display, PLANTED)),
};

/// Away from it.
pub const AWAY: Entry = Entry {
    id: "planted_away",
    title: "planted: contrast of 0.1",
    role: Role::Planted,
    build: |_| Built::Planted(|display| shifted(display, -PLANTED)),
};

/// Half of the shift in each context, so that the two differ by the share.
fn shifted(display: &Display, share: f64) -> [Vec<f32>; 2] {
    let [near, far] = display.inducers;
    let way = [near[1] - far[1], near[2] - far[2]].map(|axis| axis * share / 2.0);
    let plane = display.plane();
    [(&display.near, 1.0), (&display.far, -1.0)].map(|(codes, sign)| {
        let mut codes = codes.clone();
        for &pixel in &display.pixels {
            let [lightness, a, b] = to_lab([0, 1, 2].map(|color| to_linear(f64::from(codes[color * plane + pixel]))));
            let color = from_lab([lightness, a + sign * way[0], b + sign * way[1]]);
            (0..3).for_each(|at| codes[at * plane + pixel] = to_code(color[at]) as f32);
        }
        codes
    })
}
