use std::fmt::Write;

use tokio::time::Instant;

use crate::load::Journal;
use crate::mixed::Operation;
use crate::nemesis::Fault;
use crate::nemesis::strike::{Hold, Strike};

const WIDTH: f64 = 1200.0;
/// Of each of the two curves.
const HEIGHT: f64 = 160.0;
const LEFT: f64 = 60.0;
/// Of the row of a fault.
const ROW: f64 = 14.0;
const COLORS: [&str; 6] = [
    "#c0392b", "#8e44ad", "#d35400", "#16a085", "#2c3e50", "#b7950b",
];

/// Throughput, failures and faults by second.
#[derive(Debug)]
pub(super) struct Timeline {
    /// What was acknowledged in each second.
    acked: Vec<u32>,
    /// What was refused, or ended without an answer, or broke.
    failed: Vec<u32>,
    bars: Vec<Bar>,
}

/// A fault, in seconds since the beginning.
#[derive(Debug)]
struct Bar {
    fault: Fault,
    begun: f64,
    ended: f64,
    healed: f64,
}

impl Timeline {
    pub(super) fn new(
        begin: Instant,
        strikes: &[Strike],
        journals: &[Journal],
        operations: &[Operation],
    ) -> Self {
        let since = |at: Instant| at.saturating_duration_since(begin);
        let (mut acked, mut failed) = (Vec::new(), Vec::new());
        for at in journals.iter().flat_map(|journal| &journal.acks) {
            count(&mut acked, since(*at).as_secs());
        }
        let connections = journals.iter().flat_map(|journal| &journal.connections);
        for (at, _) in connections.filter_map(|connection| connection.broken.as_ref()) {
            count(&mut failed, since(*at).as_secs());
        }
        for operation in operations {
            let curve = match operation.outcome {
                "acknowledged" => &mut acked,
                _ => &mut failed,
            };
            count(curve, since(operation.ended).as_secs());
        }
        let seconds = acked.len().max(failed.len());
        acked.resize(seconds, 0);
        failed.resize(seconds, 0);
        let shown = strikes
            .iter()
            .filter(|one| !matches!(one.hold, Hold::Skipped(_)));
        let bars = shown.map(|strike| Bar {
            fault: strike.fault,
            begun: since(strike.begun).as_secs_f64(),
            ended: since(strike.ended).as_secs_f64(),
            healed: since(strike.healed).as_secs_f64(),
        });
        Self {
            acked,
            failed,
            bars: bars.collect(),
        }
    }

    /// The picture.
    pub(super) fn svg(&self) -> String {
        let mut faults: Vec<Fault> = self.bars.iter().map(|bar| bar.fault).collect();
        faults.sort_unstable();
        faults.dedup();
        let rows = f64::from(u32::try_from(faults.len()).unwrap_or(u32::MAX)) * ROW;
        let (width, height) = (LEFT + WIDTH + 20.0, 2.0 * HEIGHT + rows + 110.0);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let bottom = 2.0 * HEIGHT + 70.0;
        for bar in &self.bars {
            let row = faults
                .iter()
                .position(|fault| *fault == bar.fault)
                .unwrap_or(0);
            self.bar(&mut svg, bar, row, bottom);
        }
        self.curve(
            &mut svg,
            "acknowledged per second",
            &self.acked,
            20.0,
            "#2471a3",
        );
        self.curve(
            &mut svg,
            "failed per second",
            &self.failed,
            HEIGHT + 50.0,
            "#c0392b",
        );
        let end = bottom + rows + 16.0;
        let seconds = self.acked.len();
        let _ = write!(
            svg,
            "<text x=\"{LEFT}\" y=\"{end}\">0 s</text>\
             <text x=\"{}\" y=\"{end}\" text-anchor=\"end\">{seconds} s</text>\n</svg>\n",
            LEFT + WIDTH
        );
        svg
    }

    /// A fault: dark while it was there, light until all was as before.
    fn bar(&self, svg: &mut String, bar: &Bar, row: usize, bottom: f64) {
        let color = COLORS[row % COLORS.len()];
        let row = f64::from(u32::try_from(row).unwrap_or(u32::MAX));
        let y = bottom + row * ROW;
        let (begun, ended, healed) = (self.x(bar.begun), self.x(bar.ended), self.x(bar.healed));
        let mut area = |x: f64, width: f64, y: f64, height: f64, opacity: f64| {
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" \
                 fill=\"{color}\" fill-opacity=\"{opacity}\"/>",
                width.max(1.0)
            );
        };
        area(begun, ended - begun, y, ROW - 3.0, 1.0);
        area(ended, healed - ended, y, ROW - 3.0, 0.35);
        area(begun, ended - begun, 20.0, bottom - 30.0, 0.08);
        let (name, y) = (bar.fault.name(), y + ROW - 5.0);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\" fill=\"{color}\">{name}</text>",
            begun - 3.0
        );
    }

    fn curve(&self, svg: &mut String, name: &str, values: &[u32], top: f64, color: &str) {
        let most = values.iter().copied().max().unwrap_or(0).max(1);
        let base = top + HEIGHT;
        let mut points = String::new();
        for (second, value) in (0u32..).zip(values) {
            let x = self.x(f64::from(second) + 0.5);
            let y = base - f64::from(*value) / f64::from(most) * HEIGHT;
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{base}\" x2=\"{}\" y2=\"{base}\" stroke=\"#999\"/>\
             <text x=\"{LEFT}\" y=\"{}\">{name}</text>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{most}</text>\
             <polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.2\" points=\"{points}\"/>",
            LEFT + WIDTH,
            top - 4.0,
            LEFT - 4.0,
            top + 8.0
        );
    }

    fn x(&self, second: f64) -> f64 {
        let all = u32::try_from(self.acked.len().max(1)).unwrap_or(u32::MAX);
        LEFT + second / f64::from(all) * WIDTH
    }
}

fn count(curve: &mut Vec<u32>, second: u64) {
    let Ok(second) = usize::try_from(second) else {
        return;
    };
    if curve.len() <= second {
        curve.resize(second + 1, 0);
    }
    curve[second] += 1;
}
