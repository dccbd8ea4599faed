//! The least change that does it: ε of each picture by bisection, and its median.

use super::pictures::read;
use super::{Attack, AttackError, Encoding, Pictures, Reading, Subject};
use crate::Rng;

/// The least ε at which an attack was seen to reach its goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Minimal {
    /// The goal was reached without any change. It counts as 0 in a median, and is to be reported apart.
    AlreadyThere,
    /// Between these: not reached at `above`, reached at `up_to`.
    Between {
        /// Largest ε tried below `up_to`; the attack failed there.
        above: f64,
        /// Least ε at which the attack reached its goal.
        up_to: f64,
    },
    /// Not reached at the attack's own ε, the largest tried.
    Beyond,
}

impl Minimal {
    /// Its value in a median: 0, the least ε that reached the goal, or infinity.
    fn value(self) -> f64 {
        match self {
            Self::AlreadyThere => 0.0,
            Self::Between { up_to, .. } => up_to,
            Self::Beyond => f64::INFINITY,
        }
    }
}

/// The median of minimal ε over pictures (ε50), those already there as 0; nothing where it lies beyond what was tried, or
/// where there are no pictures. Of an even number it is the mean of the two in the middle.
pub fn median(minimal: &[Minimal]) -> Option<f64> {
    let mut values: Vec<f64> = minimal.iter().map(|minimal| minimal.value()).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    let middle = 0.5 * (values[low] + values[high]);
    middle.is_finite().then_some(middle)
}

impl Attack {
    /// The least ε of each picture, from 0 to the attack's own ε, halved `halvings` times; the step is in proportion to ε.
    /// Whether an attack succeeds need not be monotone in ε: where it is not, one of the borders is found.
    ///
    /// # Errors
    /// As [`Attack::run`].
    pub fn minimal(
        &self,
        subject: &dyn Subject,
        encoding: &Encoding,
        pictures: &Pictures,
        halvings: usize,
        rng: &mut Rng,
    ) -> Result<Vec<Minimal>, AttackError> {
        let clean = pictures.checked(subject.place(), encoding)?;
        let before = read(subject, encoding, &clean, self.goal)?;
        let open: Vec<usize> = not_reached(&before, (0..clean.count()).collect());
        let mut found: Vec<Minimal> = before
            .iter()
            .map(|reading| if reading.reached { Minimal::AlreadyThere } else { Minimal::Beyond })
            .collect();
        if open.is_empty() {
            return Ok(found);
        }
        let strongest = |indices: &[usize], shares: &[f64], rng: &mut Rng| {
            Ok::<_, AttackError>(self.strongest(subject, encoding, (&clean.take(indices), shares), rng)?.1)
        };
        let whole = strongest(&open, &vec![1.0; open.len()], rng)?;
        let within: Vec<usize> =
            open.iter().zip(&whole).filter(|(_, reading)| reading.reached).map(|(at, _)| *at).collect();
        if within.is_empty() {
            return Ok(found);
        }
        let mut brackets = vec![[0.0, 1.0]; within.len()];
        for _ in 0..halvings {
            let middles: Vec<f64> = brackets.iter().map(|[low, high]| 0.5 * (low + high)).collect();
            let readings = strongest(&within, &middles, rng)?;
            for ((bracket, middle), reading) in brackets.iter_mut().zip(middles).zip(readings) {
                bracket[usize::from(reading.reached)] = middle;
            }
        }
        for (index, [low, high]) in within.into_iter().zip(brackets) {
            found[index] = Minimal::Between { above: low * self.epsilon, up_to: high * self.epsilon };
        }
        Ok(found)
    }
}

fn not_reached(readings: &[Reading], indices: Vec<usize>) -> Vec<usize> {
    indices.into_iter().filter(|index| !readings[*index].reached).collect()
}
