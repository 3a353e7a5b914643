//! On the card before training: the rows kept for one last exam, and the moment of prediction.

use eframe::egui::{Align, Label, Ui};

use crate::base::ids::TableId;
use crate::data::ColumnKind;
use crate::evaluate::SplitPlan;
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::session::Slot;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::{Button, TextField, link};

/// What is asked before training.
pub const QUESTION: &str = "When you use this, what moment are you predicting at?";
/// The answer for tables without a date.
pub const ALL_KNOWN: &str = "Every column is known before the answer";
/// Date columns that are offered as an answer.
const DATES: usize = 2;
/// How often every row is checked where there are too few to seal some.
const TIMES: u32 = 5;

/// The question while it is open.
#[derive(Default)]
pub struct MomentState {
    /// The table an answer is being written about.
    writing: Option<TableId>,
    words: String,
    /// It was brought into view since training began to wait for it.
    seen: bool,
}

/// What is sealed, one line.
pub fn sealed_line(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe) {
    let (words, few) = match view.session.sealed() {
        Slot::Ready(sealed) | Slot::Stale(sealed, _) => (sealed.sentence(), sealed.is_empty()),
        Slot::Empty => (
            "No rows are sealed: the target was chosen before rows were kept for a last exam. Choose it again to seal some.".to_owned(),
            false,
        ),
        Slot::Failed(error) => (format!("{}.", error.what), false),
        Slot::Pending(_) => ("Sealing rows…".to_owned(), false),
    };
    let opened = match view.session.openings_here().len() {
        0 => "",
        1 => " Opened once: models trained from now on are marked as chosen after it.",
        _ => " Opened several times: models trained from now on are marked as chosen after it.",
    };
    let icon = if opened.is_empty() {
        Icon::LOCK
    } else {
        Icon::UNLOCK
    };
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let grey = view.tokens.text.secondary;
        ui.label(icon.text(size::ICON).color(grey));
        let text = theme::body(format!("{words}{opened}")).color(grey);
        ui.add(Label::new(text).wrap());
    });
    let plain = recipe.model.split == SplitPlan::default();
    if few && plain && link(ui, "Check every row several times").clicked() {
        view.dispatch(Command::SetSplit {
            table: recipe.id,
            split: SplitPlan::Repeated {
                repeats: TIMES,
                by_quantiles: false,
            },
        });
    }
}

/// The moment of prediction: asked until it is answered, then told.
pub fn moment(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, state: &mut MomentState) {
    let grey = view.tokens.text.secondary;
    ui.add_space(8.0);
    if let Some(said) = &recipe.model.moment {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            ui.label(Icon::CLOCK.text(size::ICON).color(grey));
            let words = theme::body(format!("You predict at this moment: {said}.")).color(grey);
            ui.add(Label::new(words).wrap());
            if link(ui, "Say it anew").clicked() {
                view.dispatch(Command::SetMoment {
                    table: recipe.id,
                    moment: None,
                });
            }
        });
        return;
    }
    let waits = view.shared.train_when_answered;
    let heading = ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(Icon::HELP.text(size::ICON).color(grey));
        ui.label(theme::body_medium(QUESTION).color(view.tokens.text.primary));
        if waits {
            ui.label(theme::caption("Training starts with your answer.").color(grey));
        }
    });
    if waits && !state.seen {
        heading.response.scroll_to_me(Some(Align::Center));
    }
    state.seen = waits;
    ui.add_space(4.0);
    let mut answer = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = eframe::egui::vec2(8.0, 4.0);
        for column in dates(view, recipe) {
            let words = format!("Before the outcome is known: at the moment in {column}");
            if Button::secondary(&words).small().show(ui).clicked() {
                answer = Some(words);
            }
        }
        if Button::secondary(ALL_KNOWN).small().show(ui).clicked() {
            answer = Some(ALL_KNOWN.to_owned());
        }
        let writing = state.writing == Some(recipe.id);
        if !writing && Button::ghost("In my own words…").small().show(ui).clicked() {
            state.writing = Some(recipe.id);
            state.words.clear();
        }
    });
    if state.writing == Some(recipe.id)
        && let Some(words) = own_words(ui, state)
    {
        answer = Some(words);
    }
    if let Some(words) = answer {
        state.writing = None;
        view.session.say_moment(&words);
        if std::mem::take(&mut view.shared.train_when_answered) {
            view.act(Action::Train);
        }
    }
}

fn own_words(ui: &mut Ui, state: &mut MomentState) -> Option<String> {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        TextField::new("Moment of prediction")
            .hint("For example: at the start of the month")
            .width(320.0)
            .show(ui, &mut state.words);
        let words = state.words.trim().to_owned();
        let missing = words
            .is_empty()
            .then(|| "Write the moment first".to_owned());
        let keep = Button::primary("Keep this moment")
            .small()
            .disabled(missing);
        let kept = keep.show(ui).clicked();
        if Button::ghost("Cancel").small().show(ui).clicked() {
            state.writing = None;
        }
        kept.then_some(words)
    })
    .inner
}

/// Columns that say when something was.
fn dates(view: &mut View<'_>, recipe: &TableRecipe) -> Vec<String> {
    let Some(run) = view.session.recipe_run().shown().cloned() else {
        return Vec::new();
    };
    let columns = run.table.schema().columns.iter();
    columns
        .filter(|column| column.kind == ColumnKind::Time)
        .filter(|column| recipe.model.target.as_deref() != Some(&column.name))
        .map(|column| column.name.clone())
        .take(DATES)
        .collect()
}
