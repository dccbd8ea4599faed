//! Attacks on the network of a cell.

use super::Visit;
use crate::adversarial::{self, Line, Pictures};
use crate::bridge;
use crate::experiment::AdversarialSpec;
use crate::rows::{AdversarialRow, AttackCheckRow};
use crate::store::CellOutput;
use trompe_models::learner::Learner;
use trompe_models::named::content_bytes;
use trompe_models::rules::{Inference, Reach};

impl Visit<'_> {
    /// Attacks what is tested; at the last checkpoint with everything, and its parameters are kept for other networks' pictures.
    pub(super) fn attacked(
        &self,
        (learner, inference): (&Learner, Inference),
        (pictures, spec): (&Pictures, &AdversarialSpec),
        output: &mut CellOutput,
    ) -> Result<(), String> {
        let tested = learner.tested(inference, Reach::All).map_err(|error| error.to_string())?;
        let of = (self.cell.seed, self.checkpoint);
        let found = adversarial::attack(&tested, (pictures, spec), of, self.last)?;
        output.adversarial.extend(found.lines.iter().map(|line| self.attack_row(line)));
        let checks = found.checks.into_iter().map(|checked| AttackCheckRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            check: checked.check.id().into(),
            held: checked.held,
            value: checked.value,
            bound: checked.bound,
            reason: checked.reason,
        });
        output.attack_checks.extend(checks);
        output.crafted.extend(found.crafted);
        if self.last && spec.transfer > 0 && adversarial::is_shown_others(self.cell) {
            output.parameters = Some(content_bytes(&learner.save()));
        }
        Ok(())
    }

    fn attack_row(&self, line: &Line) -> AdversarialRow {
        AdversarialRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            inference: bridge::inference_name(&self.cell.answerer).into(),
            attack: line.kind.id().into(),
            target: line.target.clone(),
            epsilon: Some(line.epsilon),
            n: line.n,
            correct: line.correct,
            clean_accuracy: (line.n > 0).then(|| line.correct as f64 / line.n as f64),
            accuracy: line.accuracy,
            success: line.success,
            confidence_before: line.confidence[0],
            confidence_after: line.confidence[1],
            epsilon50: line.epsilon50,
            beyond: line.beyond,
            low_frequency: line.low_frequency,
            gradient_norm: line.gradient_norm,
        }
    }
}
