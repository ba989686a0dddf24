use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use serde_json::json;

use crate::cli::output::{Cell, Output, Role, Table, View};
use crate::cli::runtime::{self, StopSignals};
use crate::cli::{CliError, Context, ExitStatus};
use crate::sandbox::{self, Counts, FaultKind, FaultRate, Faults, Settings, TEST_KEY as KEY};

/// What Stripe takes of one endpoint in a second: <https://docs.stripe.com/rate-limits>.
const ENDPOINT_RATE: u32 = 25;

/// Serve a Stripe of its own on this machine, till Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow sandbox                       on port 12111, all in memory
  sheetflow sandbox --state stripe.db     what is made stays there
  sheetflow sandbox --port 0 --rate 25    on a free port, with the limits of a test account
  sheetflow sandbox --fault 429=0.1       every tenth request is one too many
  sheetflow sandbox --fault all=0.05 --fault stall=0 --seed 7
                                          all that can go wrong but that, the same way each time

A fault is one of: 429, lock-timeout, 409, 500-before and 500-after (before and after the request was carried
out), drop-before and drop-after (of the connection), stall, slow, truncated, wrong-json; or all. Each is drawn
by itself, from the seed and the request, for every attempt anew.")]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 12111)]
    pub(crate) port: u16,
    /// Keep the objects in this file; without it they go with the process
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,
    /// Answer 429 above this many requests a second, and above 25 of one endpoint; without it there is no limit
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// Answer 429 above this many requests a second of one endpoint, such as all that create customers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) endpoint_rate: Option<u32>,
    /// Let this go wrong with this probability, from 0 to 1; may be given several times, the last word holds
    #[arg(long = "fault", value_name = "KIND=PROBABILITY")]
    pub(crate) faults: Vec<FaultRate>,
    /// How long a stalled answer takes, in seconds; longer than the client waits
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub(crate) stall: u64,
    /// What ids and faults are drawn from, so that runs can be repeated
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Serves till it is asked to end, then says what it served.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let mut faults: Faults = arguments.faults.iter().copied().collect();
    faults.stall = Duration::from_secs(arguments.stall);
    let settings = Settings {
        state: arguments.state.clone(),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port)),
        rate: arguments.rate,
        endpoint_rate: arguments
            .endpoint_rate
            .or(arguments.rate.and(Some(ENDPOINT_RATE))),
        faults,
        seed: arguments.seed,
        ..Settings::default()
    };
    runtime::block_on(serve(settings, &mut context.output))
}

async fn serve(settings: Settings, output: &mut Output) -> Result<ExitStatus, CliError> {
    let mut signals = StopSignals::listen()?;
    let sandbox = sandbox::start(settings).await?;
    let base_url = sandbox.base_url();
    output.report(
        |view| render(&base_url, view),
        || json!({ "base_url": base_url, "key": KEY }),
    )?;
    output.finish()?;
    signals.next().await;
    let counts = sandbox.counts();
    sandbox.stop().await?;
    output.message(&served(counts))?;
    Ok(ExitStatus::Success)
}

/// Says what was asked for while it ran.
fn served(counts: Counts) -> String {
    let Counts {
        get,
        post,
        delete,
        other,
        limited,
        faults: _,
    } = counts;
    let others = if other > 0 {
        format!(", {other} of other methods")
    } else {
        String::new()
    };
    let mut text = format!("requests served: {get} GET, {post} POST, {delete} DELETE{others}");
    if limited > 0 {
        text.push_str(&format!("\nover the limit: {limited}"));
    }
    let faults: Vec<String> = FaultKind::ALL
        .into_iter()
        .filter(|kind| counts.fault(*kind) > 0)
        .map(|kind| format!("{} {kind}", counts.fault(kind)))
        .collect();
    if !faults.is_empty() {
        text.push_str(&format!("\nfaults: {}", faults.join(", ")));
    }
    text
}

/// Says where the sandbox is, and how Stripe's own libraries are pointed at it.
fn render(base_url: &str, view: View) -> String {
    let host_and_port = base_url.trim_start_matches("http://");
    let (host, port) = host_and_port.rsplit_once(':').unwrap_or((host_and_port, "80"));
    let mut table = Table::new().indented(2);
    for (name, text) in [
        ("sheetflow", format!("sheetflow apply --sandbox={base_url}")),
        (
            "curl",
            format!("curl {base_url}/v1/customers -u {KEY}: -d email=ann@example.com"),
        ),
        (
            "Python",
            format!("stripe.StripeClient(\"{KEY}\", base_addresses={{\"api\": \"{base_url}\"}})"),
        ),
        (
            "Node",
            format!("new Stripe(\"{KEY}\", {{ protocol: \"http\", host: \"{host}\", port: {port} }})"),
        ),
        (
            "Stripe CLI",
            format!("stripe customers list --api-base {base_url} --api-key {KEY}"),
        ),
    ] {
        table.row([Cell::new(Role::Faint, name), text.into()]);
    }
    format!(
        "{} at {base_url}, for any test key such as {KEY}\n\n{}\nCtrl-C ends it.\n",
        view.paint(Role::Heading, "a Stripe of your own"),
        table.render(View { width: None, ..view }),
    )
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::cli::output::View;
    use crate::diag::Style;
    use expect_test::expect;

    #[test]
    fn it_says_how_to_point_stripes_own_tools_at_it() {
        let view = View {
            style: Style::Plain,
            width: Some(40),
        };
        expect![[r#"
            a Stripe of your own at http://127.0.0.1:12111, for any test key such as sk_test_sheetflow_sandbox

              sheetflow   sheetflow apply --sandbox=http://127.0.0.1:12111
              curl        curl http://127.0.0.1:12111/v1/customers -u sk_test_sheetflow_sandbox: -d email=ann@example.com
              Python      stripe.StripeClient("sk_test_sheetflow_sandbox", base_addresses={"api": "http://127.0.0.1:12111"})
              Node        new Stripe("sk_test_sheetflow_sandbox", { protocol: "http", host: "127.0.0.1", port: 12111 })
              Stripe CLI  stripe customers list --api-base http://127.0.0.1:12111 --api-key sk_test_sheetflow_sandbox

            Ctrl-C ends it.
        "#]]
        .assert_eq(&render("http://127.0.0.1:12111", view));
    }
}
