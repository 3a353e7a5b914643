//! Explainable boosting on many rows: what is kept up to date without visiting the rows is what the
//! rows say.

use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::additive::bag::{Kind, Phase, Term, add};
use benchtop::learn::engine::additive::crossed::Crossed;
use benchtop::learn::engine::additive::curve::Rule;
use benchtop::learn::engine::additive::lesson::{Cell, Lesson, MOST_CELLS, Pass, Sum};
use benchtop::learn::engine::additive::table::Shape;
use benchtop::learn::{self, Feature, FeatureKind, FitContext, Matrix, Target};

const RULE: Rule = Rule {
    leaves: 2,
    min_rows: 4,
    rate: 0.1,
    largest_step: 4.0,
};

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

/// Cells that go together, so that a change of one term matters to the others.
fn cells<C>(rows: usize, count: usize, seed: u64, of: impl Fn(usize) -> C) -> Vec<C> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|row| {
            let shared = row * 7 % 64;
            of((shared + random.below(count / 2)) % count)
        })
        .collect()
}

fn lessons(rows: usize) -> Vec<Lesson> {
    let mut random = Random::new(5);
    let numbers: Vec<f64> = (0..rows).map(|_| random.next_f64() * 3.0).collect();
    let classes: Vec<u32> = numbers.iter().map(|&n| u32::from(n > 2.0)).collect();
    vec![
        Lesson::numbers(&numbers, None),
        Lesson::classes(classes, 2, None),
    ]
}

/// Rows per cell of all terms.
fn rows_of<C: Cell>(phase: &Phase<'_, C>) -> Vec<u32> {
    let mut all = Vec::new();
    for term in &phase.terms {
        let mut rows = vec![0; term.count];
        term.cells.iter().for_each(|cell| rows[cell.place()] += 1);
        all.extend(rows);
    }
    all
}

/// Largest difference of two lists of sums, in units of the largest hessian.
fn apart(one: &[Sum], other: &[Sum], part: usize) -> f64 {
    let unit = other.iter().map(|sum| sum[1]).fold(0.0, f64::max);
    let pairs = one.iter().zip(other);
    pairs.fold(0.0, |far, (a, b)| {
        f64::max(far, (a[part] - b[part]).abs() / unit)
    })
}

/// What is kept after `update` of the first term, and what the rows say: per term.
fn kept_and_counted<C: Cell>(
    phase: &Phase<'_, C>,
    lesson: &Lesson,
    update: &[f32],
) -> Vec<(Vec<Sum>, Vec<Sum>)> {
    let task = TaskContext::new();
    let weights: Vec<f32> = (0..lesson.rows())
        .map(|row| f32::from(u8::from(row % 6 != 0)))
        .collect();
    let mut scores = vec![0.2_f32; lesson.rows()];
    let crossed = Crossed::new(phase, lesson, &rows_of(phase));
    let mut crossed = crossed.unwrap_or_else(|| panic!("not for these rows"));
    must(crossed.visit(phase, lesson, &weights, &mut scores, &task));
    crossed.change(0, update);
    let sums = |crossed: &Crossed| -> Vec<Vec<Sum>> {
        let of = |place: usize| {
            let mut sums = vec![[0.0; 2]; phase.terms[place].count];
            crossed.sums_of(place, &mut sums);
            sums
        };
        (0..phase.terms.len()).map(of).collect()
    };
    let kept = sums(&crossed);
    let mut by_hand = scores.clone();
    let mut updates = update.to_vec();
    updates.resize(MOST_CELLS, 0.0);
    must(add(&mut by_hand, phase.terms[0].cells, &updates, 1, &task));
    let mut pass = Pass::new(MOST_CELLS, 1);
    let counted = phase.terms.iter().map(|term| {
        lesson.add_up(term.cells, &by_hand, &weights, &mut pass, term.count);
        pass.sums[..term.count].to_vec()
    });
    let counted: Vec<Vec<Sum>> = counted.collect();
    // A visit brings the scores and all sums to where the terms are.
    must(crossed.visit(phase, lesson, &weights, &mut scores, &task));
    assert_eq!(scores, by_hand);
    for (visited, counted) in sums(&crossed).iter().zip(&counted) {
        assert!(apart(visited, counted, 0) < 1e-6 && apart(visited, counted, 1) < 1e-6);
    }
    kept.into_iter().zip(counted).collect()
}

#[test]
fn curves_of_others_change_as_the_rows_say() {
    let rows = 20_000;
    let columns = [90, 200, 31].map(|count| (cells(rows, count, count as u64, |c| c as u8), count));
    let terms = columns.iter().map(|(cells, count)| Term {
        cells: &cells[..],
        count: *count,
        kind: Kind::Curve {
            category: false,
            direction: 0,
        },
    });
    let phase = Phase::new(terms.collect(), RULE, 10, 1);
    let update: Vec<f32> = (0..90)
        .map(|bin| if bin < 40 { -0.1 } else { 0.15 })
        .collect();
    for (lesson, tolerance) in lessons(rows).iter().zip([1e-5, 2e-3]) {
        for (kept, counted) in kept_and_counted(&phase, lesson, &update) {
            let off = apart(&kept, &counted, 0);
            assert!(off < tolerance, "{off}");
            // Without the change they would be further off.
            let mean = counted.iter().map(|sum| sum[1]).sum::<f64>() / counted.len() as f64;
            assert!(mean > 0.0);
        }
    }
}

#[test]
fn tables_change_as_the_rows_say_where_groups_change_as_one() {
    let rows = 20_000;
    let shape = Shape {
        first: 33,
        second: 33,
    };
    let tables = [3, 4].map(|seed| cells(rows, shape.first * shape.second, seed, |c| c as u16));
    let terms = tables.iter().map(|cells| Term {
        cells: &cells[..],
        count: shape.first * shape.second,
        kind: Kind::Table(shape),
    });
    let phase = Phase::new(terms.collect(), RULE, 10, 1);
    // The same everywhere but for blanks of the first column, which are groups of their own.
    let update: Vec<f32> = (0..33 * 33)
        .map(|cell| if cell / 33 == 32 { 0.2 } else { -0.1 })
        .collect();
    for (lesson, tolerance) in lessons(rows).iter().zip([1e-5, 5e-3]) {
        let found = kept_and_counted(&phase, lesson, &update);
        let own = apart(&found[0].0, &found[0].1, 0);
        assert!(own < tolerance, "{own}");
        // Of the other table, the sum over all cells.
        let sum = |sums: &[Sum]| sums.iter().map(|sum| sum[0]).sum::<f64>();
        let all = found[1].1.iter().map(|sum| sum[1]).sum::<f64>();
        let off = (sum(&found[1].0) - sum(&found[1].1)).abs() / all;
        assert!(off < tolerance, "{off}");
    }
}

#[test]
fn a_logarithm_of_a_product_is_the_sum_of_the_logarithms() {
    let codes: Vec<u32> = (0..3_001).map(|row| row % 2).collect();
    let lesson = Lesson::classes(codes.clone(), 2, None);
    let scores: Vec<f32> = (0..3_001)
        .map(|row| (row as f32 - 1_500.0) / 30.0)
        .collect();
    let rows: Vec<u32> = (0..3_001).filter(|row| row % 3 != 0).collect();
    let each = rows.iter().map(|&row| {
        let score = f64::from(scores[row as usize]);
        score.max(0.0) + (-score.abs()).exp().ln_1p() - f64::from(codes[row as usize]) * score
    });
    let mean = each.sum::<f64>() / rows.len() as f64;
    let found = lesson.loss(&rows, &scores);
    assert!((found - mean).abs() < 1e-6 * mean, "{found} {mean}");
}

/// Three numbers and a category; the answers are not additive.
fn data(rows: usize) -> (Matrix, Vec<Feature>, Vec<f64>) {
    let mut random = Random::new(11);
    let (mut values, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let a = f64::from((random.next_f64() * 4.0 - 2.0) as f32);
        let b = f64::from((a + random.next_f64() * 2.0) as f32);
        let c = f64::from(random.next_f64() as f32);
        let code = random.below(5) as f64;
        let noise = random.next_f64() + random.next_f64() - 1.0;
        values.extend([a, b, c, code]);
        answers.push((2.0 * a).sin() + b * c + 0.3 * code + noise);
    }
    let feature = |column: usize| Feature {
        name: format!("c{column}"),
        kind: if column == 3 {
            FeatureKind::Category { levels: 5 }
        } else {
            FeatureKind::Number
        },
    };
    let x = must(Matrix::new(rows, 4, values));
    (x, (0..4).map(feature).collect(), answers)
}

fn targets(answers: &[f64]) -> [Target; 2] {
    let codes = answers.iter().map(|&answer| u32::from(answer > 1.0));
    [
        Target::Numbers(answers.to_vec()),
        Target::Classes {
            codes: codes.collect(),
            count: 2,
        },
    ]
}

fn params(rounds: i64) -> Params {
    Params::new()
        .with("rounds", rounds)
        .with("drawn_rounds", rounds / 2)
        .with("bags", 2_i64)
        .with("pairs", 3_i64)
}

#[test]
fn many_rows_give_the_same_bytes_on_any_number_of_threads() {
    let (x, features, answers) = data(17_000);
    let task = TaskContext::new();
    for y in targets(&answers) {
        let fitted = |threads| {
            let mut context = FitContext::new(&task, 9);
            context.features = &features;
            context.threads = threads;
            let learner = must(learn::by_id("explainable_boosting"));
            let model = must(learner.fit(&x, &y, &params(24), &context));
            model.save().to_string()
        };
        assert!(fitted(1) == fitted(3), "differs on three threads");
    }
}

/// With one row less every step visits the rows; the two ways find the same.
#[test]
fn steps_without_the_rows_lead_where_steps_with_them_do() {
    let (x, features, answers) = data(16_384 + 4_000);
    let task = TaskContext::new();
    let checked: Vec<usize> = (16_384..x.rows).collect();
    let unseen = x.take_rows(&checked);
    let mut context = FitContext::new(&task, 9);
    context.features = &features;
    for y in targets(&answers) {
        let predicted = [16_383, 16_384].map(|rows| {
            let known: Vec<usize> = (0..rows).collect();
            let learner = must(learn::by_id("explainable_boosting"));
            let fitted = learner.fit(&x.take_rows(&known), &y.rows(&known), &params(60), &context);
            must(must(fitted).predict(&unseen, &task))
        });
        let losses = predicted.map(|predicted| {
            let outputs = y.outputs();
            let rows = checked.iter().zip(predicted.chunks_exact(outputs));
            let losses = rows.map(|(&row, predicted)| match &y {
                Target::Numbers(values) => (predicted[0] - values[row]).powi(2),
                Target::Classes { codes, .. } => -predicted[codes[row] as usize].ln(),
            });
            losses.sum::<f64>() / checked.len() as f64
        });
        let share = losses[1] / losses[0] - 1.0;
        assert!(share.abs() < 0.02, "{losses:?}");
        // Both have learned: noise alone is 1/6, a coin ln 2.
        let most = if y.outputs() == 1 { 0.4 } else { 0.45 };
        assert!(losses[0] < most, "{losses:?}");
    }
}
