//! Networks.

use super::*;

const ACTIVATIONS: [Activation; 3] = [Activation::Relu, Activation::Tanh, Activation::Gelu];

/// Loss and gradient of a small network. The same units are left out every time.
fn loss_and_gradient(
    shape: &Shape,
    parameters: &[f64],
    x: &Matrix,
    answers: Answers<'_, f64>,
    dropout: f64,
) -> (f64, Vec<f64>) {
    let task = TaskContext::new();
    let mut passage = Passage::new(shape);
    let input = Input {
        shape,
        parameters,
        x: &x.values,
        rows: x.rows,
        task: &task,
    };
    let dropout = (dropout > 0.0).then(|| Dropout {
        share: dropout,
        random: Random::new(4),
    });
    must(passage.forward(&input, true, dropout));
    must(passage.backward(&input, answers, 3.0));
    (passage.loss / 3.0, passage.gradient)
}

#[test]
fn gradients_of_every_kind_of_layer_are_differences_of_the_loss() {
    let x = random_matrix(7, 3, 21);
    let weights = [1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 0.7];
    for activation in ACTIVATIONS {
        for (loss, outputs, values) in [
            (Loss::Classes, 3, [0.0, 1.0, 2.0, 2.0, 1.0, 0.0, 2.0]),
            (Loss::Numbers, 1, [0.3, -1.0, 2.5, 0.0, 1.0, -0.4, 0.9]),
        ] {
            for (hidden, dropout) in [(0, 0.0), (1, 0.0), (2, 0.0), (2, 0.4)] {
                let mut sizes = vec![3];
                sizes.extend(vec![5; hidden]);
                sizes.push(outputs);
                let shape = Shape {
                    sizes,
                    activation,
                    loss,
                };
                let answers = Answers {
                    values: &values,
                    weights: &weights,
                };
                let mut parameters: Vec<f64> = train::start(&shape, 8);
                let (_, gradient) = loss_and_gradient(&shape, &parameters, &x, answers, dropout);
                let step = 1e-6;
                for place in 0..parameters.len() {
                    let at = parameters[place];
                    let mut loss = |value: f64| {
                        parameters[place] = value;
                        loss_and_gradient(&shape, &parameters, &x, answers, dropout).0
                    };
                    let slope = (loss(at + step) - loss(at - step)) / (2.0 * step);
                    parameters[place] = at;
                    assert!(
                        (slope - gradient[place]).abs() < 1e-7 * (1.0 + slope.abs()),
                        "{shape:?}, dropout {dropout}, place {place}: {slope} {}",
                        gradient[place]
                    );
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct NetworkCase {
    kind: String,
    optimiser: String,
    rate: f64,
    activation: String,
    x: FixtureMatrix,
    y: Vec<f64>,
    start: Vec<f64>,
    steps: usize,
    end: Vec<f64>,
}

#[test]
fn networks_take_the_steps_of_scikit_learn() {
    for case in fixture::<Cases<NetworkCase>>("nets_network").cases {
        let classes = case.kind == "classes";
        let shape = Shape {
            sizes: vec![3, 6, 5, if classes { 3 } else { 1 }],
            activation: if case.activation == "relu" {
                Activation::Relu
            } else {
                Activation::Tanh
            },
            loss: if classes {
                Loss::Classes
            } else {
                Loss::Numbers
            },
        };
        let adam = case.optimiser == "adam";
        let options = Options {
            epochs: case.steps,
            batch: case.y.len(),
            method: if adam {
                Method::Adam
            } else {
                Method::Momentum(0.9)
            },
            rate: case.rate,
            schedule: Schedule::Constant,
            decay: 0.0,
            dropout: 0.0,
            patience: 1000,
        };
        let none = Rows {
            x: Vec::new(),
            answers: Vec::new(),
            weights: Vec::new(),
        };
        let rows = Rows {
            x: case.x.matrix().values,
            answers: case.y,
            weights: Vec::new(),
        };
        let task = TaskContext::new();
        let watch = Watch {
            task: &task,
            seed: 1,
            threads: 1,
            report: &|_| {},
        };
        let trained = must(train::train_from(
            case.start, &shape, &rows, &none, &options, watch,
        ));
        let off = difference(&trained.parameters, &case.end);
        assert!(off < 1e-10, "{} {}: {off}", case.kind, case.optimiser);
    }
}

#[test]
fn networks_learn_bent_patterns_with_every_setting() {
    let (x, classes, numbers) = moons(600, 1);
    let (new, new_classes, new_numbers) = moons(300, 2);
    let base = Params::new().with("rate", 0.01).with("units", 40_i64);
    for params in [
        base.clone(),
        base.clone().with("activation", "tanh"),
        base.clone()
            .with("activation", "gelu")
            .with("layers", 2_i64),
        base.clone()
            .with("precision", "double")
            .with("schedule", "cosine"),
        base.clone().with("dropout", 0.1).with("epochs", 400_i64),
        base.clone()
            .with("optimiser", "momentum")
            .with("rate", 0.1)
            .with("schedule", "step"),
        base.clone().with("early_stopping", false),
    ] {
        let model = fit_with("neural_network", &x, &classes, None, &params);
        let right = accuracy(&*model, &new, &new_classes);
        assert!(right > 0.97, "{params:?}: {right}");
        let model = fit_with("neural_network", &x, &numbers, None, &params);
        let share = explained(&*model, &new, &new_numbers);
        assert!(share > 0.8, "{params:?}: {share}");
    }
    // Without layers in between it is a weighted sum, which cannot follow the moons.
    let flat = base.with("layers", 0_i64);
    let model = fit_with("neural_network", &x, &numbers, None, &flat);
    assert!(explained(&*model, &new, &new_numbers) < 0.6);
}

#[test]
fn networks_report_rounds_and_keep_the_best_weights() {
    let x = random_matrix(120, 5, 31);
    let mut random = Random::new(32);
    // Nothing to be learned: the rows set aside soon say so.
    let codes = (0..120).map(|_| random.below(2) as u32).collect();
    let y = Target::Classes { codes, count: 2 };
    let task = TaskContext::new();
    let rounds: RefCell<Vec<Round>> = RefCell::default();
    let watch = |round| rounds.borrow_mut().push(round);
    let context = FitContext {
        on_round: Some(&watch),
        ..FitContext::new(&task, 5)
    };
    let learner = must(learn::by_id("neural_network"));
    let params = Params::new().with("rate", 0.02);
    let model = must(learner.fit(&x, &y, &params, &context));
    let rounds = rounds.take();
    let numbers: Vec<u32> = rounds.iter().map(|round| round.round).collect();
    assert_eq!(numbers, (1..=rounds.len() as u32).collect::<Vec<_>>());
    assert!(rounds.len() < 200, "{} rounds", rounds.len());
    let checking: Vec<f64> = rounds.iter().filter_map(|round| round.checking).collect();
    assert_eq!(checking.len(), rounds.len());
    let (best, _) = checking
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1))
        .unwrap_or((0, &0.0));
    assert_eq!(model.save()["best"], serde_json::json!(best + 1));
    assert!(rounds[rounds.len() - 1].training < rounds[0].training);
}

#[test]
fn networks_are_the_same_on_any_number_of_threads() {
    let (x, classes, numbers) = moons(700, 3);
    let params = Params::new()
        .with("units", 256_i64)
        .with("layers", 2_i64)
        .with("batch", 512_i64)
        .with("dropout", 0.2)
        .with("epochs", 3_i64);
    for y in [&classes, &numbers] {
        let save = |threads| {
            let task = TaskContext::new();
            let context = FitContext {
                threads,
                ..FitContext::new(&task, 9)
            };
            let learner = must(learn::by_id("neural_network"));
            must(learner.fit(&x, y, &params, &context))
                .save()
                .to_string()
        };
        assert_eq!(save(1), save(2));
        assert_eq!(save(1), save(7));
    }
}

#[test]
fn a_network_stops_within_an_epoch_and_refuses_what_it_cannot_hold() {
    let (x, classes, _) = moons(4000, 3);
    let task = TaskContext::new();
    let context = FitContext::new(&task, 1);
    let params = Params::new().with("units", 2000_i64).with("layers", 3_i64);
    let learner = must(learn::by_id("neural_network"));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Until it is training; one epoch takes minutes.
            while task.current().done == 0 {
                std::thread::yield_now();
            }
            task.cancel();
        });
        learner.fit(&x, &classes, &params, &context)
    });
    assert!(result.err().is_some_and(|error| error.is_cancelled()));
    assert!(task.current().done < 4000);
    let task = TaskContext::new();
    let wide = must(Matrix::new(2, 50_000, vec![1.0; 100_000]));
    let y = Target::Numbers(vec![0.0, 1.0]);
    let code = |params: &Params| {
        let context = FitContext::new(&task, 1);
        let error: Option<UserError> = learner.fit(&wide, &y, params, &context).err();
        error.map(|error| error.code)
    };
    let params = Params::new().with("units", 2048_i64);
    assert_eq!(code(&params), Some("network_too_large".to_owned()));
}
