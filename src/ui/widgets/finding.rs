//! What the buttons of a finding do, wherever the finding stands.

use eframe::egui::{Context, Id, Ui};

use crate::base::Params;
use crate::chart::ChartSpec;
use crate::data::ColumnKind;
use crate::evaluate::{Action, Finding, SplitPlan};
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::ui::action::WorkspaceId;
use crate::ui::state::View;

use super::Button;

/// Draws the buttons of a finding, those left out that would do nothing as rows are divided now. The
/// action that was clicked.
pub fn finding_buttons(
    ui: &mut Ui,
    view: &View<'_>,
    recipe: &TableRecipe,
    finding: &Finding,
) -> Option<Action> {
    let training = view.session.is_training();
    let mut clicked = None;
    for action in &finding.actions {
        if action.is_in_force(&recipe.model.split, recipe.model.folds) {
            continue;
        }
        let shows = matches!(
            action,
            Action::Look | Action::ShowMe { .. } | Action::CheckColumns | Action::CleanRows
        );
        let locked = (training && !shows).then(|| "Training is going on".to_owned());
        let button = match shows {
            true => Button::ghost(action.label()),
            false => Button::secondary(action.label()),
        };
        if button.small().disabled(locked).show(ui).clicked() {
            clicked = Some(action.clone());
        }
    }
    clicked
}

/// Does what a button says. False where the action asks for a reason first.
pub fn act_on_finding(
    ctx: &Context,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    finding: &Finding,
    action: &Action,
) -> bool {
    match action {
        Action::KnownBefore | Action::Accept => return false,
        Action::Look => {
            if let Some(seen) = &finding.rows {
                view.session
                    .select((*seen.rows).clone(), seen.sentence.clone());
            }
        }
        Action::ShowMe { column } => show_beside_target(view, recipe, column),
        Action::CheckColumns => {
            ask_for_columns(ctx);
            view.shared.left_open = true;
            view.shared.go(WorkspaceId::Model);
        }
        Action::CleanRows => view.shared.go(WorkspaceId::Clean),
        _ => {
            if let Some(command) = command_of(recipe, finding, action) {
                view.dispatch(command);
            }
        }
    }
    true
}

/// The undoable change behind a button.
fn command_of(recipe: &TableRecipe, finding: &Finding, action: &Action) -> Option<Command> {
    let table = recipe.id;
    let split = |split| Command::SetSplit { table, split };
    let answer = |reason: &str| Command::AnswerFinding {
        table,
        finding: finding.key(),
        reason: Some(reason.to_owned()),
    };
    Some(match action {
        Action::LeaveOut { columns } => Command::LeaveOut {
            table,
            columns: columns.clone(),
        },
        Action::UseAnyway { column } => Command::TickFeature {
            table,
            column: column.clone(),
            ticked: true,
        },
        Action::Folds { folds } => Command::SetFolds {
            table,
            folds: *folds,
        },
        Action::RemoveCopies => Command::AddStep {
            table,
            at: recipe.steps.len(),
            operation: "remove_duplicates".to_owned(),
            params: Params::new(),
        },
        Action::KeepTogether { column } => split(SplitPlan::Groups {
            column: column.clone(),
        }),
        Action::KeepCopiesTogether => split(SplitPlan::Copies),
        Action::ByTime { column } => split(SplitPlan::Time {
            column: column.clone(),
            gap: 0.0,
        }),
        Action::Repeat { times } => split(SplitPlan::Repeated {
            repeats: *times,
            by_quantiles: recipe.model.split.params().bool("by_quantiles"),
        }),
        Action::DealAnew => Command::SetSeed {
            table,
            seed: recipe.model.seed.wrapping_add(1) % SEEDS,
        },
        Action::HoldBack {
            learner,
            key,
            value,
            ..
        } => Command::SetLearnerParam {
            table,
            learner: learner.clone(),
            key: key.clone(),
            value: value.clone(),
        },
        Action::Checked => answer("Checked"),
        Action::KeepScore => answer("Judged by the suggested score"),
        Action::KeepFinding => answer("Kept as a finding"),
        Action::KnownBefore
        | Action::Accept
        | Action::Look
        | Action::ShowMe { .. }
        | Action::CheckColumns
        | Action::CleanRows => return None,
    })
}

/// One more than the largest seed of the form.
const SEEDS: u64 = 4_294_967_296;

/// The column on one axis; the target as colour where it has classes, else on the other axis.
fn show_beside_target(view: &mut View<'_>, recipe: &TableRecipe, column: &str) {
    let Some(target) = recipe.model.target.clone() else {
        return;
    };
    let run = view.session.recipe_run().shown().cloned();
    let number = run.is_some_and(|run| {
        let column = run.table.schema().get(&target);
        column.is_some_and(|column| column.kind == ColumnKind::Number)
    });
    let classes = view
        .session
        .preflight()
        .shown()
        .is_some_and(|found| found.task.is_classes());
    let mut chart = ChartSpec {
        x: Some(column.to_owned()),
        ..ChartSpec::default()
    };
    if number && !classes {
        chart.y = Some(target);
    } else {
        chart.color = Some(target);
    }
    view.dispatch(Command::SetChart {
        table: recipe.id,
        chart,
    });
    view.shared.go(WorkspaceId::Explore);
}

fn wanted() -> Id {
    Id::unique("columns to learn from are asked for")
}

fn ask_for_columns(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(wanted(), true));
}

/// Whether the columns that are learned from were asked for since this was last called.
pub fn take_columns_asked_for(ctx: &Context) -> bool {
    ctx.data_mut(|data| data.remove_temp::<bool>(wanted()))
        .unwrap_or(false)
}
