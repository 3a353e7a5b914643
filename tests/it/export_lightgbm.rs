//! Trees leave as LightGBM text and score the same when they are read back; what LightGBM cannot
//! say is refused.

use std::path::Path;

use benchtop::base::{Fingerprint, Params, Random, TaskContext, UserError};
use benchtop::clean::Step;
use benchtop::data::Table;
use benchtop::data::table::NewValues;
use benchtop::export::{self, Parity};
use benchtop::learn;
use benchtop::pipeline::{FittedPipeline, LearningPlan};

use crate::exports::{self, column, disagreeing, fit_first};
use crate::support::{must, names, step, temporary_folder};

const ROWS: usize = 500;
/// Rows learned from; the others hold a city that was never seen.
const TRAINED: usize = 400;
const CITIES: [&str; 5] = ["Aarhus", "Bern", "São Paulo", "d'Oro, \"X\"", "=[a:b]="];

/// Numbers that `f32` cannot hold, categories, yes/no, dates, and blanks in all of them.
fn mixed() -> Table {
    let mut random = Random::new(11);
    let (mut income, mut city, mut member, mut joined) = (vec![], vec![], vec![], vec![]);
    let (mut kind, mut answer, mut amount) = (vec![], vec![], vec![]);
    for row in 0..ROWS {
        let earned = 0.1 * random.below(300) as f64;
        let place = random.below(CITIES.len());
        let yes = random.below(2) == 1;
        let noise = random.next_f64();
        let score = earned / 10.0 + [3.0, 0.0, 2.0, 1.0, 2.5][place] + noise;
        let unseen = row >= TRAINED && row % 4 == 0;
        let name = if unseen { "Never seen" } else { CITIES[place] };
        let mut blank = |one_in| random.below(one_in) == 0;
        income.push(if blank(6) { f64::NAN } else { earned });
        city.push((!blank(7)).then(|| name.to_owned()));
        member.push((!blank(8)).then_some(yes));
        joined.push((!blank(9)).then_some(18_000 + (row as i32 * 37) % 900));
        kind.push(Some(
            ["low", "middle", "high"][(score / 2.0).clamp(0.0, 2.0) as usize].to_owned(),
        ));
        answer.push(Some(score + f64::from(u8::from(yes)) > 3.5));
        amount.push(score * 12.5 + 1.0);
    }
    must(Table::of_columns(
        &[
            column("income = [net]", NewValues::Numbers(income)),
            column("city", NewValues::Texts(city)),
            column("member", NewValues::YesNo(member)),
            column("joined", NewValues::Days(joined)),
            column("kind", NewValues::Texts(kind)),
            column("answer", NewValues::YesNo(answer)),
            column("amount", NewValues::Numbers(amount)),
        ],
        Fingerprint::of(&[b"mixed for LightGBM"]),
    ))
}

#[derive(Default)]
struct Wish {
    params: Params,
    preparation: Params,
    steps: Vec<Step>,
}

fn fit(table: &Table, learner: &str, target: &str, wish: &Wish) -> FittedPipeline {
    let features = names(&["income = [net]", "city", "member", "joined"]);
    let wish = exports::Wish {
        plan: LearningPlan {
            target: target.to_owned(),
            features,
            steps: wish.steps.clone(),
        },
        learner,
        params: &wish.params,
        preparation: &wish.preparation,
        first: TRAINED,
    };
    fit_first(table, &wish)
}

fn send(pipeline: &FittedPipeline, table: &Table, path: &Path) -> Result<Parity, UserError> {
    export::export_lightgbm(pipeline, table, path, &TaskContext::new())
}

fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn lightgbm_text_of_trees_reads_back_equal() {
    let table = mixed();
    let folder = temporary_folder("lightgbm");
    for (learner, target, head) in [
        (
            "gradient_boosting",
            "answer",
            "objective=binary sigmoid:1\n",
        ),
        (
            "gradient_boosting",
            "kind",
            "objective=multiclass num_class:3\n",
        ),
        ("gradient_boosting", "amount", "objective=regression\n"),
        (
            "random_forest",
            "answer",
            "max_feature_idx=3\naverage_output\n",
        ),
        (
            "random_forest",
            "kind",
            "max_feature_idx=3\naverage_output\n",
        ),
        (
            "random_forest",
            "amount",
            "objective=regression\naverage_output\n",
        ),
        (
            "extra_trees",
            "kind",
            "num_class=3\nnum_tree_per_iteration=3\n",
        ),
        (
            "extra_trees",
            "amount",
            "objective=regression\naverage_output\n",
        ),
    ] {
        let what = format!("{learner} on {target}");
        let pipeline = fit(&table, learner, target, &Wish::default());
        let path = folder.join(format!("{learner}-{target}.txt"));
        let parity = must(send(&pipeline, &table, &path));
        assert_eq!(parity.rows, ROWS as u64, "{what}");
        assert!(
            parity.labels_equal && parity.largest_difference <= 1e-9,
            "{what}"
        );
        let text = text_of(&path);
        assert!(text.starts_with("tree\nversion=v4\n"), "{what}");
        assert!(text.contains(head), "{what}: {}", &text[..300]);
        assert!(text.contains("\nfeature_names=income____net_ city member joined\n"));
        assert!(
            text.contains("\ncat_threshold="),
            "{what}: no set of categories"
        );
        let columns: serde_json::Value = serde_json::from_str(&text_of(
            &folder.join(format!("{learner}-{target}.columns.json")),
        ))
        .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(columns["columns"][0]["name"], "income = [net]", "{what}");
        for city in CITIES {
            assert!(
                columns["columns"][1]["codes"][city].is_u64(),
                "{what}: {city}"
            );
        }
    }
    let files = std::fs::read_dir(&folder).map_or(0, Iterator::count);
    assert_eq!(files, 16, "a temporary file was left behind");
}

#[test]
fn lightgbm_knows_every_loss_of_boosting() {
    let table = mixed();
    let folder = temporary_folder("lightgbm-losses");
    for (loss, objective) in [
        ("squared", "regression"),
        ("absolute", "regression_l1"),
        ("quantile", "quantile"),
        ("poisson", "poisson"),
        ("gamma", "gamma"),
    ] {
        let wish = Wish {
            params: Params::new().with("loss", loss),
            ..Wish::default()
        };
        let pipeline = fit(&table, "gradient_boosting", "amount", &wish);
        let path = folder.join(format!("{loss}.txt"));
        must(send(&pipeline, &table, &path));
        let text = text_of(&path);
        assert!(
            text.contains(&format!("\nobjective={objective}\n")),
            "{loss}"
        );
    }
}

#[test]
fn what_lightgbm_cannot_say_is_refused() {
    let table = mixed();
    let folder = temporary_folder("lightgbm-refused");
    let path = folder.join("model.txt");
    let columns = Params::new().with("columns", names(&["city"]));
    let drop = step("fill_blanks", columns.with("how", "most_frequent"));
    let one_hot = Params::new().with("categories", "one_hot");
    let mut cases = vec![
        (
            "gradient_boosting",
            Wish {
                steps: vec![drop],
                ..Wish::default()
            },
            "steps",
        ),
        (
            "random_forest",
            Wish {
                preparation: one_hot,
                ..Wish::default()
            },
            "city is prepared",
        ),
    ];
    for learner in learn::REGISTRY {
        let known = ["gradient_boosting", "random_forest", "extra_trees"];
        if learner.capabilities().numbers && !known.contains(&learner.id()) {
            cases.push((learner.id(), Wish::default(), learner.name()));
        }
    }
    for (learner, wish, word) in cases {
        let pipeline = fit(&table, learner, "amount", &wish);
        let Err(error) = send(&pipeline, &table, &path) else {
            panic!("{learner} was written");
        };
        assert_eq!(error.code, "lightgbm_not_possible", "{learner}");
        assert!(
            error.report().contains(word),
            "{learner}: {}",
            error.report()
        );
    }
    assert_eq!(std::fs::read_dir(&folder).map_or(9, Iterator::count), 0);
}

#[test]
fn lightgbm_text_that_disagrees_is_not_kept() {
    let table = mixed();
    let honest = fit(&table, "gradient_boosting", "amount", &Wish::default());
    let different = disagreeing(honest, 1e-6);
    let folder = temporary_folder("lightgbm-disagrees");
    let path = folder.join("model.txt");
    std::fs::write(&path, b"what was there before").unwrap_or_else(|error| panic!("{error}"));
    let Err(error) = send(&different, &table, &path) else {
        panic!("it was written");
    };
    assert_eq!(error.code, "export_disagrees");
    assert_eq!(text_of(&path), "what was there before");
    assert_eq!(std::fs::read_dir(&folder).map_or(9, Iterator::count), 1);
}
