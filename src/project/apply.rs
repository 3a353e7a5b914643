//! Applying a command: pure, validating, all or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::Command;
use super::document::{Document, LearnerChoice, ModelSetup, TableRecipe};
use crate::base::ids::{StepId, TableId};
use crate::base::{ParamValue, Params, UserError};
use crate::chart::ChartSpec;
use crate::clean::{self, Step};
use crate::evaluate::{Seal, SealRule, SplitPlan};
use crate::learn;

/// The document after the command, or why it cannot be.
pub fn apply(command: &Command, document: &Document) -> Result<Document, UserError> {
    let mut next = document.clone();
    match command {
        Command::OpenTable { name, source } => {
            let id = TableId(next.fresh_id());
            next.tables.push(Arc::new(TableRecipe {
                id,
                name: next.unique_table_name(name),
                source: source.clone(),
                steps: Vec::new(),
                roles: Default::default(),
                descriptions: Default::default(),
                chart: ChartSpec::default(),
                model: ModelSetup::default(),
            }));
        }
        Command::RemoveTable { table } => {
            next.recipe_mut(*table)?;
            next.tables.retain(|recipe| recipe.id != *table);
        }
        Command::RenameTable { table, name } => {
            next.recipe_mut(*table)?.name.clone_from(name);
        }
        Command::ReplaceSource { table, source } => {
            next.recipe_mut(*table)?.source = source.clone();
        }
        Command::AddStep {
            table,
            at,
            operation,
            params,
        } => {
            let step = clean::by_id(operation)?;
            let params = params.checked(step.params())?;
            let id = StepId(next.fresh_id());
            let recipe = next.recipe_mut(*table)?;
            let at = (*at).min(recipe.steps.len());
            recipe.steps.insert(
                at,
                Step {
                    id,
                    operation: operation.clone(),
                    params,
                    enabled: true,
                },
            );
        }
        Command::EditStep {
            table,
            step,
            params,
        } => {
            let step = next.recipe_mut(*table)?.step_mut(*step)?;
            step.params = params.checked(clean::by_id(&step.operation)?.params())?;
        }
        Command::SwitchStep {
            table,
            step,
            enabled,
        } => {
            next.recipe_mut(*table)?.step_mut(*step)?.enabled = *enabled;
        }
        Command::MoveStep { table, step, to } => {
            let recipe = next.recipe_mut(*table)?;
            let from = recipe.step_index(*step)?;
            let moved = recipe.steps.remove(from);
            let to = (*to).min(recipe.steps.len());
            recipe.steps.insert(to, moved);
        }
        Command::DeleteStep { table, step } => {
            let recipe = next.recipe_mut(*table)?;
            let at = recipe.step_index(*step)?;
            recipe.steps.remove(at);
        }
        Command::SetRole {
            table,
            column,
            role,
        } => {
            let roles = &mut next.recipe_mut(*table)?.roles;
            match role {
                Some(role) => roles.insert(column.clone(), *role),
                None => roles.remove(column),
            };
        }
        Command::Describe {
            table,
            column,
            text,
        } => {
            let descriptions = &mut next.recipe_mut(*table)?.descriptions;
            if text.is_empty() {
                descriptions.remove(column);
            } else {
                descriptions.insert(column.clone(), text.clone());
            }
        }
        Command::SetChart { table, chart } => {
            next.recipe_mut(*table)?.chart = chart.clone();
        }
        Command::SetTarget { table, target } => {
            let model = &mut next.recipe_mut(*table)?.model;
            model.target.clone_from(target);
            // Ticks were given for another question.
            model.features.clear();
            model.answers.clear();
            if let Some(target) = target {
                // The seed stays that of the first seal: another seed would be another exam.
                let seed = model.seal.as_ref().map_or(model.seed, |seal| seal.seed);
                model.seal = Some(Seal::new(target, seed, &model.split));
                model.moment = None;
            }
        }
        Command::SetMoment { table, moment } => {
            let said = moment.as_ref().map(|words| words.trim().to_owned());
            if said.as_ref().is_some_and(String::is_empty) {
                return Err(UserError::usage(
                    "no_moment",
                    "The answer is empty",
                    "Say in a few words at what moment the model will predict",
                ));
            }
            next.recipe_mut(*table)?.model.moment = said;
        }
        Command::TickFeature {
            table,
            column,
            ticked,
        } => {
            let model = &mut next.recipe_mut(*table)?.model;
            model.features.insert(column.clone(), *ticked);
        }
        Command::LeaveOut { table, columns } => {
            let features = &mut next.recipe_mut(*table)?.model.features;
            for column in columns {
                features.insert(column.clone(), false);
            }
        }
        Command::AnswerFinding {
            table,
            finding,
            reason,
        } => {
            let answers = &mut next.recipe_mut(*table)?.model.answers;
            match reason {
                Some(reason) => answers.insert(finding.clone(), reason.clone()),
                None => answers.remove(finding),
            };
        }
        Command::UsePreset {
            table,
            learners,
            minutes,
            ..
        } => use_preset(&mut next, *table, learners, *minutes)?,
        Command::SetMinutes { table, minutes } => {
            next.recipe_mut(*table)?.model.minutes = Some(checked_minutes(*minutes)?);
        }
        Command::TickLearner {
            table,
            learner,
            ticked,
        } => {
            learn::by_id(learner)?;
            next.choice_mut(*table, learner)?.ticked = *ticked;
        }
        Command::SetLearnerParam {
            table,
            learner,
            key,
            value,
        } => set_learner_param(&mut next, *table, learner, key, value)?,
        Command::KeepTuned {
            table,
            learner,
            params,
            record,
        } => {
            let specs = learn::by_id(learner)?.params();
            let mut kept = params.checked(specs)?;
            kept.0.retain(|key, value| {
                let own = specs.iter().find(|spec| spec.key == key);
                own.and_then(|spec| spec.default_value()).as_ref() != Some(value)
            });
            let choice = next.choice_mut(*table, learner)?;
            choice.params = kept;
            choice.tuned = record.as_deref().cloned();
        }
        Command::SetPreparation { table, key, value } => {
            let spec = learn::prepare::setting(key)?;
            let value = spec.check_value(value)?;
            let settings = &mut next.recipe_mut(*table)?.model.preparation;
            if Some(&value) == spec.default_value().as_ref() {
                settings.0.remove(key);
            } else {
                settings.set(key, value);
            }
        }
        Command::SetFolds { table, folds } => {
            if !(2..=50).contains(folds) {
                return Err(UserError::usage(
                    "folds_out_of_range",
                    "The number of parts must be between 2 and 50",
                    format!("{folds} was asked for"),
                ));
            }
            next.recipe_mut(*table)?.model.folds = *folds;
        }
        Command::SetSeed { table, seed } => {
            next.recipe_mut(*table)?.model.seed = *seed;
        }
        Command::SetSplit { table, split } => {
            // A plan that was written by hand is held to the same limits as one from the form.
            let model = &mut next.recipe_mut(*table)?.model;
            model.split = SplitPlan::from_params(split.kind().id, &split.params())?;
            // Groups must be whole, and the exam must lie after what is learned from.
            if let Some(seal) = &mut model.seal {
                seal.rule = SealRule::of(&model.split);
            }
        }
    }
    Ok(next)
}

fn use_preset(
    document: &mut Document,
    table: TableId,
    learners: &BTreeMap<String, Params>,
    minutes: Option<f64>,
) -> Result<(), UserError> {
    for (id, params) in learners {
        let specs = learn::by_id(id)?.params();
        params.checked(specs)?;
    }
    for learner in learn::REGISTRY {
        if learner.capabilities().yardstick {
            continue;
        }
        let choice = document.choice_mut(table, learner.id())?;
        let wanted = learners.get(learner.id());
        choice.ticked = wanted.is_some();
        if let Some(params) = wanted {
            choice.params.clone_from(params);
        }
    }
    let minutes = minutes.map(checked_minutes).transpose()?;
    document.recipe_mut(table)?.model.minutes = minutes;
    Ok(())
}

/// A day is the most that is searched.
const MOST_MINUTES: f64 = 1440.0;

fn checked_minutes(minutes: f64) -> Result<f64, UserError> {
    if minutes.is_finite() && minutes > 0.0 && minutes <= MOST_MINUTES {
        return Ok(minutes);
    }
    Err(UserError::usage(
        "minutes_out_of_range",
        "Settings are searched for more than 0 and at most 1,440 minutes",
        format!("{minutes} was asked for"),
    ))
}

fn set_learner_param(
    document: &mut Document,
    table: TableId,
    learner: &str,
    key: &str,
    value: &ParamValue,
) -> Result<(), UserError> {
    let specs = learn::by_id(learner)?.params();
    let Some(spec) = specs.iter().find(|spec| spec.key == key) else {
        return Err(UserError::usage(
            "unknown_parameter",
            format!("{learner} has no setting called {key}"),
            "The command may come from another version".to_owned(),
        ));
    };
    let value = spec.check_value(value)?;
    let choice = document.choice_mut(table, learner)?;
    let before = choice.params.clone();
    if spec.default_value().as_ref() == Some(&value) {
        choice.params.0.remove(key);
    } else {
        choice.params.0.insert(key.to_owned(), value);
    }
    if choice.params != before {
        // No search found these settings.
        choice.tuned = None;
    }
    Ok(())
}

impl Document {
    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn recipe_mut(&mut self, id: TableId) -> Result<&mut TableRecipe, UserError> {
        self.tables
            .iter_mut()
            .find(|table| table.id == id)
            .map(Arc::make_mut)
            .ok_or_else(|| {
                UserError::usage(
                    "no_such_table",
                    "The table is not in this project",
                    format!("There is no table number {id}"),
                )
            })
    }

    fn choice_mut(
        &mut self,
        table: TableId,
        learner: &str,
    ) -> Result<&mut LearnerChoice, UserError> {
        let model = &mut self.recipe_mut(table)?.model;
        Ok(model
            .learners
            .entry(learner.to_owned())
            .or_insert_with(|| LearnerChoice {
                ticked: learn::by_id(learner).is_ok_and(|learner| learner.capabilities().suggested),
                params: Default::default(),
                tuned: None,
            }))
    }

    fn unique_table_name(&self, name: &str) -> String {
        let taken = |candidate: &str| self.tables.iter().any(|table| table.name == candidate);
        if !taken(name) {
            return name.to_owned();
        }
        let mut number = 2;
        while taken(&format!("{name} {number}")) {
            number += 1;
        }
        format!("{name} {number}")
    }
}

impl TableRecipe {
    fn step_index(&self, id: StepId) -> Result<usize, UserError> {
        self.steps
            .iter()
            .position(|step| step.id == id)
            .ok_or_else(|| {
                UserError::usage(
                    "no_such_step",
                    "The step is not in this recipe",
                    format!("There is no step number {id} in {}", self.name),
                )
            })
    }

    fn step_mut(&mut self, id: StepId) -> Result<&mut Step, UserError> {
        let index = self.step_index(id)?;
        self.steps.get_mut(index).ok_or_else(|| {
            UserError::usage(
                "no_such_step",
                "The step is not in this recipe",
                String::new(),
            )
        })
    }
}
