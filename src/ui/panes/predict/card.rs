//! The right panel: everything there is to know about the model before it is trusted.

use eframe::egui::{Rect, Sense, Ui, pos2, vec2};

use super::{job, shelf};
use crate::base::format;
use crate::clean;
use crate::evaluate::MetricValue;
use crate::learn::Task;
use crate::project::KeptModel;
use crate::session::{PredictionSpread, Slot};
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, kind_icon};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{
    caption_text, day_words, fact_bars, few_scores, inset, known_of, muted_text, out_of_bag,
    score_sentence, scrolled, share_bars, single_score,
};
use crate::ui::widgets::{
    Button, ListRow, Message, empty_state, mini_histogram, paint, panel_header, property_value,
    section_header, separator,
};

/// Facts of the model that are shown.
const FACTS: usize = 12;
/// Classes whose share is shown one by one.
const CLASSES: usize = 12;

/// True when the person wants to look into the model.
pub(super) fn show(ui: &mut Ui, view: &mut View<'_>, kept: Option<&KeptModel>) -> bool {
    let mut inside = false;
    let Some(kept) = kept else {
        panel_header(ui, "Model card", "", |_| ());
        empty_state(
            ui,
            Icon::MODEL,
            "No model chosen",
            "Its card appears here.",
            &[],
        );
        return inside;
    };
    panel_header(ui, "Model card", "", |_| ());
    scrolled(ui, "model card", |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            head(ui, view, kept);
            exports(ui, view, kept);
            spread(ui, view, kept);
            separator(ui);
            scores(ui, kept);
            separator(ui);
            inside = decides(ui, kept);
            separator(ui);
            columns(ui, kept);
            steps(ui, kept);
            ui.add_space(16.0);
        });
    });
    inside
}

fn head(ui: &mut Ui, view: &View<'_>, kept: &KeptModel) {
    let tokens = view.tokens;
    let pipeline = &kept.pipeline;
    ui.label(theme::heading(&kept.name).color(tokens.text.primary));
    let task = match &pipeline.task {
        Task::Number => format!("Predicts {}, a number.", pipeline.target),
        Task::Classes { names } => {
            let shown: Vec<&str> = names.iter().take(4).map(String::as_str).collect();
            let more = if names.len() > 4 {
                format!(" and {} more", names.len() - 4)
            } else {
                String::new()
            };
            format!("Predicts {}: {}{more}.", pipeline.target, shown.join(", "))
        }
    };
    ui.add(eframe::egui::Label::new(theme::body(task).color(tokens.text.primary)).wrap());
    let record = &pipeline.record;
    if record.rows > 0 {
        muted_text(
            ui,
            &format!(
                "Learned from {} of {} on {}, with Benchtop {}.",
                format::counted(record.rows, "row"),
                record.source_name,
                day_words(record.trained_at),
                record.app_version
            ),
        );
        let which = match (record.sealed, record.after_openings) {
            (0, 0) => String::new(),
            (0, _) => " Chosen after the sealed rows had been opened.".to_owned(),
            (sealed, _) => format!(
                " {} sealed and not learned from.",
                match sealed {
                    1 => "1 row is".to_owned(),
                    _ => format!("{} rows are", format::count(sealed)),
                }
            ),
        };
        let moment = record.moment.as_deref().unwrap_or("not said");
        muted_text(ui, &format!("Moment of prediction: {moment}.{which}"));
    }
}

/// Why the trees of a model cannot leave for LightGBM, or cannot yet.
fn no_lightgbm(view: &mut View<'_>, kept: &KeptModel) -> Option<String> {
    match view.session.lightgbm_problem(kept.id) {
        Slot::Ready(problem) => problem
            .as_ref()
            .as_ref()
            .map(|error| format!("{}. {}", error.what, error.why)),
        _ => Some("The model is still being looked at".to_owned()),
    }
}

fn exports(ui: &mut Ui, view: &mut View<'_>, kept: &KeptModel) {
    ui.add_space(8.0);
    let busy = job(view, "export model");
    let reason = busy
        .is_some()
        .then(|| "Another export is being written".to_owned());
    let stem = kept.name.to_lowercase().replace(' ', "-");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        let button = Button::secondary("Export as ONNX…").disabled(reason.clone());
        let hint = "Runs without Benchtop, in Python, C#, Java, JavaScript and others";
        if button.hint(hint).show(ui).clicked() {
            let name = format!("{stem}.onnx");
            view.ask(FileQuestion::SaveOnnx { name }, Purpose::SaveOnnx(kept.id));
        }
        let not_trees = no_lightgbm(view, kept);
        let button =
            Button::secondary("Export for LightGBM…").disabled(reason.clone().or(not_trees));
        let hint = "The trees as LightGBM text, with the codes of the categories beside it";
        if button.hint(hint).show(ui).clicked() {
            let name = format!("{stem}.txt");
            view.ask(
                FileQuestion::SaveLightGbm { name },
                Purpose::SaveLightGbm(kept.id),
            );
        }
        let button = Button::secondary("Save as Benchtop model…").disabled(reason);
        if button
            .hint("One file that opens in Benchtop on another computer")
            .show(ui)
            .clicked()
        {
            let name = format!("{stem}.benchtop-model");
            view.ask(
                FileQuestion::SaveModel { name },
                Purpose::SaveModel(kept.id),
            );
        }
    });
    if let Some((path, parity)) = view.session.last_parity() {
        ui.add_space(8.0);
        let what = format!("Saved {}", super::scored::file_name(path));
        Message::new(Tone::Good, &what)
            .why(&parity.sentence())
            .show(ui);
    }
}

/// How the predictions of the file scored with this model are spread.
fn spread(ui: &mut Ui, view: &mut View<'_>, kept: &KeptModel) {
    if super::scored_with(view, kept.id).is_none() {
        return;
    }
    let Slot::Ready(found) = view.session.prediction_spread() else {
        return;
    };
    separator(ui);
    match &*found {
        PredictionSpread::Classes(counts) => {
            section_header(ui, "Predictions", "", None);
            let mut counts = counts.clone();
            if counts.len() > CLASSES {
                counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                let rest = counts.split_off(CLASSES - 1);
                let others = rest.iter().map(|(_, count)| count).sum();
                counts.push((format!("{} others", rest.len()), others));
            }
            share_bars(ui, &counts);
        }
        PredictionSpread::Numbers {
            bars,
            low,
            high,
            mean,
        } => {
            section_header(
                ui,
                "Predictions",
                &format!("mean {}", format::number(*mean, 3)),
                None,
            );
            let tokens = theme::tokens(ui);
            let response =
                paint::allocate(ui, vec2(ui.available_width(), 64.0), Sense::hover(), true);
            let rect = response.rect;
            mini_histogram(ui.painter(), rect, bars, tokens.chart.mark);
            let name = format!(
                "Predictions from {} to {}",
                format::number(*low, 3),
                format::number(*high, 3)
            );
            let stroke = eframe::egui::Stroke::new(1.0, tokens.chart.axis);
            ui.painter()
                .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
            response.widget_info(|| {
                eframe::egui::WidgetInfo::labeled(eframe::egui::accesskit::Role::Image, true, &name)
            });
            let (_, under) = ui.allocate_space(vec2(ui.available_width(), 16.0));
            let y = under.center().y;
            let style = Type::NumberSmall;
            let grey = tokens.text.secondary;
            let (low, high) = (format::number(*low, 3), format::number(*high, 3));
            paint::text_left(
                ui.painter(),
                pos2(under.left(), y),
                &low,
                style,
                grey,
                100.0,
            );
            paint::text_right(
                ui.painter(),
                pos2(under.right(), y),
                &high,
                style,
                grey,
                100.0,
            );
        }
    }
}

fn scores(ui: &mut Ui, kept: &KeptModel) {
    let record = &kept.pipeline.record;
    section_header(ui, "How good it is", "", None);
    if record.scores.is_empty() {
        muted_text(ui, "It was not measured. Treat what it says with care.");
        return;
    }
    let first = shelf::headline(kept);
    let headline = first.map(|first| first.id);
    let few = few_scores(ui, &kept.pipeline.task, headline, |id| {
        record.scores.contains_key(id)
    });
    for metric in few.shown() {
        let Some([mean, lower, upper]) = record.scores.get(metric.id) else {
            continue;
        };
        let value = MetricValue {
            mean: *mean,
            lower: *lower,
            upper: *upper,
            ..MetricValue::default()
        };
        let response = property_value(ui, metric.name, &score_sentence(&value), "");
        let guess = record
            .baseline
            .get(metric.id)
            .map(|guess| format!(" Guessing: {}.", single_score(*guess)));
        response.on_hover_text(format!(
            "{} ({}).{}",
            metric.name,
            metric.technical,
            guess.unwrap_or_default()
        ));
    }
    few.more(ui);
    let guess = first.and_then(|metric| Some((metric, record.baseline.get(metric.id)?)));
    if let Some((metric, guess)) = guess {
        caption_text(
            ui,
            &format!(
                "Guessing has {} in {}.",
                single_score(*guess),
                metric.technical
            ),
        );
    }
    caption_text(
        ui,
        "Measured on rows the model had not seen, with half of the 95\u{a0}% range.",
    );
    if let Some(found) = kept.pipeline.model.out_of_bag() {
        out_of_bag(ui, &found);
    }
}

fn decides(ui: &mut Ui, kept: &KeptModel) -> bool {
    let known = known_of(ui, kept, FACTS);
    section_header(ui, "How it decides", shelf::learner_name(kept), None);
    muted_text(ui, &known.0);
    ui.add_space(4.0);
    fact_bars(ui, &known.1);
    ui.add_space(6.0);
    let hint = "Its coefficients, curves and everything it learned";
    let button = Button::secondary("Look inside").hint(hint);
    button.show(ui).clicked()
}

fn columns(ui: &mut Ui, kept: &KeptModel) {
    let inputs = &kept.pipeline.inputs;
    section_header(ui, "Columns it needs", &inputs.len().to_string(), None);
    // List rows have their own room at the left.
    let rect: Rect = ui.available_rect_before_wrap();
    let place = Rect::from_min_max(rect.min - vec2(8.0, 0.0), rect.max + vec2(8.0, 0.0));
    let mut child = ui.new_child(eframe::egui::UiBuilder::new().max_rect(place));
    child.spacing_mut().item_spacing.y = 0.0;
    for input in inputs {
        ListRow::new(&input.name)
            .icon(kind_icon(input.kind))
            .trailing(input.kind.word())
            .dense()
            .show(&mut child);
    }
    let used = child.min_rect();
    ui.allocate_rect(
        Rect::from_min_max(rect.min, pos2(rect.right(), used.bottom())),
        Sense::hover(),
    );
}

fn steps(ui: &mut Ui, kept: &KeptModel) {
    if kept.pipeline.steps.is_empty() {
        return;
    }
    separator(ui);
    let count = kept.pipeline.steps.len().to_string();
    section_header(ui, "Steps it takes first", &count, None);
    for (index, fitted) in kept.pipeline.steps.iter().enumerate() {
        let sentence = match clean::by_id(&fitted.step.operation) {
            Ok(operation) => clean::plain(&operation.sentence(&fitted.step.params)),
            Err(_) => fitted.step.operation.clone(),
        };
        muted_text(ui, &format!("{}. {sentence}", index + 1));
    }
}
