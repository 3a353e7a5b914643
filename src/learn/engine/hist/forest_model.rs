//! A fitted forest as a model: the mean of what its trees say.

use serde::{Deserialize, Serialize};

use super::bins::{MOST_BINS, bins_of};
use super::ensemble::TreeEnsemble;
use super::forest::{CategoryOrder, ForestAnswers, ForestOptions, forest};
use super::leaves::proximity;
use crate::base::graph::{Attribute, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};
use crate::learn::engine::{self, saved};
use crate::learn::{FitContext, Matrix, Model, ModelFact, OutOfBag, Target};

/// How well the forest predicts rows that a tree did not learn from; see [`OutOfBag`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub score: f64,
    pub rows: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestModel {
    pub trees: TreeEnsemble,
    /// Classes seen in training, ascending; the others have probability 0. Empty for numbers.
    /// With two, the trees speak for the second one.
    pub present: Vec<u32>,
    /// Classes in all; 0 for numbers.
    pub classes: usize,
    pub out_of_bag: Option<LeftOut>,
}

static COLUMNS: &[(&str, &str)] = &[
    ("auto", "Square root for classes, a third for numbers"),
    ("root", "Square root of all columns"),
    ("third", "A third of the columns"),
    ("all", "All columns"),
];

/// Settings that forests share.
pub static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "trees",
        label: "Trees",
        help: "More trees take longer and make the forest steadier, never worse",
        kind: ParamKind::Integer { min: 1, max: 5000 },
        default: ParamDefault::Integer(100),
    },
    ParamSpec {
        key: "columns",
        label: "Columns looked at per question",
        help: "Fewer columns make the trees more different from one another (features per split)",
        kind: ParamKind::Choice(COLUMNS),
        default: ParamDefault::Text("auto"),
    },
    ParamSpec {
        key: "min_rows_leaf",
        label: "Fewest rows per answer",
        help: "An answer of a tree must rest on at least this many practice rows (minimum leaf size)",
        kind: ParamKind::Integer {
            min: 1,
            max: 100_000,
        },
        default: ParamDefault::Integer(5),
    },
    ParamSpec {
        key: "max_depth",
        label: "Most questions in a row",
        help: "0 sets no limit (maximum depth)",
        kind: ParamKind::Integer { min: 0, max: 1000 },
        default: ParamDefault::Integer(0),
    },
];

/// Where forests are tuned. More trees only take longer.
pub static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("columns", &["auto", "root", "third", "all"]),
    SearchSpec::integer("min_rows_leaf", 1, 50).logarithmic(),
];

/// What [`PARAMS`] say, for a forest on so many columns.
pub fn options_of(params: &Params, columns: usize, classes: bool, draw: bool) -> ForestOptions {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1);
    let per_node = match params.text("columns") {
        "all" => columns as f64,
        "root" => (columns as f64).sqrt(),
        "third" => columns as f64 / 3.0,
        _ if classes => (columns as f64).sqrt(),
        _ => columns as f64 / 3.0,
    };
    ForestOptions {
        trees: whole("trees") as u32,
        most_depth: match whole("max_depth") {
            0 => usize::MAX,
            depth => depth,
        },
        min_rows_leaf: whole("min_rows_leaf") as u64,
        columns_per_node: (per_node as usize).clamp(1, columns.max(1)),
        draw_rows: draw,
        random_cuts: !draw,
        category_order: CategoryOrder::NodeAnswers,
    }
}

impl ForestModel {
    pub fn fit(
        x: &Matrix,
        y: &Target,
        options: &ForestOptions,
        context: &FitContext<'_>,
    ) -> Result<Self, UserError> {
        let fit = |answers: ForestAnswers<'_>| {
            let binned = bins_of(x, context, MOST_BINS)?;
            forest(&binned, answers, options, context)
        };
        match y {
            Target::Numbers(values) => {
                let grown = fit(ForestAnswers::Numbers {
                    values,
                    shares: false,
                })?;
                Ok(Self {
                    out_of_bag: explained(&grown.out_of_bag, values),
                    trees: grown.trees,
                    present: Vec::new(),
                    classes: 0,
                })
            }
            Target::Classes { codes, count } => {
                let present = engine::present_classes(codes, *count, context.weights);
                let places = engine::places_of(codes, &present);
                let values: Vec<f64> = places.iter().map(|&place| f64::from(place)).collect();
                let (trees, out_of_bag) = match present.len() {
                    0 | 1 => (TreeEnsemble::new(x.cols, vec![0.0], 1), None),
                    2 => {
                        let grown = fit(ForestAnswers::Numbers {
                            values: &values,
                            shares: true,
                        })?;
                        let right = right(&grown.out_of_bag, 1, &places);
                        (grown.trees, right)
                    }
                    many => {
                        let grown = fit(ForestAnswers::Classes {
                            codes: &places,
                            count: many,
                        })?;
                        let right = right(&grown.out_of_bag, many, &places);
                        (grown.trees, right)
                    }
                };
                Ok(Self {
                    trees,
                    present,
                    classes: *count,
                    out_of_bag,
                })
            }
        }
    }

    /// The inverse of saving, with every check.
    pub fn load(saved: &serde_json::Value, learner: &str) -> Result<Self, UserError> {
        let model: Self = saved::read(saved, learner)?;
        saved::require_shape(model.trees.features, model.classes.max(1), learner)?;
        let outputs = match model.present.len() {
            0..=2 => 1,
            many => many,
        };
        let known = model.present.windows(2).all(|pair| pair[0] < pair[1])
            && model
                .present
                .iter()
                .all(|&class| (class as usize) < model.classes);
        let holds = known
            && (model.classes > 0) != model.present.is_empty()
            && model.trees.outputs == outputs
            && model.trees.width == outputs
            && model.out_of_bag.is_none_or(|score| score.score.is_finite());
        saved::require(holds, learner, "its trees do not fit its classes")?;
        let shares = model.classes == 0 || model.gives_shares();
        saved::require(shares, learner, "its trees give no probabilities")?;
        Ok(model)
    }

    /// Whether the mean over the trees is a set of probabilities.
    fn gives_shares(&self) -> bool {
        if self.present.len() == 1 {
            return self.trees.trees() == 0 && self.trees.base == [0.0];
        }
        let trees = self.trees.trees();
        let mean = trees > 0 && (self.trees.scale * trees as f64 - 1.0).abs() < 1e-9;
        let from_zero = self.trees.base.iter().all(|&base| base == 0.0);
        let values = &self.trees.value;
        mean && from_zero
            && self.trees.tree_output.iter().all(|&output| output == 0)
            && if self.trees.width == 1 {
                values.iter().all(|value| (0.0..=1.0).contains(value))
            } else {
                saved::probabilities(values, self.trees.width)
            }
    }
}

/// R² over the rows that were left out of a tree.
fn explained(predicted: &[f64], values: &[f64]) -> Option<LeftOut> {
    let known = || {
        predicted
            .iter()
            .zip(values)
            .filter(|(found, _)| !found.is_nan())
    };
    let rows = known().count();
    let mean = engine::mean(
        known()
            .map(|(_, value)| *value)
            .collect::<Vec<_>>()
            .into_iter(),
    );
    let squares = |error: f64| error * error;
    let spread: f64 = known().map(|(_, value)| squares(value - mean)).sum();
    let left: f64 = known().map(|(found, value)| squares(found - value)).sum();
    let score = 1.0 - left / spread;
    (rows > 1 && score.is_finite()).then_some(LeftOut {
        score,
        rows: rows as u64,
    })
}

/// Share of rows whose most probable class is right, over the rows that were left out of a tree.
fn right(predicted: &[f64], outputs: usize, places: &[u32]) -> Option<LeftOut> {
    let (mut rows, mut right) = (0_u64, 0_u64);
    for (shares, &place) in predicted.chunks_exact(outputs).zip(places) {
        let Some(first) = shares.first().filter(|share| !share.is_nan()) else {
            continue;
        };
        let chosen = if outputs == 1 {
            u32::from(*first > 0.5)
        } else {
            let most = shares.iter().copied().fold(0.0, f64::max);
            shares.iter().position(|&share| share == most).unwrap_or(0) as u32
        };
        rows += 1;
        right += u64::from(chosen == place);
    }
    (rows > 0).then(|| LeftOut {
        score: right as f64 / rows as f64,
        rows,
    })
}

impl Model for ForestModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.trees.features)?;
        let mut means = self.trees.predict(x, task)?;
        if self.classes == 0 {
            return Ok(means);
        }
        let mut shares = vec![0.0; x.rows * self.classes];
        let rows = shares.chunks_exact_mut(self.classes);
        for (means, shares) in means.chunks_exact_mut(self.trees.outputs).zip(rows) {
            match (self.present.as_slice(), means) {
                ([only], _) => shares[*only as usize] = 1.0,
                ([first, second], [mean]) => {
                    // Adding up a hundred times a hundredth may end a little above 1.
                    let share = mean.clamp(0.0, 1.0);
                    shares[*second as usize] = share;
                    shares[*first as usize] = 1.0 - share;
                }
                (present, means) => {
                    for (&class, mean) in present.iter().zip(means) {
                        shares[class as usize] = mean.clamp(0.0, 1.0);
                    }
                }
            }
        }
        Ok(shares)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.trees.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        if let [only] = self.present.as_slice() {
            let mut base = vec![0.0; self.classes];
            base[*only as usize] = 1.0;
            return TreeEnsemble::new(self.trees.features, base, 1).graph(graph, x);
        }
        let means = self.trees.graph(graph, x)?;
        let shares = match self.present.as_slice() {
            [] => return Ok(means),
            [_, _] => {
                let one = graph.scalar(1.0);
                let first = graph.op("Sub", &[&one, &means], Vec::new());
                let axis = vec![("axis", Attribute::Integer(1))];
                graph.op("Concat", &[&first, &means], axis)
            }
            _ => means,
        };
        Ok(engine::spread_classes(
            graph,
            &shares,
            &self.present,
            self.classes,
        ))
    }

    /// Columns by their share of the improvement; unused ones are left out.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        self.trees.facts(features)
    }

    fn sentence(&self, features: &[String], _classes: &[String]) -> String {
        let Some(first) = self.trees.facts(features).into_iter().next() else {
            return "Found no question that helps: it gives every row the same answer".to_owned();
        };
        let mut sentence = format!(
            "Averages {}; {} of the improvement comes from {}",
            format::counted(self.trees.trees() as u64, "tree"),
            format::share(first.value),
            first.label
        );
        if let Some(found) = self.out_of_bag {
            let share = format::share(found.score);
            sentence.push_str(&if self.classes > 0 {
                format!("; on rows that a tree had not seen {share} are right")
            } else {
                format!("; on rows that a tree had not seen it explains {share} of the variance")
            });
        }
        sentence
    }

    fn out_of_bag(&self) -> Option<OutOfBag> {
        self.out_of_bag.map(|left_out| OutOfBag {
            score: left_out.score,
            rows: left_out.rows,
            classes: self.classes > 0,
        })
    }

    fn proximity(
        &self,
        of: &Matrix,
        x: &Matrix,
        task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        engine::check_width(of, self.trees.features)?;
        engine::check_width(x, self.trees.features)?;
        proximity(&self.trees, of, x, task).map(Some)
    }

    fn trees(&self) -> Option<&TreeEnsemble> {
        Some(&self.trees)
    }
}
