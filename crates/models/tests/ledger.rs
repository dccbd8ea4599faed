//! The ledger: claims of every rule against interventions, and counts against hand counts.
//!
//! Oracles: interventions that read no claim; multiply-accumulates counted by hand.

mod common;
mod rules_support;

use common::stream;
use rules_support::*;
use trompe_models::audit::{self, Plausibility, Probe};
use trompe_models::kernels::{self, record::record};
use trompe_models::rules::{Claims, ErrorPath, Locking, Pause, RuleEntry, Settings, Transport};
use trompe_models::{Activation, Learner, Loss, OptimizerSpec, Place, Precision};

fn probe(rule: &RuleEntry) -> Probe {
    let probe = audit::probe(rule, &Settings::new()).expect("defaults are settings");
    probe.unwrap_or_else(|| panic!("{} trains none of the probes", rule.id))
}

fn found(rule: &RuleEntry) -> Plausibility {
    audit::plausibility(&probe(rule)).unwrap_or_else(|error| panic!("{}: {error}", rule.id))
}

/// No claim of any rule is contradicted by an intervention.
#[test]
fn no_claim_is_contradicted() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let (probe, found) = (probe(rule), found(rule));
        let claims = probe.learner(&probe.network).expect("a learner").claims();
        println!("{:<32} {found:?}", rule.id);
        wrong.extend(audit::contradictions(&claims, &found).into_iter().map(|text| format!("{}: {text}", rule.id)));
    }
    assert!(wrong.is_empty(), "contradicted claims:\n{}", wrong.join("\n"));
}

/// Nothing in a step of any rule comes about unseen but noise, which would make it look as if it waited for more than it
/// does.
#[test]
fn recordings_see_everything_but_noise() {
    for rule in rules().filter(|rule| !rule.claims.draws_noise) {
        assert_eq!(found(rule).unseen, 0, "{}", rule.id);
    }
}

/// Negative control: each claim, made wrong, is contradicted.
#[test]
fn false_claims_are_contradicted() {
    let rule = rules::find("feedback_alignment");
    let found = found(rule);
    let lies: [fn(&mut Claims); 7] = [
        |claims| claims.transport = Transport::Full,
        |claims| claims.locking = Locking::None,
        |claims| claims.pause = Pause::None,
        |claims| claims.mixes_samples = true,
        |claims| claims.draws_noise = true,
        |claims| claims.needs_targets = false,
        |claims| claims.gradient = trompe_models::rules::GradientClaim::Readout,
    ];
    for lie in lies {
        let mut claims = rule.claims;
        lie(&mut claims);
        assert_eq!(audit::contradictions(&claims, &found).len(), 1, "{claims:?}");
    }
}

mod rules {
    use trompe_models::rules::{self, RuleEntry};

    pub(super) fn find(id: &str) -> &'static RuleEntry {
        rules::find(id).expect("a rule of the list")
    }
}

/// What is known of these rules from their equations, found by interventions that have not read it.
#[test]
fn interventions_find_what_the_equations_say() {
    let row = |id: &str| {
        let found = found(rules::find(id));
        (found.transport, found.locking, found.pause)
    };
    let full = Some(Transport::Full);
    assert_eq!(row("backprop"), (full, Some(Locking::Full), Some(Pause::Sweep)));
    assert_eq!(row("feedback_alignment"), (Some(Transport::None), Some(Locking::Full), Some(Pause::Sweep)));
    let direct = row("direct_feedback_alignment");
    assert_eq!(direct, (Some(Transport::None), Some(Locking::UntilOutput), Some(Pause::Sweep)));
    assert_eq!(row("local_loss"), (Some(Transport::None), Some(Locking::None), Some(Pause::None)));
    assert_eq!(row("predictive_coding"), (full, Some(Locking::Full), Some(Pause::Settling)));
    assert_eq!(row("random_features").1, None);
}

fn rehearsed(rule: &str, widths: &[usize], count: usize) -> audit::Costs {
    let place = Place::flex(Precision::F32);
    let network = perceptron(&place, widths, Activation::Tanh, 5);
    let learner = learner_of(&network, &spec(rule, sgd(0.1), Loss::CrossEntropy), 1);
    audit::costs(&learner.rehearse(&batch(&network, count, 3), &stream(1)).expect("steps"))
}

/// 8-7-6-4 by hand: forward 56 + 42 + 24 = 122 products, the weight adjoint as many, the input adjoint 42 + 24; the chain
/// of waiting is forward, backward, and the first layer's weight adjoint. Direct feedback of 4 × 7 and 4 × 6 waits for the
/// output alone.
#[test]
fn multiply_accumulates_are_counted_as_by_hand() {
    let widths = [8, 7, 6, 4];
    for count in [1, 5] {
        let exact = rehearsed("backprop", &widths, count);
        assert_eq!((exact.macs, exact.critical_macs, exact.depth), (310.0, 122.0 + 66.0 + 56.0, 6));
        let direct = rehearsed("direct_feedback_alignment", &widths, count);
        assert_eq!((direct.macs, direct.depth), (122.0 * 2.0 + 28.0 + 24.0, 5));
        assert_eq!(direct.critical_macs, 122.0 + 28.0 + 56.0);
    }
}

/// By hand, 8-7-6-4 in 32 bits: most is held by backpropagation while the error of the second hidden layer is made: the
/// activities of 7 and 6 units, from which the slope of tanh is worked out, the gradient at the second layer's output, and
/// its error. A local rule on a deep network holds less than backpropagation does.
#[test]
fn what_must_be_held_is_counted_as_by_hand() {
    assert_eq!(rehearsed("backprop", &[8, 7, 6, 4], 5).bytes_held, 4.0 * (7.0 + 6.0 + 6.0 + 6.0));
    let deep = [8, 30, 30, 30, 30, 30, 30, 30, 4];
    let (exact, local) = (rehearsed("backprop", &deep, 5).bytes_held, rehearsed("local_loss", &deep, 5).bytes_held);
    assert!(local < 0.7 * exact, "{local} of {exact}");
}

/// What is counted on a convolutional network does not depend on the samples of a batch.
#[test]
fn counts_are_per_sample() {
    let place = Place::flex(Precision::F32);
    let network = pooled(&place, 4);
    for rule in super_rules() {
        let learner = learner_of(&network, &spec(rule, sgd(0.1), Loss::CrossEntropy), 1);
        let macs = |count| audit::costs(&learner.rehearse(&batch(&network, count, 3), &stream(1)).expect("steps")).macs;
        assert_eq!(macs(2), macs(7), "{rule}");
    }
}

fn super_rules() -> [&'static str; 3] {
    ["backprop", "local_loss", "predictive_coding"]
}

/// What comes about unseen waits for everything before it, so that no unseen path makes a rule look more local than it is;
/// what was there before the recording waits for nothing, though nobody saw it come about either.
#[test]
fn what_comes_about_unseen_waits_for_all_before_it() {
    let source = Place::flex(Precision::F64).tensor(&[1.0, 2.0], [2, 1, 1, 1]);
    let work = || {
        let first = kernels::scale(&source, 2.0);
        let second = kernels::scale(&source, 3.0);
        // Addition of tensors is no kernel.
        let unseen = first.clone() + 1.0;
        [kernels::scale(&unseen, 2.0), kernels::scale(&first, 4.0), second]
    };
    let ([..], earlier) = record(None, work);
    let ([..], recording) = record(Some(&earlier), work);
    let after: Vec<&[usize]> = recording.operations.iter().map(|operation| operation.after.as_slice()).collect();
    assert_eq!(after, [&[][..], &[], &[0, 1], &[0]]);
    assert_eq!(recording.unseen(), 1);
}

/// Taking a step apart changes nothing, and what it records can be done again.
#[test]
fn a_rehearsal_leaves_the_learner_alone_and_can_be_repeated() {
    for rule in rules() {
        let probe = probe(rule);
        let learner = probe.learner(&probe.network).expect("a learner");
        let before = learner.parameter_bytes();
        let step = learner.rehearse(&probe.batch(3, 1), &stream(2)).expect("steps");
        assert_eq!(before, learner.parameter_bytes(), "{}", rule.id);
        let operations = &step.recording.operations;
        assert!(operations.iter().enumerate().all(|(at, own)| own.after.iter().all(|before| *before < at)));
        operations.iter().filter_map(|operation| operation.again.as_ref()).for_each(|again| again());
    }
}

/// The identities hold for every rule on its probe; a network whose gradient is wrong would be told (negative control: a
/// rule that is not exact fails the exact rule's identity).
#[test]
fn identities_hold_on_probes() {
    for rule in rules() {
        let probe = probe(rule);
        let batch = probe.batch(5, 21);
        for check in audit::identities(&probe.network, &probe.spec, &batch).expect("the rule steps") {
            println!("{:<32} {:<6} {:.1e} (at most {:e})", rule.id, check.id, check.error, check.bound);
            assert!(check.holds(), "{}: {} {}: {:e}", rule.id, check.id, check.what, check.error);
        }
        assert!(rule.claims.error_path != ErrorPath::Chained || rule.claims.trains_hidden());
    }
    let nan = audit::Check { id: "T-00", what: "", error: f64::NAN, bound: 1.0 };
    assert!(!nan.holds(), "what is no number does not hold");
}

/// A learner of a kind that no list has: the optimizer does not change what is counted.
#[test]
fn the_optimizer_is_not_counted_as_products() {
    let network = perceptron(&Place::flex(Precision::F32), &[8, 7, 4], Activation::Tanh, 5);
    let macs = |optimizer: OptimizerSpec| {
        let learner: Learner = learner_of(&network, &spec("backprop", optimizer, Loss::CrossEntropy), 1);
        audit::costs(&learner.rehearse(&batch(&network, 4, 3), &stream(1)).expect("steps")).macs
    };
    assert_eq!(macs(sgd(0.1)), macs(adam(0.1)));
}
