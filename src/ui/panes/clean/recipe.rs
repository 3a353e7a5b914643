//! The recipe: the file, then every step as a sentence on one thread.

use eframe::egui::{Frame, Key, Label, Modifiers, Rect, Response, ScrollArea, Stroke, Ui, pos2};

use super::{CleanPane, words};
use crate::base::format;
use crate::base::ids::StepId;
use crate::clean::recipe::StepStatus;
use crate::clean::{self, CleanStep, RecipeRun, Step};
use crate::project::{Command, TableRecipe};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::menu::menu;
use crate::ui::widgets::step::StepResponse;
use crate::ui::widgets::{
    Button, IconButton, StepRow, StepState, context_menu, menu_item, menu_separator, panel_header,
};

/// Something to be done with a step after all of them are drawn.
enum Wish {
    Look(Option<StepId>, Option<usize>),
    Edit(Step),
    Begin(&'static dyn CleanStep),
    Do(Command),
}

pub fn show(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    let Some(recipe) = view.session.active().cloned() else {
        panel_header(ui, "Recipe", "", |_| {});
        return;
    };
    let count = format::counted(recipe.steps.len() as u64 + 1, "step");
    let mut wish = None;
    panel_header(ui, "Recipe", &count, |ui| {
        let button = IconButton::new(Icon::PLUS, "Add a step").show(ui);
        wish = step_menu(&button).map(Wish::Begin);
    });
    let run = view.session.recipe_run().shown().cloned();
    let learning = recipe
        .steps
        .iter()
        .any(|step| clean::by_id(&step.operation).is_ok_and(|operation| operation.learns()));
    let foot = if learning { 116.0 } else { 0.0 };
    let height = (ui.available_height() - foot).max(80.0);
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, learning])
        .show(ui, |ui| {
            Frame::new().inner_margin(8.0).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 0.0;
                let made = list(pane, ui, view, &recipe, run.as_deref());
                wish = wish.take().or(made);
            });
        });
    if learning {
        explain_learning(ui);
    }
    match wish {
        None => {}
        Some(Wish::Look(step, viewed)) => {
            pane.draft = None;
            pane.selected = step;
            pane.rows = None;
            view.session.view_after(viewed);
        }
        Some(Wish::Edit(step)) => pane.edit(view, &step),
        Some(Wish::Begin(operation)) => pane.begin(view, operation, crate::base::Params::new()),
        Some(Wish::Do(command)) => view.dispatch(command),
    }
}

/// All kinds of steps under a button.
pub fn step_menu(button: &Response) -> Option<&'static dyn CleanStep> {
    let mut chosen = None;
    menu(button, 248.0, |ui| {
        for step in clean::REGISTRY.iter().copied() {
            let item = menu_item(ui, Some(icon_of(step.id())), step.name(), "", None);
            if item.on_hover_text(step.summary()).clicked() {
                chosen = Some(step);
            }
        }
    });
    chosen
}

/// A sign for each kind of step.
pub fn icon_of(operation: &str) -> Icon {
    match operation {
        "change_type" => Icon::NUMBER,
        "drop_columns" => Icon::TRASH,
        "fill_blanks" => Icon::ERASER,
        "filter_rows" => Icon::FILTER,
        "new_column" => Icon::FUNCTION,
        "remove_duplicates" => Icon::COPY,
        "rename" => Icon::EDIT,
        "sort_rows" => Icon::SORT_UP,
        "tidy_spellings" => Icon::TEXT,
        _ => Icon::CLEAN,
    }
}

fn list(
    pane: &mut CleanPane,
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    run: Option<&RecipeRun>,
) -> Option<Wish> {
    let mut wish = first_card(pane, ui, view, recipe);
    let viewed = view.session.viewed_steps();
    let mut places: Vec<Rect> = Vec::with_capacity(recipe.steps.len());
    for (index, step) in recipe.steps.iter().enumerate() {
        let writing = pane.draft.as_ref().filter(|draft| draft.at == index);
        if writing.is_some_and(|draft| draft.step.is_none()) {
            draft_card(pane, ui, index + 2);
        }
        if writing.is_some_and(|draft| draft.step == Some(step.id)) {
            places.push(draft_card(pane, ui, index + 2));
            continue;
        }
        let shift = pane
            .draft
            .as_ref()
            .is_some_and(|draft| draft.step.is_none() && draft.at <= index);
        let number = index + 2 + usize::from(shift);
        let later = viewed.is_some_and(|count| index >= count);
        let shown = ui.push_id(step.id.0, |ui| {
            card(pane, ui, recipe, step, index, number, later, run)
        });
        let (response, made) = shown.inner;
        places.push(response);
        wish = made.or(wish);
    }
    let at_end = pane
        .draft
        .as_ref()
        .is_some_and(|draft| draft.step.is_none() && draft.at >= recipe.steps.len());
    if at_end {
        draft_card(pane, ui, recipe.steps.len() + 2);
    } else if pane.draft.is_none() {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.add_space(32.0);
            let button = Button::secondary("Add step")
                .icon(Icon::PLUS)
                .caret()
                .show(ui);
            if let Some(operation) = step_menu(&button) {
                wish = Some(Wish::Begin(operation));
            }
        });
    }
    drop_place(pane, ui, recipe, &places).or(wish)
}

fn first_card(
    pane: &CleanPane,
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
) -> Option<Wish> {
    let source = &recipe.source;
    let sentence = [("Load ".to_owned(), false), (source.name(), true)];
    let detail = format!(
        "{} × {}",
        format::counted(source.rows, "row"),
        format::counted(source.columns, "column")
    );
    let alone = recipe.steps.is_empty() && pane.draft.is_none();
    let row = StepRow::new(1, &sentence)
        .detail(&detail)
        .ends(true, alone)
        .selected(view.session.viewed_steps() == Some(0))
        .show(ui);
    (row.clicked() && !recipe.steps.is_empty()).then_some(Wish::Look(None, Some(0)))
}

#[expect(clippy::too_many_arguments, reason = "one card, all it shows")]
fn card(
    pane: &mut CleanPane,
    ui: &mut Ui,
    recipe: &TableRecipe,
    step: &Step,
    index: usize,
    number: usize,
    later: bool,
    run: Option<&RecipeRun>,
) -> (Rect, Option<Wish>) {
    let operation = clean::by_id(&step.operation).ok();
    let sentence = match operation {
        Some(operation) => words::parts(&operation.sentence(&step.params)),
        None => vec![(step.operation.clone(), true)],
    };
    let outcome = run.and_then(|run| run.outcomes.get(index));
    let wrong = match outcome.map(|outcome| &outcome.status) {
        Some(StepStatus::NeedsAttention(error)) if step.enabled => Some(error.clone()),
        _ => None,
    };
    let detail = if !step.enabled {
        "Off".to_owned()
    } else if wrong.is_some() {
        "Needs attention".to_owned()
    } else {
        run.map_or_else(String::new, |run| delta(run, step, index))
    };
    let state = if !step.enabled {
        StepState::Off
    } else if wrong.is_some() {
        StepState::NeedsAttention
    } else if later {
        StepState::Later
    } else {
        StepState::Normal
    };
    let eye = if step.enabled {
        (Icon::EYE, "Switch off")
    } else {
        (Icon::EYE_OFF, "Switch on")
    };
    let actions = [eye, (Icon::EDIT, "Edit step"), (Icon::TRASH, "Delete step")];
    let last = index + 1 == recipe.steps.len() && pane.draft.is_none();
    let row = StepRow::new(number, &sentence)
        .detail(&detail)
        .learns(operation.is_some_and(|operation| operation.learns()) && step.enabled)
        .state(state)
        .selected(pane.selected == Some(step.id) && pane.draft.is_none())
        .ends(false, last)
        .actions(&actions)
        .show(ui);
    let mut rect = row.rect;
    let mut wish = acted(pane, ui, recipe, step, index, &row);
    if let Some(error) = wrong {
        let repair = repair(ui, &error);
        rect = rect.union(repair.rect);
        if repair.clicked() {
            wish = Some(Wish::Edit(step.clone()));
        }
    }
    (rect, wish)
}

/// "1,204 cells", and what was learned where that is short.
fn delta(run: &RecipeRun, step: &Step, index: usize) -> String {
    let Some(outcome) = run.outcomes.get(index) else {
        return String::new();
    };
    let learned = words::learned(&outcome.learned);
    match (outcome.note.is_empty(), learned.is_empty()) {
        (true, _) => match (
            run.schemas.get(index),
            run.schemas.get(index + 1),
            clean::by_id(&step.operation),
        ) {
            (Some(before), Some(after), Ok(operation)) => {
                words::quiet_effect(before, after, operation.row_effect(), operation.id())
            }
            _ => String::new(),
        },
        (false, false) if learned.chars().count() <= 14 => format!("{}, {learned}", outcome.note),
        _ => outcome.note.clone(),
    }
}

/// Why a step did not run, and the button that opens it.
fn repair(ui: &mut Ui, error: &crate::base::UserError) -> Response {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        ui.add_space(40.0);
        ui.vertical(|ui| {
            let mut text = error.what.clone();
            if let Some(hint) = &error.hint {
                text = format!("{text}. {hint}");
            }
            let colour = tokens.status.caution.text;
            ui.add(Label::new(theme::caption(text).color(colour)).wrap());
            let button = Button::secondary("Edit step…").small().show(ui);
            ui.add_space(4.0);
            button
        })
        .inner
    })
    .inner
}

fn acted(
    pane: &mut CleanPane,
    ui: &Ui,
    recipe: &TableRecipe,
    step: &Step,
    index: usize,
    row: &StepResponse,
) -> Option<Wish> {
    let table = recipe.id;
    let last = recipe.steps.len().saturating_sub(1);
    let switch = Command::SwitchStep {
        table,
        step: step.id,
        enabled: !step.enabled,
    };
    let delete = Command::DeleteStep {
        table,
        step: step.id,
    };
    let shift = |to: usize| {
        Wish::Do(Command::MoveStep {
            table,
            step: step.id,
            to,
        })
    };
    let mut wish = match row.action {
        Some(0) => Some(Wish::Do(switch.clone())),
        Some(1) => Some(Wish::Edit(step.clone())),
        Some(2) => Some(Wish::Do(delete.clone())),
        _ => None,
    };
    if row.double_clicked() {
        wish = Some(Wish::Edit(step.clone()));
    } else if row.clicked() && wish.is_none() {
        let again = pane.selected == Some(step.id) && pane.draft.is_none();
        wish = Some(if again {
            Wish::Look(None, None)
        } else {
            Wish::Look(Some(step.id), (index < last).then_some(index + 1))
        });
    }
    if row.drag_started() {
        pane.dragged = Some(step.id);
    }
    if row.has_focus() {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::ALT, Key::ArrowUp) && index > 0 {
            wish = Some(shift(index - 1));
        } else if pressed(Modifiers::ALT, Key::ArrowDown) && index < last {
            wish = Some(shift(index + 1));
        } else if pressed(Modifiers::NONE, Key::Delete) {
            wish = Some(Wish::Do(delete.clone()));
        }
    }
    context_menu(row, 232.0, |ui| {
        if menu_item(ui, Some(Icon::EDIT), "Edit…", "", None).clicked() {
            wish = Some(Wish::Edit(step.clone()));
        }
        let (icon, label) = if step.enabled {
            (Icon::EYE_OFF, "Switch off")
        } else {
            (Icon::EYE, "Switch on")
        };
        if menu_item(ui, Some(icon), label, "", None).clicked() {
            wish = Some(Wish::Do(switch.clone()));
        }
        menu_separator(ui);
        let alt = ui.ctx().format_modifiers(Modifiers::ALT);
        let first = (index == 0).then_some("It is the first step");
        let keys = format!("{alt}+↑");
        if menu_item(ui, Some(Icon::ARROW_UP), "Move up", &keys, first).clicked() {
            wish = Some(shift(index.saturating_sub(1)));
        }
        let end = (index == last).then_some("It is the last step");
        let keys = format!("{alt}+↓");
        if menu_item(ui, Some(Icon::ARROW_DOWN), "Move down", &keys, end).clicked() {
            wish = Some(shift(index + 1));
        }
        menu_separator(ui);
        if menu_item(ui, Some(Icon::TRASH), "Delete", "Del", None).clicked() {
            wish = Some(Wish::Do(delete.clone()));
        }
    });
    wish
}

/// The step that is being written, where it will stand.
fn draft_card(pane: &CleanPane, ui: &mut Ui, number: usize) -> Rect {
    let Some(draft) = &pane.draft else {
        return Rect::NOTHING;
    };
    let sentence = words::parts(&draft.operation.sentence(&draft.params));
    let row = ui.push_id("draft", |ui| {
        StepRow::new(number, &sentence)
            .learns(draft.operation.learns())
            .state(StepState::Preview)
            .ends(false, true)
            .show(ui)
    });
    row.inner.row.rect
}

/// Where a dragged step would go, and that it went there.
fn drop_place(
    pane: &mut CleanPane,
    ui: &Ui,
    recipe: &TableRecipe,
    places: &[Rect],
) -> Option<Wish> {
    let step = pane.dragged?;
    let from = recipe.steps.iter().position(|other| other.id == step);
    let pointer = ui.ctx().pointer_interact_pos();
    let (Some(from), Some(pointer)) = (from, pointer) else {
        pane.dragged = None;
        return None;
    };
    let before = places
        .iter()
        .filter(|rect| rect.center().y < pointer.y)
        .count();
    let to = if before > from { before - 1 } else { before };
    if ui.input(|input| input.pointer.any_released()) {
        pane.dragged = None;
        let command = Command::MoveStep {
            table: recipe.id,
            step,
            to,
        };
        return (to != from).then_some(Wish::Do(command));
    }
    ui.ctx().set_cursor_icon(eframe::egui::CursorIcon::Grabbing);
    let y = match before {
        0 => places.first().map(|rect| rect.top() - 2.0),
        after => places.get(after - 1).map(|rect| rect.bottom() + 2.0),
    };
    if let (Some(y), true) = (y, to != from) {
        let tokens = theme::tokens(ui);
        let x = ui.max_rect().x_range();
        ui.painter()
            .hline(x, y, Stroke::new(2.0, tokens.accent.line));
        ui.painter()
            .circle_filled(pos2(x.min + 4.0, y), 4.0, tokens.accent.line);
    }
    None
}

fn explain_learning(ui: &mut Ui) {
    let tokens = theme::tokens(ui);
    let line = Stroke::new(1.0, tokens.border.subtle);
    let top = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), top + 0.5, line);
    Frame::new().inner_margin(16.0).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.label(Icon::LEARNS.text(16.0).color(tokens.text.secondary));
            let words = theme::caption(words::LEARNS).color(tokens.text.secondary);
            ui.add(Label::new(words).wrap());
        });
    });
}
