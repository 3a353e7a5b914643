//! Fills egui's own styles from our tokens, so that what is not ours still looks like ours.

use eframe::egui::epaint::Shadow;
use eframe::egui::style::{
    NumberFormatter, ScrollAnimation, ScrollStyle, Selection, TextCursorStyle, WidgetVisuals,
    Widgets,
};
use eframe::egui::{
    Color32, Context, CornerRadius, Id, Margin, Stroke, Style, TextStyle, Theme, ThemePreference,
    Visuals, vec2,
};

use super::fonts::{self, Type};
use super::size;
use super::tokens::{self, Tokens};

/// How strong edges and secondary text are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contrast {
    #[default]
    Calm,
    High,
}

fn contrast_id() -> Id {
    Id::unique("theme contrast")
}

pub fn contrast(ctx: &Context) -> Contrast {
    ctx.data(|data| data.get_temp(contrast_id()))
        .unwrap_or_default()
}

/// Switches between calm and high contrast and fills the styles again.
pub fn set_contrast(ctx: &Context, contrast: Contrast) {
    ctx.data_mut(|data| data.insert_temp(contrast_id(), contrast));
    set_styles(ctx);
}

/// Fonts, both styles and the theme of the system. Call once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.options_mut(|options| {
        options.theme_preference = ThemePreference::System;
        options.fallback_theme = Theme::Dark;
    });
    set_styles(ctx);
}

fn set_styles(ctx: &Context) {
    let high = contrast(ctx) == Contrast::High;
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        let base = (*ctx.style_of(theme)).clone();
        ctx.set_style_of(theme, style(base, tokens::of(dark, high)));
    }
}

fn style(mut style: Style, tokens: &Tokens) -> Style {
    style.text_styles = [
        (TextStyle::Small, Type::Caption.font()),
        (TextStyle::Body, Type::Body.font()),
        (TextStyle::Button, Type::BodyMedium.font()),
        (TextStyle::Heading, Type::Heading.font()),
        (TextStyle::Monospace, Type::Code.font()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    style.number_formatter = NumberFormatter::new(|value, decimals| {
        crate::base::format::fixed(value, *decimals.start()).replace(',', "")
    });
    style.animation_time = size::HOVER_SECONDS;
    style.scroll_animation = ScrollAnimation::none();
    style.explanation_tooltips = false;
    style.url_in_tooltip = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.show_tooltips_only_when_still = true;
    spacing(&mut style);
    style.visuals = visuals(tokens);
    #[cfg(debug_assertions)]
    {
        style.debug.warn_if_rect_changes_id = false;
    }
    style
}

fn spacing(style: &mut Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 4.0);
    spacing.button_padding = vec2(12.0, 4.0);
    spacing.interact_size = vec2(28.0, size::BUTTON);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(4);
    spacing.menu_spacing = 4.0;
    spacing.indent = 16.0;
    spacing.icon_width = size::CHECKBOX;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 8.0;
    spacing.slider_rail_height = size::SLIDER_TRACK;
    spacing.tooltip_width = size::TOOLTIP;
    spacing.combo_height = 320.0;
    let mut scroll = ScrollStyle::thin();
    scroll.bar_width = size::SCROLL_BAR_HOVER;
    scroll.floating_width = size::SCROLL_BAR;
    scroll.floating_allocated_width = 0.0;
    scroll.handle_min_length = 24.0;
    scroll.bar_inner_margin = 2.0;
    scroll.bar_outer_margin = 2.0;
    scroll.foreground_color = false;
    scroll.dormant_background_opacity = 0.0;
    scroll.active_background_opacity = 0.0;
    scroll.interact_background_opacity = 0.0;
    scroll.dormant_handle_opacity = 0.7;
    scroll.active_handle_opacity = 1.0;
    scroll.interact_handle_opacity = 1.0;
    scroll.fade.strength = 0.0;
    spacing.scroll = scroll;
}

fn visuals(tokens: &Tokens) -> Visuals {
    let mut visuals = if tokens.dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    visuals.widgets = widgets(tokens);
    visuals.selection = Selection {
        bg_fill: tokens.surface.selected,
        stroke: Stroke::new(1.0, tokens.text.primary),
    };
    visuals.weak_text_color = Some(tokens.text.secondary);
    visuals.hyperlink_color = tokens.text.link;
    visuals.faint_bg_color = tokens.surface.sunken;
    visuals.extreme_bg_color = tokens.surface.canvas;
    visuals.text_edit_bg_color = Some(tokens.surface.raised);
    visuals.code_bg_color = tokens.surface.sunken;
    visuals.warn_fg_color = tokens.status.caution.text;
    visuals.error_fg_color = tokens.status.stop.text;
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_DIALOG as u8);
    visuals.window_fill = tokens.surface.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.border.default);
    visuals.window_highlight_topmost = false;
    visuals.window_shadow = shadow(tokens);
    visuals.popup_shadow = shadow(tokens);
    visuals.menu_corner_radius = CornerRadius::same(size::RADIUS_CARD as u8);
    visuals.panel_fill = tokens.surface.panel;
    visuals.text_cursor = TextCursorStyle {
        stroke: Stroke::new(1.5, tokens.accent.line),
        // A blinking cursor would repaint an idle window for ever.
        blink: false,
        ..TextCursorStyle::default()
    };
    visuals.indent_has_left_vline = false;
    visuals.striped = false;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = eframe::egui::style::HandleShape::Circle;
    visuals.image_loading_spinners = false;
    // Our widgets have a colour for "cannot be used"; fading would put text below its contrast.
    visuals.disabled_alpha = 1.0;
    visuals
}

/// The one shadow.
pub fn shadow(tokens: &Tokens) -> Shadow {
    Shadow {
        offset: [0, 8],
        blur: 24,
        spread: 0,
        color: tokens.shadow,
    }
}

fn widgets(tokens: &Tokens) -> Widgets {
    let look = |fill: Color32, stroke: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: CornerRadius::same(size::RADIUS_CONTROL as u8),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let (surface, border, text) = (&tokens.surface, &tokens.border, &tokens.text);
    let mut widgets = Widgets {
        noninteractive: look(surface.panel, border.subtle, text.primary),
        inactive: look(surface.raised, border.default, text.primary),
        hovered: look(surface.hover, border.default, text.primary),
        active: look(surface.active, border.default, text.primary),
        open: look(surface.hover, border.default, text.primary),
    };
    // Handles of scroll bars are filled with `bg_fill`; they must be visible on any surface.
    widgets.inactive.bg_fill = border.default;
    widgets.hovered.bg_fill = border.control;
    widgets.active.bg_fill = border.control;
    widgets
}
