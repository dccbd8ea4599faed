//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use crate::run::{Event, Reporter};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

/// Says how far a run is. Work is weighed by planned multiply-accumulates, so that the time left is honest.
pub struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    begun: Instant,
    todo: usize,
    done: usize,
    macs: f64,
    macs_done: f64,
}

impl Progress {
    /// A bar if stderr is a terminal.
    pub fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| ProgressBar::new(1000));
        if let Some(bar) = &bar {
            let style = ProgressStyle::with_template("{bar:30} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        Self { bar, quiet, begun: Instant::now(), todo: 0, done: 0, macs: 0.0, macs_done: 0.0 }
    }

    fn advance(&mut self, macs: f64, line: &str) {
        self.done += 1;
        self.macs_done += macs;
        let share =
            if self.macs > 0.0 { self.macs_done / self.macs } else { self.done as f64 / self.todo.max(1) as f64 };
        let elapsed = self.begun.elapsed().as_secs_f64();
        let left = if share > 0.0 { elapsed * (1.0 - share) / share } else { 0.0 };
        let text = format!("{}/{} cells, {} left · {line}", self.done, self.todo, minutes(left));
        match &self.bar {
            Some(bar) => {
                bar.set_position((share * 1000.0) as u64);
                bar.set_message(text);
            }
            None => self.say(&text),
        }
    }

    fn say(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.println(text),
            // A closed stderr is no reason to stop a run.
            None => drop(writeln!(anstream::stderr(), "{text}")),
        }
    }
}

/// Seconds as `m:ss`.
pub fn minutes(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

impl Reporter for Progress {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { todo, found, macs } => {
                self.todo = *todo;
                self.macs = *macs;
                if *todo > 0 {
                    self.say(&format!("{todo} cells to compute, {found} found finished"));
                }
            }
            Event::Finished { cell, ended, took } => {
                let name = format!("{} {} seed {}", cell.network_name, cell.observer, cell.seed);
                if let Some(reason) = ended {
                    self.say(&format!("{name}: ended early: {reason}"));
                }
                self.advance(cell.macs, &format!("{} ({:.1} s)", name.trim_start(), took.as_secs_f64()));
            }
            Event::Failed { cell, why } => {
                self.say(&format!("FAILED {} {} seed {}: {why}", cell.network_name, cell.observer, cell.seed));
                self.advance(cell.macs, "failed");
            }
            Event::Ended => {
                if let Some(bar) = &self.bar {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn time_left_reads_as_minutes_and_seconds() {
        assert_eq!(super::minutes(75.2), "1:15");
        assert_eq!(super::minutes(-1.0), "0:00");
    }
}
