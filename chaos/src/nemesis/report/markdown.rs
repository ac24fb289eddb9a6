use std::fmt::Write;

use super::Report;
use crate::load::Stalls;
use crate::nemesis::strike::Hold;

/// The report as a page.
pub(super) fn render(report: &Report) -> String {
    let mut page = String::from("# What was done to the cluster, and how it came through\n\n");
    page.push_str("![timeline](timeline.svg)\n\n");
    for limit in &report.limits {
        let _ = writeln!(page, "- {limit}");
    }
    page.push_str("\n## Broken promises\n\n");
    let broken = report.broken_promises();
    if broken.is_empty() {
        page.push_str("None.\n");
    }
    for promise in &broken {
        let _ = writeln!(page, "- {promise}");
    }
    let _ = write!(
        page,
        "\n## Availability\n\n```text\n{}\n```\n",
        report.availability
    );
    page.push_str("\n| fault | longest (median) pause at other nodes | at nodes that were hit | broken connections at other nodes |\n|---|---|---|---|\n");
    for one in &report.availability.glimpses {
        let (others, hit, dropped) = (pauses(&one.others), pauses(&one.hit), one.dropped.len());
        let _ = writeln!(page, "| {} | {others} | {hit} | {dropped} |", one.fault);
    }
    faults(report, &mut page);
    if let Some(work) = &report.work {
        let _ = write!(page, "\n## Work\n\n```text\n{work}\n```\n");
    }
    page
}

fn faults(report: &Report, page: &mut String) {
    page.push_str(
        "\n## Faults\n\n| fault | at | outcome | lasted | as before after | what was seen |\n",
    );
    page.push_str("|---|---|---|---|---|---|\n");
    for strike in &report.strikes {
        let lasted = (strike.ended - strike.begun).as_secs_f64();
        let recovery = strike.recovery().as_secs_f64();
        let times = match strike.hold {
            Hold::Skipped(_) => " | ".to_owned(),
            _ => format!("{lasted:.1} s | {recovery:.1} s"),
        };
        let places: Vec<String> = strike.places.iter().map(u64::to_string).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {times} | {} |",
            strike.fault,
            places.join(", "),
            cell(&strike.hold.to_string()),
            cell(&strike.note)
        );
    }
}

fn pauses(stalls: &Stalls) -> String {
    let (longest, median) = (stalls.longest.as_millis(), stalls.median.as_millis());
    format!("{longest} ({median}) ms")
}

/// Text that does not end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
