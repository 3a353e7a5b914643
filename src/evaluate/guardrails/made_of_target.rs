//! G3: the target is a re-coding of a column, or made of two.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::evidence::Fact;
use crate::evaluate::finding::{Action, Finding};
use crate::learn::Task;

pub struct MadeOfTarget;

impl Guardrail for MadeOfTarget {
    fn id(&self) -> &'static str {
        "G3"
    }

    fn name(&self) -> &'static str {
        "Columns the target is made of"
    }

    fn checked(&self) -> &'static str {
        "Every column and every pair of number columns is compared with the answer: the same order and ties, a sum, a difference or a product, in at least 99 % of the rows."
    }

    fn before(
        &self,
        evidence: &Evidence<'_>,
        task: &TaskContext,
    ) -> Result<Vec<Finding>, UserError> {
        let mut found = Vec::new();
        let mut recoded = Vec::new();
        for fact in &evidence.facts {
            task.check()?;
            if is_recoding(evidence, fact) {
                recoded.push(fact.name.as_str());
                found.push(recoding(evidence.target, &fact.name));
            }
        }
        if matches!(evidence.task, Task::Number) && varies(&evidence.answers) {
            let numbers: Vec<(&str, &[f64])> = evidence
                .facts
                .iter()
                .filter(|fact| !recoded.contains(&fact.name.as_str()))
                .filter_map(|fact| Some((fact.name.as_str(), fact.numbers()?)))
                .filter(|(_, values)| varies(values))
                .collect();
            for (place, a) in numbers.iter().enumerate() {
                task.check()?;
                for b in numbers.iter().skip(place + 1) {
                    found.extend(of_two(evidence.target, &evidence.answers, *a, *b));
                }
            }
        }
        Ok(found)
    }
}

const ROWS: usize = 20;
/// Share of rows in which it must hold.
const HOLDS: f64 = 0.99;
const RELATIVE: f64 = 1e-9;
/// Different values from which on a shared order is no chance.
const DIFFERENT: usize = 10;

fn varies(values: &[f64]) -> bool {
    let mut finite = values.iter().filter(|value| value.is_finite());
    let first = finite.next();
    finite.any(|value| Some(value) != first)
}

fn recoding(target: &str, column: &str) -> Finding {
    let columns = vec![column.to_owned()];
    Finding::new(
        ("G3", "made_of_target"),
        Severity::Stop,
        format!("{column} says the same as {target} in other values, in every row."),
        "A model would copy it and learn nothing about the other columns.",
        "Leave it out unless you would know it at the moment you predict",
    )
    .about(&columns)
    .offering([Action::LeaveOut { columns }, Action::KnownBefore])
}

/// Numbers: the same order with the same ties, or the reverse. Classes: one value per class.
fn is_recoding(evidence: &Evidence<'_>, fact: &Fact) -> bool {
    let labels = fact.labels();
    let mut pairs: Vec<(f64, f64)> = labels
        .iter()
        .zip(&evidence.answers)
        .filter(|(label, _)| label.is_finite())
        .map(|(label, answer)| (*label, *answer))
        .collect();
    if pairs.len() < ROWS || (pairs.len() as f64) < HOLDS * labels.len() as f64 {
        return false;
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs.dedup();
    let one_each = pairs
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.0 != b.0));
    if !one_each {
        return false;
    }
    let mut answers: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let ordered = answers.is_sorted_by(|a, b| a < b) || answers.is_sorted_by(|a, b| a > b);
    answers.sort_by(f64::total_cmp);
    answers.dedup();
    let as_many = answers.len() == pairs.len();
    match evidence.task {
        Task::Classes { .. } => as_many,
        // Texts have no order: as many of them as answers, each seen more than once.
        Task::Number if fact.numbers().is_some() => ordered && pairs.len() >= DIFFERENT,
        Task::Number => as_many && pairs.len() >= 3 && pairs.len() * 3 <= labels.len(),
    }
}

type Named<'a> = (&'a str, &'a [f64]);

fn of_two(target: &str, answers: &[f64], a: Named<'_>, b: Named<'_>) -> Option<Finding> {
    let holds = |make: fn(f64, f64) -> f64| holds(answers, a.1, b.1, make);
    let (sentence, share) = if let Some(share) = holds(|a, b| a + b) {
        (format!("{} + {} = {target}", a.0, b.0), share)
    } else if let Some(share) = holds(|a, b| a - b) {
        (format!("{} − {} = {target}", a.0, b.0), share)
    } else if let Some(share) = holds(|a, b| b - a) {
        (format!("{} − {} = {target}", b.0, a.0), share)
    } else {
        let share = holds(|a, b| a * b)?;
        (format!("{} × {} = {target}", a.0, b.0), share)
    };
    let rows = if share == 1.0 {
        "every row".to_owned()
    } else {
        format!("{} of the rows", format::share(share))
    };
    let columns = vec![a.0.to_owned(), b.0.to_owned()];
    Some(
        Finding::new(
            ("G3", "made_of_target"),
            Severity::Stop,
            format!("{sentence} in {rows}."),
            "A model would only add up its own answer: near perfect here, useless when the parts are not known yet.",
            "Leave both out unless you would know them at the moment you predict",
        )
        .about(&columns)
        .jointly()
        .offering([Action::LeaveOut { columns }, Action::KnownBefore]),
    )
}

/// Share of the filled rows in which `make(a, b)` is the answer; None below [`HOLDS`].
fn holds(answers: &[f64], a: &[f64], b: &[f64], make: fn(f64, f64) -> f64) -> Option<f64> {
    let (mut seen, mut wrong, mut told) = (0usize, 0usize, 0usize);
    let most = ((1.0 - HOLDS) * answers.len() as f64) as usize;
    for ((answer, a), b) in answers.iter().zip(a).zip(b) {
        if !a.is_finite() || !b.is_finite() {
            continue;
        }
        seen += 1;
        // Where one part is 0 the other alone is the answer, which shows nothing of the two.
        told += usize::from(*a != 0.0 && *b != 0.0);
        let size = answer.abs().max(a.abs()).max(b.abs());
        if (make(*a, *b) - answer).abs() > RELATIVE * size {
            wrong += 1;
            if wrong > most {
                return None;
            }
        }
    }
    let share = 1.0 - wrong as f64 / seen.max(1) as f64;
    (told >= ROWS && share >= HOLDS && seen * 2 >= answers.len()).then_some(share)
}
