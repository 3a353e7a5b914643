//! Every change a person can make to a document, as data: replayed from the journal, listed in a
//! test, named in the Undo menu.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{Document, Place, Source};
use crate::base::ids::{StepId, TableId};
use crate::base::{ParamValue, Params};
use crate::chart::ChartSpec;
use crate::clean;
use crate::data::ColumnRole;
use crate::evaluate::SplitPlan;
use crate::evaluate::presets::Preset;
use crate::evaluate::tuning::Tuned;
use crate::learn;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    OpenTable {
        name: String,
        source: Source,
    },
    RemoveTable {
        table: TableId,
    },
    RenameTable {
        table: TableId,
        name: String,
    },
    /// The same table from another place, or read with other settings.
    ReplaceSource {
        table: TableId,
        source: Source,
    },
    AddStep {
        table: TableId,
        /// Index among the steps; the end when it is beyond.
        at: usize,
        operation: String,
        params: Params,
    },
    EditStep {
        table: TableId,
        step: StepId,
        params: Params,
    },
    SwitchStep {
        table: TableId,
        step: StepId,
        enabled: bool,
    },
    MoveStep {
        table: TableId,
        step: StepId,
        to: usize,
    },
    DeleteStep {
        table: TableId,
        step: StepId,
    },
    SetRole {
        table: TableId,
        column: String,
        role: Option<ColumnRole>,
    },
    Describe {
        table: TableId,
        column: String,
        text: String,
    },
    SetChart {
        table: TableId,
        chart: ChartSpec,
    },
    SetTarget {
        table: TableId,
        target: Option<String>,
    },
    TickFeature {
        table: TableId,
        column: String,
        ticked: bool,
    },
    /// Trains these learners with these settings, and no others.
    UsePreset {
        table: TableId,
        preset: Preset,
        /// Id → settings that differ from the learner's own.
        learners: BTreeMap<String, Params>,
        minutes: Option<f64>,
    },
    /// Minutes in which better settings are searched.
    SetMinutes {
        table: TableId,
        minutes: f64,
    },
    TickLearner {
        table: TableId,
        learner: String,
        ticked: bool,
    },
    SetLearnerParam {
        table: TableId,
        learner: String,
        key: String,
        value: ParamValue,
    },
    /// All settings of a learner at once, as tuning found them.
    KeepTuned {
        table: TableId,
        learner: String,
        params: Params,
        /// The search that found them.
        #[serde(default)]
        record: Option<Box<Tuned>>,
    },
    /// A setting of the preparation; see [`learn::prepare::settings`].
    SetPreparation {
        table: TableId,
        key: String,
        value: ParamValue,
    },
    SetFolds {
        table: TableId,
        folds: u32,
    },
    SetSeed {
        table: TableId,
        seed: u64,
    },
    SetSplit {
        table: TableId,
        split: SplitPlan,
    },
    /// At what moment the model will predict; None takes the answer back.
    SetMoment {
        table: TableId,
        moment: Option<String>,
    },
    /// Several columns are left out at once.
    LeaveOut {
        table: TableId,
        columns: Vec<String>,
    },
    /// Why a finding before training stands; None takes the answer back.
    AnswerFinding {
        table: TableId,
        finding: String,
        reason: Option<String>,
    },
}

impl Command {
    /// What the Undo menu calls it: "Fill blanks in age". Reads the document as it was before.
    pub fn label(&self, document: &Document) -> String {
        let sentence = |table: &TableId, step: &StepId| {
            document
                .table(*table)
                .and_then(|table| table.step(*step))
                .map_or_else(
                    || "step".to_owned(),
                    |step| match clean::by_id(&step.operation) {
                        Ok(operation) => clean::plain(&operation.sentence(&step.params)),
                        Err(_) => step.operation.clone(),
                    },
                )
        };
        let table_name = |table: &TableId| {
            document
                .table(*table)
                .map_or_else(String::new, |table| table.name.clone())
        };
        let learner_name =
            |id: &str| learn::by_id(id).map_or(id.to_owned(), |l| l.name().to_lowercase());
        match self {
            Self::OpenTable { name, .. } => format!("Open {name}"),
            Self::RemoveTable { table } => format!("Remove {}", table_name(table)),
            Self::RenameTable { name, .. } => format!("Rename the table to {name}"),
            Self::ReplaceSource { source, .. } => format!("Read {} again", source.name()),
            Self::AddStep {
                operation, params, ..
            } => match clean::by_id(operation) {
                Ok(operation) => clean::plain(&operation.sentence(params)),
                Err(_) => format!("Add {operation}"),
            },
            Self::EditStep { table, step, .. } => format!("Edit “{}”", sentence(table, step)),
            Self::SwitchStep {
                table,
                step,
                enabled,
            } => {
                let word = if *enabled { "on" } else { "off" };
                format!("Switch {word} “{}”", sentence(table, step))
            }
            Self::MoveStep { table, step, .. } => format!("Move “{}”", sentence(table, step)),
            Self::DeleteStep { table, step } => format!("Delete “{}”", sentence(table, step)),
            Self::SetRole { column, role, .. } => match role {
                Some(role) => format!("Use {column} as “{}”", role.word().to_lowercase()),
                None => format!("Let Benchtop decide the use of {column}"),
            },
            Self::Describe { column, .. } => format!("Describe {column}"),
            Self::SetChart { chart, .. } => {
                let columns: Vec<&str> = [&chart.x, &chart.y, &chart.color]
                    .into_iter()
                    .filter_map(|column| column.as_deref())
                    .collect();
                if columns.is_empty() {
                    "Clear the chart".to_owned()
                } else {
                    format!("Chart {}", crate::base::format::list(&columns))
                }
            }
            Self::SetTarget { target, .. } => match target {
                Some(target) => format!("Predict {target}"),
                None => "Predict nothing".to_owned(),
            },
            Self::TickFeature { column, ticked, .. } => {
                if *ticked {
                    format!("Learn from {column}")
                } else {
                    format!("Leave out {column}")
                }
            }
            Self::TickLearner {
                learner, ticked, ..
            } => {
                let word = if *ticked { "Train" } else { "Do not train" };
                format!("{word} {}", learner_name(learner))
            }
            Self::UsePreset { preset, .. } => format!("Train “{}”", preset.name()),
            Self::SetMinutes { minutes, .. } => {
                format!(
                    "Search settings for {}",
                    crate::base::format::minutes(*minutes)
                )
            }
            Self::SetLearnerParam { learner, key, .. } => {
                let label = learn::by_id(learner)
                    .ok()
                    .and_then(|l| l.params().iter().find(|spec| spec.key == key))
                    .map_or(key.clone(), |spec| spec.label.to_lowercase());
                format!("Set {label} of {}", learner_name(learner))
            }
            Self::KeepTuned { learner, .. } => {
                format!("Keep the tuned settings of {}", learner_name(learner))
            }
            Self::SetPreparation { key, .. } => {
                let label = learn::prepare::setting(key)
                    .map_or(key.clone(), |spec| spec.label.to_lowercase());
                format!("Set {label}")
            }
            Self::SetFolds { folds, .. } => format!("Check in {folds} parts"),
            Self::SetSeed { seed, .. } => format!("Set the seed to {seed}"),
            Self::SetSplit { split, .. } => match split.column() {
                Some(column) => format!("{} by {column}", split.kind().name),
                None => split.kind().name.to_owned(),
            },
            Self::SetMoment { moment, .. } => match moment {
                Some(_) => "Say when the model predicts".to_owned(),
                None => "Take back when the model predicts".to_owned(),
            },
            Self::LeaveOut { columns, .. } => {
                format!("Leave out {}", crate::base::format::list(columns))
            }
            Self::AnswerFinding {
                finding, reason, ..
            } => {
                let about = finding
                    .split_once(':')
                    .map_or_else(String::new, |(_, columns)| {
                        format!(" about {}", columns.replace(',', ", "))
                    });
                match reason {
                    Some(_) => format!("Answer the finding{about}"),
                    None => format!("Take back the answer{about}"),
                }
            }
        }
    }

    /// Commands with equal keys that follow one another in one gesture become one entry of the
    /// history. None: never merged.
    pub fn merge_key(&self) -> Option<String> {
        match self {
            Self::EditStep { table, step, .. } => Some(format!("edit {table} {step}")),
            Self::MoveStep { table, step, .. } => Some(format!("move {table} {step}")),
            Self::SetLearnerParam {
                table,
                learner,
                key,
                ..
            } => Some(format!("param {table} {learner} {key}")),
            Self::SetPreparation { table, key, .. } => Some(format!("prepare {table} {key}")),
            Self::SetMinutes { table, .. } => Some(format!("minutes {table}")),
            Self::SetFolds { table, .. } => Some(format!("folds {table}")),
            Self::SetSeed { table, .. } => Some(format!("seed {table}")),
            Self::SetSplit { table, .. } => Some(format!("split {table}")),
            Self::Describe { table, column, .. } => Some(format!("describe {table} {column}")),
            Self::SetChart { table, .. } => Some(format!("chart {table}")),
            Self::RenameTable { table, .. } => Some(format!("rename {table}")),
            _ => None,
        }
    }

    /// Whether the command brings a source that is not a file of the person's own.
    pub fn pasted(&self) -> bool {
        matches!(
            self,
            Self::OpenTable { source, .. } | Self::ReplaceSource { source, .. }
                if matches!(source.place, Place::Pasted { .. })
        )
    }
}
