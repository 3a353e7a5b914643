//! The document: recipes only, kilobytes, cheap to clone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::{StepId, TableId};
use crate::base::{Fingerprint, Params};
use crate::chart::ChartSpec;
use crate::clean::Step;
use crate::data::ColumnRole;
use crate::evaluate::tuning::Tuned;
use crate::evaluate::{Seal, SplitPlan};
use crate::learn;

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub enum Place {
    /// A file of the person's own. Never written to.
    File { path: PathBuf },
    /// One of the sample tables that come with Benchtop.
    Sample { name: String },
    /// A table pasted from the clipboard, kept by its content hash.
    Pasted { hash: Fingerprint },
}

/// A source file as it was when it was loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub place: Place,
    /// Id in the format registry.
    pub format: String,
    /// Reading settings, types included.
    pub params: Params,
    pub bytes: u64,
    /// Seconds since 1970-01-01 UTC.
    pub modified: u64,
    /// Hash of the file's content; zero until it has been read once.
    pub content: Fingerprint,
    pub rows: u64,
    pub columns: u64,
}

impl Source {
    /// The file name a person knows it by.
    pub fn name(&self) -> String {
        match &self.place {
            Place::File { path } => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Place::Sample { name } => name.clone(),
            Place::Pasted { .. } => "Pasted table".to_owned(),
        }
    }
}

/// Whether a learner is to be trained, and with what settings (those that differ from the defaults).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnerChoice {
    pub ticked: bool,
    pub params: Params,
    /// The search these settings were kept from; none once one of them is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuned: Option<Tuned>,
}

/// What is to be learned from a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSetup {
    pub target: Option<String>,
    /// Columns a person ticked or unticked; all others follow the pre-flight's advice.
    pub features: BTreeMap<String, bool>,
    /// Learners a person ticked, unticked or set; all others are at their defaults, ticked where they are suggested.
    pub learners: BTreeMap<String, LearnerChoice>,
    /// Minutes in which better settings are searched for the models in front; None: none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Settings of the preparation that differ from what each learner wants.
    #[serde(default)]
    pub preparation: Params,
    /// Parts, for the ways of dividing rows that take a number of them.
    pub folds: u32,
    pub seed: u64,
    /// How rows are divided into those learned from and those checked.
    #[serde(default)]
    pub split: SplitPlan,
    /// Key of a finding before training → why it stands.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Which rows are kept for one last exam. None where the target was chosen by a Benchtop that
    /// sealed none: made when a target is chosen again.
    #[serde(default)]
    pub seal: Option<Seal>,
    /// The moment at which the model will predict, in a person's words; None until it is answered.
    #[serde(default)]
    pub moment: Option<String>,
}

impl Default for ModelSetup {
    fn default() -> Self {
        Self {
            target: None,
            features: BTreeMap::new(),
            learners: BTreeMap::new(),
            minutes: None,
            preparation: Params::new(),
            folds: 5,
            seed: 1,
            split: SplitPlan::default(),
            answers: BTreeMap::new(),
            seal: None,
            moment: None,
        }
    }
}

impl ModelSetup {
    pub fn is_ticked(&self, learner: &str) -> bool {
        match self.learners.get(learner) {
            Some(choice) => choice.ticked,
            None => learn::by_id(learner).is_ok_and(|learner| learner.capabilities().suggested),
        }
    }

    /// The search that the settings of a learner come from.
    pub fn tuned(&self, learner: &str) -> Option<&Tuned> {
        self.learners.get(learner)?.tuned.as_ref()
    }

    pub fn learner_params(&self, learner: &str) -> Params {
        self.learners
            .get(learner)
            .map(|choice| choice.params.clone())
            .unwrap_or_default()
    }
}

/// One table: its source, the steps that clean it, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRecipe {
    pub id: TableId,
    pub name: String,
    pub source: Source,
    pub steps: Vec<Step>,
    pub roles: BTreeMap<String, ColumnRole>,
    pub descriptions: BTreeMap<String, String>,
    pub chart: ChartSpec,
    pub model: ModelSetup,
}

impl TableRecipe {
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// Everything a person can undo.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub tables: Vec<Arc<TableRecipe>>,
    /// Ids are given out once and never again.
    pub next_id: u64,
}

impl Document {
    pub fn table(&self, id: TableId) -> Option<&Arc<TableRecipe>> {
        self.tables.iter().find(|table| table.id == id)
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}
