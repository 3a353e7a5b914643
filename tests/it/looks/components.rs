//! Pictures of every control.

use super::*;

/// A card at a place, with a heading, as the parts are shown.
fn part(
    ui: &mut Ui,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    title: &str,
    add: impl FnOnce(&mut Ui),
) {
    let rect = Rect::from_min_size(pos2(x, y), vec2(width, height));
    let t = theme::tokens(ui);
    let stroke = egui::Stroke::new(1.0, t.border.subtle);
    ui.painter().rect(
        rect,
        size::RADIUS_CARD,
        t.surface.canvas,
        stroke,
        egui::StrokeKind::Inside,
    );
    let inside = rect.shrink(16.0);
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(inside)
            .layout(Layout::top_down(Align::Min)),
    );
    child.label(theme::body_strong(title).color(t.text.secondary));
    child.add_space(2.0);
    add(&mut child);
}

struct Parts {
    empty: String,
    typed: String,
    wrong: String,
    search: String,
    kind: u8,
    view: u8,
    on: bool,
    off: bool,
    value: f64,
    number: f64,
    toasts: Toasts,
}

fn parts() -> Parts {
    let mut toasts = Toasts::default();
    toasts.push("Saved list_1500.xlsx", Some("Show"));
    Parts {
        empty: String::new(),
        typed: "Focused".to_owned(),
        wrong: "12,x".to_owned(),
        search: "tenure".to_owned(),
        kind: 1,
        view: 1,
        on: true,
        off: false,
        value: 8.0,
        number: 1500.0,
        toasts,
    }
}

fn buttons_part(ui: &mut Ui) {
    for kind in 0..3 {
        ui.horizontal(|ui| {
            let label = ["Train", "Look", "Skip"][kind];
            let make = || match kind {
                0 => Button::primary(label),
                1 => Button::secondary(label),
                _ => Button::ghost(label),
            };
            make().show(ui);
            make().icon(Icon::PLAY).show(ui);
            make().caret().show(ui);
            make()
                .disabled(Some("Choose a target first".into()))
                .show(ui);
            make().busy(true).show(ui);
        });
    }
    ui.horizontal(|ui| {
        Button::primary("Small").small().show(ui);
        Button::secondary("Large").large().show(ui);
        widgets::icon_button(ui, Icon::PLUS, "Add");
        IconButton::new(Icon::FILTER, "Filter")
            .selected(true)
            .show(ui);
        IconButton::new(Icon::TRASH, "Delete")
            .disabled(Some("Nothing chosen".into()))
            .show(ui);
        widgets::link(ui, "Go to row…");
    });
}

fn fields_part(ui: &mut Ui, s: &mut Parts) {
    ui.horizontal_top(|ui| {
        TextField::new("Placeholder")
            .hint("Placeholder")
            .width(126.0)
            .show(ui, &mut s.empty);
        TextField::new("Typed").width(126.0).show(ui, &mut s.typed);
        let field = TextField::new("Wrong")
            .width(126.0)
            .error(Some("Not a number"));
        field.show(ui, &mut s.wrong);
    });
    ui.horizontal(|ui| {
        let options = [
            SelectOption::new(0, "Number").icon(Icon::NUMBER),
            SelectOption::new(1, "Category").icon(Icon::CATEGORY),
        ];
        Select::new("Type")
            .width(150.0)
            .show(ui, &mut s.kind, &options);
        NumberField::new("Calls")
            .width(90.0)
            .unit("calls")
            .show(ui, &mut s.number);
    });
    widgets::search_field(ui, "Find a column", &mut s.search, Some("Ctrl F"));
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        widgets::segmented(
            ui,
            &mut s.view,
            &[(0, "Before"), (1, "Difference"), (2, "After")],
        );
        widgets::checkbox(ui, &mut s.off, "Off");
        widgets::checkbox(ui, &mut s.on, "On");
        let mut mixed = None;
        widgets::checkbox_mixed(ui, &mut mixed, "Part");
    });
    ui.horizontal(|ui| {
        widgets::radio(ui, false, "Day first");
        widgets::radio(ui, true, "Month first");
        widgets::toggle(ui, &mut s.off, "Off");
        widgets::toggle(ui, &mut s.on, "On");
    });
    ui.horizontal(|ui| {
        ui.label(theme::body_medium("Flexibility"));
        widgets::slider(ui, "Flexibility", &mut s.value, 1.0..=16.0, 1.0);
    });
}

fn labels_part(ui: &mut Ui) {
    ui.horizontal(|ui| {
        Chip::new("tenure").show(ui);
        Chip::new("tenure less than 3")
            .active(true)
            .closable()
            .show(ui);
        Chip::new("9,634 sealed").icon(Icon::SEAL).show(ui);
    });
    ui.horizontal(|ui| {
        Chip::new("signup")
            .tone(Tone::Caution)
            .detail("31,813 cells")
            .show(ui);
        Chip::new("plan").icon(Icon::CATEGORY).caret().show(ui);
    });
    ui.horizontal(|ui| {
        widgets::badge(ui, Tone::Neutral, "Draft");
        widgets::badge(ui, Tone::Good, "Approved");
        widgets::badge(ui, Tone::Caution, "Caution");
        widgets::badge(ui, Tone::Stop, "leak");
        widgets::badge(ui, Tone::Note, "Note");
        widgets::badge_icon(ui, Tone::Accent, Icon::LEARNS, "learns");
        widgets::keycap(ui, "Ctrl K");
    });
    ui.horizontal(|ui| {
        widgets::job_chip(ui, "Training 3 of 5, 40 s", Some(0.62));
        widgets::job_chip(ui, "Reading", None);
    });
    widgets::progress_bar(ui, Some(0.35), "Reading flights.csv");
    let parts = [
        ("Fill blanks in ", false),
        ("age", true),
        (" with the median, now 44", false),
    ];
    widgets::sentence(ui, &parts);
}

fn type_part(ui: &mut Ui) {
    ui.label(theme::display("Display 28/36"));
    ui.horizontal(|ui| {
        ui.label(theme::title("Title 20/28"));
        ui.label(theme::heading("Heading 15/24"));
    });
    ui.horizontal(|ui| {
        ui.label(theme::body_strong("Strong 13/20"));
        ui.label(theme::body_medium("Medium 13/20"));
        ui.label(theme::body("Body 13/20"));
        let grey = theme::tokens(ui).text.secondary;
        ui.label(theme::caption("Caption 12/16").color(grey));
    });
    ui.horizontal(|ui| {
        ui.label(theme::number("0123456789 −1,204.50"));
        ui.label(theme::code("C-157899"));
        ui.label(theme::micro("Micro 11/16"));
    });
}

fn rail_part(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        RailItem::new(Icon::TABLE, "Data").show(ui);
        RailItem::new(Icon::CLEAN, "Clean").ready(true).show(ui);
        RailItem::new(Icon::CHART, "Explore").show(ui);
        RailItem::new(Icon::MODEL, "Model").selected(true).show(ui);
        RailItem::new(Icon::COMPARE, "Compare").show(ui);
        RailItem::new(Icon::PREDICT, "Predict")
            .disabled(Some("Train a model first"))
            .show(ui);
    });
}

fn steps_part(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let fill = [
        ("Fill blanks in ", false),
        ("age", true),
        (" with the median, now 44", false),
    ];
    let keep = [("Keep the 4 largest values of ", false), ("channel", true)];
    let tidy = [
        ("Tidy spellings in ", false),
        ("plan", true),
        (": 12 become 4", false),
    ];
    let off = [
        ("Rename ", false),
        ("rgn", true),
        (" to ", false),
        ("region", true),
    ];
    let row = StepRow::new(4, &fill)
        .detail("1,204 cells")
        .learns(true)
        .ends(true, false);
    row.show(ui);
    let state = StepState::NeedsAttention;
    StepRow::new(7, &keep)
        .detail("Needs channel, which step 5 renamed")
        .state(state)
        .show(ui);
    StepRow::new(8, &off)
        .detail("Off")
        .state(StepState::Off)
        .show(ui);
    let row = StepRow::new(9, &tidy)
        .detail("4,171 cells")
        .state(StepState::Preview);
    row.ends(false, true).show(ui);
}

fn leaderboard_part(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let yardsticks = [
        Yardstick {
            value: 210.0,
            dotted: true,
        },
        Yardstick {
            value: 453.0,
            dotted: false,
        },
    ];
    let trees = [570.0, 580.0, 588.0, 592.0, 601.0];
    let rule = [423.0, 453.0, 462.0, 466.0];
    let row = |mean: f64, interval, parts, hollow| DotInterval {
        axis: (180.0, 640.0),
        mean,
        interval,
        parts,
        yardsticks: &yardsticks,
        hollow,
        faded: false,
    };
    let rows = [
        (
            "Boosted trees",
            row(587.0, Some((572.0, 602.0)), &trees[..], false),
        ),
        (
            "One simple rule",
            row(453.0, Some((441.0, 473.0)), &rule, false),
        ),
        ("Guessing", row(210.0, None, &[], true)),
    ];
    for (name, row) in &rows {
        ui.horizontal(|ui| {
            ui.allocate_ui(vec2(110.0, 40.0), |ui| {
                ui.set_min_size(vec2(110.0, 40.0));
                ui.label(theme::body_medium(*name));
            });
            widgets::dot_interval(ui, 260.0, row, name);
        });
    }
}

fn list_part(ui: &mut Ui, s: &mut Parts) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ListRow::new("tenure")
        .icon(Icon::NUMBER)
        .trailing("rest")
        .show(ui);
    ListRow::new("plan")
        .icon(Icon::CATEGORY)
        .warning(Tone::Caution, "12 spellings")
        .show(ui);
    ListRow::new("customers")
        .icon(Icon::TABLE)
        .trailing("48,212 × 23")
        .selected(true)
        .show(ui);
    ListRow::new("Logistic regression")
        .check(&mut s.on)
        .mark(Icon::STAR)
        .selected(true)
        .show(ui);
    ListRow::new("Run 2, 18 columns")
        .icon(Icon::HISTORY)
        .badge(Tone::Stop, "leak")
        .show(ui);
    ListRow::new("email_opt_in")
        .icon(Icon::YES_NO)
        .disabled(Some("Not in use"))
        .show(ui);
}

fn components(ui: &mut Ui, s: &mut Parts) {
    part(
        ui,
        20.0,
        20.0,
        452.0,
        200.0,
        "Buttons, 28 high, radius 4",
        buttons_part,
    );
    part(ui, 20.0, 232.0, 452.0, 284.0, "Fields and choices", |ui| {
        fields_part(ui, s)
    });
    part(
        ui,
        20.0,
        528.0,
        452.0,
        208.0,
        "Chips, badges, keys, job chip",
        labels_part,
    );
    part(ui, 20.0, 748.0, 452.0, 168.0, "Type", type_part);
    part(
        ui,
        488.0,
        20.0,
        452.0,
        116.0,
        "Rail item, 56 by 52",
        rail_part,
    );
    part(ui, 488.0, 148.0, 452.0, 270.0, "Recipe step", steps_part);
    part(ui, 488.0, 430.0, 452.0, 184.0, "Inspector rows", |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        widgets::section_header(ui, "Properties", "5", Some((Icon::PLUS, "Add property")));
        let uses = [
            SelectOption::new(1, "To learn from"),
            SelectOption::new(0, "Name tag"),
        ];
        widgets::property_row(ui, "Use", |ui| {
            Select::new("Use").show(ui, &mut s.kind, &uses)
        });
        widgets::property_row(ui, "Sensitive", |ui| {
            widgets::toggle(ui, &mut s.on, "Sensitive");
            ui.label(theme::body("Yes").color(theme::tokens(ui).text.secondary));
        });
        widgets::property_value(ui, "Blank", "1,204", "2.5 %");
    });
    part(
        ui,
        488.0,
        626.0,
        452.0,
        176.0,
        "Leaderboard row, 40 high",
        leaderboard_part,
    );
    part(ui, 956.0, 20.0, 452.0, 224.0, "List row, 28 high", |ui| {
        list_part(ui, s)
    });
    part(ui, 956.0, 256.0, 452.0, 156.0, "Confusion cells", |ui| {
        ui.horizontal(|ui| {
            let wanted = vec2(148.0, 96.0);
            let share = "69 % of row";
            widgets::confusion_cell(ui, wanted, "Found", "3,691", share, 0.69, true, false);
            let share = "31 % of row";
            widgets::confusion_cell(ui, wanted, "Miss", "1,692", share, 0.31, false, true);
        });
    });
    part(
        ui,
        956.0,
        424.0,
        452.0,
        376.0,
        "Levels: icon, word and colour",
        |ui| {
            let why = "basic, BASIC and Bsic look like Basic. Counts by plan will be split.";
            let actions = ["Tidy spellings…", "They differ"];
            let title = "12 spellings, probably 4 values";
            widgets::message_card(ui, Tone::Caution, title, why, "", &actions, "");
            ui.add_space(4.0);
            widgets::message_card(
                ui,
                Tone::Stop,
                "The file is not a table",
                "",
                "",
                &[],
                "line 3",
            );
            ui.add_space(4.0);
            widgets::message_card(ui, Tone::Note, "Opened read-only", "", "", &[], "");
            ui.add_space(4.0);
            widgets::message_card(ui, Tone::Good, "All 31 checks passed", "", "", &[], "");
        },
    );
    let t = theme::tokens(ui);
    widgets::brand_mark(
        ui.painter(),
        Rect::from_min_size(pos2(960.0, 820.0), vec2(32.0, 32.0)),
        t,
    );
    widgets::brand_mark(
        ui.painter(),
        Rect::from_min_size(pos2(1004.0, 828.0), vec2(16.0, 16.0)),
        t,
    );
    s.toasts.show(ui.ctx(), vec2(32.0, 24.0));
}

#[test]
#[ignore = "draws pictures to look at"]
fn gallery_components() {
    picture(
        "components",
        vec2(1440.0, 928.0),
        parts,
        components,
        |harness| {
            harness.get_by_label("Typed").focus();
            let at = harness.get_by_label("tenure, rest").rect().center();
            harness.hover_at(at);
        },
    );
}
