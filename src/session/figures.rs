//! Pictures of checked models as files, and the numbers behind them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::comparison::result;
use super::curves::{name_of, named_results};
use super::session::{Notice, Session};
use crate::base::ids::ModelId;
use crate::base::{TaskContext, UserError, format};
use crate::chart::Scene;
use crate::chart::marks::SceneSize;
use crate::data::table::NewColumn;
use crate::evaluate::board::{board_numbers, board_scene};
use crate::evaluate::curves::drawing::{
    confusion_numbers, confusion_scene, curve_numbers, growth_numbers, growth_scene,
    predicted_numbers,
};
use crate::evaluate::curves::{self, Along, CurveWish, GrowthPoint, Models};
use crate::evaluate::{Metric, RunResult, compare, metrics, pictures};
use crate::export::{picture, write_numbers, write_picture};
use crate::jobs::Lane;
use crate::project::Run;

/// Something in Compare that can be saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// The models on one axis, but for those left out.
    Board {
        run: ModelId,
        metric: String,
        hidden: BTreeSet<String>,
    },
    /// The learner looked at first.
    Curve {
        run: ModelId,
        learners: Vec<String>,
        wish: CurveWish,
    },
    /// Right and wrong by class, or predicted against actual numbers.
    Answers { run: ModelId, learner: String },
    /// A learning or validation curve. `setting`: its name, where one is changed.
    Growth {
        run: ModelId,
        learner: String,
        along: Along,
        setting: Option<String>,
        metric: String,
    },
}

impl Figure {
    fn run(&self) -> ModelId {
        match self {
            Self::Board { run, .. }
            | Self::Curve { run, .. }
            | Self::Answers { run, .. }
            | Self::Growth { run, .. } => *run,
        }
    }

    /// A name for its file, without extension: "random_forest roc".
    pub fn file_stem(&self) -> String {
        match self {
            Self::Board { metric, .. } => format!("comparison {metric}"),
            Self::Curve { learners, wish, .. } => {
                let first = learners.first().map_or("", String::as_str);
                format!("{first} {}", wish.kind.id())
            }
            Self::Answers { learner, .. } => format!("{learner} predicted and actual"),
            Self::Growth { learner, along, .. } => match along {
                Along::Rows { .. } => format!("{learner} learning curve"),
                Along::Setting { key, .. } => format!("{learner} validation curve {key}"),
            },
        }
    }
}

/// What a file is made from.
struct Content {
    run: Arc<Run>,
    figure: Figure,
    points: Vec<GrowthPoint>,
}

impl Session {
    /// Saves a figure: as a picture where the name ends in "svg" or "png", otherwise its numbers as
    /// a table. The file is read back before it is called saved. `fonts`: for the words of a PNG.
    ///
    /// What became of it is a notice.
    pub fn save_figure(&mut self, figure: &Figure, path: &Path, fonts: &[&'static [u8]]) {
        let run = self.runs.iter().find(|run| run.id == figure.run());
        let Some(run) = run.cloned() else { return };
        let points = match figure {
            Figure::Growth { learner, along, .. } => self
                .growth(&run, learner, along)
                .map(super::growth::GrowthBoard::points)
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let content = Content {
            run,
            figure: figure.clone(),
            points,
        };
        let (path, fonts) = (path.to_path_buf(), fonts.to_vec());
        let target = path.clone();
        self.act(
            "save figure",
            format!("Saving {}", path.display()),
            Lane::Files,
            move |context| {
                let is = |end: &str| {
                    let given = path.extension();
                    given.is_some_and(|given| given.eq_ignore_ascii_case(end))
                };
                if is("svg") || is("png") {
                    let svg = picture::to_svg(&|size| content.scene(size, &context.task))?;
                    return write_picture(&svg, &path, &fonts).map(|_| None);
                }
                let columns = content.numbers(&context.task)?;
                write_numbers(&columns, &path, &context.task).map(Some)
            },
            move |session, lines: Arc<Option<u64>>| {
                let what = match *lines {
                    Some(lines) => format!("{}, ", format::counted(lines, "line")),
                    None => String::new(),
                };
                session.notice(Notice::Done(format!(
                    "Saved {}, {what}read back and compared",
                    target.display()
                )));
            },
        );
    }
}

impl Content {
    fn models(&self, learners: &[String]) -> Result<Vec<(String, &RunResult)>, UserError> {
        named_results(&self.run, learners)
    }

    fn compared(&self, hidden: &BTreeSet<String>) -> Vec<RunResult> {
        let results = self.run.results.iter();
        results
            .filter(|result| !hidden.contains(&result.learner))
            .cloned()
            .collect()
    }

    fn scene(&self, size: SceneSize, task: &TaskContext) -> Result<Scene, UserError> {
        match &self.figure {
            Figure::Board { metric, hidden, .. } => {
                let (results, metric) = (self.compared(hidden), metric_of(metric)?);
                let comparison = compare(&results, metric.id);
                Ok(board_scene(&results, &comparison, metric, size))
            }
            Figure::Curve { learners, wish, .. } => {
                let named = self.models(learners)?;
                let models = Models {
                    named: &named,
                    guessing: self.run.result("guessing"),
                };
                Ok(curves::draw(models, *wish, task)?.picture(size))
            }
            Figure::Answers { learner, .. } => {
                let found = result(&self.run, learner)?;
                if found.task.is_classes() {
                    let title = format!("{}, right and wrong", name_of(learner));
                    return Ok(confusion_scene(&pictures::confusion(found)?, title));
                }
                let drawn = pictures::predicted_actual(found, task)?;
                let mut scene = drawn.scene(&self.run.plan.target, size, None, None, task)?;
                scene.title = format!("{}, predicted and actual", name_of(learner));
                if let Some(guess) = self.run.result("guessing") {
                    pictures::add_guessing(&mut scene, guess);
                }
                scene.shade(false);
                Ok(scene)
            }
            Figure::Growth {
                learner,
                setting,
                metric,
                ..
            } => {
                let metric = metric_of(metric)?;
                let guessing = self.run.result("guessing");
                let guessing = guessing.and_then(|guess| guess.scores.get(metric.id));
                let kind = match setting {
                    None => "Learning curve",
                    Some(_) => "Validation curve",
                };
                let title = format!("{kind} of {}", name_of(learner));
                let setting = setting.as_deref();
                Ok(growth_scene(
                    &self.points,
                    metric,
                    guessing,
                    setting,
                    title,
                    size,
                ))
            }
        }
    }

    fn numbers(&self, task: &TaskContext) -> Result<Vec<NewColumn>, UserError> {
        match &self.figure {
            Figure::Board { metric, hidden, .. } => {
                let (results, metric) = (self.compared(hidden), metric_of(metric)?);
                let comparison = compare(&results, metric.id);
                Ok(board_numbers(&results, &comparison, metric, true))
            }
            Figure::Curve { learners, wish, .. } => {
                let named = self.models(learners)?;
                let models = Models {
                    named: &named,
                    guessing: self.run.result("guessing"),
                };
                curve_numbers(models, *wish, task)
            }
            Figure::Answers { learner, .. } => {
                let found = result(&self.run, learner)?;
                match predicted_numbers(found) {
                    Some(columns) => Ok(columns),
                    None => Ok(confusion_numbers(&pictures::confusion(found)?)),
                }
            }
            Figure::Growth { along, .. } => Ok(growth_numbers(&self.points, along)),
        }
    }
}

fn metric_of(id: &str) -> Result<&'static Metric, UserError> {
    metrics::by_id(id).ok_or_else(|| {
        UserError::failed(
            "unknown_metric",
            "The comparison could not be saved",
            format!("There is no score called {id}"),
        )
    })
}
