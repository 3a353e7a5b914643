//! How a model decides, and what moves its answers most.

use eframe::egui::{Frame, Label, Ui};

use super::Subject;
use crate::base::format;
use crate::evaluate::{MetricValue, metrics};
use crate::pipeline::Inspection;
use crate::ui::state::View;
use crate::ui::theme::{self, size};
use crate::ui::widgets::scores::{
    caption_text, fact_bars, muted_text, out_of_bag, score_sentence, scrolled,
};
use crate::ui::widgets::{property_value, section_header};

/// Bars wider than this are no easier to read.
const WIDEST: f32 = 720.0;

pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    found: &Inspection,
    subject: Option<&Subject>,
) {
    scrolled(ui, "model summary", |ui| {
        let margin = eframe::egui::Margin::symmetric(size::CANVAS_PADDING as i8, 0);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDEST));
            let ink = view.tokens.text.primary;
            let sentence = format!("{}.", found.sentence.trim_end_matches('.'));
            ui.add(Label::new(theme::body(sentence).color(ink)).wrap());
            ui.add_space(12.0);
            left_out(ui, view, found, subject);
            let count = match found.facts_in_all {
                0 => String::new(),
                all if all > found.facts.len() => {
                    format!("{} of {}", found.facts.len(), format::count(all as u64))
                }
                all => all.to_string(),
            };
            section_header(ui, "What it learned, most important first", &count, None);
            if found.facts.is_empty() {
                muted_text(ui, "It keeps no numbers that could be read one by one.");
            } else {
                fact_bars(ui, &found.facts);
                ui.add_space(8.0);
                caption_text(
                    ui,
                    "In the model's own measure: weights, shares of the improvement, or counts.",
                );
            }
            ui.add_space(16.0);
        });
    });
}

/// The score on rows that its trees left out, beside the one of cross-validation.
fn left_out(ui: &mut Ui, view: &View<'_>, found: &Inspection, subject: Option<&Subject>) {
    let Some(left_out) = &found.out_of_bag else {
        return;
    };
    section_header(ui, "On rows it had not seen", "", None);
    let id = if left_out.classes {
        "accuracy"
    } else {
        "r_squared"
    };
    let measured = match subject {
        Some(Subject::Run { run, learner }) => run
            .result(learner)
            .and_then(|result| result.scores.get(id))
            .map(|value| [value.mean, value.lower, value.upper]),
        Some(Subject::Model(kept)) => view
            .session
            .model(*kept)
            .and_then(|kept| kept.pipeline.record.scores.get(id).copied()),
        None => None,
    };
    if let (Some([mean, lower, upper]), Some(metric)) = (measured, metrics::by_id(id)) {
        let value = MetricValue {
            mean,
            lower,
            upper,
            folds: Vec::new(),
            blocks: Vec::new(),
        };
        let label = format!("{}, cross-validated", metric.name);
        property_value(ui, &label, &score_sentence(&value), "");
    }
    out_of_bag(ui, left_out);
    ui.add_space(12.0);
}
