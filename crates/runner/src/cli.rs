//! The command line: verbs and flags, nothing else.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Which learning rules make a neural network fall for visual illusions the way people do?
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 internal error · 2 usage, experiment file or results folder · \
3 some cells failed, the rest is saved · 4 a check failed · 130 interrupted, resumable";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run an experiment; what is finished is not run again.
    #[command(
        after_help = "Examples:\n  trompe run experiments/quick.toml\n  trompe run experiments/fat-thin.toml --shard 1/2"
    )]
    Run(RunArgs),
    /// Search for every observer's rate and decay, by real validation pictures alone.
    #[command(
        after_help = "Examples:\n  trompe tune experiments/tuning/cnn.toml\n  trompe tune experiments/tuning/cnn.toml --shard 1/2"
    )]
    Tune(RunArgs),
    /// Read experiment files and report every mistake.
    #[command(after_help = "Examples:\n  trompe check experiments/quick.toml\n  trompe check experiments/*.toml")]
    Check {
        /// Experiment files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show what a run would do and cost, and stop.
    #[command(
        after_help = "Examples:\n  trompe plan experiments/fat-thin.toml\n  trompe plan experiments/quick.toml --json"
    )]
    Plan {
        /// Experiment file.
        file: PathBuf,
        /// Machine-readable output.
        #[arg(long)]
        json: bool,
    },
    /// Hold rules to their identities, and print the ledger: what each needs that a neuron does not have, and what it costs.
    #[command(
        after_help = "Examples:\n  trompe audit\n  trompe audit --rule backprop --rule dfa\n  trompe audit experiments/pairs.toml --csv"
    )]
    Audit(AuditArgs),
    /// Write the report of a run again from its cells.
    #[command(
        after_help = "Examples:\n  trompe report experiments/quick.toml\n  trompe report experiments/quick.toml --results elsewhere"
    )]
    Report {
        /// Experiment file.
        file: PathBuf,
        /// Folder of all results.
        #[arg(long, default_value = "results")]
        results: PathBuf,
    },
    /// Set any number of runs side by side.
    #[command(
        after_help = "Examples:\n  trompe compare results/quick/* \n  trompe compare results/quick/A results/fat-thin/B --csv compare.csv"
    )]
    Compare {
        /// Run folders.
        #[arg(required = true)]
        runs: Vec<PathBuf>,
        /// Where the comparison is written.
        #[arg(long, default_value = "compare.csv")]
        csv: PathBuf,
    },
    /// Draw stimulus sets, check that they are drawn as before, or write an experiment's pictures for another program.
    #[command(subcommand)]
    Stimuli(StimuliVerb),
    /// Train for published numbers again, and hold ours against them.
    #[command(subcommand)]
    Recipe(RecipeVerb),
    /// Join another program's answers to a run, as an observer.
    #[command(
        after_help = "Examples:\n  trompe score experiments/quick.toml responses.csv --name my_net\n  trompe score experiments/quick.toml first.csv second.csv --name my_net --seed 0"
    )]
    Score(ScoreArgs),
    /// List what an experiment can name.
    #[command(after_help = "Examples:\n  trompe list\n  trompe list rules --json")]
    List {
        /// `rules`, `worlds`, `illusions`, `observers`, `measures` or `human` (what people do); all when absent.
        what: Option<String>,
        /// Machine-readable output.
        #[arg(long)]
        json: bool,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Flags of `run` and `tune`.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// Experiment file.
    pub file: PathBuf,
    /// Folder of all results.
    #[arg(long, default_value = "results")]
    pub results: PathBuf,
    /// Cells computed at the same time; all cores when absent. The results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Compute only every n-th cell, from the i-th: `i/n`. Shards may run on different days; the last one reports.
    #[arg(long)]
    pub shard: Option<Shard>,
    /// `flex` or `ndarray`, instead of the file's.
    #[arg(long, value_parser = ["flex", "ndarray"])]
    pub device: Option<String>,
    /// Start a folder of its own where the experiment file has changed under existing results.
    #[arg(long)]
    pub new: bool,
    /// Run although the plan is above the file's budget.
    #[arg(long)]
    pub over_budget: bool,
    /// No progress on stderr.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Flags of `score`.
#[derive(Args, Debug)]
pub struct ScoreArgs {
    /// Experiment file; its run must be there.
    pub file: PathBuf,
    /// Files of answers, one a replicate; `trompe stimuli export` says how they are written.
    #[arg(required = true)]
    pub responses: Vec<PathBuf>,
    /// Name in the tables.
    #[arg(long)]
    pub name: String,
    /// Number of the first replicate; further files count upward.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The world whose pictures were answered; may be left out where the experiment has one.
    #[arg(long)]
    pub world: Option<String>,
    /// Put these answers in the place of others of the same name and number.
    #[arg(long)]
    pub replace: bool,
    /// Folder of all results.
    #[arg(long, default_value = "results")]
    pub results: PathBuf,
}

/// Flags of `stimuli export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Experiment file.
    pub file: PathBuf,
    /// Folder to write, new or empty; `results/export/<experiment>/<world>` when absent.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The world whose encoding and classes are used; may be left out where the experiment has one.
    #[arg(long)]
    pub world: Option<String>,
    /// Add the validation pictures: without answers to them competence is not known, and nothing is interpreted.
    #[arg(long)]
    pub validation: bool,
    /// Add so many labelled real things to train on.
    #[arg(long, default_value_t = 0, value_name = "IMAGES")]
    pub training: usize,
}

/// Flags of `audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Experiment file: its observers on its networks; without one, every rule on the network of the fat/thin experiments.
    pub file: Option<PathBuf>,
    /// Only this rule, by id or alias; may be given several times.
    #[arg(long = "rule")]
    pub rules: Vec<String>,
    /// The ledger as CSV.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// The ledger as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// Part `index` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = || format!("expected i/n with 1 <= i <= n, such as 1/2, got `{text}`");
        let (index, of) = text.split_once('/').ok_or_else(wanted)?;
        let number = |part: &str| part.parse::<usize>().map_err(|error| format!("{}: {error}", wanted()));
        let shard = Self { index: number(index)?, of: number(of)? };
        if shard.index >= 1 && shard.index <= shard.of { Ok(shard) } else { Err(wanted()) }
    }
}

/// Verbs on stimulus sets.
#[derive(Debug, Subcommand)]
pub enum StimuliVerb {
    /// Draw a set: PNG files, a contact sheet and `metadata.csv`.
    #[command(
        after_help = "Examples:\n  trompe stimuli draw stimuli/church.toml\n  trompe stimuli draw stimuli/kanizsa.toml --out sheets"
    )]
    Draw {
        /// Stimulus set files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Folder to draw into; `results/stimuli/<set>` when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Draw again and compare with the `metadata.csv` of an earlier drawing.
    #[command(
        after_help = "Examples:\n  trompe stimuli verify results/stimuli/church\n  trompe stimuli verify stimuli/gallery"
    )]
    Verify {
        /// Folders that were drawn.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Draw a stimulus again from the recipe inside its PNG, and compare the pixels.
    #[command(
        after_help = "Examples:\n  trompe stimuli regen stimuli/gallery/kanizsa/square.png\n  trompe stimuli regen square.png --out again.png"
    )]
    Regen {
        /// A PNG that `draw` wrote.
        file: PathBuf,
        /// Where the new drawing is written.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Write the pictures of an experiment, with opaque keys and without the truth, for any program to answer.
    #[command(
        after_help = "Examples:\n  trompe stimuli export experiments/quick.toml --validation --training 10000\n  trompe stimuli export experiments/fat-thin.toml --world no_pacmen --out trials"
    )]
    Export(ExportArgs),
}

/// Verbs on recipes.
#[derive(Debug, Subcommand)]
pub enum RecipeVerb {
    /// List recipes: rule, published number, bar, hours, and ours where there is a result.
    List(RecipesArgs),
    /// Train a recipe, and say whether its published numbers are reached; seeds that are there are not trained again.
    #[command(
        after_help = "Examples:\n  trompe recipe verify akrout-fa\n  trompe recipe verify biotorch-bp --data mnist --jobs 1 --seeds 2"
    )]
    Verify(VerifyArgs),
    /// Print all recipes as a table in Markdown, with our results where there are some.
    Table(RecipesArgs),
}

/// Where recipes and results lie.
#[derive(Args, Debug)]
pub struct RecipesArgs {
    /// Folder of recipes.
    #[arg(long, default_value = "experiments/recipes")]
    pub recipes: PathBuf,
    /// Folder of all results.
    #[arg(long, default_value = "results")]
    pub results: PathBuf,
}

/// Flags of `recipe verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Names of recipes.
    #[arg(required = true)]
    pub ids: Vec<String>,
    /// Folder with the four files of MNIST, as they are or compressed by gzip.
    #[arg(long, default_value = "mnist")]
    pub data: PathBuf,
    /// Seeds trained at the same time; all cores when absent. The results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Only the first so many of the recipe's seeds.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub seeds: Option<u16>,
    /// No epochs on stderr.
    #[arg(long, short)]
    pub quiet: bool,
    /// Where recipes and results lie.
    #[command(flatten)]
    pub places: RecipesArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        for wrong in ["0/2", "3/2", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
