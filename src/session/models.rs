//! Models in use: fitting the chosen one on all rows, scoring files, exporting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sealing::practice_of;
use super::session::{Notice, Session};
use super::source::read_recorded;
use crate::base::ids::ModelId;
use crate::base::{Params, UserError};
use crate::data::Table;
use crate::evaluate::cross_validation;
use crate::evaluate::cross_validation::FinalFit;
use crate::export::{self, Parity};
use crate::formats;
use crate::jobs::Lane;
use crate::learn;
use crate::pipeline::{InputCheck, Predictions, check_input};
use crate::project::{KeptModel, Run, places};

/// A file that was given to a model.
#[derive(Clone)]
pub struct ScoredFile {
    pub model: ModelId,
    pub path: PathBuf,
    pub table: Table,
    /// How the file's columns fit what the model expects.
    pub check: InputCheck,
    /// File column → column the model expects.
    pub renames: BTreeMap<String, String>,
    /// None while the columns do not fit.
    pub predictions: Option<Arc<Predictions>>,
    pub seconds: f64,
}

/// What a model can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelExport {
    BenchtopModel,
    Onnx,
    /// Trees as LightGBM text, with the table of their columns beside it.
    LightGbm,
}

impl Session {
    /// Whether a model of the run is fitted without the sealed rows: until they are opened.
    pub fn keeps_apart(&self, run: &Run) -> bool {
        run.sealed > 0 && self.openings_of_run(run) == 0
    }

    /// Fits one learner of a run and keeps the model: on the practice rows while the sealed ones are
    /// closed, on all rows after that.
    pub fn use_model(&mut self, run: &Arc<Run>, learner: &str) {
        let Some(recipe) = self.document().table(run.table).cloned() else {
            return;
        };
        let Some(result) = run.result(learner).cloned() else {
            return;
        };
        let name = learn::by_id(learner)
            .map_or(learner, |learner| learner.name())
            .to_owned();
        // Scores of other data say nothing about a model of this one.
        let same_data = self.has_rows_of(run);
        let measured = same_data.then(|| result.clone());
        let baseline = run.result("guessing").filter(|_| same_data).cloned();
        let embedded = self.embedded.get(&recipe.id).cloned();
        let spec = run.spec_of(&result);
        let (run_id, source_name) = (run.id, run.source_name.clone());
        // What nobody may have seen yet is not learned from either.
        let shut = self.keeps_apart(run);
        let which = if shut {
            "the practice rows"
        } else {
            "all rows"
        };
        let label = format!("Fitting {} on {which}", name.to_lowercase());
        let of_run = run.clone();
        let held = self.source().ready();
        self.act(
            "use model",
            label,
            Lane::Heavy,
            move |context| {
                let source = match held {
                    Some(table) => (*table).clone(),
                    None => read_recorded(&recipe, embedded.as_ref(), context)?,
                };
                let (source, sealed) = match shut {
                    true => practice_of(&source, &of_run, &context.task)?,
                    false => (source, 0),
                };
                let about = FinalFit {
                    sealed,
                    after_openings: of_run.after_openings,
                    moment: of_run.moment.as_deref(),
                    source_name: &source_name,
                    trained_at: places::now(),
                    measured: measured.as_ref(),
                    guessing: baseline.as_ref(),
                };
                cross_validation::fit_final(&source, &spec, &about, &context.task)
            },
            move |session, pipeline| {
                let id = session.fresh_model_id();
                session.models.push(KeptModel {
                    id,
                    name: name.clone(),
                    run: Some(run_id),
                    pipeline,
                });
                session.notice(Notice::Done(format!("{name} is ready to predict")));
            },
        );
    }

    /// Opens a model file and puts it on the shelf.
    pub fn open_model(&mut self, path: &Path) {
        let path = path.to_path_buf();
        self.act(
            "open model",
            format!("Opening {}", path.display()),
            Lane::Files,
            move |_| {
                let pipeline = export::load_model(&path)?;
                let name = path.file_stem().map_or_else(
                    || pipeline.learner.clone(),
                    |stem| stem.to_string_lossy().into_owned(),
                );
                Ok((name, Arc::new(pipeline)))
            },
            |session, opened| {
                let id = session.fresh_model_id();
                session.models.push(KeptModel {
                    id,
                    name: opened.0.clone(),
                    run: None,
                    pipeline: opened.1.clone(),
                });
                session.notice(Notice::Done(format!("Opened the model {}", opened.0)));
            },
        );
    }

    pub fn model(&self, id: ModelId) -> Option<&KeptModel> {
        self.models.iter().find(|model| model.id == id)
    }

    pub fn remove_model(&mut self, id: ModelId) {
        self.models.retain(|model| model.id != id);
    }

    /// Reads a file and scores every row of it, if its columns fit.
    pub fn score_file(&mut self, model: ModelId, path: &Path, renames: BTreeMap<String, String>) {
        let Some(pipeline) = self.model(model).map(|model| model.pipeline.clone()) else {
            return;
        };
        let path = path.to_path_buf();
        self.act(
            "score",
            format!("Scoring {}", path.display()),
            Lane::Heavy,
            move |context| {
                let (table, _) = formats::read(&path, None, &Params::new(), &context.task)?;
                let table = crate::clean::columns::renamed(&table, &renames)?;
                let start = std::time::Instant::now();
                let check = check_input(&pipeline.inputs, table.schema());
                let predictions = if check.usable {
                    Some(Arc::new(pipeline.predict_table(&table, &context.task)?))
                } else {
                    None
                };
                Ok(ScoredFile {
                    model,
                    path,
                    table,
                    check,
                    renames,
                    predictions,
                    seconds: start.elapsed().as_secs_f64(),
                })
            },
            |session, scored| session.scored = Some(scored),
        );
    }

    /// The file scored last.
    pub fn scored(&self) -> Option<&Arc<ScoredFile>> {
        self.scored.as_ref()
    }

    pub fn clear_scored(&mut self) {
        self.scored = None;
    }

    /// Writes the last scored file with its predictions, by extension.
    pub fn save_predictions(&mut self, path: &Path) {
        let Some(scored) = self.scored.clone() else {
            return;
        };
        let path = path.to_path_buf();
        let target = path.clone();
        self.act(
            "save predictions",
            format!("Saving {}", path.display()),
            Lane::Files,
            move |context| {
                let predictions = scored.predictions.as_ref().ok_or_else(|| {
                    UserError::usage(
                        "nothing_scored",
                        "There are no predictions to save",
                        "The columns of the file do not fit the model".to_owned(),
                    )
                })?;
                export::write_predictions(&scored.table, predictions, &path, true, &context.task)?;
                Ok(predictions.rows as u64)
            },
            move |session, rows| {
                session.notice(Notice::Done(format!(
                    "Saved {} to {}, read back and compared",
                    crate::base::format::counted(*rows, "prediction"),
                    target.display()
                )));
            },
        );
    }

    /// Writes a model; the file is read back and compared on real rows before it is called done.
    pub fn export_model(&mut self, model: ModelId, what: ModelExport, path: &Path) {
        let Some(kept) = self.model(model).cloned() else {
            return;
        };
        let source = self.source().ready();
        let scored = self
            .scored
            .clone()
            .filter(|scored| scored.predictions.is_some());
        let path = path.to_path_buf();
        let target = path.clone();
        self.act(
            "export model",
            format!("Exporting {}", path.display()),
            Lane::Files,
            move |context| {
                let fits =
                    |table: &Table| check_input(&kept.pipeline.inputs, table.schema()).usable;
                let rows = source
                    .filter(|table| fits(table))
                    .or_else(|| scored.map(|scored| Arc::new(scored.table.clone())))
                    .ok_or_else(|| {
                        UserError::usage(
                            "no_rows_to_check",
                            "The export cannot be checked",
                            "There are no rows here that the model can score".to_owned(),
                        )
                        .with_hint("Open the table it was trained on, or score a file first")
                    })?;
                match what {
                    ModelExport::BenchtopModel => {
                        export::save_model(&kept.pipeline, &path, &rows, &context.task)
                    }
                    ModelExport::Onnx => {
                        export::export_onnx(&kept.pipeline, &rows, &path, &context.task)
                    }
                    ModelExport::LightGbm => {
                        export::export_lightgbm(&kept.pipeline, &rows, &path, &context.task)
                    }
                }
            },
            move |session, parity: Arc<Parity>| {
                let beside = match what {
                    ModelExport::LightGbm => {
                        let columns = export::lightgbm_text::columns_path(&target);
                        let name = columns.file_name().unwrap_or_default();
                        format!(" and {}", name.to_string_lossy())
                    }
                    _ => String::new(),
                };
                session.notice(Notice::Done(format!(
                    "Saved {}{beside}. {}",
                    target.display(),
                    parity.sentence()
                )));
                session.parity = Some((target, parity));
            },
        );
    }

    /// Where the last export went and how it compared.
    pub fn last_parity(&self) -> Option<&(PathBuf, Arc<Parity>)> {
        self.parity.as_ref()
    }
}
