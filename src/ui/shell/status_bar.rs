//! The status bar: what is selected, what is filtered, what is running.

use std::time::Duration;

use eframe::egui::{Align, Layout, Popup, PopupCloseBehavior, Ui, UiBuilder};

use crate::base::format;
use crate::jobs::JobStatus;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::text;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::{Chip, job_chip};

/// Work shorter than this is not announced.
const QUIET: Duration = Duration::from_millis(300);

pub(super) fn show(ui: &mut Ui, view: &mut View<'_>, _tasks_open: &mut bool) {
    let rect = ui.max_rect().shrink2(eframe::egui::vec2(size::X3, 2.0));
    let mut left = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::left_to_right(Align::Center)),
    );
    left.spacing_mut().item_spacing.x = size::X2;
    table(&mut left, view);
    selection(&mut left, view);
    filter(&mut left, view);
    running(&mut left, view);
    let mut right = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::right_to_left(Align::Center)),
    );
    right.spacing_mut().item_spacing.x = size::X3;
    saved(&mut right, view);
}

fn quiet(ui: &mut Ui, view: &View<'_>, text: String) {
    ui.label(theme::caption(text).color(view.tokens.text.secondary));
}

fn table(ui: &mut Ui, view: &mut View<'_>) {
    if view.session.active().is_none() {
        quiet(ui, view, text::NO_NETWORK.to_owned());
        return;
    }
    if let Some(table) = view.session.table().shown() {
        let size = format!(
            "{} × {}",
            format::counted(table.rows() as u64, "row"),
            format::counted(table.width() as u64, "column")
        );
        quiet(ui, view, size);
    }
}

fn selection(ui: &mut Ui, view: &mut View<'_>) {
    let Some(selection) = view.session.selection().cloned() else {
        return;
    };
    let total = view
        .session
        .table()
        .shown()
        .map_or(0, |table| table.rows() as u64);
    let label = format!(
        "{} of {} selected",
        format::count(selection.rows.count() as u64),
        format::counted(total, "row")
    );
    let chip = Chip::new(&label)
        .icon(Icon::SELECTION)
        .active(true)
        .closable()
        .hint("Shown in every view. Esc clears it. Nothing is changed")
        .show(ui);
    if chip.closed {
        view.act(Action::ClearSelection);
    }
    quiet(ui, view, format::shorten(&selection.sentence, 48));
}

fn filter(ui: &mut Ui, view: &mut View<'_>) {
    let Some(filter) = view.session.filter().cloned() else {
        return;
    };
    let label = format!("Only {}", format::shorten(&filter.sentence, 40));
    let chip = Chip::new(&label)
        .icon(Icon::FILTER)
        .active(true)
        .closable()
        .hint("Other rows are hidden, not removed. Click × to show all rows again")
        .show(ui);
    if chip.closed {
        view.act(Action::ClearFilter);
    }
}

fn running(ui: &mut Ui, view: &mut View<'_>) {
    let jobs: Vec<JobStatus> = view
        .session
        .jobs()
        .into_iter()
        .filter(|job| job.elapsed >= QUIET)
        .collect();
    let Some(job) = jobs.first() else { return };
    let more = if jobs.len() > 1 {
        format!(" +{}", jobs.len() - 1)
    } else {
        String::new()
    };
    let label = format!(
        "{}, {}{more}",
        format::shorten(&words(job), 40),
        format::duration(job.elapsed)
    );
    let response = ui.scope(|ui| job_chip(ui, &label, job.progress.fraction()));
    let anchor = response.response;
    let open = eframe::egui::Id::unique("tasks");
    if response.inner.cancelled {
        stop(view, job);
    }
    if response.inner.clicked {
        Popup::toggle_id(ui.ctx(), open);
    }
    Popup::from_response(&anchor)
        .id(open)
        .open_memory(None)
        .frame(crate::ui::widgets::menu::popup_frame(ui.ctx()))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_min_width(360.0);
            ui.label(theme::body_strong("Running").color(view.tokens.text.primary));
            for job in &jobs {
                let label = format!("{}, {}", words(job), format::duration(job.elapsed));
                if job_chip(ui, &label, job.progress.fraction()).cancelled {
                    stop(view, job);
                }
            }
        });
}

fn words(job: &JobStatus) -> String {
    if job.key.0 == "training" && job.progress.what == "Training" {
        return format!(
            "Training {} of {} parts",
            job.progress.done, job.progress.total
        );
    }
    if job.key.0 == "tuning" && job.progress.what == "Tuning" {
        return format!(
            "Tuning {} of {} fits",
            job.progress.done, job.progress.total
        );
    }
    text::job_words(&job.label)
}

fn stop(view: &mut View<'_>, job: &JobStatus) {
    if job.key.0 == "training" {
        view.act(Action::StopTraining);
    } else if job.key.0 == "tuning" {
        view.act(Action::StopTuning);
    } else {
        view.session.cancel(&job.key);
    }
}

fn saved(ui: &mut Ui, view: &mut View<'_>) {
    if view.session.document().is_empty() {
        quiet(ui, view, format!("Version {}", env!("CARGO_PKG_VERSION")));
        return;
    }
    let word = if !view.session.is_dirty() {
        "Saved"
    } else if view.session.project_path().is_some() {
        "Not saved, kept for recovery"
    } else {
        "Not saved yet, kept for recovery"
    };
    quiet(ui, view, word.to_owned());
    let memory = view.session.memory_bytes();
    if memory > 0 && ui.ctx().content_rect().width() >= 1200.0 {
        quiet(
            ui,
            view,
            format!("Data in memory {}", format::bytes(memory)),
        );
    }
}
