//! LightGBM text: trees as `model.txt` (version v4), which LightGBM loads and scores by itself.
//!
//! The file takes numbers only: one per column, NaN for blank, a category as its code. Which code
//! stands for which value is told by a table of the columns, written as JSON beside the model
//! (`model.txt` and `model.columns.json`). Both are read back by a parser of our own
//! ([`super::lightgbm_reader`]) that codes and scores real rows in full precision; they are kept
//! only when the predictions are the same.
//!
//! Source of the format: LightGBM 4, `src/boosting/gbdt_model_text.cpp` and `src/io/tree.cpp`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::draft::Draft;
use super::lightgbm_reader;
use super::parity::{self, Parity};
use crate::base::{TaskContext, UserError, format};
use crate::clean::{self, RowEffect};
use crate::data::{ColumnKind, Table};
use crate::learn::engine::hist::TreeEnsemble;
use crate::learn::engine::hist::ensemble::{CategorySet, NO_SET};
use crate::learn::prepare::PreparedColumn;
use crate::learn::{self, Task};
use crate::pipeline::FittedPipeline;

/// What the table of the columns says it is.
pub(super) const COLUMNS_FORMAT: &str = "benchtop columns of a LightGBM model";
/// Largest difference of a prediction that still counts as the same, see [`parity::difference`].
const TOLERANCE: f64 = 1e-9;
/// Questions and answers in one file: about two gigabytes of text.
const MOST_NODES: usize = 20_000_000;
/// First number beyond what `f32` holds: 2¹²⁸.
const BEYOND: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

// Bits of a decision: LightGBM, `include/LightGBM/tree.h`.
const CATEGORY: u8 = 1;
const BLANK_LEFT: u8 = 2;
const BLANK_IS_NAN: u8 = 8;

/// Where the table of the columns of a model goes: `model.txt` has `model.columns.json`.
pub fn columns_path(model: &Path) -> PathBuf {
    model.with_extension("columns.json")
}

/// Writes a model of trees as LightGBM text with the table of its columns beside it, and returns
/// how it compares on rows of `sample`, a raw table the model can score.
///
/// Fails, leaving both targets as they were, when LightGBM cannot say what the model says (steps,
/// prepared columns, other learners), when a file cannot be read back, when one class differs, or
/// when a number differs by more than 1e-9 (of itself, where it is larger than 1).
pub fn export_lightgbm(
    pipeline: &FittedPipeline,
    sample: &Table,
    path: &Path,
    task: &TaskContext,
) -> Result<Parity, UserError> {
    task.progress(0, 3, "Writing the trees for LightGBM");
    let trees = trees_of(pipeline)?;
    refuse_steps(pipeline)?;
    let columns = columns_of(pipeline)?;
    let form = form_of(pipeline, trees)?;
    let text = model_text(trees, &form, &columns, task)?;
    let table = serde_json::to_vec_pretty(&columns_table(pipeline, &form, &columns))
        .map_err(|error| refused("its columns cannot be written", error.to_string()))?;
    task.check()?;
    let drafts = [Draft::of(path), Draft::of(&columns_path(path))];
    drafts[0].write(text.as_bytes())?;
    drafts[1].write(&table)?;
    task.progress(1, 3, "Reading the files back");
    let started = Instant::now();
    let read = lightgbm_reader::read(drafts[0].path(), drafts[1].path())?;
    let inputs: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let rows = parity::rows_to_check(sample, &inputs, &task.part())?;
    let ours = pipeline.predict_table(&rows, &task.part())?;
    task.progress(2, 3, "Comparing the predictions");
    let conformed = pipeline.conform(&rows, &std::collections::BTreeMap::new())?;
    let theirs = read.predict(&conformed, &ours, task)?;
    let engine = lightgbm_reader::ENGINE;
    let parity = parity::compare(&ours, &theirs, TOLERANCE, engine, started.elapsed())?;
    task.check()?;
    // The table first: a model is never without it.
    let [model, table] = drafts;
    table.keep()?;
    model.keep()?;
    task.progress(3, 3, "Exported");
    Ok(parity)
}

/// Whether a model can leave as LightGBM text, or why it cannot. Writes nothing.
pub fn check_lightgbm(pipeline: &FittedPipeline) -> Result<(), UserError> {
    let trees = trees_of(pipeline)?;
    refuse_steps(pipeline)?;
    columns_of(pipeline)?;
    form_of(pipeline, trees)?;
    Ok(())
}

// ---- What LightGBM can say ----------------------------------------------------------------------

fn refused(what: &str, why: impl Into<String>) -> UserError {
    UserError::failed(
        "lightgbm_not_possible",
        format!("The model cannot leave as LightGBM text: {what}"),
        why,
    )
    .with_hint("Export it as ONNX, or keep it in Benchtop's own form")
}

fn trees_of(pipeline: &FittedPipeline) -> Result<&TreeEnsemble, UserError> {
    let learner = learn::by_id(&pipeline.learner)?;
    let trees = pipeline.model.trees();
    trees.ok_or_else(|| {
        let able = ["Gradient boosting", "Random forest", "Extra trees"];
        refused(
            &format!("{} is not made of such trees", learner.name()),
            format!("LightGBM holds {}", format::list(&able)),
        )
    })
}

fn refuse_steps(pipeline: &FittedPipeline) -> Result<(), UserError> {
    for fitted in pipeline.steps.iter().filter(|fitted| fitted.step.enabled) {
        let operation = clean::by_id(&fitted.step.operation)?;
        // Steps that only choose rows to learn from do nothing to rows that are scored.
        if operation.row_effect() == RowEffect::Keeps {
            return Err(refused(
                "rows pass through steps first",
                format!(
                    "The step “{}” changes the columns, and the format holds trees only",
                    operation.name()
                ),
            ));
        }
    }
    Ok(())
}

/// A column as the trees take it.
struct Column {
    name: String,
    /// Without what the format uses for itself; no two are the same.
    name_in_model: String,
    kind: ColumnKind,
    content: Content,
}

enum Content {
    /// Smallest and largest value learned from, where known.
    Number(Option<[f32; 2]>),
    /// Values and their codes.
    Category(Vec<(String, usize)>),
}

fn columns_of(pipeline: &FittedPipeline) -> Result<Vec<Column>, UserError> {
    if pipeline.preparation.selection().is_some() {
        return Err(refused(
            "its columns were chosen by the preparation",
            "The format takes every column that is prepared",
        ));
    }
    let mut taken = BTreeSet::new();
    let prepared = pipeline.preparation.columns().iter();
    prepared
        .map(|column| {
            let content = content_of(column).ok_or_else(|| {
                refused(
                    &format!("the column {} is prepared", column.name()),
                    "The trees must take it as it is: a number with its blanks, or a category by its code",
                )
            })?;
            let input = pipeline.inputs.iter().find(|input| input.name == column.name());
            Ok(Column {
                name: column.name().to_owned(),
                name_in_model: free_name(column.name(), &mut taken),
                kind: input.map_or(ColumnKind::Number, |input| input.kind),
                content,
            })
        })
        .collect()
}

/// None where the column is prepared in a way that trees cannot repeat.
fn content_of(column: &PreparedColumn) -> Option<Content> {
    match column {
        PreparedColumn::Number(numbers) => {
            let raw = numbers.fill.is_none() && numbers.scaling.is_none() && !numbers.indicator;
            raw.then_some(Content::Number(numbers.range))
        }
        PreparedColumn::Codes(codes) => {
            let shared = codes.levels.len();
            let own = codes.levels.iter().cloned().zip(0..);
            let rare = codes.rare.iter().map(|name| (name.clone(), shared));
            Some(Content::Category(own.chain(rare).collect()))
        }
        _ => None,
    }
}

/// Names in the file are parted by blanks, and lines by `=`; LightGBM refuses the signs of JSON.
fn free_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_whitespace() || letter.is_control() || "=\",:[]{}".contains(letter) {
                '_'
            } else {
                letter
            }
        })
        .collect();
    let plain = if plain.is_empty() { "_" } else { &plain };
    let mut free = plain.to_owned();
    for number in 2.. {
        if taken.insert(free.clone()) {
            break;
        }
        free = format!("{plain}_{number}");
    }
    free
}

/// What becomes of the sum over the trees.
struct Form {
    /// None: the trees give the result themselves.
    objective: Option<String>,
    /// The result is the mean over the trees, not their sum.
    average: bool,
    outputs: usize,
}

fn form_of(pipeline: &FittedPipeline, trees: &TreeEnsemble) -> Result<Form, UserError> {
    let boosted = match pipeline.learner.as_str() {
        "gradient_boosting" => true,
        "random_forest" | "extra_trees" => false,
        other => {
            return Err(refused(
                &format!("{} is not known there", learn::by_id(other)?.name()),
                "LightGBM adds up trees or takes their mean, and nothing else",
            ));
        }
    };
    let objective = match &pipeline.task {
        Task::Classes { names } => {
            every_class_was_seen(pipeline, trees, names.len())?;
            // A forest gives probabilities as they are: no function comes after the mean.
            boosted.then(|| match names.len() {
                0..=2 => "binary sigmoid:1".to_owned(),
                many => format!("multiclass num_class:{many}"),
            })
        }
        Task::Number if boosted => Some(objective_of_loss(pipeline)?.to_owned()),
        Task::Number => Some("regression".to_owned()),
    };
    let nodes = trees.nodes().saturating_mul(trees.width.max(1));
    if nodes > MOST_NODES {
        return Err(refused(
            "it is too large",
            format!(
                "The file would hold {}; the most is {}",
                format::counted(nodes as u64, "node"),
                format::count(MOST_NODES as u64)
            ),
        ));
    }
    Ok(Form {
        objective,
        average: !boosted,
        outputs: trees.outputs,
    })
}

/// LightGBM gives one number for two classes, and one per class for more.
fn every_class_was_seen(
    pipeline: &FittedPipeline,
    trees: &TreeEnsemble,
    classes: usize,
) -> Result<(), UserError> {
    let outputs = if classes <= 2 { 1 } else { classes };
    // With one class only there are no trees, and the answer is certain.
    let certain = trees.trees() == 0 && {
        let blank = learn::Matrix {
            values: vec![f64::NAN; trees.features],
            ..learn::Matrix::zeros(1, trees.features)
        };
        pipeline
            .model
            .predict(&blank, &TaskContext::new())?
            .contains(&1.0)
    };
    if trees.outputs == outputs && !certain {
        return Ok(());
    }
    Err(refused(
        "a class did not occur in the rows learned from",
        "It has the probability 0 always, which cannot be said there",
    ))
}

fn objective_of_loss(pipeline: &FittedPipeline) -> Result<&'static str, UserError> {
    let learner = learn::by_id(&pipeline.learner)?;
    let params = pipeline.params.checked(learner.params())?;
    match params.text("loss") {
        "squared" => Ok("regression"),
        "absolute" => Ok("regression_l1"),
        "quantile" => Ok("quantile"),
        "poisson" => Ok("poisson"),
        "gamma" => Ok("gamma"),
        other => Err(refused(
            "LightGBM does not know what it makes small",
            format!("There is no objective for the loss {other}"),
        )),
    }
}

// ---- The table of the columns -------------------------------------------------------------------

fn columns_table(pipeline: &FittedPipeline, form: &Form, columns: &[Column]) -> Json {
    let result = match (&pipeline.task, form.outputs) {
        (Task::Classes { names }, 1) => json!({
            "classes": names,
            "meaning": "One number per row: the probability of the last class",
        }),
        (Task::Classes { names }, _) => json!({
            "classes": names,
            "meaning": "One number per class: its probability, in this order",
        }),
        (Task::Number, _) => json!({"meaning": "The number predicted"}),
    };
    let columns: Vec<Json> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let mut entry = Map::new();
            entry.insert("place".to_owned(), json!(place));
            entry.insert("name".to_owned(), json!(column.name));
            entry.insert("name_in_model".to_owned(), json!(column.name_in_model));
            match &column.content {
                Content::Category(codes) => {
                    let codes: Map<String, Json> = codes
                        .iter()
                        .map(|(name, code)| (name.clone(), json!(code)))
                        .collect();
                    entry.insert("kind".to_owned(), json!("category"));
                    entry.insert("codes".to_owned(), Json::Object(codes));
                }
                Content::Number(_) => {
                    entry.insert("kind".to_owned(), json!("number"));
                    let unit = match column.kind {
                        ColumnKind::Time => Some("days since 1970-01-01, with fractions"),
                        ColumnKind::YesNo => Some("yes is 1, no is 0"),
                        _ => None,
                    };
                    entry.extend(unit.map(|unit| ("unit".to_owned(), json!(unit))));
                }
            }
            Json::Object(entry)
        })
        .collect();
    json!({
        "format": COLUMNS_FORMAT,
        "version": 1,
        "target": pipeline.target,
        "learner": pipeline.learner,
        "result": result,
        "how_to_code": "One number per column, in this order. Blank is NaN; so is a category value \
            without a code, and a number that is infinite or beyond 3.4e38",
        "columns": columns,
    })
}

// ---- The model ----------------------------------------------------------------------------------

fn model_text(
    trees: &TreeEnsemble,
    form: &Form,
    columns: &[Column],
    task: &TaskContext,
) -> Result<String, UserError> {
    let texts = tree_texts(trees, form, task)?;
    let names: Vec<&str> = columns.iter().map(|c| c.name_in_model.as_str()).collect();
    let infos: Vec<String> = columns.iter().map(|c| info(&c.content)).collect();
    let outputs = form.outputs;
    let mut text = format!(
        "tree\nversion=v4\nnum_class={outputs}\nnum_tree_per_iteration={outputs}\nlabel_index=0\n\
         max_feature_idx={}\n",
        columns.len().saturating_sub(1)
    );
    if let Some(objective) = &form.objective {
        line(&mut text, "objective", objective);
    }
    if form.average {
        text.push_str("average_output\n");
    }
    line(&mut text, "feature_names", &names.join(" "));
    line(&mut text, "feature_infos", &infos.join(" "));
    line(
        &mut text,
        "tree_sizes",
        &joined(texts.iter().map(String::len)),
    );
    text.push('\n');
    text.extend(texts);
    text.push_str("end of trees\n\nfeature_importances:\n");
    let mut counts: Vec<(u32, &str)> = trees.split_counts().into_iter().zip(names).collect();
    counts.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    for (count, name) in counts.into_iter().filter(|&(count, _)| count > 0) {
        line(&mut text, name, &count.to_string());
    }
    let boosting = if form.average { "rf" } else { "gbdt" };
    let objective = form.objective.as_deref().unwrap_or("custom");
    let objective = objective.split(' ').next().unwrap_or(objective);
    let _ = write!(
        text,
        "\nparameters:\n[boosting: {boosting}]\n[objective: {objective}]\n[num_class: {outputs}]\n\
         \nend of parameters\n\npandas_categorical:null\n"
    );
    Ok(text)
}

fn line(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    text.push('=');
    text.push_str(value);
    text.push('\n');
}

fn joined<T: ToString>(values: impl Iterator<Item = T>) -> String {
    let texts: Vec<String> = values.map(|value| value.to_string()).collect();
    texts.join(" ")
}

/// Shortest digits that read back as the same number.
fn numbers(values: impl Iterator<Item = f64>) -> String {
    joined(values.map(|value| format!("{value:?}")))
}

fn info(content: &Content) -> String {
    match content {
        Content::Number(Some([low, high])) => format!("[{low:?}:{high:?}]"),
        Content::Number(None) => "none".to_owned(),
        Content::Category(codes) => {
            let codes: BTreeSet<usize> = codes.iter().map(|&(_, code)| code).collect();
            let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            codes.join(":")
        }
    }
}

/// The trees of every round one after another, one per output in each round. A tree that speaks
/// for several outputs is written once for each.
fn tree_texts(
    trees: &TreeEnsemble,
    form: &Form,
    task: &TaskContext,
) -> Result<Vec<String>, UserError> {
    let of_output: Vec<Vec<usize>> = (0..form.outputs)
        .map(|output| {
            let speaks = |&tree: &usize| {
                let first = trees
                    .tree_output
                    .get(tree)
                    .map_or(0, |&first| first as usize);
                (first..first + trees.width).contains(&output)
            };
            (0..trees.trees()).filter(speaks).collect()
        })
        .collect();
    let rounds = of_output.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let factor = if form.average {
        let factor = trees.scale * rounds as f64;
        // A hundred times a hundredth.
        if (factor - 1.0).abs() < 1e-12 {
            1.0
        } else {
            factor
        }
    } else {
        trees.scale
    };
    let mut texts = Vec::with_capacity(rounds * form.outputs);
    for round in 0..rounds {
        task.check()?;
        for (output, own) in of_output.iter().enumerate() {
            let from_base = form.average || round == 0;
            let base = trees.base.get(output).copied().unwrap_or(0.0);
            let writer = TreeWriter {
                trees,
                place: if trees.width == 1 { 0 } else { output },
                factor,
                start: if from_base { base } else { 0.0 },
            };
            let body = match own.get(round) {
                Some(&tree) => writer.tree(trees.tree(tree)),
                None => writer.answer(),
            };
            texts.push(format!("Tree={}\n{body}\n", texts.len()));
        }
    }
    Ok(texts)
}

struct TreeWriter<'a> {
    trees: &'a TreeEnsemble,
    /// Which of the values of a node.
    place: usize,
    factor: f64,
    /// Added to every value.
    start: f64,
}

impl TreeWriter<'_> {
    fn value(&self, node: usize) -> f64 {
        let value = self.trees.values_at(node).get(self.place);
        self.start + self.factor * value.copied().unwrap_or(0.0)
    }

    /// A tree without a question.
    fn answer(&self) -> String {
        body(&[
            ("num_leaves", "1".to_owned()),
            ("num_cat", "0".to_owned()),
            ("leaf_value", numbers([self.start].into_iter())),
        ])
    }

    /// Questions are numbered from 0 and answers from −1 downwards, each in their order.
    fn tree(&self, nodes: std::ops::Range<usize>) -> String {
        let trees = self.trees;
        let (answers, questions): (Vec<usize>, Vec<usize>) =
            nodes.clone().partition(|&node| trees.is_leaf(node));
        let mut number = vec![0_i64; nodes.len()];
        for (place, node) in answers.iter().enumerate() {
            number[node - nodes.start] = -1 - place as i64;
        }
        for (place, node) in questions.iter().enumerate() {
            number[node - nodes.start] = place as i64;
        }
        let rows = |list: &[usize]| joined(list.iter().map(|&node| trees.rows[node]));
        if questions.is_empty() {
            return body(&[
                ("num_leaves", "1".to_owned()),
                ("num_cat", "0".to_owned()),
                (
                    "leaf_value",
                    numbers(answers.iter().map(|&n| self.value(n))),
                ),
                ("leaf_count", rows(&answers)),
            ]);
        }
        let asked = Questions::of(trees, &questions);
        let child = |side: &[usize]| joined(side.iter().map(|&n| number[n - nodes.start]));
        let mut lines = vec![
            ("num_leaves", answers.len().to_string()),
            ("num_cat", asked.categories().to_string()),
            (
                "split_feature",
                joined(questions.iter().map(|&node| trees.feature[node])),
            ),
            (
                "split_gain",
                numbers(questions.iter().map(|&node| trees.gain[node])),
            ),
            ("threshold", numbers(asked.thresholds.iter().copied())),
            ("decision_type", joined(asked.decisions.iter())),
            ("left_child", child(&asked.left)),
            ("right_child", child(&asked.right)),
            (
                "leaf_value",
                numbers(answers.iter().map(|&n| self.value(n))),
            ),
            ("leaf_count", rows(&answers)),
        ];
        // Where a tree speaks for several outputs, only its answers have values.
        if trees.width == 1 {
            let values = questions.iter().map(|&node| self.value(node));
            lines.push(("internal_value", numbers(values)));
        }
        lines.push(("internal_count", rows(&questions)));
        if asked.categories() > 0 {
            lines.push(("cat_boundaries", joined(asked.boundaries.iter())));
            lines.push(("cat_threshold", joined(asked.words.iter())));
        }
        body(&lines)
    }
}

fn body(lines: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (key, value) in lines {
        line(&mut text, key, value);
    }
    text.push_str("is_linear=0\nshrinkage=1\n\n");
    text
}

/// The questions of one tree as LightGBM asks them.
#[derive(Default)]
struct Questions {
    /// The number to compare with, or which set of categories.
    thresholds: Vec<f64>,
    decisions: Vec<u8>,
    left: Vec<usize>,
    right: Vec<usize>,
    /// Where the words of each set start, and where the last one ends.
    boundaries: Vec<usize>,
    /// One bit per code that goes left.
    words: Vec<u32>,
}

impl Questions {
    fn of(trees: &TreeEnsemble, nodes: &[usize]) -> Self {
        let mut asked = Self {
            boundaries: vec![0],
            ..Self::default()
        };
        for &node in nodes {
            let sides = (trees.left[node] as usize, trees.right(node));
            let missing_left = trees.missing_left[node];
            let set = Some(trees.set[node]).filter(|&set| set != NO_SET);
            match set.and_then(|set| trees.sets.get(set as usize)) {
                Some(set) => asked.category(set, missing_left, sides),
                None => asked.number(trees.threshold[node], missing_left, sides),
            }
        }
        asked
    }

    fn categories(&self) -> usize {
        self.boundaries.len() - 1
    }

    fn number(&mut self, threshold: f64, missing_left: bool, (left, right): (usize, usize)) {
        let blank = if missing_left { BLANK_LEFT } else { 0 };
        self.thresholds.push(in_full_precision(threshold));
        self.decisions.push(BLANK_IS_NAN | blank);
        self.left.push(left);
        self.right.push(right);
    }

    /// There, what is blank or in no set goes right. Where ours goes left, both sides change places
    /// and the set becomes the codes that are not in it.
    fn category(&mut self, set: &CategorySet, missing_left: bool, (left, right): (usize, usize)) {
        let all = |place: usize| match set.levels as usize - place * 32 {
            0..=31 => (1_u32 << (set.levels % 32)) - 1,
            _ => u32::MAX,
        };
        let words = set.bits.iter().enumerate();
        self.words.extend(words.map(|(place, &word)| {
            if missing_left {
                !word & all(place)
            } else {
                word
            }
        }));
        self.thresholds.push(self.categories() as f64);
        self.boundaries.push(self.words.len());
        self.decisions.push(CATEGORY | BLANK_IS_NAN);
        let (left, right) = if missing_left {
            (right, left)
        } else {
            (left, right)
        };
        self.left.push(left);
        self.right.push(right);
    }
}

/// Our trees compare numbers narrowed to `f32`; this is the largest `f64` that is narrowed to at
/// most the threshold. So whoever compares in full precision sends every number to the same side.
fn in_full_precision(threshold: f64) -> f64 {
    let narrow = threshold as f32;
    let low = if f64::from(narrow) > threshold {
        narrow.next_down()
    } else {
        narrow
    };
    if !low.is_finite() {
        return threshold;
    }
    let high = low.next_up();
    let high = if high.is_finite() {
        f64::from(high)
    } else {
        BEYOND
    };
    let middle = f64::from(low) / 2.0 + high / 2.0;
    if middle as f32 <= low {
        middle
    } else {
        middle.next_down()
    }
}
