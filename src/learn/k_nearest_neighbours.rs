//! Nearest neighbours: what happened to the practice rows most like this one.

use serde::{Deserialize, Serialize};

use super::engine::effort::{Change, Cost, Growth, HoldBack};
use super::engine::kd_tree::{KdTree, Metric, Neighbour, Search};
use super::engine::linfa::neighbours::{self, Index};
use super::engine::pack::{PackedColumn, pack, pack_matrix, unpack, unpack_matrix};
use super::engine::{self, present, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct KNearestNeighbours;

const NAME: &str = "Nearest neighbours";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "neighbours",
        label: "Neighbours asked",
        help: "Few follow single practice rows, many smooth over them (k)",
        kind: ParamKind::Integer { min: 1, max: 500 },
        default: ParamDefault::Integer(5),
    },
    ParamSpec {
        key: "distance",
        label: "How distance is measured",
        help: "Along the axes is less moved by one column that differs much (metric)",
        kind: ParamKind::Choice(&[
            ("euclidean", "In a straight line (Euclidean)"),
            ("manhattan", "Along the axes (Manhattan)"),
        ]),
        default: ParamDefault::Text("euclidean"),
    },
    ParamSpec {
        key: "say",
        label: "Say of a neighbour",
        help: "Whether nearer neighbours count more (weights)",
        kind: ParamKind::Choice(&[
            ("equal", "All count the same"),
            ("nearer", "The nearer, the more (1 / distance)"),
        ]),
        default: ParamDefault::Text("equal"),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("neighbours", 1, 100).logarithmic(),
    SearchSpec::choice("distance", &["euclidean", "manhattan"]),
    SearchSpec::choice("say", &["equal", "nearer"]),
];

struct NeighboursModel {
    tree: KdTree,
    /// Row-major training rows × outputs: 1 for the class of the row, or its number.
    answers: Vec<f64>,
    outputs: usize,
    classes: bool,
    /// Asked for; fewer when there are fewer training rows.
    neighbours: usize,
    /// Nearer neighbours count more: each as one divided by its distance.
    nearer: bool,
    /// One per training row, above 0: a row of weight 2 takes the place of two neighbours. None:
    /// every row takes one.
    weights: Option<Vec<f64>>,
}

/// The saved form.
#[derive(Serialize, Deserialize)]
struct Stored {
    rows: usize,
    columns: Vec<PackedColumn>,
    answers: PackedColumn,
    outputs: usize,
    classes: bool,
    neighbours: usize,
    #[serde(default)]
    metric: Metric,
    #[serde(default)]
    nearer: bool,
    #[serde(default)]
    weights: Option<PackedColumn>,
}

impl Learner for KNearestNeighbours {
    fn id(&self) -> &'static str {
        "k_nearest_neighbours"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Looks up the most similar practice rows and averages their answers."
    }

    fn when_to_use(&self) -> &'static str {
        "When similar rows have similar answers and there are few columns."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With many columns, where everything is equally far away, or with very many rows."
    }

    fn source(&self) -> &'static str {
        "T. Cover, P. Hart, Nearest Neighbor Pattern Classification, IEEE Transactions on Information Theory 13 (1967), 21–27"
    }

    fn readability(&self) -> &'static str {
        "Readable by example"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const { &[HoldBack::simpler("neighbours", Change::Times(3.0))] }
    }

    fn cost(&self) -> Cost {
        Cost {
            fit: Growth::LinearLog,
            ask: 0.8,
            ..Cost::LINEAR
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            wants_scaling: true,
            weights: true,
            complexity: 3,
            family: Family::Similarity,
            ..Capabilities::default()
        }
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<Box<dyn Model>, UserError> {
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let mut kept = None;
        let (x, y, weights) = present::counted(x, y, context.weights, &mut kept);
        let answers = match y {
            Target::Numbers(values) => values.clone(),
            Target::Classes { codes, count } => {
                one_hot(codes.iter().map(|&code| code as usize), *count)
            }
        };
        Ok(Box::new(NeighboursModel {
            tree: KdTree::new(x, metric_of(&params), context.task)?,
            answers,
            outputs: y.outputs(),
            classes: matches!(y, Target::Classes { .. }),
            neighbours: usize::try_from(params.integer("neighbours"))
                .unwrap_or(1)
                .max(1),
            nearer: params.text("say") == "nearer",
            weights: weights.map(<[f64]>::to_vec),
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let stored: Stored = saved::read(saved, NAME)?;
        saved::require_shape(stored.columns.len(), stored.outputs, NAME)?;
        let points = unpack_matrix(&stored.columns, stored.rows).filter(Matrix::is_finite);
        let answers = unpack(&stored.answers, stored.rows).filter(|answers| saved::finite(answers));
        let (Some(points), Some(answers)) = (points, answers) else {
            return Err(saved::damaged(NAME, "its practice rows cannot be read"));
        };
        let weights = stored.weights.as_ref();
        let weights = weights.map(|packed| unpack(packed, stored.rows).unwrap_or_default());
        let possible = |weights: &Vec<f64>| {
            let above = |weight: &f64| weight.is_finite() && *weight > 0.0;
            weights.len() == stored.rows && weights.iter().all(above)
        };
        let holds = weights.as_ref().is_none_or(possible)
            && stored.rows > 0
            && stored.rows < u32::MAX as usize
            && stored.neighbours > 0
            && (stored.classes || stored.outputs == 1);
        saved::require(holds, NAME, "its parts do not fit together")?;
        let answers = if stored.classes {
            let possible = |answer: &f64| {
                *answer >= 0.0 && *answer < stored.outputs as f64 && answer.fract() == 0.0
            };
            saved::require(
                answers.iter().all(possible),
                NAME,
                "an answer is none of the classes",
            )?;
            one_hot(
                answers.iter().map(|&answer| answer as usize),
                stored.outputs,
            )
        } else {
            answers
        };
        Ok(Box::new(NeighboursModel {
            tree: KdTree::new(&points, stored.metric, &TaskContext::new())?,
            answers,
            outputs: stored.outputs,
            classes: stored.classes,
            neighbours: stored.neighbours,
            nearer: stored.nearer,
            weights,
        }))
    }
}

fn metric_of(params: &Params) -> Metric {
    match params.text("distance") {
        "manhattan" => Metric::Manhattan,
        _ => Metric::Euclidean,
    }
}

/// Row-major rows × count: 1 at the class of the row.
fn one_hot(classes: impl ExactSizeIterator<Item = usize>, count: usize) -> Vec<f64> {
    let mut values = vec![0.0; classes.len() * count];
    for (row, class) in classes.enumerate() {
        if let Some(place) = values.get_mut(row * count + class) {
            *place = 1.0;
        }
    }
    values
}

/// linfa's index is made anew for every table of questions: up to so many values of practice rows
/// that takes a few thousandths of a second, and it pays where there is a question to every fourth
/// practice row. It is slower than our own, by about 20 µs a question, so it is asked no more.
const MOST_FOR_LINFA: usize = 40_000;
const ROWS_PER_QUESTION: usize = 4;
const MOST_QUESTIONS_FOR_LINFA: usize = 2000;

impl NeighboursModel {
    fn suits_linfa(&self, questions: usize) -> bool {
        let values = self.tree.len().saturating_mul(self.tree.features());
        let few = values <= MOST_FOR_LINFA && questions <= MOST_QUESTIONS_FOR_LINFA;
        few && questions.saturating_mul(ROWS_PER_QUESTION) >= self.tree.len()
    }

    /// Neighbours that can be found.
    fn asked(&self) -> usize {
        self.neighbours.min(self.tree.len())
    }

    /// As many neighbours as are needed wherever the row lies.
    fn enough(&self) -> usize {
        let Some(weights) = &self.weights else {
            return self.asked();
        };
        let mut lightest = weights.clone();
        lightest.sort_by(f64::total_cmp);
        let mut places = 0.0;
        let full = lightest.iter().position(|weight| {
            places += weight;
            places >= self.neighbours as f64
        });
        full.map_or(weights.len(), |last| last + 1)
    }

    /// How much each neighbour counts, nearest first: as many places as it has of those that are
    /// left, and where the nearer count more, that much more. Where some are equal to the row asked
    /// about, only they do.
    fn say(&self, found: &[Neighbour], says: &mut Vec<f64>) {
        says.clear();
        let mut left = self.neighbours as f64;
        let equal = found.iter().any(|neighbour| neighbour.distance == 0.0);
        says.extend(found.iter().map(|neighbour| {
            let places = match &self.weights {
                None => 1.0,
                Some(weights) => weights[neighbour.row as usize].min(left),
            };
            left -= places;
            places
                * match (self.nearer, equal) {
                    (false, _) => 1.0,
                    (true, true) => f64::from(u8::from(neighbour.distance == 0.0)),
                    (true, false) => 1.0 / self.tree.metric().distance(neighbour.distance),
                }
        }));
    }

    /// The neighbours that fill the places, nearest first, in `search.found`.
    fn look_up(&self, row: &[f64], index: Option<&Index<'_>>, search: &mut Search) {
        let mut count = self.asked();
        loop {
            let found = index.is_some_and(|index| index.nearest(row, count, &mut search.found));
            if !found {
                self.tree.nearest(row, count, search);
            }
            let Some(weights) = &self.weights else { return };
            let each = search.found.iter();
            let places: f64 = each.map(|neighbour| weights[neighbour.row as usize]).sum();
            if places >= self.neighbours as f64 || count >= self.tree.len() {
                return;
            }
            count = (2 * count).min(self.tree.len());
        }
    }

    fn answer(&self, row: usize) -> &[f64] {
        self.answers
            .get(row * self.outputs..(row + 1) * self.outputs)
            .unwrap_or(&[])
    }
}

impl NeighboursModel {
    /// Places of the training rows in `rows` [rows, neighbours], nearest first.
    fn graph_places(&self, graph: &mut Graph, weights: &[f64], rows: &Value) -> Value {
        let count = self.enough();
        let of_rows = graph.constant(&[weights.len()], Constant::Double(weights.to_vec()));
        let axis = vec![("axis", Attribute::Integer(0))];
        let each = graph.op("Gather", &[&of_rows, rows], axis);
        let nearer = (0..count)
            .flat_map(|row| (0..count).map(move |column| f64::from(u8::from(row < column))));
        let nearer = graph.constant(&[count, count], Constant::Double(nearer.collect()));
        let number =
            |graph: &mut Graph, value: f64| graph.constant(&[1, 1], Constant::Double(vec![value]));
        let (all, zero) = (number(graph, self.neighbours as f64), number(graph, 0.0));
        let before = graph.op("MatMul", &[&each, &nearer], Vec::new());
        let left = graph.op("Sub", &[&all, &before], Vec::new());
        let left = graph.op("Max", &[&left, &zero], Vec::new());
        graph.op("Min", &[&each, &left], Vec::new())
    }

    /// Distances [rows, neighbours], nearest first, to how much more the nearer count.
    fn graph_nearer(&self, graph: &mut Graph, distances: &Value) -> Value {
        let zero = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
        let one = graph.constant(&[1, 1], Constant::Double(vec![1.0]));
        let distances = match self.tree.metric() {
            Metric::Euclidean => graph.op("Sqrt", &[distances], Vec::new()),
            Metric::Manhattan => distances.clone(),
        };
        let first = graph.constant(&[1], Constant::Int64(vec![0]));
        let axis = vec![("axis", Attribute::Integer(1))];
        let nearest = graph.op("Gather", &[&distances, &first], axis);
        let any = graph.op("Greater", &[&nearest, &zero], Vec::new());
        let equal = graph.op("LessOrEqual", &[&distances, &zero], Vec::new());
        let equal = graph.cast(&equal, ElementType::Double);
        // One divided by zero is chosen nowhere.
        let inverse = graph.op("Div", &[&one, &distances], Vec::new());
        graph.op("Where", &[&any, &inverse, &equal], Vec::new())
    }

    /// Answers [rows, neighbours, outputs] averaged by how much each counts [rows, neighbours].
    fn graph_average(graph: &mut Graph, says: &Value, found: &Value) -> Value {
        let one_axis = graph.constant(&[1], Constant::Int64(vec![1]));
        let last = graph.constant(&[1], Constant::Int64(vec![2]));
        let keep = |keep: i64| vec![("keepdims", Attribute::Integer(keep))];
        let all = graph.op("ReduceSum", &[says, &one_axis], keep(1));
        let says = graph.op("Unsqueeze", &[says, &last], Vec::new());
        let weighed = graph.op("Mul", &[found, &says], Vec::new());
        let sums = graph.op("ReduceSum", &[&weighed, &one_axis], keep(0));
        graph.op("Div", &[&sums, &all], Vec::new())
    }
}

impl Model for NeighboursModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.tree.features())?;
        let asked = self.asked();
        let points = self.suits_linfa(x.rows).then(|| self.tree.matrix());
        let view = points.as_ref().and_then(neighbours::view);
        let index = view
            .as_ref()
            .and_then(|view| Index::of(view, self.tree.metric()));
        let mut predicted = vec![0.0; x.rows * self.outputs];
        let (mut search, mut says) = (Search::default(), Vec::with_capacity(asked));
        for (row, sums) in predicted.chunks_exact_mut(self.outputs.max(1)).enumerate() {
            // A search may look at every practice row, so the flag is read at every one.
            task.check()?;
            if row % 256 == 0 {
                task.progress(row as u64, x.rows as u64, "Looking up neighbours");
            }
            self.look_up(x.row(row), index.as_ref(), &mut search);
            self.say(&search.found, &mut says);
            for (neighbour, say) in search.found.iter().zip(&says) {
                for (sum, value) in sums.iter_mut().zip(self.answer(neighbour.row as usize)) {
                    *sum += say * value;
                }
            }
            let all: f64 = says.iter().sum();
            sums.iter_mut().for_each(|sum| *sum /= all);
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        let rows = self.tree.len();
        let answers: Vec<f64> = if self.classes {
            (0..rows)
                .map(|row| {
                    self.answer(row)
                        .iter()
                        .position(|&value| value == 1.0)
                        .unwrap_or(0) as f64
                })
                .collect()
        } else {
            self.answers.clone()
        };
        saved::write(&Stored {
            rows,
            columns: pack_matrix(&self.tree.matrix()),
            answers: pack(&answers),
            outputs: self.outputs,
            classes: self.classes,
            neighbours: self.neighbours,
            metric: self.tree.metric(),
            nearer: self.nearer,
            weights: self.weights.as_ref().map(|weights| pack(weights)),
        })
    }

    fn features(&self) -> usize {
        self.tree.features()
    }

    /// Distances to every practice row, summed feature by feature as the search does; of equal
    /// distances the first row is taken first, as the operator TopK promises.
    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let points = self.tree.matrix();
        let axis = |value: i64| vec![("axis", Attribute::Integer(value))];
        let mut distances: Option<Value> = None;
        for feature in 0..points.cols {
            let which = graph.constant(&[1], Constant::Int64(vec![feature as i64]));
            let query = graph.op("Gather", &[x, &which], axis(1));
            let column =
                graph.constant(&[1, points.rows], Constant::Double(points.column(feature)));
            let difference = graph.op("Sub", &[&query, &column], Vec::new());
            let part = match self.tree.metric() {
                Metric::Euclidean => graph.op("Mul", &[&difference, &difference], Vec::new()),
                Metric::Manhattan => graph.op("Abs", &[&difference], Vec::new()),
            };
            distances = Some(match distances {
                None => part,
                Some(sum) => graph.op("Add", &[&sum, &part], Vec::new()),
            });
        }
        let Some(distances) = distances else {
            return Err(UserError::failed(
                "no_columns",
                "The model has no columns",
                "Nothing can be exported",
            ));
        };
        let count = graph.constant(&[1], Constant::Int64(vec![self.enough() as i64]));
        let nearest = graph.op_many(
            "TopK",
            &[&distances, &count],
            2,
            vec![
                ("axis", Attribute::Integer(1)),
                ("largest", Attribute::Integer(0)),
                ("sorted", Attribute::Integer(1)),
            ],
        );
        let rows = nearest.last().cloned().unwrap_or_default();
        let answers = graph.constant(
            &[points.rows, self.outputs],
            Constant::Double(self.answers.clone()),
        );
        // [rows, neighbours, outputs]
        let found = graph.op("Gather", &[&answers, &rows], axis(0));
        let distances = nearest.first().cloned().unwrap_or_default();
        let weights = self.weights.as_ref();
        let places = weights.map(|weights| self.graph_places(graph, weights, &rows));
        let nearer = self.nearer.then(|| self.graph_nearer(graph, &distances));
        let says = match (places, nearer) {
            (Some(places), Some(nearer)) => Some(graph.op("Mul", &[&places, &nearer], Vec::new())),
            (places, nearer) => places.or(nearer),
        };
        if let Some(says) = says {
            return Ok(Self::graph_average(graph, &says, &found));
        }
        Ok(graph.op(
            "ReduceMean",
            &[&found],
            vec![
                ("axes", Attribute::Integers(vec![1])),
                ("keepdims", Attribute::Integer(0)),
            ],
        ))
    }

    fn facts(&self, _features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        vec![
            ModelFact {
                label: "Neighbours asked".to_owned(),
                value: self.asked() as f64,
            },
            ModelFact {
                label: "Practice rows remembered".to_owned(),
                value: self.tree.len() as f64,
            },
        ]
    }

    fn sentence(&self, _features: &[String], _classes: &[String]) -> String {
        let what = if self.classes {
            "counts their classes"
        } else {
            "averages their answers"
        };
        let more = if self.nearer {
            "; the nearer count more"
        } else {
            ""
        };
        format!(
            "Finds the {} most similar of {} and {what}{more}",
            format::count(self.asked() as u64),
            format::counted(self.tree.len() as u64, "practice row")
        )
    }
}
