//! Which real pictures are attacked: chosen once a world.

use crate::experiment::AdversarialSpec;
use crate::identity::stream;
use crate::validation::ValidationSet;
use trompe_models::attack;
use trompe_models::rng::shuffle;

/// The pictures of a world, and where targeted attacks go.
pub struct Pictures {
    /// Of all classes in turn.
    pub all: attack::Pictures,
    /// Targeted attacks.
    pub targets: Vec<Target>,
    /// Text that names the world's streams.
    pub canonical: String,
}

/// A targeted attack on the pictures of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `from>to`, as in tables.
    pub name: String,
    /// Class of the pictures.
    pub from: usize,
    /// Class that they are to be classified as.
    pub to: usize,
}

impl Pictures {
    /// Chooses them from half B of the validation pictures, by a stream that the world names.
    ///
    /// # Errors
    /// A target that is no class of the world; fewer pictures in half B than are asked for.
    pub fn choose(
        spec: &AdversarialSpec,
        validation: &ValidationSet,
        (classes, canonical): (&[&str], &str),
    ) -> Result<Self, String> {
        let [count, channels, height, width] = validation.shape;
        let stride = channels * height * width;
        let chosen = in_turn(&validation.labels, count / 2..count, (spec.pictures, classes.len()), canonical);
        if chosen.len() < spec.pictures {
            return Err(format!("{} pictures are to be attacked, half B has {}", spec.pictures, chosen.len()));
        }
        let codes: Vec<f32> = chosen
            .iter()
            .flat_map(|at| &validation.pixels[at * stride..][..stride])
            .map(|code| code.clamp(0.0, 1.0))
            .collect();
        let labels = chosen.iter().map(|at| validation.labels[*at]).collect();
        let class = |name: &str| {
            classes.iter().position(|class| *class == name).ok_or_else(|| format!("there is no class `{name}`"))
        };
        let target = |target: &crate::experiment::TargetSpec| {
            let name = format!("{}>{}", target.from, target.to);
            Ok(Target { name, from: class(&target.from)?, to: class(&target.to)? })
        };
        Ok(Self {
            all: attack::Pictures::from_f32(&codes, [channels, height, width], labels)
                .map_err(|error| error.to_string())?,
            targets: spec.targets.iter().map(target).collect::<Result<_, String>>()?,
            canonical: canonical.to_owned(),
        })
    }
}

/// Indices of so many pictures, classes in turn, at random within each class.
fn in_turn(
    labels: &[usize],
    half: std::ops::Range<usize>,
    (pictures, classes): (usize, usize),
    canonical: &str,
) -> Vec<usize> {
    let mut rng = stream(&["adversarial", "pictures", canonical]);
    let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
    half.for_each(|at| of_class[labels[at]].push(at));
    of_class.iter_mut().for_each(|indices| shuffle(indices, &mut rng));
    let most = of_class.iter().map(Vec::len).max().unwrap_or(0);
    let turns = (0..most).flat_map(|turn| of_class.iter().filter_map(move |indices| indices.get(turn)));
    turns.take(pictures).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::in_turn;

    #[test]
    fn pictures_are_of_half_b_classes_in_turn_each_once() {
        let labels: Vec<usize> = (0..40).map(|at| at % 4).collect();
        let chosen = in_turn(&labels, 20..40, (12, 4), "a world");
        assert!(chosen.iter().all(|at| (20..40).contains(at)), "{chosen:?}");
        assert!(chosen.iter().enumerate().all(|(turn, at)| labels[*at] == turn % 4));
        let distinct: std::collections::BTreeSet<usize> = chosen.iter().copied().collect();
        assert_eq!(distinct.len(), 12);
        assert_eq!(in_turn(&labels, 20..40, (12, 4), "a world"), chosen);
        assert_ne!(in_turn(&labels, 20..40, (12, 4), "another"), chosen);
        assert_eq!(in_turn(&labels, 20..40, (99, 4), "a world").len(), 20, "there are no more");
    }
}
