//! `trompe plan`: networks, multiply-accumulates, minutes, and what the statistics can and cannot reach.

use super::{CommandError, CommandResult, Ending, check, joint, json_text, print};
use crate::experiment::{Experiment, Status};
use crate::plan::{Answerer, Plan, smallest_p};
use std::collections::BTreeMap;
use std::path::Path;

/// Prints the plan of one file; of a joint experiment those of its parts, as JSON a list.
pub fn plan(file: &Path, json: bool) -> CommandResult {
    let text = match joint::of_file(file)? {
        None => text(file, json)?,
        Some(joint) => {
            let parts = joint.parts.iter().map(|part| text(&part.file, json));
            let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
            let lines = |parts: &[String]| parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join(",\n");
            if json { format!("[{}]\n", lines(&parts)) } else { parts.join("\n") }
        }
    };
    print(&text)?;
    Ok(Ending::Done)
}

fn text(file: &Path, json: bool) -> Result<String, CommandError> {
    let experiment = check::read(file)?.experiment;
    let plan = Plan::of(&experiment)?;
    Ok(if json { as_json(&experiment, &plan) } else { as_text(&experiment, &plan) })
}

/// Cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Refuses a plan above its own budget.
pub fn within_budget(experiment: &Experiment, plan: &Plan, file: &Path) -> Result<(), CommandError> {
    let minutes = plan.minutes(2);
    if minutes <= experiment.budget_minutes {
        return Ok(());
    }
    Err(CommandError::Usage(format!(
        "{}: the plan takes about {minutes:.1} minutes on 2 cores, above `budget_minutes = {}`; lower steps, seeds, \
         twins or observers, raise the budget in the file, or run with --over-budget",
        file.display(),
        experiment.budget_minutes
    )))
}

fn networks(plan: &Plan) -> usize {
    plan.cells
        .iter()
        .filter(|cell| matches!(cell.answerer, Answerer::Learner(_) | Answerer::Tuned(_) | Answerer::Reference(_)))
        .count()
}

fn as_text(experiment: &Experiment, plan: &Plan) -> String {
    let mut observers: BTreeMap<(&str, &str), (usize, f64)> = BTreeMap::new();
    for cell in &plan.cells {
        // A search is one line for each observer, not for each rate.
        let name = match &cell.answerer {
            Answerer::Tuned(tuned) => &tuned.of,
            Answerer::Learner(_)
            | Answerer::Untrained(_)
            | Answerer::Fixed(_)
            | Answerer::Imported(_)
            | Answerer::Reference(_) => &cell.observer,
        };
        let entry = observers.entry((name.as_str(), cell.network_name.as_str())).or_default();
        entry.0 += 1;
        entry.1 += cell.macs;
    }
    let mut text = format!("{}\n{}\n\n", experiment.title, experiment.question);
    for ((observer, network), (cells, macs)) in observers {
        let network = if network.is_empty() { "-" } else { network };
        text += &format!("  {observer:28} {network:8} {cells:5} cells {:10.1} GMAC\n", macs / 1e9);
    }
    text += &format!(
        "\n{} cells ({} networks to train), {:.0} GMAC, about {:.1} minutes on {} cores; run id {}\n",
        plan.cells.len(),
        networks(plan),
        plan.macs() / 1e9,
        plan.minutes(cores()),
        cores(),
        plan.hash
    );
    if let Some(tuning) = &experiment.tuning {
        return text
            + &format!(
                "a search: {} rates × {} decays × {} seeds for each observer, by half A of the validation pictures; \
                 nothing is shown; run it with `trompe tune`\n",
                tuning.rates.len(),
                tuning.decays.len(),
                experiment.seeds.len()
            );
    }
    text += &match (experiment.status, smallest_p(experiment)) {
        (Status::Pilot, _) => "pilot: no inference; intervals only\n".to_owned(),
        (_, Some(p)) => format!("smallest attainable p of the exact sign-flip test: {p:.2e}\n"),
        (_, None) => String::new(),
    };
    text
}

fn as_json(experiment: &Experiment, plan: &Plan) -> String {
    let cells: Vec<String> = plan
        .cells
        .iter()
        .map(|cell| {
            let names = [&cell.id, &experiment.worlds[cell.world].name, &cell.network_name, &cell.observer];
            let [id, world, network, observer] = names.map(|name| json_text(name));
            format!(
                "{{\"id\":{id},\"world\":{world},\"network\":{network},\"observer\":{observer},\"seed\":{},\"macs\":{}}}",
                cell.seed, cell.macs
            )
        })
        .collect();
    let p = smallest_p(experiment).map_or("null".into(), |p| p.to_string());
    format!(
        "{{\"schema\":1,\"experiment\":{},\"hash\":{},\"networks\":{},\"macs\":{},\"minutes\":{},\"smallest_p\":{p},\"cells\":[{}]}}\n",
        json_text(&experiment.id),
        json_text(&plan.hash),
        networks(plan),
        plan.macs(),
        plan.minutes(cores()),
        cells.join(",")
    )
}
