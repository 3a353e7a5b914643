//! `benchtop train … --curves DIR`: every curve of one model as a picture and as its numbers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::console::Context;
use super::training::{How, Trained, name_of};
use crate::base::error::io_error;
use crate::base::{UserError, format};
use crate::chart::Scene;
use crate::chart::marks::SceneSize;
use crate::data::Table;
use crate::data::table::NewColumn;
use crate::evaluate::board::{board_numbers, board_scene};
use crate::evaluate::curves::drawing::{
    confusion_numbers, confusion_scene, curve_numbers, growth_numbers, growth_scene,
    predicted_numbers,
};
use crate::evaluate::curves::{
    self, Along, CurveKind, CurveWish, GrowthSpec, Models, SHARES, settings_of, values_of,
};
use crate::evaluate::{RunResult, pictures};
use crate::export::{picture, write_numbers, write_picture};
use crate::learn::Task;
use crate::pipeline::{self, LearningPlan};

/// What was written.
pub struct Written {
    learner: String,
    folder: PathBuf,
    /// Names without extension; each is there as CSV and as SVG.
    names: Vec<String>,
}

impl Written {
    pub fn to_json(&self) -> Value {
        json!({ "folder": self.folder, "learner": self.learner, "files": self.names })
    }

    pub fn to_text(&self) -> String {
        format!(
            "Wrote {} of {} to {}, each as SVG and as CSV, read back and compared: {}.",
            format::counted(self.names.len() as u64, "picture"),
            name_of(&self.learner),
            self.folder.display(),
            format::list(&self.names)
        )
    }
}

/// Writes the comparison and every curve of one learner: those of its check predictions, and the
/// learning and validation curve, which are fitted for it on the rows of the table. The same request
/// gives the same bytes.
pub fn write(
    folder: &Path,
    learner: &str,
    trained: &Trained,
    (table, plan, how): (&Table, &LearningPlan, &How),
    context: &Context,
) -> Result<Written, UserError> {
    let result = trained.result(learner).ok_or_else(|| {
        UserError::failed(
            "no_such_result",
            "There are no curves to write",
            format!("{learner} was not trained"),
        )
    })?;
    std::fs::create_dir_all(folder)
        .map_err(|error| io_error("The folder could not be made", folder, &error))?;
    let mut writer = Writer {
        written: Written {
            learner: learner.to_owned(),
            folder: folder.to_path_buf(),
            names: Vec::new(),
        },
        taken: BTreeSet::new(),
        context,
    };
    writer.board(trained)?;
    writer.answers(result, trained, &plan.target)?;
    writer.curves(result, trained)?;
    writer.fitted(result, trained, (table, plan, how))?;
    Ok(writer.written)
}

struct Writer<'a> {
    written: Written,
    taken: BTreeSet<String>,
    context: &'a Context,
}

impl Writer<'_> {
    fn add(
        &mut self,
        name: &str,
        draw: &dyn Fn(SceneSize) -> Result<Scene, UserError>,
        numbers: &[NewColumn],
    ) -> Result<(), UserError> {
        let mut free = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        let path = |end: &str| self.written.folder.join(format!("{free}.{end}"));
        write_picture(&picture::to_svg(draw)?, &path("svg"), &[])?;
        write_numbers(numbers, &path("csv"), &self.context.task.part())?;
        self.written.names.push(free);
        Ok(())
    }

    fn board(&mut self, trained: &Trained) -> Result<(), UserError> {
        let (results, metric) = (&trained.results, trained.metric);
        let comparison = &trained.comparison;
        self.add(
            "comparison",
            &|size| Ok(board_scene(results, comparison, metric, size)),
            // Times differ from run to run.
            &board_numbers(results, comparison, metric, false),
        )
    }

    /// Right and wrong by class, or predicted against actual numbers.
    fn answers(
        &mut self,
        result: &RunResult,
        trained: &Trained,
        target: &str,
    ) -> Result<(), UserError> {
        let name = name_of(&result.learner);
        let Some(columns) = predicted_numbers(result) else {
            let found = pictures::confusion(result)?;
            let title = format!("{name}, right and wrong");
            let draw = |_: SceneSize| Ok(confusion_scene(&found, title.clone()));
            return self.add("confusion", &draw, &confusion_numbers(&found));
        };
        let task = self.context.task.part();
        let drawn = pictures::predicted_actual(result, &task)?;
        let draw = |size: SceneSize| {
            let mut scene = drawn.scene(target, size, None, None, &task)?;
            scene.title = format!("{name}, predicted and actual");
            if let Some(guess) = trained.result("guessing") {
                pictures::add_guessing(&mut scene, guess);
            }
            scene.shade(false);
            Ok(scene)
        };
        self.add("predicted_actual", &draw, &columns)
    }

    fn curves(&mut self, result: &RunResult, trained: &Trained) -> Result<(), UserError> {
        let named = [(name_of(&result.learner), result)];
        let models = Models {
            named: &named,
            guessing: trained.result("guessing"),
        };
        let classes: Vec<(usize, Option<String>)> = match &result.task {
            Task::Number => vec![(0, None)],
            // Of two classes the second is the one looked for, as in every score.
            Task::Classes { names } if names.len() == 2 => vec![(1, None)],
            Task::Classes { names } => names
                .iter()
                .enumerate()
                .map(|(place, name)| (place, Some(file_word(name))))
                .collect(),
        };
        for kind in CurveKind::of_task(result.task.is_classes()) {
            for (class, word) in &classes {
                let wish = CurveWish::of(*kind, *class);
                let task = self.context.task.part();
                self.context.task.check()?;
                let drawing = match curves::draw(models, wish, &task) {
                    // A class without checked rows has no curve; the others have theirs.
                    Err(error) if error.code == "no_curve" => {
                        self.context.note(&error.to_string());
                        continue;
                    }
                    drawing => drawing?,
                };
                let numbers = curve_numbers(models, wish, &task)?;
                let name = match word {
                    Some(word) => format!("{}_{word}", kind.id()),
                    None => kind.id().to_owned(),
                };
                self.add(&name, &|size| Ok(drawing.picture(size)), &numbers)?;
            }
        }
        Ok(())
    }

    fn fitted(
        &mut self,
        result: &RunResult,
        trained: &Trained,
        (table, plan, how): (&Table, &LearningPlan, &How),
    ) -> Result<(), UserError> {
        let prepared = pipeline::prepare(table, plan, &self.context.task.part())?;
        let run = trained.spec_of(plan, &result.learner, how)?;
        let shares = SHARES.to_vec();
        let mut wanted = vec![("learning_curve", Along::Rows { shares }, None)];
        let settings = settings_of(&result.learner, &result.task);
        if let Some((key, label)) = settings.first() {
            let values = values_of(&result.learner, &result.task, &result.params, key);
            let key = key.clone();
            let along = Along::Setting { key, values };
            wanted.push(("validation_curve", along, Some(label.clone())));
        }
        let metric = trained.metric;
        let guessing = trained.result("guessing");
        let guessing = guessing.and_then(|guess| guess.scores.get(metric.id));
        let name = name_of(&result.learner);
        for (file, along, setting) in wanted {
            let spec = GrowthSpec {
                run: run.clone(),
                along,
            };
            let points = curves::grow(&prepared, &spec, &self.context.task, &mut |_| {})?;
            let title = format!("{} of {name}", capital(file));
            let draw = |size: SceneSize| {
                let setting = setting.as_deref();
                let title = title.clone();
                Ok(growth_scene(
                    &points, metric, guessing, setting, title, size,
                ))
            };
            self.add(file, &draw, &growth_numbers(&points, &spec.along))?;
        }
        Ok(())
    }
}

/// "learning_curve" → "Learning curve".
fn capital(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// A class as part of a file name: letters, digits and underscores.
fn file_word(name: &str) -> String {
    let word: String = name
        .chars()
        .map(|letter| match letter.is_alphanumeric() {
            true => letter,
            false => '_',
        })
        .take(40)
        .collect();
    word.to_lowercase()
}
