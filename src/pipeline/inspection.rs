//! What a fitted pipeline knows, in the words and units of its columns: what the window and the
//! command line show of a model.

use std::collections::{BTreeMap, BTreeSet};

use super::FittedPipeline;
use crate::base::format;
use crate::learn::engine::additive::AdditiveShapes;
use crate::learn::prepare::{FeatureOrigin, Reading};
use crate::learn::{
    Capabilities, Coefficient, CoefficientTable, Effect, ModelFact, OutOfBag, PenaltyPath, Task,
    by_id,
};

/// Facts that are kept, most important first.
const FACTS: usize = 40;
/// Name of the coefficient that belongs to no column.
pub const START: &str = "Start value (intercept)";

/// Everything a person can look at in a fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Id of the learner.
    pub learner: String,
    pub target: String,
    pub task: Task,
    /// Rows learned from.
    pub rows: u64,
    /// How it decides, in one sentence.
    pub sentence: String,
    /// What moves its answers, most important first.
    pub facts: Vec<ModelFact>,
    /// Facts there are in all.
    pub facts_in_all: usize,
    /// Coefficients with what theory says of them, or why there are none.
    pub coefficients: Result<Coefficients, String>,
    pub path: Option<NamedPath>,
    /// Measured on practice rows, by parts of the model that had not seen them.
    pub out_of_bag: Option<OutOfBag>,
    pub shapes: Option<NamedShapes>,
    /// Whether the model can tell which rows are alike.
    pub compares_rows: bool,
}

/// Coefficients in the units of their columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    pub rows: Vec<CoefficientRow>,
    /// None where the normal distribution is used instead of Student's t.
    pub degrees_of_freedom: Option<f64>,
    pub effect: Effect,
    /// Classes that are spoken for, ascending; empty where a number is predicted.
    pub classes: Vec<usize>,
    /// Class that the odds are against.
    pub reference: Option<usize>,
    /// Some columns were brought to a scale first: the start value is the answer where each of them
    /// is at the centre of its scale.
    pub start_at_centres: bool,
}

/// One coefficient: what one more of a column does.
#[derive(Clone, Debug, PartialEq)]
pub struct CoefficientRow {
    /// "tenure", "plan = Basic", or [`START`].
    pub name: String,
    /// The column of the table; None at the start value.
    pub column: Option<String>,
    /// The column is 1 where something holds, else 0.
    pub flag: bool,
    pub class: Option<usize>,
    pub estimate: f64,
    pub standard_error: f64,
    /// t or z.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// 95 % confidence interval.
    pub lower: f64,
    pub upper: f64,
    /// A typical difference of the column (its standard deviation), in its own unit.
    pub typical: Option<f64>,
}

impl CoefficientRow {
    /// Whether the interval is on one side of zero.
    pub fn is_sure(&self) -> bool {
        self.lower > 0.0 || self.upper < 0.0
    }

    /// Estimate, lower and upper end for a typical difference of the column instead of one more.
    pub fn typical_effect(&self) -> Option<[f64; 3]> {
        let typical = self.typical?;
        Some([self.estimate, self.lower, self.upper].map(|value| value * typical))
    }
}

/// How weights change with the penalty on them, with the names of the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPath {
    pub path: PenaltyPath,
    /// Name of every column of the path, in its order.
    pub names: Vec<String>,
    /// Whether the numbers among the columns were brought to a scale, so that a weight belongs to a
    /// step of the scale rather than to one more of the column.
    pub scaled: bool,
}

impl NamedPath {
    /// Coefficient of one column at one penalty.
    pub fn at(&self, step: usize, column: usize) -> f64 {
        let place = step * self.path.columns.len() + column;
        self.path.coefficients.get(place).copied().unwrap_or(0.0)
    }

    /// The path as comma-separated text with a heading: one line per penalty.
    pub fn to_csv(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| quoted(name)).collect();
        let checked = !self.path.errors.is_empty();
        let errors = if checked { "error,error_spread," } else { "" };
        let mut text = format!("penalty,columns_used,{errors}{}\n", names.join(","));
        for (step, penalty) in self.path.penalties.iter().enumerate() {
            let used = self.path.used.get(step).copied().unwrap_or(0);
            text.push_str(&format!("{penalty},{used}"));
            if checked {
                for values in [&self.path.errors, &self.path.error_spreads] {
                    let value = values.get(step).map(f64::to_string);
                    text.push(',');
                    text.push_str(&value.unwrap_or_default());
                }
            }
            for column in 0..self.names.len() {
                text.push_str(&format!(",{}", self.at(step, column)));
            }
            text.push('\n');
        }
        text
    }

    /// The step whose penalty is nearest to the one used, on a logarithmic scale.
    pub fn chosen_step(&self) -> usize {
        self.nearest_step(self.path.chosen)
    }

    /// The step whose penalty is nearest, on a logarithmic scale.
    pub fn nearest_step(&self, penalty: f64) -> usize {
        let wanted = penalty.max(f64::MIN_POSITIVE).ln();
        let mut best = (f64::INFINITY, 0);
        for (step, penalty) in self.path.penalties.iter().enumerate() {
            let distance = (penalty.max(f64::MIN_POSITIVE).ln() - wanted).abs();
            if distance < best.0 {
                best = (distance, step);
            }
        }
        best.1
    }
}

/// Curves of an additive model with the names of their categories.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedShapes {
    pub shapes: AdditiveShapes,
    /// Matrix column → names of its codes.
    codes: BTreeMap<usize, Vec<String>>,
}

impl NamedShapes {
    /// `codes`: per matrix column that holds codes, what each of them stands for.
    pub fn new(shapes: AdditiveShapes, codes: BTreeMap<usize, Vec<String>>) -> Self {
        Self { shapes, codes }
    }

    /// The levels that share a bin: "Basic", "Basic, Plus and 3 more".
    pub fn levels(&self, feature: usize, levels: &[u32]) -> String {
        let name = |level: &u32| {
            self.codes
                .get(&feature)
                .and_then(|names| names.get(*level as usize))
                .cloned()
                .unwrap_or_else(|| format!("value {}", level + 1))
        };
        match levels.len() {
            0..=3 => format::list(&levels.iter().map(name).collect::<Vec<_>>()),
            many => {
                let first: Vec<String> = levels.iter().take(2).map(name).collect();
                format!("{} and {} more", first.join(", "), many - 2)
            }
        }
    }
}

impl FittedPipeline {
    /// What the model knows. Not free for wide models: call it off the UI thread.
    pub fn inspection(&self) -> Inspection {
        let origins = self.preparation.origins();
        let names: Vec<String> = origins.iter().map(|origin| origin.name.clone()).collect();
        let classes = match &self.task {
            Task::Classes { names } => names.clone(),
            Task::Number => Vec::new(),
        };
        let mut facts = self.model.facts(&names, &classes);
        let facts_in_all = facts.len();
        facts.truncate(FACTS);
        let coefficients = match self.model.coefficients() {
            Some(table) => Ok(Coefficients::of(&table, &origins)),
            None => Err(self.why_no_coefficients()),
        };
        let path = self.model.path().map(|path| NamedPath {
            names: path
                .columns
                .iter()
                .map(|&column| name_at(&origins, column))
                .collect(),
            scaled: path
                .columns
                .iter()
                .filter_map(|&column| origins.get(column))
                .any(|origin| matches!(origin.reading, Reading::Scaled(_))),
            path: path.clone(),
        });
        let shapes = self.model.shapes(&names).map(|shapes| {
            let used: BTreeSet<usize> = shapes
                .terms
                .iter()
                .flat_map(|term| term.axes.iter().map(|axis| axis.feature))
                .collect();
            let codes = used.into_iter().filter_map(|feature| {
                match origins.get(feature).map(|origin| &origin.reading) {
                    Some(Reading::Codes(names)) => Some((feature, names.clone())),
                    _ => None,
                }
            });
            NamedShapes::new(shapes, codes.collect())
        });
        Inspection {
            learner: self.learner.clone(),
            target: self.target.clone(),
            task: self.task.clone(),
            rows: self.record.rows,
            sentence: self.model.sentence(&names, &classes),
            facts,
            facts_in_all,
            coefficients,
            path,
            out_of_bag: self.model.out_of_bag(),
            shapes,
            compares_rows: self.compares_rows(),
        }
    }

    fn why_no_coefficients(&self) -> String {
        let can = by_id(&self.learner).map_or_else(
            |_| Capabilities::default(),
            |learner| learner.capabilities(),
        );
        if can.yardstick {
            return "A yardstick is there to compare with; it has no coefficients.".to_owned();
        }
        self.model.why_no_coefficients().to_owned()
    }
}

fn name_at(origins: &[FeatureOrigin], column: usize) -> String {
    origins.get(column).map_or_else(
        || format!("column {}", column + 1),
        |origin| origin.name.clone(),
    )
}

impl Coefficients {
    fn of(table: &CoefficientTable, origins: &[FeatureOrigin]) -> Self {
        let rows: Vec<CoefficientRow> = table
            .rows
            .iter()
            .map(|row| CoefficientRow::of(row, table, origins))
            .collect();
        let classes: BTreeSet<usize> = rows.iter().filter_map(|row| row.class).collect();
        let scaled = |row: &Coefficient| {
            row.feature
                .and_then(|feature| origins.get(feature))
                .is_some_and(|origin| matches!(origin.reading, Reading::Scaled(_)))
        };
        Self {
            start_at_centres: table.rows.iter().any(scaled),
            rows,
            degrees_of_freedom: table.degrees_of_freedom,
            effect: table.effect,
            classes: classes.into_iter().collect(),
            reference: table.reference,
        }
    }

    /// "t" or "z".
    pub fn statistic_name(&self) -> &'static str {
        match self.degrees_of_freedom {
            Some(_) => "t",
            None => "z",
        }
    }

    /// Where the numbers come from, and when they hold.
    pub fn theory(&self) -> String {
        let (from, holds) = match self.effect {
            Effect::Adds => (
                "From theory (least squares), not from trying it out on other rows",
                "rows that do not depend on one another, answers that scatter about evenly around the sum, and either a bell-shaped scatter or many rows",
            ),
            Effect::Multiplies => (
                "From theory (expected information), not from trying it out on other rows",
                "many rows that do not depend on one another, and answers that scatter more where they are larger, as the method assumes",
            ),
            Effect::MultipliesOdds => (
                "From theory (curvature of the likelihood, Wald), not from trying it out on other rows",
                "many rows that do not depend on one another, and classes that overlap",
            ),
        };
        format!(
            "{from}. It holds for {holds}. A weight goes with the answer; it need not be what causes it."
        )
    }

    /// What a coefficient says, in plain words. `target`: what is predicted; `classes`: names.
    pub fn sentence(&self, row: &CoefficientRow, target: &str, classes: &[String]) -> String {
        if row.column.is_none() {
            return self.start_sentence(row, target, classes);
        }
        let mut words = self.effect_sentence(
            row,
            row.estimate,
            row.lower,
            row.upper,
            target,
            classes,
            &one_more(row),
        );
        let typical = row.typical.filter(|_| !row.flag).zip(row.typical_effect());
        if let Some((typical, [estimate, lower, upper])) = typical {
            let step = format!(
                "A typical difference of {} ({})",
                row.name,
                format::number(typical, 3)
            );
            words.push(' ');
            words.push_str(
                &self.effect_sentence(row, estimate, lower, upper, target, classes, &step),
            );
        }
        if !row.is_sure() {
            words.push_str(" These rows cannot tell it from no effect at all.");
        }
        words
    }

    #[allow(clippy::too_many_arguments)] // One sentence has these parts.
    fn effect_sentence(
        &self,
        row: &CoefficientRow,
        estimate: f64,
        lower: f64,
        upper: f64,
        target: &str,
        classes: &[String],
        step: &str,
    ) -> String {
        let range = |low: f64, high: f64| {
            format!(
                "95 % interval {} to {}",
                format::number(low, 3),
                format::number(high, 3)
            )
        };
        match self.effect {
            Effect::Adds => {
                let direction = if estimate < 0.0 { "less" } else { "more" };
                format!(
                    "{step} goes with {} {direction} {target} ({}).",
                    format::number(estimate.abs(), 3),
                    range(lower, upper)
                )
            }
            Effect::Multiplies => format!(
                "{step} goes with {target} times {} ({}).",
                format::number(estimate.exp(), 4),
                range(lower.exp(), upper.exp())
            ),
            Effect::MultipliesOdds => format!(
                "{step} goes with the odds of {}{} times {} ({}).",
                self.class_name(row.class, classes),
                self.against(classes),
                format::number(estimate.exp(), 4),
                range(lower.exp(), upper.exp())
            ),
        }
    }

    fn start_sentence(&self, row: &CoefficientRow, target: &str, classes: &[String]) -> String {
        let place = match self.start_at_centres {
            true => "each scaled number at the centre of its scale and every other column at 0",
            false => "every column at 0",
        };
        let interval = |change: fn(f64) -> f64| {
            format!(
                "{} (95 % interval {} to {})",
                format::number(change(row.estimate), 4),
                format::number(change(row.lower), 4),
                format::number(change(row.upper), 4)
            )
        };
        match self.effect {
            Effect::Adds => format!(
                "With {place}, {target} would be {}.",
                interval(|value| value)
            ),
            Effect::Multiplies => {
                format!("With {place}, {target} would be {}.", interval(f64::exp))
            }
            Effect::MultipliesOdds => format!(
                "With {place}, the odds of {}{} would be {}.",
                self.class_name(row.class, classes),
                self.against(classes),
                interval(f64::exp)
            ),
        }
    }

    fn class_name(&self, class: Option<usize>, classes: &[String]) -> String {
        let named = class.and_then(|class| classes.get(class));
        named.cloned().unwrap_or_else(|| "this class".to_owned())
    }

    /// " against Adelie", where there are more than two classes.
    fn against(&self, classes: &[String]) -> String {
        let named = self.reference.and_then(|class| classes.get(class));
        match named {
            Some(name) if self.classes.len() > 1 => format!(" against {name}"),
            _ => String::new(),
        }
    }

    /// The table as comma-separated text with a heading, numbers in full. `classes`: names.
    pub fn to_csv(&self, classes: &[String]) -> String {
        let with_classes = self.classes.len() > 1;
        let class = if with_classes { "class," } else { "" };
        let mut text = format!(
            "column,{class}estimate,lower_95,upper_95,standard_error,{},p_value,typical_difference\n",
            self.statistic_name()
        );
        for row in &self.rows {
            text.push_str(&quoted(&row.name));
            text.push(',');
            if with_classes {
                text.push_str(&quoted(&self.class_name(row.class, classes)));
                text.push(',');
            }
            let numbers = [
                row.estimate,
                row.lower,
                row.upper,
                row.standard_error,
                row.statistic,
                row.p_value,
            ];
            for number in numbers {
                text.push_str(&format!("{number},"));
            }
            if let Some(typical) = row.typical {
                text.push_str(&typical.to_string());
            }
            text.push('\n');
        }
        text
    }
}

/// "Each extra 1 of tenure", "Where plan = Basic, compared with where not,".
fn one_more(row: &CoefficientRow) -> String {
    match row.flag {
        true => format!("{}, compared with the rows where it is not so,", row.name),
        false => format!("Each extra 1 of {}", row.name),
    }
}

/// A cell of comma-separated text.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

impl CoefficientRow {
    fn of(row: &Coefficient, table: &CoefficientTable, origins: &[FeatureOrigin]) -> Self {
        let origin = row.feature.and_then(|feature| origins.get(feature));
        // From one step of the scale to one more of the column.
        let unit = match origin.map(|origin| &origin.reading) {
            Some(Reading::Scaled(scaling)) => 1.0 / scaling.spread,
            _ => 1.0,
        };
        let spread = row
            .feature
            .and_then(|feature| table.spreads.get(feature))
            .filter(|spread| spread.is_finite() && **spread > 0.0);
        Self {
            name: match row.feature {
                Some(feature) => name_at(origins, feature),
                None => START.to_owned(),
            },
            column: origin.map(|origin| origin.column.clone()),
            flag: origin.is_some_and(|origin| origin.reading == Reading::Flag),
            class: row.class,
            estimate: row.estimate * unit,
            standard_error: row.standard_error * unit,
            statistic: row.statistic,
            p_value: row.p_value,
            lower: row.lower * unit,
            upper: row.upper * unit,
            typical: spread.map(|spread| spread / unit),
        }
    }
}
