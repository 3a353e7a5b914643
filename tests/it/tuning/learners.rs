//! Learners tuned on the folds of a cross-validation.

use super::*;

/// Rows of four columns and an answer.
#[derive(Clone)]
struct Rows(Vec<([f64; 4], bool)>);

impl Rows {
    /// Two classes in two columns with much overlap, and two columns of noise. `answer`: false for
    /// an answer that has nothing to do with them.
    fn made_up(rows: usize, answer: bool, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let row = |_| {
            let row = [0; 4].map(|_| random.next_f64() * 2.0 - 1.0);
            let chance = 1.0 / (1.0 + (-4.0 * (row[0] * row[1] * 2.0 + row[0])).exp());
            let yes = random.next_f64() < if answer { chance } else { 0.5 };
            (row, yes)
        };
        Self((0..rows).map(row).collect())
    }

    fn table(&self) -> Table {
        let mut columns: Vec<NewColumn> = (0..4)
            .map(|at| NewColumn {
                name: format!("c{at}"),
                values: NewValues::Numbers(self.0.iter().map(|(row, _)| row[at]).collect()),
            })
            .collect();
        let word = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
        columns.push(NewColumn {
            name: "answer".to_owned(),
            values: NewValues::Texts(self.0.iter().map(|(_, yes)| word(*yes)).collect()),
        });
        must(Table::of_columns(&columns, Fingerprint::default()))
    }
}

fn plan() -> LearningPlan {
    LearningPlan {
        target: "answer".to_owned(),
        features: (0..4).map(|at| format!("c{at}")).collect(),
        steps: Vec::new(),
    }
}

fn learner_spec(learner: &str, method: SearchMethod, trials: usize) -> TuneSpec {
    TuneSpec {
        method,
        trials,
        ..TuneSpec::new(learner)
    }
}

/// All but the time it took.
fn without_time(mut tuning: Tuning) -> Tuning {
    tuning.seconds = 0.0;
    for trial in &mut tuning.trials {
        for fold in &mut trial.folds {
            fold.fit_seconds = 0.0;
            fold.predict_seconds = 0.0;
        }
    }
    tuning
}

#[test]
fn a_learner_is_tuned_on_the_folds_of_a_cross_validation() {
    let table = Rows::made_up(240, true, 1).table();
    let task = TaskContext::new();
    let prepared = must(pipeline::prepare(&table, &plan(), &task));
    let rows = prepared.eligible_rows();
    for (learner, method) in [
        ("decision_tree", SearchMethod::Tpe),
        ("gradient_boosting", SearchMethod::Halving),
        ("support_vector_machine", SearchMethod::Random),
    ] {
        let mut spec = learner_spec(learner, method, 14);
        if learner == "gradient_boosting" {
            must(
                spec.narrowing
                    .add(must(learn::by_id(learner)), "rounds=5..30"),
            );
        }
        let tune = |threads| {
            must(tune_prepared(
                &prepared, &rows, &spec, threads, &task, &quiet,
            ))
        };
        let tuning = without_time(tune(1));
        assert_eq!(tuning, without_time(tune(2)), "{learner}");
        assert_eq!(tuning.metric, "auc");
        for trial in [tuning.usual_trial(), tuning.best_trial()]
            .into_iter()
            .flatten()
        {
            let run = RunSpec {
                plan: plan(),
                learner: learner.to_owned(),
                params: trial.params.clone(),
                preparation: Params::new(),
                folds: 5,
                seed: 1,
                split: SplitPlan::default(),
            };
            let run = must(cross_validate_prepared(&prepared, &run, &task, &mut |_| {}));
            let score = &run.scores["auc"];
            let folds: Vec<f64> = trial.folds.iter().filter_map(|fold| fold.score).collect();
            assert_eq!(folds, score.folds, "{learner}");
            assert_eq!(trial.score, Some(score.mean));
            let margin = trial.margin.unwrap();
            assert!((score.mean + margin - score.upper).abs() < 1e-12 || score.upper == 1.0);
        }
        let (best, usual) = (tuning.best_trial().unwrap(), tuning.usual_trial().unwrap());
        assert!(best.score >= usual.score);
        assert!(best.training.is_some() && best.gap(true).unwrap() > -0.2);
        assert!(tuning.luck().unwrap() >= 0.0);
        let saved = serde_json::to_string(&tuning).unwrap();
        assert_eq!(serde_json::from_str::<Tuning>(&saved).unwrap(), tuning);
    }
}

#[test]
fn rows_that_are_kept_apart_are_never_looked_at() {
    let task = TaskContext::new();
    let outcome = |table: &Table| {
        let prepared = must(pipeline::prepare(table, &plan(), &task));
        let rows: Vec<u32> = prepared
            .eligible_rows()
            .into_iter()
            .filter(|r| r % 4 != 0)
            .collect();
        let spec = learner_spec("decision_tree", SearchMethod::Tpe, 12);
        without_time(must(tune_prepared(
            &prepared, &rows, &spec, 2, &task, &quiet,
        )))
    };
    let open = Rows::made_up(200, true, 2);
    let other = Rows::made_up(200, true, 3);
    // The same rows but for every fourth, which is from another table. The first two stay, so that
    // the classes are the same.
    let mut mixed = open.clone();
    for row in (4..200).step_by(4) {
        mixed.0[row] = other.0[row];
    }
    let (open, other, mixed) = (open.table(), other.table(), mixed.table());
    assert_eq!(outcome(&open), outcome(&mixed));
    assert_ne!(outcome(&open), outcome(&other));
}

#[test]
fn nested_evaluation_is_not_fooled_by_the_choice_among_trials() {
    let task = TaskContext::new();
    let mut best = Vec::new();
    let mut honest = Vec::new();
    for seed in 0..6 {
        let noise = Rows::made_up(90, false, 100 + seed).table();
        let prepared = must(pipeline::prepare(&noise, &plan(), &task));
        let rows = prepared.eligible_rows();
        let spec = TuneSpec {
            patience: 0,
            folds: 3,
            ..learner_spec("decision_tree", SearchMethod::Random, 40)
        };
        let tuning = must(tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet));
        best.push(tuning.best_trial().unwrap().score.unwrap());
        let outer = AtomicUsize::new(0);
        let found = must(nested(&prepared, &rows, &spec, 2, &task, &|event| {
            if matches!(event, NestedEvent::FoldDone(_)) {
                outer.fetch_add(1, Ordering::SeqCst);
            }
        }));
        assert_eq!(outer.into_inner(), 3);
        assert_eq!(found.folds.len(), 3);
        assert_eq!(found.folds.iter().map(|f| f.rows_checked).sum::<u64>(), 90);
        honest.push(found.mean.unwrap());
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // There is nothing to learn, so the truth is one half.
    assert!(mean(&best) > 0.56, "{best:?}");
    assert!((mean(&honest) - 0.5).abs() < 0.06, "{honest:?}");
}

#[test]
fn a_metric_can_be_chosen_and_must_suit_the_target() {
    let table = Rows::made_up(120, true, 4).table();
    let task = TaskContext::new();
    let prepared = must(pipeline::prepare(&table, &plan(), &task));
    let rows = prepared.eligible_rows();
    let mut spec = learner_spec("logistic_regression", SearchMethod::Tpe, 12);
    spec.metric = Some("log_loss".to_owned());
    let tuning = must(tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet));
    assert!(!tuning.higher_is_better);
    let lowest = tuning
        .trials
        .iter()
        .filter_map(|t| t.score)
        .fold(f64::INFINITY, f64::min);
    assert_eq!(tuning.best_trial().unwrap().score, Some(lowest));
    spec.metric = Some("r_squared".to_owned());
    let error = tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet).err();
    assert_eq!(error.unwrap().code, "unknown_metric");
    let linear = learner_spec("linear_discriminant_analysis", SearchMethod::Random, 3);
    let fixed = TuneSpec {
        fixed: Params::new().with("shrinkage", 0.5),
        ..linear
    };
    let error = tune_prepared(&prepared, &rows, &fixed, 2, &task, &quiet).err();
    assert_eq!(error.unwrap().code, "nothing_to_tune");
}
