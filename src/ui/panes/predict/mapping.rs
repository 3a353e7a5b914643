//! When the columns of a file do not fit: which ones, and which column of the file to use instead.

use std::collections::BTreeMap;

use eframe::egui::Ui;

use super::PredictPane;
use crate::base::format;
use crate::pipeline::{InputColumn, InputProblem};
use crate::project::KeptModel;
use crate::session::ScoredFile;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, kind_icon, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{muted_text, scrolled};
use crate::ui::widgets::{Button, Message, Select, SelectOption, card, paint};

const LABEL: f32 = 200.0;

pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    pane: &mut PredictPane,
    kept: &KeptModel,
    scored: &ScoredFile,
) {
    prefill(pane, scored);
    scrolled(ui, "mapping", |ui| {
        eframe::egui::Frame::new()
            .inner_margin(size::CANVAS_PADDING)
            .show(ui, |ui| {
                ui.set_max_width(ui.available_width().min(720.0));
                let missing = missing(scored);
                if !missing.is_empty() {
                    let needed = kept.pipeline.inputs.len();
                    let what = format!("{} of {needed} columns found", needed - missing.len());
                    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
                    let verb = if names.len() == 1 { "is" } else { "are" };
                    let why = format!(
                        "{} {verb} not in this file under that name.",
                        format::list(&names)
                    );
                    Message::new(Tone::Caution, &what)
                        .why(&why)
                        .hint("Nothing was scored: a missing column is never filled in silently.")
                        .show(ui);
                    ui.add_space(12.0);
                    choose(ui, view, pane, kept, scored, &missing);
                }
                wrong_kinds(ui, view, kept, scored);
            });
    });
}

/// Starts from the nearest names, once per file.
fn prefill(pane: &mut PredictPane, scored: &ScoredFile) {
    let key = (scored.model, scored.path.clone());
    if pane.mapping_of.as_ref() == Some(&key) {
        return;
    }
    pane.mapping_of = Some(key);
    pane.mapping = missing(scored)
        .into_iter()
        .filter_map(|(name, nearest)| Some((name.to_owned(), nearest?.to_owned())))
        .collect();
}

fn missing(scored: &ScoredFile) -> Vec<(&str, Option<&str>)> {
    scored
        .check
        .problems
        .iter()
        .filter_map(|problem| match problem {
            InputProblem::Missing { name, nearest } => Some((name.as_str(), nearest.as_deref())),
            _ => None,
        })
        .collect()
}

fn choose(
    ui: &mut Ui,
    view: &mut View<'_>,
    pane: &mut PredictPane,
    kept: &KeptModel,
    scored: &ScoredFile,
    missing: &[(&str, Option<&str>)],
) {
    let spare: Vec<&str> = scored
        .check
        .problems
        .iter()
        .filter_map(|problem| match problem {
            InputProblem::Extra { name } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 8.0;
        let tokens = view.tokens;
        ui.label(theme::body_strong("Which column of the file is it?").color(tokens.text.primary));
        if spare.is_empty() {
            muted_text(
                ui,
                "Every other column of the file is used already. Add the column to the file, or choose another.",
            );
        }
        for (name, nearest) in missing {
            let input = kept
                .pipeline
                .inputs
                .iter()
                .find(|input| input.name == *name);
            row(ui, pane, name, *nearest, input, &spare, scored);
        }
        ui.add_space(4.0);
        let chosen = missing
            .iter()
            .filter(|(name, _)| pane.mapping.contains_key(*name))
            .count();
        let left = missing.len() - chosen;
        let reason = (left > 0).then(|| {
            format!(
                "{} still to be chosen",
                format::counted(left as u64, "column")
            )
        });
        ui.horizontal(|ui| {
            if Button::primary("Score with these columns")
                .disabled(reason)
                .show(ui)
                .clicked()
            {
                let mut renames: BTreeMap<String, String> = scored.renames.clone();
                renames.extend(
                    pane.mapping
                        .iter()
                        .map(|(expected, file)| (file.clone(), expected.clone())),
                );
                pane.mapping_of = None;
                view.session.score_file(kept.id, &scored.path, renames);
            }
            if Button::ghost("Choose another file…").show(ui).clicked() {
                view.ask(FileQuestion::Open, Purpose::ScoreFile(kept.id));
            }
        });
    });
}

fn row(
    ui: &mut Ui,
    pane: &mut PredictPane,
    name: &str,
    nearest: Option<&str>,
    input: Option<&InputColumn>,
    spare: &[&str],
    scored: &ScoredFile,
) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        let (_, rect) = ui.allocate_space(eframe::egui::vec2(LABEL, size::PROPERTY_ROW));
        let y = rect.center().y;
        let grey = tokens.text.secondary;
        if let Some(input) = input {
            let middle = eframe::egui::pos2(rect.left() + 8.0, y);
            let weight = theme::fonts::IconWeight::Regular;
            kind_icon(input.kind).paint(ui.painter(), middle, 14.0, grey, weight);
        }
        let left = eframe::egui::pos2(rect.left() + 22.0, y);
        paint::text_left(
            ui.painter(),
            left,
            name,
            Type::BodyMedium,
            tokens.text.primary,
            LABEL - 30.0,
        );
        ui.label(Icon::ARROW_LEFT.text(14.0).color(grey));
        let taken = |column: &str| {
            let by = pane
                .mapping
                .iter()
                .find(|(expected, file)| *file == column && *expected != name);
            by.map(|(expected, _)| format!("Used for {expected}"))
        };
        let options: Vec<SelectOption<String>> = spare
            .iter()
            .map(|column| {
                let icon = scored
                    .table
                    .schema()
                    .get(column)
                    .map(|found| kind_icon(found.kind));
                let mut option =
                    SelectOption::new((*column).to_owned(), *column).disabled(taken(column));
                if let Some(icon) = icon {
                    option = option.icon(icon);
                }
                option
            })
            .collect();
        let mut value = pane.mapping.get(name).cloned().unwrap_or_default();
        let label = format!("Column for {name}");
        let select = Select::new(&label)
            .placeholder("Choose a column")
            .width(240.0);
        if select.show(ui, &mut value, &options).changed() {
            pane.mapping.insert(name.to_owned(), value.clone());
        }
        if nearest == Some(value.as_str()) {
            ui.label(theme::caption("closest name").color(grey));
        }
    });
}

/// Columns that hold something the model cannot read.
fn wrong_kinds(ui: &mut Ui, view: &mut View<'_>, kept: &KeptModel, scored: &ScoredFile) {
    for problem in &scored.check.problems {
        let InputProblem::WrongKind {
            name,
            expected,
            found,
            convertible: false,
        } = problem
        else {
            continue;
        };
        ui.add_space(12.0);
        let what = format!("{name} holds something else");
        let why = format!(
            "The model learned from {} and this column holds {}.",
            expected.word().to_lowercase(),
            found.word().to_lowercase()
        );
        let message = Message::new(Tone::Stop, &what)
            .why(&why)
            .hint("Change it in the file, or choose another one.");
        if message
            .actions(&["Choose another file…"])
            .show(ui)
            .is_some()
        {
            view.ask(FileQuestion::Open, Purpose::ScoreFile(kept.id));
        }
    }
}
