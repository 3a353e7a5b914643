//! What can be asked on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A data-science workbench: from a file to a model you can trust, without writing code.
#[derive(Debug, Parser)]
#[command(name = "benchtop", version, about)]
pub struct Arguments {
    /// A table or a project to open in the window
    pub path: Option<PathBuf>,
    /// Open the window, draw 60 frames, print what happened as JSON, and end
    #[arg(long)]
    pub smoke_test: bool,
    /// Draw with this graphics interface: vulkan, gl, metal or dx12
    #[arg(long, value_name = "NAME")]
    pub renderer: Option<String>,
    /// Print the result, or the error, as JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at every column of a table: type, blanks, figures, frequent values
    Profile(ProfileArguments),
    /// Read a table and write it in another format, chosen by the extension
    Convert(ConvertArguments),
    /// List the learners, their settings and what they can do
    Learners,
    /// Train and compare models, each checked on rows it never saw
    Train(TrainArguments),
    /// Find settings of a learner that predict better, by trying them on rows it never saw
    Tune(TuneArguments),
    /// Score every row of a file with a saved model
    Predict(PredictArguments),
    /// Write a saved model for other programs, checked against Benchtop's own predictions
    Export(ExportArguments),
    /// Show what a saved model knows: how it decides, its coefficients, the path of its weights
    Inspect(InspectArguments),
    /// List the rows of a file that a saved forest or tree takes for most like one of them
    Near(NearArguments),
    /// List the rows of a file that are unlike the others, and the columns that set them apart
    Unusual(UnusualArguments),
    /// Draw a chart of a file as SVG or PNG
    Chart(ChartArguments),
    /// Repeat a project: read its tables, run their steps, and more on request
    Run(RunArguments),
    /// Measure how fast this machine does typical work
    Bench(BenchArguments),
    #[command(name = "__rehearse", hide = true)]
    Rehearse(RehearseArguments),
    #[command(name = "__edit-loop", hide = true)]
    EditLoop(EditLoopArguments),
    #[command(name = "__verify", hide = true)]
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub struct ProfileArguments {
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct ConvertArguments {
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
}

/// How rows are divided into those learned from and those checked.
#[derive(Debug, Args)]
pub struct SplitArguments {
    /// How rows are divided: kfold, repeated, group, copies, time, leave-one-out, holdout or column
    #[arg(long, value_enum, value_name = "WAY")]
    pub split: Option<SplitWay>,
    /// The column that --split group, time or column divides by
    #[arg(long = "split-by", value_name = "COLUMN", requires = "split")]
    pub split_by: Option<String>,
    /// With --split repeated: how often the rows are divided anew
    #[arg(long, requires = "split")]
    pub repeats: Option<i64>,
    /// With --split time: what is left out between past and future, in days for dates, else in the
    /// unit of the column
    #[arg(long, requires = "split")]
    pub gap: Option<f64>,
    /// With --split holdout: the share of rows that is checked
    #[arg(long = "check-share", value_name = "SHARE", requires = "split")]
    pub check_share: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SplitWay {
    Kfold,
    Repeated,
    Group,
    Copies,
    Time,
    LeaveOneOut,
    Holdout,
    Column,
}

/// Rows kept for one last exam.
#[derive(Debug, Args)]
pub struct SealArguments {
    /// Keep no rows for a last exam: practise on and check all of them
    #[arg(long)]
    pub no_seal: bool,
    /// Open the sealed rows, once: score the recommended (or the only) learner and Guessing on rows
    /// that nothing was learned from
    #[arg(long, conflicts_with = "no_seal")]
    pub open_seal: bool,
    /// At what moment the model will predict, in a few words; kept with the results and the model
    #[arg(long, value_name = "TEXT")]
    pub moment: Option<String>,
}

#[derive(Debug, Args)]
pub struct TrainArguments {
    pub file: PathBuf,
    /// The column to predict
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Train this learner (may be given several times; otherwise all that fit)
    #[arg(long = "learner", value_name = "ID")]
    pub learners: Vec<String>,
    /// Train the learners of this purpose: simple, balanced or best
    #[arg(long, value_name = "PURPOSE", conflicts_with = "learners")]
    pub preset: Option<String>,
    /// With --preset best: minutes to spend, better settings searched until they are up
    #[arg(long, value_name = "MINUTES", requires = "preset")]
    pub minutes: Option<f64>,
    /// With --preset best: settings to try for each model in front, however long it takes; the same
    /// seed gives the same numbers
    #[arg(
        long,
        value_name = "TRIALS",
        requires = "preset",
        conflicts_with = "minutes"
    )]
    pub trials: Option<u32>,
    /// Say first how long each learner will take and how much memory it needs
    #[arg(long)]
    pub forecast: bool,
    /// A setting of a learner, as ID.key=value (may be given several times)
    #[arg(long = "set", value_name = "ID.KEY=VALUE")]
    pub settings: Vec<String>,
    /// How columns are prepared, as key=value (may be given several times; benchtop learners lists
    /// every key)
    #[arg(long = "prepare", value_name = "KEY=VALUE")]
    pub preparation: Vec<String>,
    /// Do not learn from this column (may be given several times)
    #[arg(long = "drop", value_name = "COLUMN")]
    pub dropped: Vec<String>,
    /// This column is known at the moment of prediction, whatever it looks like; a reason may follow
    /// as COLUMN=REASON (may be given several times)
    #[arg(long = "know", value_name = "COLUMN")]
    pub known: Vec<String>,
    /// Train in spite of this finding, named by its code; a reason may follow as CODE=REASON (may be
    /// given several times)
    #[arg(long = "accept", value_name = "CODE")]
    pub accepted: Vec<String>,
    /// Clean the rows first, with the steps of this project
    #[arg(long, value_name = "PROJECT")]
    pub recipe: Option<PathBuf>,
    /// Parts the rows are divided into; each part is checked once
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    pub folds: u32,
    /// The same seed gives the same numbers
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub split: SplitArguments,
    #[command(flatten)]
    pub seal: SealArguments,
    /// Also score the chosen model on this file, which nothing was learned from
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// Fit the recommended (or the only) learner once more and save it here: on all rows but the
    /// sealed ones, on those too once they are open
    #[arg(long, value_name = "MODEL")]
    pub save: Option<PathBuf>,
    /// Write the recommended (or the only) learner as a Python script here: the same kind of pipeline
    /// in scikit-learn, on the same parts of the rows, which a file beside it names
    #[arg(long, value_name = "OUT.PY")]
    pub script: Option<PathBuf>,
    /// Fit the recommended (or the only) learner once more, on the same rows, and print its
    /// coefficients with their standard errors, tests and intervals
    #[arg(long)]
    pub coefficients: bool,
    /// Write every curve of the recommended (or the only) learner into this folder, each as SVG and
    /// as CSV, and the comparison; the learning and the validation curve are fitted for it
    #[arg(long, value_name = "DIR")]
    pub curves: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct InspectArguments {
    pub model: PathBuf,
    /// Write the coefficients here as CSV
    #[arg(long, value_name = "OUT")]
    pub coefficients: Option<PathBuf>,
    /// Write how the weights follow the penalty here as CSV
    #[arg(long, value_name = "OUT")]
    pub path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct TuneArguments {
    pub file: PathBuf,
    /// The column to predict
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// The learner to tune
    #[arg(long, value_name = "ID")]
    pub learner: String,
    /// Settings to try at most; the learner's own are the first
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub trials: u32,
    /// Minutes to spend at most
    #[arg(long, value_name = "MINUTES")]
    pub minutes: Option<f64>,
    /// How to search: tpe, random or halving
    #[arg(long, value_name = "NAME", default_value = "tpe")]
    pub search: String,
    /// Where to look, as KEY=2..6 or KEY=a,b (may be given several times)
    #[arg(long, value_name = "KEY=RANGE")]
    pub narrow: Vec<String>,
    /// Hold a setting, as KEY=value (may be given several times)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// The score to make better; otherwise the one that suits the target
    #[arg(long, value_name = "ID")]
    pub metric: Option<String>,
    /// End after so many trials without a clear gain; 0 is never
    #[arg(long, default_value_t = 40, value_name = "TRIALS")]
    pub patience: u32,
    /// Also tune without each part of the rows in turn and check on that part: what tuning is
    /// really worth, for as many times the work as there are parts
    #[arg(long)]
    pub nested: bool,
    /// How columns are prepared, as key=value (may be given several times)
    #[arg(long = "prepare", value_name = "KEY=VALUE")]
    pub preparation: Vec<String>,
    /// Do not learn from this column (may be given several times)
    #[arg(long = "drop", value_name = "COLUMN")]
    pub dropped: Vec<String>,
    /// This column is known at the moment of prediction, whatever it looks like; a reason may follow
    /// as COLUMN=REASON (may be given several times)
    #[arg(long = "know", value_name = "COLUMN")]
    pub known: Vec<String>,
    /// Tune in spite of this finding, named by its code; a reason may follow as CODE=REASON (may be
    /// given several times)
    #[arg(long = "accept", value_name = "CODE")]
    pub accepted: Vec<String>,
    /// Clean the rows first, with the steps of this project
    #[arg(long, value_name = "PROJECT")]
    pub recipe: Option<PathBuf>,
    /// Parts the rows are divided into; each part is checked once
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    pub folds: u32,
    /// The same seed gives the same path
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep no rows for a last exam: tune on all of them
    #[arg(long)]
    pub no_seal: bool,
    #[command(flatten)]
    pub split: SplitArguments,
    /// Fit the learner with the best settings on all rows but the sealed ones and save it here
    #[arg(long, value_name = "MODEL")]
    pub save: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PredictArguments {
    pub model: PathBuf,
    pub file: PathBuf,
    /// Where the rows go with their predictions; the extension chooses the format
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct NearArguments {
    pub model: PathBuf,
    pub file: PathBuf,
    /// The row to compare with, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub row: u64,
    /// Nearest rows to list at most
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub top: u32,
}

#[derive(Debug, Args)]
pub struct UnusualArguments {
    pub file: PathBuf,
    /// The columns to compare rows by, separated by commas (otherwise all but name tags, free texts
    /// and columns of one value)
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// The same seed gives the same scores
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Most unusual rows to list, at most 1000
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub top: u32,
    /// Where all rows go with their scores; the extension chooses the format
    #[arg(long, value_name = "OUT")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("target").required(true).multiple(true).args(["onnx", "lightgbm"])))]
pub struct ExportArguments {
    pub model: PathBuf,
    /// Write ONNX here
    #[arg(long, value_name = "OUT")]
    pub onnx: Option<PathBuf>,
    /// Write the trees of a boosting or forest model here as LightGBM text (model.txt), with the
    /// codes of its categories beside it (model.columns.json)
    #[arg(long, value_name = "OUT")]
    pub lightgbm: Option<PathBuf>,
    /// Compare the predictions on the rows of this file (otherwise on made-up rows)
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ChartArguments {
    pub file: PathBuf,
    #[arg(long, value_name = "COLUMN")]
    pub x: String,
    #[arg(long, value_name = "COLUMN")]
    pub y: Option<String>,
    #[arg(long, alias = "colour", value_name = "COLUMN")]
    pub color: Option<String>,
    /// How to draw it; otherwise what suits the columns
    #[arg(long, value_name = "MARK")]
    pub mark: Option<String>,
    /// Where it goes: a name ending in .svg or .png
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    pub project: PathBuf,
    /// Run on this file instead of the one the project was made with
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Train the project's models again
    #[arg(long)]
    pub retrain: bool,
    /// With --retrain: this column is known at the moment of prediction, whatever it looks like; a
    /// reason may follow as COLUMN=REASON (may be given several times)
    #[arg(long = "know", value_name = "COLUMN", requires = "retrain")]
    pub known: Vec<String>,
    /// With --retrain: train in spite of this finding, named by its code; a reason may follow as
    /// CODE=REASON (may be given several times)
    #[arg(long = "accept", value_name = "CODE", requires = "retrain")]
    pub accepted: Vec<String>,
    /// Write tables, charts, models and predictions into this folder
    #[arg(long, value_name = "FOLDER")]
    pub export: Option<PathBuf>,
    /// Write every training the project keeps here: data, steps, columns, settings, scores and times,
    /// as .csv or .json
    #[arg(long, value_name = "OUT")]
    pub log: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// One of csv_load, profile, brush_10m, scroll_page_10m, pixels_10m, window_10m, train_flights, learners, cross_validate, guardrails; otherwise all
    pub name: Option<String>,
    /// Use this file instead of making one
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Rows to make
    #[arg(long)]
    pub rows: Option<usize>,
    /// For learners: fit this one, as "ID KEY=VALUE …" (may be given several times; otherwise a list)
    #[arg(long = "fit", value_name = "LEARNER")]
    pub fits: Vec<String>,
    /// For learners: learn from the rows this many times over
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub times: u32,
    /// For learners: fits of each; the fastest counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
}

#[derive(Debug, Args)]
pub struct RehearseArguments {
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct EditLoopArguments {
    pub project: PathBuf,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    pub project: PathBuf,
}
