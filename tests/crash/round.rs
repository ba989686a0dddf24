//! One round: a shop that is killed again and again, under faults, and then runs to its end.

use std::process::{Child, Stdio};

use sheetflow::sandbox::{self, Counts, FaultRate, Faults, Sandbox};

use super::shop::Shop;
use super::stock::differences;
use crate::support::{Outcome, Project, Stripe};

/// How one round goes.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// What kill moments and faults are drawn from.
    pub(crate) seed: u64,
    pub(crate) kills: u32,
    /// As `sheetflow sandbox --fault` takes them.
    pub(crate) faults: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Kills that met a program that still ran.
    pub(crate) killed: u32,
    /// Requests that a person had to judge.
    pub(crate) judged: usize,
    pub(crate) counts: Counts,
    /// What is doubled, lost or wrong.
    pub(crate) problems: Vec<String>,
}

impl Round {
    pub(crate) async fn run(&self) -> Ended {
        let settings = sandbox::Settings {
            seed: self.seed,
            ..sandbox::Settings::default()
        };
        let sandbox = sandbox::start(settings).await.expect("the sandbox starts");
        let stripe = Stripe::of(&sandbox);
        for email in Shop::leavers_to_be() {
            stripe.make("/v1/customers", &[("email", &email)]).await;
        }
        let project = Shop::before().project();
        sandbox.set_faults(self.faults());
        let mut killer = Killer {
            random: fastrand::Rng::with_seed(self.seed),
            sandbox: &sandbox,
            killed: 0,
        };
        for kill in 0..self.kills {
            if kill == self.kills / 2 {
                Shop::after().write(&project);
            }
            killer.kill_one(&project).await;
        }
        let killed = killer.killed;
        sandbox.set_faults(Faults::default());
        let bench = (&project, &sandbox);
        run(bench, "apply --yes --quiet");
        let judged = judge_open_requests(bench, &stripe).await;
        let mut problems = run_to_the_end(bench);
        problems.extend(differences(&stripe, &Shop::after()).await);
        let counts = sandbox.counts();
        sandbox.stop().await.expect("the sandbox stops");
        Ended {
            killed,
            judged,
            counts,
            problems,
        }
    }

    fn faults(&self) -> Faults {
        let rates = self
            .faults
            .iter()
            .map(|fault| fault.parse::<FaultRate>().expect("a fault"));
        let mut faults: Faults = rates.collect();
        faults.stall = std::time::Duration::from_secs(1);
        faults.piece = std::time::Duration::from_millis(1);
        faults
    }
}

struct Killer<'a> {
    random: fastrand::Rng,
    sandbox: &'a Sandbox,
    killed: u32,
}

impl Killer<'_> {
    /// Starts an apply, and kills it at some moment: after some requests, or before any.
    async fn kill_one(&mut self, project: &Project) {
        let server = format!("--sandbox={}", self.sandbox.base_url());
        let mut child = project
            .command(["apply", &server, "--yes", "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let spins = match self.random.u32(0..8) {
            0 => self.random.u32(0..20_000_000),
            1 => {
                let wanted = self.sandbox.counts().all() + self.random.u64(0..40);
                self.wait(&mut child, |counts| counts.all() >= wanted).await;
                self.random.u32(0..100_000)
            }
            _ => {
                let wanted = self.sandbox.counts().changing() + self.random.u64(0..20);
                self.wait(&mut child, |counts| counts.changing() > wanted).await;
                self.random.u32(0..100_000)
            }
        };
        for _ in 0..spins {
            std::hint::spin_loop();
        }
        let runs = child.try_wait().expect("the program can be asked").is_none();
        self.killed += u32::from(runs);
        child.kill().expect("the program is killed");
        child.wait().expect("the program has ended");
    }

    /// Waits, without a clock, until the sandbox has seen enough, or the program has ended by itself.
    async fn wait(&self, child: &mut Child, enough: impl Fn(Counts) -> bool) {
        while !enough(self.sandbox.counts()) {
            if child.try_wait().expect("the program can be asked").is_some() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

type Bench<'a> = (&'a Project, &'a Sandbox);

fn run((project, sandbox): Bench<'_>, line: &str) -> Outcome {
    let server = format!("--sandbox={}", sandbox.base_url());
    let mut arguments: Vec<&str> = line.split_whitespace().collect();
    arguments.push(&server);
    project.run(&arguments)
}

/// Says of the requests that nobody but a person can judge what became of them. That may be free requests
/// alone: a 500 is kept under their key, no mark and no object shows them, and no event when nothing was done.
async fn judge_open_requests(bench: Bench<'_>, stripe: &Stripe) -> usize {
    let open = run(bench, "settle --format json").json()["open"].take();
    let open = open.as_array().expect("a list");
    for request in open {
        let member = |name: &str| request["request"][name].as_str().expect("a text");
        let (key, path) = (member("idempotency_key"), member("path"));
        assert!(path.ends_with("/balance_transactions"), "{request}");
        let verdict = match stripe.all(path).await.is_empty() {
            true => "--never-sent",
            false => "--done",
        };
        run(bench, &format!("settle {verdict} {key}"));
    }
    open.len()
}

/// Runs once without any disturbance, and once more, where nothing may be left to do.
fn run_to_the_end(bench: Bench<'_>) -> Vec<String> {
    let arguments = "apply --yes --quiet --format json";
    let mut problems = Vec::new();
    let last = run(bench, arguments);
    if last.status != Some(0) {
        problems.push(format!("the run without faults ends so: {last:?}"));
    }
    let sandbox = bench.1;
    let before = sandbox.counts().changing();
    let again = run(bench, arguments);
    let sent = sandbox.counts().changing() - before;
    if again.status != Some(0) || sent > 0 {
        problems.push(format!("the run after it sends {sent} requests: {again:?}"));
    }
    problems
}
