//! What is drawn at random for a member: turns of single discs, and other places for them.

use super::figure::Figure;
use super::member::Member;
use crate::Rng;
use crate::StimulusError;
use crate::clutter::forms_nothing;
use crate::draws::{stream, uniform};
use crate::figures::Pacman;
use crate::geometry::{Point, radians};

/// Draws before turned or scattered discs are given up.
const TRIES: usize = 10_000;
/// Draws before a single disc is given up for want of room.
const DISC_TRIES: usize = 100;
/// Turns of discs turned at random, degrees.
const TURNS_DEG: [f64; 2] = [60.0, 300.0];
/// Clear space between scrambled discs, as a share of the canvas: no pixel of the smallest pictures (32) touches two of them.
const CLEARANCE: f64 = 1.5 / 32.0;
/// Places of discs that have none of their own.
pub(super) const NOWHERE: [Point; 6] = [Point::new(0.0, 0.0); 6];

impl Figure {
    /// The same draw as another member; turns and places come from a stream of that seed, the same turns for every member
    /// of equally many discs.
    ///
    /// # Errors
    /// As [`Figure::check`]; [`StimulusError::Exhausted`] when no turns or places meet their condition.
    pub fn as_member(&self, member: Member, turn_seed: u64) -> Result<Self, StimulusError> {
        let mut figure = Self { member, turns: [0.0; 6], places: NOWHERE, ..*self };
        // Places come later: their own check would find every disc in the middle.
        Self { member: if member == Member::Scrambled { Member::In } else { member }, ..figure }.check()?;
        if member.turned_at_random() {
            figure.turns = draw_turns(&figure, &mut stream(turn_seed))?;
        }
        if member == Member::Scrambled {
            figure.places = draw_places(&figure, &mut stream(turn_seed))?;
        }
        figure.check()?;
        Ok(figure)
    }
}

/// Turns of single discs: uniform from 60° to 300°, drawn again while edges of two discs, neighbors or not, could be joined
/// (each within 15° of the line between their centers).
///
/// # Errors
/// [`StimulusError::Exhausted`] when no draw meets the condition.
pub fn draw_turns(figure: &Figure, rng: &mut Rng) -> Result<[f64; 6], StimulusError> {
    let n = figure.count();
    for _ in 0..TRIES {
        let mut turns = [0.0; 6];
        for turn in &mut turns[..n] {
            *turn = radians(uniform(TURNS_DEG[0], TURNS_DEG[1], rng));
        }
        let mouths: Vec<Pacman> = (0..n).map(|k| figure.inward(k).turned(turns[k])).collect();
        if (1..n).all(|k| forms_nothing(&mouths[k], &mouths[..k])) {
            return Ok(turns);
        }
    }
    Err(StimulusError::Exhausted { what: "turns without collinear edges", tries: TRIES })
}

/// Places anywhere on the canvas for the cut discs of the illusion, which keep their turns; none touch, and no edges of two
/// could be joined.
fn draw_places(figure: &Figure, rng: &mut Rng) -> Result<[Point; 6], StimulusError> {
    let free = figure.size_deg / 2.0 - figure.radius_deg();
    let apart = 2.0 * figure.radius_deg() + CLEARANCE * figure.size_deg;
    for _ in 0..TRIES {
        let mut placed: Vec<Pacman> = Vec::new();
        for k in 0..figure.count() {
            let disc = figure.inward(k);
            let found = (0..DISC_TRIES)
                .map(|_| Point::new(uniform(-free, free, rng), uniform(-free, free, rng)))
                .map(|center| Pacman { center, apex: center, ..disc })
                .find(|new| placed.iter().all(|old| clear(old, new, apart)) && forms_nothing(new, &placed));
            placed.extend(found);
        }
        if placed.len() == figure.count() {
            let mut places = NOWHERE;
            places.iter_mut().zip(&placed).for_each(|(place, disc)| *place = disc.center);
            return Ok(places);
        }
    }
    Err(StimulusError::Exhausted { what: "places for scrambled discs", tries: TRIES })
}

fn clear(one: &Pacman, other: &Pacman, apart: f64) -> bool {
    (one.center - other.center).length() >= apart
}
