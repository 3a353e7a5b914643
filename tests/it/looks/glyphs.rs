//! Fonts and icons.

use super::*;

#[test]
fn every_icon_has_a_glyph_in_all_weights() {
    let harness = harness_without_picture().build_ui(|ui| {
        ui.label("x");
    });
    harness.ctx.fonts_mut(|view| {
        for weight in [IconWeight::Regular, IconWeight::Bold, IconWeight::Fill] {
            let font = icon_font(16.0, weight);
            for (name, icon) in Icon::ALL {
                assert!(view.has_glyph(&font, icon.glyph()), "{name} in {weight:?}");
            }
            assert!(!view.has_glyph(&font, '\u{f8ff}'), "the check can fail");
        }
    });
    let names: BTreeSet<&str> = Icon::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), Icon::ALL.len());
}

#[test]
fn figures_of_the_number_font_are_equally_wide() {
    let harness = harness_without_picture().build_ui(|ui| {
        ui.label("x");
    });
    harness.ctx.fonts_mut(|view| {
        for style in [
            Type::Number,
            Type::NumberStrong,
            Type::NumberSmall,
            Type::NumberDisplay,
        ] {
            let font = style.font();
            let widths: Vec<f32> = ('0'..='9').map(|c| view.glyph_width(&font, c)).collect();
            assert!(
                widths.iter().all(|w| (w - widths[0]).abs() < 1e-3),
                "{style:?} {widths:?}"
            );
        }
        let plain = Type::Body.font();
        let one = view.glyph_width(&plain, '1');
        assert!(
            (one - view.glyph_width(&plain, '8')).abs() > 0.5,
            "plain Inter is proportional"
        );
        for style in Type::ALL {
            let font = style.font();
            for c in [
                'A', 'é', 'ß', 'Ω', 'Ж', '−', '±', '×', '…', '–', '→', '≤', '\u{a0}',
            ] {
                assert!(view.has_glyph(&font, c), "{c} in {style:?}");
            }
        }
    });
    assert!(fonts::inter_regular().len() > 10_000);
}
