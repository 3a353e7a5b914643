//! A checked model as a Python script: our folds, settings and scores put together for
//! [`crate::export::python_script`].

use std::path::Path;

use crate::base::{TaskContext, UserError};
use crate::data::Table;
use crate::evaluate::split::split_prepared;
use crate::evaluate::{RunResult, SplitPlan, metrics};
use crate::export::python_script::{
    Checked, OurScore, Rounds, ScriptRequest, SourceFile, write_python_script,
};
use crate::pipeline::{self, LearningPlan};

/// A checked learner, and what it was checked with.
pub struct ScriptWish<'a> {
    pub source: SourceFile,
    /// The table as it was read.
    pub table: &'a Table,
    /// Its rows without the sealed ones: those the model was checked on.
    pub practice: &'a Table,
    /// Sealed rows with an answer.
    pub sealed: u64,
    pub plan: &'a LearningPlan,
    pub folds: u32,
    pub seed: u64,
    pub split: &'a SplitPlan,
    pub result: &'a RunResult,
    /// Guessing, checked on the same rows.
    pub guessing: Option<&'a RunResult>,
}

/// Writes the script and the file of folds beside it; both are read back and compared before this
/// is called done.
pub fn write_script(
    wish: &ScriptWish<'_>,
    path: &Path,
    task: &TaskContext,
) -> Result<Checked, UserError> {
    task.progress(0, 0, "Writing the script");
    let prepared = pipeline::prepare(wish.practice, wish.plan, &task.part())?;
    let request = ScriptRequest {
        rounds: rounds(wish, &prepared, task)?,
        scores: scores(wish),
        source: wish.source.clone(),
        table: wish.table,
        sealed: wish.sealed,
        prepared: &prepared,
        learner: &wish.result.learner,
        params: &wish.result.params,
        preparation: &wish.result.preparation,
        seed: wish.seed,
    };
    write_python_script(&request, path, task)
}

fn rounds(
    wish: &ScriptWish<'_>,
    prepared: &pipeline::Prepared,
    task: &TaskContext,
) -> Result<Rounds, UserError> {
    let wanted = wish.folds as usize;
    let folds = split_prepared(prepared, wish.split, wanted, wish.seed, &task.part())?;
    Ok(Rounds {
        each: (0..folds.count)
            .map(|round| (folds.train(round), folds.check(round)))
            .collect(),
        repeats: folds.repeats,
        pooled: folds.pooled,
        sentence: wish.split.sentence(wanted),
    })
}

/// The headline first, then the others in the order of display.
fn scores(wish: &ScriptWish<'_>) -> Vec<OurScore> {
    let mut scores: Vec<OurScore> = metrics::for_task(&wish.result.task)
        .filter_map(|metric| {
            let value = wish.result.scores.get(metric.id)?;
            let guessing = wish.guessing.and_then(|run| run.scores.get(metric.id));
            Some(OurScore {
                id: metric.id.to_owned(),
                name: metric.technical.to_owned(),
                mean: value.mean,
                lower: value.lower,
                upper: value.upper,
                folds: value.folds.clone(),
                guessing: guessing.map(|value| value.mean),
            })
        })
        .collect();
    scores.sort_by_key(|score| score.id != wish.result.headline);
    scores
}
