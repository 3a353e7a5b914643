//! Trainings side by side: what differs from one to the next, and how every model did in each.

use std::sync::Arc;

use eframe::egui::{Frame, Grid, Ui};

use crate::evaluate::metrics;
use crate::project::run_changes::with_range;
use crate::project::{Change, Run, Topic, changes};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::scores::{caption_text, muted_text, scrolled};
use crate::ui::widgets::{Button, panel_header, section_header, separator};

/// Width of the topics' names.
const TOPIC: f32 = 150.0;
/// Width of one training's scores.
const COLUMN: f32 = 190.0;

/// The page. `runs`: two or more, oldest first, each with the name it has in the list. True when a
/// person wants to go back.
pub(super) fn show(ui: &mut Ui, view: &View<'_>, runs: &[(String, Arc<Run>)]) -> bool {
    let mut back = false;
    let count = format!("{} trainings", runs.len());
    panel_header(ui, "What changed", &count, |ui| {
        back = Button::secondary("Back to the leaderboard")
            .icon(Icon::COMPARE)
            .show(ui)
            .clicked();
    });
    scrolled(ui, "what changed", |ui| {
        Frame::new()
            .inner_margin(size::CANVAS_PADDING)
            .show(ui, |ui| {
                for pair in runs.windows(2) {
                    if let [before, after] = pair {
                        differences(ui, view, before, after);
                        ui.add_space(8.0);
                        separator(ui);
                    }
                }
                side_by_side(ui, view, runs);
            });
    });
    back
}

fn differences(
    ui: &mut Ui,
    view: &View<'_>,
    before: &(String, Arc<Run>),
    after: &(String, Arc<Run>),
) {
    let found = changes(&before.1, &after.1);
    let title = format!("From training {} to training {}", before.0, after.0);
    section_header(ui, &title, "", None);
    ui.add_space(4.0);
    ui.spacing_mut().item_spacing.y = 6.0;
    for topic in Topic::ALL {
        let of_topic: Vec<&Change> = found
            .iter()
            .filter(|change| change.topic == topic)
            .collect();
        if of_topic.is_empty() {
            continue;
        }
        ui.horizontal_top(|ui| {
            let label = theme::body(topic.name()).color(view.tokens.text.secondary);
            ui.allocate_ui_with_layout(
                eframe::egui::vec2(TOPIC, 20.0),
                eframe::egui::Layout::left_to_right(eframe::egui::Align::Min),
                |ui| {
                    ui.set_min_width(TOPIC);
                    ui.add(eframe::egui::Label::new(label).wrap());
                },
            );
            ui.vertical(|ui| {
                for change in of_topic {
                    let text = theme::body(&change.sentence).color(view.tokens.text.primary);
                    ui.add(eframe::egui::Label::new(text).wrap());
                }
            });
        });
    }
    let same: Vec<&str> = Topic::ALL
        .into_iter()
        .filter(|topic| !found.iter().any(|change| change.topic == *topic))
        .map(Topic::name)
        .collect();
    if same.len() == Topic::ALL.len() {
        muted_text(
            ui,
            "Nothing differs: the same data, plan, settings and scores.",
        );
    } else if !same.is_empty() {
        caption_text(
            ui,
            &format!("The same in both: {}.", same.join(", ").to_lowercase()),
        );
    }
}

/// Learners down, trainings across.
fn side_by_side(ui: &mut Ui, view: &View<'_>, runs: &[(String, Arc<Run>)]) {
    let Some(metric) = runs
        .iter()
        .find_map(|(_, run)| run.results.first())
        .and_then(|result| metrics::by_id(&result.headline))
    else {
        return;
    };
    let mut learners: Vec<&str> = Vec::new();
    for result in runs.iter().flat_map(|(_, run)| &run.results) {
        if !learners.contains(&result.learner.as_str()) {
            learners.push(&result.learner);
        }
    }
    let better = match metric.higher_is_better {
        true => "higher is better",
        false => "lower is better",
    };
    section_header(ui, "Side by side", "", None);
    caption_text(
        ui,
        &format!(
            "{} ({}), mean and 95\u{a0}% range on rows no model had seen; {better}. Trainings that checked other rows compare only roughly.",
            metric.name, metric.technical
        ),
    );
    ui.add_space(8.0);
    let (strong, grey) = (view.tokens.text.primary, view.tokens.text.secondary);
    eframe::egui::ScrollArea::horizontal()
        .id_salt("side by side")
        .show(ui, |ui| {
            Grid::new("trainings side by side")
                .num_columns(runs.len() + 1)
                .spacing([16.0, 4.0])
                .show(ui, |ui| {
                    ui.label(theme::body("").color(grey));
                    for (name, _) in runs {
                        ui.set_min_width(COLUMN);
                        ui.label(theme::body_strong(format!("Training {name}")).color(strong));
                    }
                    ui.end_row();
                    for learner in learners {
                        ui.label(theme::body(super::ranking::name_of(learner)).color(strong));
                        for (_, run) in runs {
                            let value = run
                                .result(learner)
                                .and_then(|result| result.scores.get(metric.id));
                            let (text, colour) = match value {
                                Some(value) => (with_range(value), strong),
                                None => ("not trained".to_owned(), grey),
                            };
                            ui.label(theme::body(text).color(colour));
                        }
                        ui.end_row();
                    }
                    facts(ui, runs, strong, grey);
                });
        });
    ui.add_space(16.0);
}

/// What else is said of each training.
fn facts(
    ui: &mut Ui,
    runs: &[(String, Arc<Run>)],
    strong: eframe::egui::Color32,
    grey: eframe::egui::Color32,
) {
    type Fact = (&'static str, fn(&Run) -> String);
    let all: [Fact; 5] = [
        ("Rows checked", |run| {
            let rows = run.results.first().map_or(0, |result| result.rows);
            crate::base::format::count(rows)
        }),
        ("Columns", |run| {
            crate::base::format::count(run.plan.features.len() as u64)
        }),
        ("Steps", |run| {
            let on = run.plan.steps.iter().filter(|step| step.enabled).count();
            crate::base::format::count(on as u64)
        }),
        ("Seed", |run| run.seed.to_string()),
        ("Time to train", |run| {
            let seconds: f64 = run.results.iter().map(|result| result.fit_seconds).sum();
            crate::ui::widgets::scores::time_words(seconds)
        }),
    ];
    for (name, of) in all {
        ui.label(theme::body(name).color(grey));
        for (_, run) in runs {
            ui.label(theme::body(of(run)).color(strong));
        }
        ui.end_row();
    }
}
