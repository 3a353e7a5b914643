//! Controls: their names, and what they say.

use super::*;

#[test]
fn controls_have_names_and_say_what_changed() {
    struct State {
        on: bool,
        tick: bool,
        view: u8,
        text: String,
        kind: &'static str,
        value: f64,
        pressed: usize,
    }
    let state = State {
        on: false,
        tick: true,
        view: 0,
        text: String::new(),
        kind: "Number",
        value: 4.0,
        pressed: 0,
    };
    let mut harness = harness_without_picture().build_ui_state(
        |ui, state: &mut State| {
            if Button::primary("Train").icon(Icon::PLAY).show(ui).clicked() {
                state.pressed += 1;
            }
            let cannot = Some("Choose a target first".to_owned());
            if Button::secondary("Predict")
                .disabled(cannot)
                .show(ui)
                .clicked()
            {
                state.pressed += 100;
            }
            if widgets::icon_button(ui, Icon::TRASH, "Delete step").clicked() {
                state.pressed += 10;
            }
            widgets::toggle(ui, &mut state.on, "Sensitive");
            widgets::checkbox(ui, &mut state.tick, "Keep");
            widgets::segmented(ui, &mut state.view, &[(0, "Before"), (1, "After")]);
            TextField::new("Description")
                .hint("What does it mean?")
                .show(ui, &mut state.text);
            let options = [
                SelectOption::new("Number", "Number"),
                SelectOption::new("Text", "Words"),
            ];
            Select::new("Type")
                .width(160.0)
                .show(ui, &mut state.kind, &options);
            widgets::slider(ui, "Flexibility", &mut state.value, 1.0..=10.0, 1.0);
        },
        state,
    );
    harness.run();
    harness.get_by_label("Train").click();
    harness.get_by_label("Delete step").click();
    harness.get_by_label("Predict").click();
    harness.get_by_label("Sensitive").click();
    harness.get_by_label("Keep").click();
    harness.get_by_label("After").click();
    harness.run();
    assert_eq!(
        harness.state().pressed,
        11,
        "a disabled button cannot be pressed"
    );
    assert!(
        harness
            .get_by_label("Predict")
            .accesskit_node()
            .is_disabled()
    );
    assert!(harness.state().on && !harness.state().tick);
    assert_eq!(harness.state().view, 1);

    harness.get_by_label("Description").focus();
    harness.run();
    harness
        .get_by_label("Description")
        .type_text("Months since signing");
    harness.run();
    assert_eq!(harness.state().text, "Months since signing");

    harness.get_by_label("Type").click();
    harness.run();
    harness.get_by_label("Words").click();
    harness.run();
    assert_eq!(harness.state().kind, "Text");
    assert!(
        harness.query_by_label("Words").is_none(),
        "the list closes when one is chosen"
    );

    let slider = harness.get_by_role(egui::accesskit::Role::Slider);
    slider.focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().value, 5.0);
}

#[test]
fn a_number_field_reads_what_is_typed_and_keeps_to_its_range() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, value: &mut f64| {
            NumberField::new("Rows")
                .range(1.0..=100.0)
                .integer()
                .show(ui, value);
            let _ = ui.button("elsewhere");
        },
        8.0,
    );
    harness.run();
    let type_over = |harness: &mut Harness<'_, f64>, text: &str| {
        harness.get_by_label("Rows").focus();
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run();
        harness.get_by_label("Rows").type_text(text);
        harness.run();
        harness.get_by_label("elsewhere").click();
        harness.get_by_label("elsewhere").focus();
        harness.run();
    };
    type_over(&mut harness, "42");
    assert_eq!(*harness.state(), 42.0);
    type_over(&mut harness, "1,000");
    assert_eq!(*harness.state(), 100.0, "held to the range");
    type_over(&mut harness, "many");
    assert_eq!(*harness.state(), 100.0, "words change nothing");
}

#[test]
fn a_message_offers_its_actions_and_its_details() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, clicked: &mut Option<usize>| {
            let chosen = widgets::message_card(
                ui,
                Tone::Stop,
                "Row 1,204 of sales.csv has 6 values; the header has 4",
                "The first 1,203 rows are fine.",
                "",
                &["Show the row", "Skip bad rows (4)"],
                "csv_row_length at line 1205",
            );
            *clicked = chosen.or(*clicked);
        },
        None,
    );
    harness.run();
    assert!(harness.query_by_label("Copy report").is_none());
    harness.get_by_label("Details").click();
    harness.run();
    harness.get_by_label("Copy report").click();
    harness.step();
    let copied = harness
        .output()
        .platform_output
        .commands
        .iter()
        .any(|command| {
            matches!(command, egui::OutputCommand::CopyText(text)
            if text.contains("csv_row_length") && text.contains("sales.csv"))
        });
    assert!(copied, "the report is copied whole");
    harness.get_by_label("Skip bad rows (4)").click();
    harness.run();
    assert_eq!(*harness.state(), Some(1));
}

#[test]
fn a_dialog_is_left_by_a_button_or_by_escape() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, left: &mut Option<widgets::DialogAction>| {
            let buttons = [
                DialogButton::safe("Not yet"),
                DialogButton::primary("Open once"),
            ];
            let dialog = Dialog::new("seal", "Open the sealed rows?").buttons(&buttons);
            let action = dialog.show(ui, |_| {});
            *left = action.or(*left);
        },
        None,
    );
    harness.run();
    harness.get_by_label("Open once").click();
    harness.run();
    assert_eq!(*harness.state(), Some(widgets::DialogAction::Button(1)));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(*harness.state(), Some(widgets::DialogAction::Dismissed));
}
