//! Curves whose marks are bins of rows.

use std::sync::Arc;

use super::super::ranked::Ranked;
use super::super::{Residuals, calibration, residuals};
use super::cuts::{UNIT, class_name, counted};
use super::{BINS, CurveDrawing, CurveKind, CurveWish, Mark, Reference, Told, Trace};
use crate::base::{UserError, format};
use crate::chart::marks::View;
use crate::chart::scale;
use crate::chart::scene::Dash;
use crate::evaluate::cross_validation::RunResult;

/// Marks, words and rows as they come together.
#[derive(Default)]
struct Gathered {
    marks: Vec<Mark>,
    told: Vec<Told>,
    order: Vec<u32>,
}

impl Gathered {
    fn add(&mut self, at: [f64; 2], rows: &[u32], (low, high): (f64, f64), told: Told) {
        self.order.extend_from_slice(rows);
        self.marks.push(Mark {
            at,
            end: self.order.len(),
            low,
            high,
        });
        self.told.push(told);
    }

    fn trace(&self, name: &str) -> Vec<Trace> {
        vec![Trace {
            name: name.to_owned(),
            points: self.marks.iter().map(|mark| mark.at).collect(),
        }]
    }
}

pub(super) fn of_calibration(
    name: &str,
    result: &RunResult,
    wish: CurveWish,
) -> Result<CurveDrawing, UserError> {
    let ranked = Ranked::of(result, wish.class)?;
    let class = class_name(result, wish.class);
    let curve = calibration(&ranked, BINS)?;
    let mut gathered = Gathered::default();
    for bin in &curve.bins {
        let told = Told {
            mark: gathered.marks.len(),
            words: format!(
                "Said {}: came true in {} ({} to {}), {}",
                format::share(bin.said),
                format::share(bin.came_true),
                format::share(bin.lower),
                format::share(bin.upper),
                format::counted(bin.rows as u64, "row")
            ),
            ends: Some((bin.lower, bin.upper)),
            half: None,
            name: None,
        };
        let ends = (bin.low, bin.high);
        gathered.add([bin.said, bin.came_true], bin.rows_of(&ranked), ends, told);
    }
    let share = ranked.positives() as f64 / ranked.len().max(1) as f64;
    Ok(CurveDrawing {
        kind: wish.kind,
        traces: gathered.trace(name),
        references: vec![
            Reference {
                name: "As said",
                lines: vec![vec![[0.0, 0.0], [1.0, 1.0]]],
                dash: Dash::Solid,
            },
            // Guessing says the share of the class of every row.
            Reference {
                name: "Guessing",
                lines: vec![vec![[share, 0.0], [share, share], [0.0, share]]],
                dash: Dash::Dotted,
            },
        ],
        sentence: format!(
            "What is said is off by {} of 100 on average, in the worst of {} by {}. Whiskers: 95\u{a0}% range of what came true.",
            format::fixed(curve.expected_error * 100.0, 1),
            format::counted(curve.bins.len() as u64, "group"),
            format::fixed(curve.largest_error * 100.0, 1)
        ),
        marks: gathered.marks,
        told: gathered.told,
        order: Arc::new(gathered.order),
        cumulative: false,
        domain: UNIT,
        counted: counted(&ranked, &class),
        class: Some(class),
        people: None,
    })
}

pub(super) fn of_residuals(
    name: &str,
    result: &RunResult,
    guessing: Option<&RunResult>,
) -> Result<CurveDrawing, UserError> {
    let found = residuals(result, BINS)?;
    let guessing = guessing.and_then(|guess| residuals(guess, 1).ok());
    let mut gathered = Gathered::default();
    for bin in &found.bins {
        let [lowest, quarter, middle, three_quarters, highest] = bin.quantiles;
        let told = Told {
            mark: gathered.marks.len(),
            words: format!(
                "Predicted {} to {}: half of {} off by {} to {}, nine of ten by {} to {}",
                format::number(bin.low, 3),
                format::number(bin.high, 3),
                format::counted(bin.rows as u64, "row"),
                format::number(quarter, 2),
                format::number(three_quarters, 2),
                format::number(lowest, 2),
                format::number(highest, 2)
            ),
            ends: Some((lowest, highest)),
            half: Some((quarter, three_quarters)),
            name: None,
        };
        let ends = (bin.low, bin.high);
        gathered.add([bin.predicted, middle], found.rows_of(bin), ends, told);
    }
    let domain = residual_domain(&found, guessing.as_ref());
    // Longer than this model's own domain: others may reach further.
    let reach = domain.x.1 - domain.x.0;
    let flat = |value: f64| vec![[domain.x.0 - reach, value], [domain.x.1 + reach, value]];
    let mut references = vec![Reference {
        name: "Right",
        lines: vec![flat(0.0)],
        dash: Dash::Solid,
    }];
    references.extend(guessing.as_ref().map(|guess| {
        Reference {
            name: "Guessing, nine of ten",
            lines: [0.05, 0.95]
                .map(|share| flat(guess.quantile(share)))
                .to_vec(),
            dash: Dash::Dotted,
        }
    }));
    let by_guessing = guessing.map_or_else(String::new, |guess| {
        format!(
            "; by guessing {} to {}",
            format::number(guess.quantile(0.05), 2),
            format::number(guess.quantile(0.95), 2)
        )
    });
    Ok(CurveDrawing {
        kind: CurveKind::Residuals,
        class: None,
        traces: gathered.trace(name),
        references,
        sentence: format!(
            "Nine rows of ten are off by {} to {}{by_guessing}. Thick: half of the rows of a group; thin: nine of ten.",
            format::number(found.quantile(0.05), 2),
            format::number(found.quantile(0.95), 2)
        ),
        counted: format!(
            "{} checked",
            format::counted(gathered.order.len() as u64, "row")
        ),
        marks: gathered.marks,
        told: gathered.told,
        order: Arc::new(gathered.order),
        cumulative: false,
        domain,
        people: None,
    })
}

fn residual_domain(found: &Residuals, guessing: Option<&Residuals>) -> View {
    let all = |of: &dyn Fn(&super::super::ResidualBin) -> f64, pick: fn(f64, f64) -> f64| {
        found.bins.iter().map(of).reduce(pick).unwrap_or(0.0)
    };
    let guess = |share: f64| guessing.map_or(0.0, |guess| guess.quantile(share));
    let low = all(&|bin| bin.quantiles[0], f64::min).min(guess(0.05));
    let high = all(&|bin| bin.quantiles[4], f64::max).max(guess(0.95));
    View {
        x: scale::padded(
            all(&|bin| bin.predicted, f64::min),
            all(&|bin| bin.predicted, f64::max),
        ),
        y: scale::padded(low.min(0.0), high.max(0.0)),
    }
}
