//! A scored file: how its columns fit, and every row with its prediction first.

use std::path::Path;

use eframe::egui::{Frame, Margin, Ui};

use super::{PredictPane, card_button, job, mapping};
use crate::base::format;
use crate::data::{ColumnKind, Page};
use crate::pipeline::{InputProblem, Predictions};
use crate::project::KeptModel;
use crate::session::ScoredFile;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, kind_icon, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::time_words;
use crate::ui::widgets::{
    Button, Chip, GridCell, GridColumn, GridSource, RowState, data_grid, panel_header, progress_bar,
};

/// Columns of the grid before those of the file.
const PREDICTION: usize = 0;
const CHANCE: usize = 1;
const OWN: usize = 2;

pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    pane: &mut PredictPane,
    kept: &KeptModel,
    scored: &ScoredFile,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui, view, kept, scored);
    if let Some((label, fraction)) = job(view, "score") {
        progress_bar(ui, fraction, &label);
    }
    let Some(predictions) = &scored.predictions else {
        mapping::show(ui, view, pane, kept, scored);
        return;
    };
    fit_line(ui, view, kept, scored);
    grid(ui, view, pane, kept, scored, predictions);
}

fn header(ui: &mut Ui, view: &mut View<'_>, kept: &KeptModel, scored: &ScoredFile) {
    let rows = format::counted(scored.table.rows() as u64, "row");
    let words = match scored.predictions {
        Some(_) => {
            format!("{rows} scored in {}", time_words(scored.seconds))
        }
        None => format!("{rows}, not scored yet"),
    };
    let name = file_name(&scored.path);
    let saving = job(view, "save predictions").is_some();
    panel_header(ui, &name, &words, |ui| {
        if scored.predictions.is_some() {
            let stem = Path::new(&name)
                .file_stem()
                .map_or(name.clone(), |stem| stem.to_string_lossy().into_owned());
            let button = Button::primary("Save predictions…")
                .icon(Icon::DOWNLOAD)
                .busy(saving);
            if button
                .hint("Every row with its prediction, as CSV, Parquet or another format")
                .show(ui)
                .clicked()
            {
                let name = format!("{stem}-predictions.csv");
                view.ask(
                    FileQuestion::SavePredictions { name },
                    Purpose::SavePredictions,
                );
            }
        }
        card_button(ui, view);
        if Button::ghost("Score another…").show(ui).clicked() {
            view.ask(FileQuestion::Open, Purpose::ScoreFile(kept.id));
        }
    });
}

/// "17 of 17 columns found. 2 renamed: a → b". One line, 40 high, a hairline beneath.
fn fit_line(ui: &mut Ui, view: &View<'_>, kept: &KeptModel, scored: &ScoredFile) {
    let tokens = view.tokens;
    let needed = kept.pipeline.inputs.len();
    let extra = count(scored, |problem| {
        matches!(problem, InputProblem::Extra { .. })
    });
    let converted = count(scored, |problem| {
        matches!(problem, InputProblem::WrongKind { .. })
    });
    let shown = Frame::new()
        .inner_margin(Margin::symmetric(16, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = eframe::egui::vec2(8.0, 4.0);
                let tone = if converted > 0 {
                    Tone::Caution
                } else {
                    Tone::Good
                };
                ui.label(tone.icon().fill(size::ICON).color(tone.icon_colour(tokens)));
                let found = format!("{needed} of {needed} columns found.");
                ui.label(theme::body_medium(found).color(tokens.text.primary));
                if !scored.renames.is_empty() {
                    let words = format!("{} renamed:", scored.renames.len());
                    ui.label(theme::body(words).color(tokens.text.secondary));
                    for (from, to) in scored.renames.iter().take(4) {
                        Chip::new(&format!("{from} → {to}")).show(ui);
                    }
                }
                if converted > 0 {
                    let words = format!(
                        "{} read as another kind than in training.",
                        format::counted(converted as u64, "column")
                    );
                    ui.label(theme::body(words).color(tokens.text.secondary));
                }
                if extra > 0 {
                    let words = format!(
                        "{} not used.",
                        format::counted(extra as u64, "other column")
                    );
                    ui.label(theme::body(words).color(tokens.text.secondary));
                }
            });
        });
    let rect = shown.response.rect;
    let stroke = eframe::egui::Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
}

fn count(scored: &ScoredFile, wanted: impl Fn(&InputProblem) -> bool) -> usize {
    scored
        .check
        .problems
        .iter()
        .filter(|problem| wanted(problem))
        .count()
}

fn grid(
    ui: &mut Ui,
    view: &mut View<'_>,
    pane: &mut PredictPane,
    kept: &KeptModel,
    scored: &ScoredFile,
    predictions: &Predictions,
) {
    let target = &kept.pipeline.target;
    let classes = predictions.task.is_classes();
    let prediction = format!("predicted {target}");
    let chance = chance_title(predictions);
    let mut columns = vec![GridColumn {
        width: (prediction.chars().count() as f32 * 7.2 + 48.0).clamp(152.0, 280.0),
        align_right: !classes,
        ..GridColumn::new(PREDICTION, &prediction, Icon::PREDICT)
    }];
    if classes {
        columns.push(GridColumn {
            width: 176.0,
            align_right: true,
            ..GridColumn::new(CHANCE, &chance, Icon::PERCENT)
        });
    }
    for (index, column) in scored.table.schema().columns.iter().enumerate() {
        columns.push(GridColumn {
            width: (column.name.chars().count() as f32 * 7.2 + 48.0).clamp(96.0, 200.0),
            align_right: column.kind == ColumnKind::Number,
            ..GridColumn::new(index + OWN, &column.name, kind_icon(column.kind))
        });
    }
    let first = (pane.grid.first_row.max(0.0)) as usize;
    let rows = (ui.available_height() / size::TABLE_ROW) as usize + 4;
    let start = first.saturating_sub(rows);
    let width = scored.table.width();
    let shown: Vec<usize> = if pane.seen.is_empty() {
        (0..width.min(24)).collect()
    } else {
        let own = pane.seen.iter().filter_map(|index| index.checked_sub(OWN));
        let low = own.clone().min().unwrap_or(0).saturating_sub(2);
        let high = own.max().unwrap_or(0) + 3;
        (low..high.min(width)).collect()
    };
    let page = view
        .session
        .page(&scored.table, None, start, rows * 3, &shown);
    let source = Source::of(predictions, page);
    let response = data_grid(ui, "scored rows", &columns, &mut pane.grid, &source, false);
    pane.seen = response.visible_columns;
}

/// Two classes: the chance of the second one. Several: how sure the model is of what it says.
fn chance_title(predictions: &Predictions) -> String {
    match &predictions.task {
        crate::learn::Task::Classes { names } if names.len() == 2 => {
            format!("chance of {}", names.last().map_or("", String::as_str))
        }
        _ => "how sure".to_owned(),
    }
}

struct Source {
    rows: u64,
    page: Page,
    /// Parallel to the rows of the page.
    predicted: Vec<String>,
    chance: Vec<(String, f32)>,
}

impl Source {
    fn of(predictions: &Predictions, page: Page) -> Self {
        let two = predictions.task.outputs() == 2;
        let positions = page.positions.iter().copied();
        // Five digits for the largest on the page, the same decimals for all.
        let largest = positions
            .clone()
            .filter_map(|row| predictions.number(row))
            .fold(1.0, |most: f64, value| {
                if value.is_finite() {
                    most.max(value.abs())
                } else {
                    most
                }
            });
        let decimals = (4.0 - largest.log10().floor()).clamp(0.0, 4.0) as usize;
        let predicted = positions
            .clone()
            .map(|row| match predictions.number(row) {
                Some(value) => format::fixed(value, decimals),
                None => predictions.label(row).to_owned(),
            })
            .collect();
        let chance = positions
            .map(|row| {
                let class = if two { Some(1) } else { predictions.class(row) };
                let share = class
                    .and_then(|class| predictions.probability(row, class))
                    .unwrap_or(0.0);
                (format::share(share), share as f32)
            })
            .collect();
        Self {
            rows: predictions.rows as u64,
            page,
            predicted,
            chance,
        }
    }

    fn index(&self, row: u64) -> Option<usize> {
        (row as usize).checked_sub(self.page.first)
    }
}

impl GridSource for Source {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        let index = self.index(row)?;
        let plain = |text| GridCell {
            text,
            ..GridCell::default()
        };
        match column {
            PREDICTION => self.predicted.get(index).map(|text| plain(text)),
            CHANCE => self.chance.get(index).map(|(text, _)| plain(text)),
            _ => {
                let place = self
                    .page
                    .columns
                    .iter()
                    .position(|shown| shown + OWN == column)?;
                let cell = self.page.rows.get(index)?.get(place)?;
                Some(GridCell {
                    blank: cell.blank,
                    ..plain(&cell.text)
                })
            }
        }
    }

    fn row_label(&self, row: u64) -> Option<u64> {
        Some(row + 1)
    }

    fn row_state(&self, _row: u64) -> RowState {
        RowState::Normal
    }

    fn bar(&self, row: u64, column: usize) -> Option<f32> {
        let index = self.index(row).filter(|_| column == CHANCE)?;
        self.chance.get(index).map(|(_, share)| *share)
    }
}
