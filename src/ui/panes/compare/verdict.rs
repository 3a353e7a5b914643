//! The right panel: which model to use and why, in a number that means something.

use eframe::egui::{Label, Ui, vec2};

use super::Shown;
use super::ranking::{self, Place};
use crate::base::{Severity, format};
use crate::evaluate::{Chances, Finding, Metric, MetricValue};
use crate::learn;
use crate::project::document::TableRecipe;
use crate::project::{Command, KeptModel, Run};
use crate::session::Slot;
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{
    body_above_note, caption_text, inset, metric_words, muted_text, of_hundred, score_words,
    single_score,
};
use crate::ui::widgets::{
    Button, Message, act_on_finding, badge, empty_state, finding_buttons, link, panel_header,
    section_header, separator,
};

const NOTE: &str = "A tie means the difference could be luck of the split. Choose the simpler model, or the one you can explain.";

pub(super) fn show(ui: &mut Ui, view: &mut View<'_>, shown: Option<&Shown>) {
    let recommended = shown.and_then(|shown| shown.ranking.comparison.recommended.clone());
    panel_header(
        ui,
        if recommended.is_some() {
            "Recommended"
        } else {
            "Verdict"
        },
        "",
        |_| (),
    );
    let Some(shown) = shown else {
        empty_state(
            ui,
            Icon::STAR,
            "No recommendation yet",
            "It appears once models are trained.",
            &[],
        );
        return;
    };
    body_above_note(ui, "verdict", Icon::INFO, NOTE, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            let place = recommended
                .as_deref()
                .and_then(|learner| shown.ranking.place(learner));
            match place {
                Some(place) => {
                    model(
                        ui,
                        view,
                        shown,
                        place,
                        &shown.ranking.comparison.reason,
                        true,
                    );
                }
                None => nothing_good(ui, shown),
            }
            doubts(ui, view, shown);
            let other = shown
                .chosen
                .clone()
                .filter(|chosen| Some(chosen) != recommended.as_ref());
            if let Some(place) = other.and_then(|learner| shown.ranking.place(&learner)) {
                separator(ui);
                section_header(ui, "You are looking at", "", None);
                model(ui, view, shown, place, &against_best(shown, place), false);
            }
            separator(ui);
            about_run(ui, shown);
            ui.add_space(16.0);
        });
    });
}

/// Cautions and notes about the results, cautions first.
fn doubts(ui: &mut Ui, view: &mut View<'_>, shown: &Shown) {
    let (Slot::Ready(found) | Slot::Stale(found, _)) = view.session.doubts(&shown.run) else {
        return;
    };
    let recipe = view
        .session
        .active()
        .filter(|recipe| recipe.id == shown.run.table)
        .cloned();
    let answers = recipe.as_ref().map(|recipe| recipe.model.answers.clone());
    let answered = |finding: &Finding| {
        answers
            .as_ref()
            .is_some_and(|answers| answers.contains_key(&finding.key()))
    };
    let mut open: Vec<&Finding> = found.iter().filter(|found| !answered(found)).collect();
    // Said in place of the recommendation already: its buttons stand right below.
    let said = |finding: &Finding| finding.code == "not_better_than_guessing";
    open.sort_by_key(|finding| !said(finding));
    for finding in open.into_iter().take(DOUBTS) {
        let tone = match finding.severity {
            Severity::Note => Tone::Note,
            Severity::Caution => Tone::Caution,
            Severity::Stop => Tone::Stop,
        };
        if !said(finding) {
            ui.add_space(8.0);
            Message::new(tone, &finding.saw)
                .why(&finding.why)
                .hint(&finding.advice)
                .show(ui);
        }
        let Some(recipe) = &recipe else { continue };
        ui.add_space(6.0);
        let clicked = ui
            .push_id(finding.key(), |ui| {
                ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
                ui.horizontal_wrapped(|ui| finding_buttons(ui, view, recipe, finding))
                    .inner
            })
            .inner;
        if let Some(action) = clicked {
            act_on_finding(ui.ctx(), view, recipe, finding, &action);
        }
    }
    let answers: Vec<&Finding> = found.iter().filter(|found| answered(found)).collect();
    if let (Some(recipe), false) = (&recipe, answers.is_empty()) {
        taken_back(ui, view, recipe, &answers);
    }
}

/// Findings that were answered, each with what was said and a way back.
fn taken_back(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, answered: &[&Finding]) {
    for finding in answered {
        let said = recipe.model.answers.get(&finding.key());
        let said = said.map_or("", String::as_str);
        ui.add_space(6.0);
        muted_text(ui, &format!("{} You said: {said}.", finding.saw));
        if link(ui, "Take back").clicked() {
            view.dispatch(Command::AnswerFinding {
                table: recipe.id,
                finding: finding.key(),
                reason: None,
            });
        }
    }
}

/// Findings shown beside the verdict.
const DOUBTS: usize = 4;

fn nothing_good(ui: &mut Ui, shown: &Shown) {
    let hint = "Look for columns that say more about the answer, or for more rows.";
    let beats = shown.ranking.comparison.beats_guessing;
    let tone = if beats == Some(false) {
        Tone::Caution
    } else {
        Tone::Note
    };
    let what = if beats == Some(false) {
        "Nothing beats Guessing"
    } else {
        "Nothing to recommend"
    };
    Message::new(tone, what)
        .why(&shown.ranking.comparison.reason)
        .hint(hint)
        .show(ui);
}

/// A model with its headline and the button that takes it into use.
fn model(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    place: &Place,
    reason: &str,
    recommended: bool,
) {
    let tokens = view.tokens;
    let learner = place.standing.learner.as_str();
    ui.horizontal(|ui| {
        ui.label(theme::heading(&place.name).color(tokens.text.primary));
        if place.standing.yardstick {
            badge(ui, Tone::Neutral, "yardstick");
        }
    });
    ui.add(Label::new(theme::body(reason).color(tokens.text.primary)).wrap());
    if let Some(words) = chances_words(shown, place) {
        ui.add_space(4.0);
        muted_text(ui, &words);
    }
    ui.add_space(6.0);
    let guessing = shown
        .run
        .result("guessing")
        .and_then(|guess| guess.scores.get(shown.metric.id));
    let words = headline(shown.metric, &place.value, guessing, &shown.run.plan.target);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let big = if recommended {
            theme::number_display(&words.big)
        } else {
            theme::title(&words.big)
        };
        ui.label(big.color(tokens.text.primary));
        ui.label(theme::body(&words.beside).color(tokens.text.secondary));
    });
    muted_text(ui, &words.below);
    caption_text(ui, &words.technical);
    ui.add_space(8.0);
    use_button(ui, view, shown, place, recommended);
    tune_button(ui, view, learner);
    script_button(ui, view, shown, learner);
    if recommended {
        separator(ui);
        if let Ok(found) = learn::by_id(learner) {
            section_header(ui, "What it is", "", None);
            muted_text(ui, found.summary());
            ui.add_space(4.0);
            muted_text(ui, found.when_to_use());
        }
    }
}

/// The way to the search for better settings of a model that has some.
fn tune_button(ui: &mut Ui, view: &mut View<'_>, learner: &str) {
    let found = learn::by_id(learner).ok();
    if found.is_none_or(|found| found.capabilities().yardstick || found.search().is_empty()) {
        return;
    }
    ui.add_space(4.0);
    let hint = "Tries settings on the same parts and shows which are better";
    let button = Button::ghost("Tune this model").icon(Icon::SLIDERS);
    if button.small().hint(hint).show(ui).clicked() {
        view.act(Action::Tune(Some(learner.to_owned())));
    }
}

fn use_button(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, place: &Place, recommended: bool) {
    let learner = place.standing.learner.as_str();
    let fitting = view
        .session
        .jobs()
        .iter()
        .any(|job| job.key.0 == "use model");
    if kept(view.session.models(), &shown.run, learner).is_some() {
        ui.horizontal(|ui| {
            if Button::secondary("Show it in Predict")
                .icon(Icon::PREDICT)
                .show(ui)
                .clicked()
            {
                view.shared.go(WorkspaceId::Predict);
            }
            badge(ui, Tone::Good, "in use");
        });
        return;
    }
    let hint = match view.session.keeps_apart(&shown.run) {
        true => {
            "Trains it once more on the practice rows, as long as the sealed ones are closed, and keeps it for predicting"
        }
        false => "Trains it once more on all rows and keeps it for predicting",
    };
    let button = if recommended {
        Button::primary("Use this model")
    } else {
        Button::secondary("Use this one instead")
    };
    let reason = place
        .standing
        .yardstick
        .then(|| "A yardstick is there to compare with, not to be used".to_owned());
    if button
        .hint(hint)
        .busy(fitting)
        .disabled(reason)
        .show(ui)
        .clicked()
    {
        view.session.use_model(&shown.run, learner);
        view.shared.go(WorkspaceId::Predict);
    }
}

/// The same kind of model for Python.
fn script_button(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, learner: &str) {
    let jobs = view.session.jobs();
    let writing = jobs.iter().any(|job| job.key.0 == "python script");
    let older = (!shown.same_rows)
        .then(|| "The file was read again after this training: train again first".to_owned());
    ui.add_space(4.0);
    let button = Button::secondary("Save as Python script…")
        .hint("Rebuilds this kind of model in scikit-learn, on the same rows in the same parts")
        .busy(writing)
        .disabled(older);
    if button.show(ui).clicked() {
        let name = format!("{}.py", learner.replace('_', "-"));
        let question = FileQuestion::SaveScript { name };
        let purpose = Purpose::SaveScript {
            run: shown.run.id,
            learner: learner.to_owned(),
        };
        view.ask(question, purpose);
    }
}

fn kept<'a>(models: &'a [KeptModel], run: &Run, learner: &str) -> Option<&'a KeptModel> {
    models
        .iter()
        .find(|kept| kept.run == Some(run.id) && kept.pipeline.learner == learner)
}

fn against_best(shown: &Shown, place: &Place) -> String {
    let best = shown
        .ranking
        .all()
        .find(|other| other.best)
        .map_or("the best", |best| &best.name);
    if place.best {
        return "The best score of all.".to_owned();
    }
    let distance = place.distance();
    if place.standing.tied {
        format!("Not clearly different from {best}: {distance}, which may be luck.")
    } else {
        format!("Clearly behind {best}: {distance}.")
    }
}

/// How probable it is that a model is better than the best one; of the best one, than the next.
fn chances_words(shown: &Shown, place: &Place) -> Option<String> {
    let rival = match place.best {
        false => shown.ranking.all().find(|other| other.best)?,
        true => shown.ranking.runner_up()?,
    };
    let chances = match place.best {
        false => place.standing.chances?,
        true => {
            let told = rival.standing.chances?;
            Chances {
                better: told.worse,
                same: told.same,
                worse: told.better,
            }
        }
    };
    let region = shown.ranking.comparison.region;
    Some(format!(
        "Against {}: {} better, {} practically the same (less than {} apart), {} worse (Bayesian correlated t-test).",
        rival.name,
        of_100(chances.better),
        of_100(chances.same),
        format::number(region, 2),
        of_100(chances.worse)
    ))
}

/// "12 in 100", never a certainty that is none.
fn of_100(share: f64) -> String {
    match share * 100.0 {
        percent if percent < 0.5 => "under 1 in 100".to_owned(),
        percent if percent > 99.5 => "over 99 in 100".to_owned(),
        percent => format!("{percent:.0} in 100"),
    }
}

fn about_run(ui: &mut Ui, shown: &Shown) {
    let run = &shown.run;
    section_header(ui, "How it was measured", "", None);
    let rows = run.results.first().map_or(0, |result| result.rows);
    let rounds = run.results.first().map_or(0, |result| result.folds.len());
    let parts = format::counted(rounds as u64, "round");
    muted_text(
        ui,
        &format!(
            "{} of {}, {parts}; every answer was predicted by a model that had not seen it. Seed {}.",
            format::counted(rows, "row"),
            run.source_name,
            run.seed
        ),
    );
    ui.add_space(4.0);
    muted_text(ui, &format!("{}.", run.split.sentence(run.folds as usize)));
    ui.add_space(4.0);
    let said = run.moment.as_deref().unwrap_or("not said");
    muted_text(ui, &format!("Moment of prediction: {said}."));
    let names: Vec<&str> = run
        .failures
        .iter()
        .map(|(learner, _)| ranking::name_of(learner))
        .collect();
    if !names.is_empty() {
        ui.add_space(4.0);
        caption_text(
            ui,
            &format!("Not trained because of an error: {}.", format::list(&names)),
        );
    }
}

/// An error in the unit of the target, as a sentence that a number comes before.
fn far_off(metric: &Metric) -> &'static str {
    match metric.id {
        "mean_absolute_error" => "is how far it is off on average",
        "median_absolute_error" => "is how far it is off typically",
        _ => "is how far it is off, large errors counting more",
    }
}

/// A score in words that mean something without a course in statistics.
struct Headline {
    big: String,
    beside: String,
    below: String,
    technical: String,
}

fn headline(
    metric: &Metric,
    value: &MetricValue,
    guessing: Option<&MetricValue>,
    target: &str,
) -> Headline {
    let technical = metric_words(metric);
    let (mean, margin) = score_words(value);
    let guess = |words: &dyn Fn(f64) -> String| {
        guessing.map_or_else(String::new, |guess| words(guess.mean))
    };
    match metric.id {
        "accuracy" | "balanced_accuracy" => {
            let (right, margin) = of_hundred(value.mean, (value.upper - value.lower) / 2.0);
            let every = if metric.id == "accuracy" {
                ""
            } else {
                ", every class counting the same"
            };
            Headline {
                big: right,
                beside: format!("of 100 rows right, ± {margin}"),
                below: format!(
                    "{}{}",
                    guess(&|share| format!(
                        "Guessing gets {} of 100 right{every}.",
                        of_hundred(share, 1.0).0
                    )),
                    if guessing.is_none() {
                        every.trim_start_matches(", ")
                    } else {
                        ""
                    }
                ),
                technical: format!(
                    "{technical} {mean} ± {margin}",
                    margin = score_words(value).1
                ),
            }
        }
        _ if metric.unit_is_target => Headline {
            big: mean,
            beside: format!("± {margin}"),
            below: format!(
                "{}, in the unit of {target}. {}",
                far_off(metric),
                guess(&|error| format!("Guessing is off by {}.", single_score(error)))
            ),
            technical,
        },
        _ => {
            let better = if metric.higher_is_better {
                "Higher is better."
            } else {
                "Lower is better."
            };
            Headline {
                big: mean,
                beside: format!("± {margin}"),
                below: format!(
                    "{better} {}",
                    guess(&|score| format!("Guessing has {}.", single_score(score)))
                ),
                technical,
            }
        }
    }
}
