//! Colours by meaning, read once from the two theme files.

use std::sync::OnceLock;

use eframe::egui::Color32;
use serde_json::Value;

const LIGHT: &str = include_str!("../../../assets/theme/light.json");
const DARK: &str = include_str!("../../../assets/theme/dark.json");

/// A group of colours whose fields are the keys of one object of a theme file.
macro_rules! colours {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(pub $field: Color32,)+
        }

        impl $name {
            fn read(value: &Value) -> Result<Self, String> {
                Ok(Self { $($field: colour(value, stringify!($field))?,)+ })
            }

            /// Every field with its name.
            pub fn all(&self) -> Vec<(&'static str, Color32)> {
                vec![$((stringify!($field), self.$field),)+]
            }
        }
    };
}

colours! {
    /// What things lie on.
    Surface { window, panel, canvas, raised, sunken, hover, active, selected, selected_hover, scrim }
}
colours! {
    Text { primary, secondary, disabled, on_accent, accent, link }
}
colours! {
    Border { subtle, default, control, focus }
}
colours! {
    /// The one accent: selected, focused or primary, nothing else.
    Accent { fill, fill_hover, fill_pressed, tint, line }
}
colours! {
    /// One level of importance; always shown with an icon and a word.
    StatusColours { text, icon, fill, border }
}
colours! {
    Difference { added_fill, added_mark, removed_fill, removed_mark, changed_fill, changed_mark }
}
colours! {
    /// Yes and no, full and as areas.
    TwoClass { no, yes, no_area, yes_area }
}

/// Levels of importance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusSet {
    pub note: StatusColours,
    pub caution: StatusColours,
    pub stop: StatusColours,
    pub good: StatusColours,
}

/// A level of importance by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Note,
    Caution,
    Stop,
    Good,
}

/// Colours inside charts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Six categories in their fixed order.
    pub categorical: Vec<Color32>,
    pub other: Color32,
    pub mark: Color32,
    pub mark_soft: Color32,
    pub deselected: Color32,
    pub selection: Color32,
    pub selection_fill: Color32,
    pub grid: Color32,
    pub axis: Color32,
    pub label: Color32,
    pub baseline: Color32,
    pub missing_hatch: Color32,
    pub rug: Color32,
    pub two_class: TwoClass,
    /// Ten steps, dark to light.
    pub sequential: Vec<Color32>,
    /// Nine steps around a meaningful zero.
    pub diverging: Vec<Color32>,
}

/// Every colour of one theme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    pub dark: bool,
    pub surface: Surface,
    pub text: Text,
    pub border: Border,
    pub accent: Accent,
    pub status: StatusSet,
    pub chart: Chart,
    pub diff: Difference,
    /// Of the one shadow, under everything that floats.
    pub shadow: Color32,
}

impl Tokens {
    pub fn status(&self, status: Status) -> &StatusColours {
        match status {
            Status::Note => &self.status.note,
            Status::Caution => &self.status.caution,
            Status::Stop => &self.status.stop,
            Status::Good => &self.status.good,
        }
    }

    /// Colour of category 0..6; anything beyond is "other".
    pub fn category(&self, index: usize) -> Color32 {
        self.chart
            .categorical
            .get(index)
            .copied()
            .unwrap_or(self.chart.other)
    }

    /// The sequential ramp at 0..=1, in flat steps.
    pub fn sequential(&self, share: f32) -> Color32 {
        step(&self.chart.sequential, share, self.chart.mark)
    }

    /// The diverging ramp at −1..=1, grey at 0.
    pub fn diverging(&self, value: f32) -> Color32 {
        step(&self.chart.diverging, (value + 1.0) / 2.0, self.chart.mark)
    }

    /// Cells of a selected column: calmer than selected rows, which may cross it.
    pub fn selected_column(&self) -> Color32 {
        self.surface
            .canvas
            .lerp_to_gamma(self.surface.selected, 0.55)
    }

    /// A colour with the given opacity, for clouds of points only.
    pub fn faded(colour: Color32, alpha: f32) -> Color32 {
        colour.gamma_multiply(alpha.clamp(0.0, 1.0))
    }

    /// The same theme for those who need stronger edges: separators are as visible as the
    /// outlines of controls, and secondary text is primary.
    fn high_contrast(mut self) -> Self {
        self.border.default = self.border.control;
        self.border.subtle = self.border.control;
        self.text.secondary = self.text.primary;
        self
    }
}

fn step(ramp: &[Color32], share: f32, otherwise: Color32) -> Color32 {
    if ramp.is_empty() || !share.is_finite() {
        return otherwise;
    }
    let index = (share.clamp(0.0, 1.0) * ramp.len() as f32) as usize;
    ramp.get(index.min(ramp.len() - 1))
        .copied()
        .unwrap_or(otherwise)
}

/// The theme asked for. The files are part of the program and a test reads them, so a theme that
/// cannot be read never leaves the workshop; it would show as black.
pub(super) fn of(dark: bool, high_contrast: bool) -> &'static Tokens {
    static ALL: OnceLock<[Tokens; 4]> = OnceLock::new();
    let [light, dark_theme, light_high, dark_high] = ALL.get_or_init(|| {
        let light = parse(LIGHT, false).unwrap_or_default();
        let dark = parse(DARK, true).unwrap_or_default();
        let (light_high, dark_high) = (light.clone().high_contrast(), dark.clone().high_contrast());
        [light, dark, light_high, dark_high]
    });
    match (dark, high_contrast) {
        (false, false) => light,
        (true, false) => dark_theme,
        (false, true) => light_high,
        (true, true) => dark_high,
    }
}

/// The light theme, for what is not drawn in the window.
pub fn light() -> &'static Tokens {
    of(false, false)
}

/// The dark theme.
pub fn dark() -> &'static Tokens {
    of(true, false)
}

/// Reads both theme files afresh, light first. Says which entry is missing or not a colour.
pub fn parse_all() -> Result<[Tokens; 2], String> {
    Ok([parse(LIGHT, false)?, parse(DARK, true)?])
}

fn parse(text: &str, dark: bool) -> Result<Tokens, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let group = |name: &str| value.get(name).ok_or_else(|| format!("no group {name}"));
    let status = group("status")?;
    let level = |name: &str| {
        StatusColours::read(status.get(name).ok_or_else(|| format!("no level {name}"))?)
    };
    let shadow = group("shadow")?.get("popover").unwrap_or(&Value::Null);
    Ok(Tokens {
        dark,
        surface: Surface::read(group("surface")?)?,
        text: Text::read(group("text")?)?,
        border: Border::read(group("border")?)?,
        accent: Accent::read(group("accent")?)?,
        status: StatusSet {
            note: level("note")?,
            caution: level("caution")?,
            stop: level("stop")?,
            good: level("good")?,
        },
        chart: chart(group("chart")?)?,
        diff: Difference::read(group("diff")?)?,
        shadow: colour(shadow, "color")?,
    })
}

fn chart(value: &Value) -> Result<Chart, String> {
    let one = |name: &str| colour(value, name);
    let many = |name: &str| {
        let list = value.get(name).and_then(Value::as_array);
        let list = list.ok_or_else(|| format!("no list {name}"))?;
        list.iter()
            .map(|entry| {
                entry
                    .as_str()
                    .and_then(hex)
                    .ok_or_else(|| format!("{name}: {entry}"))
            })
            .collect::<Result<Vec<_>, String>>()
    };
    let two_class = value.get("two_class").ok_or("no group two_class")?;
    Ok(Chart {
        categorical: many("categorical")?,
        other: one("other")?,
        mark: one("mark")?,
        mark_soft: one("mark_soft")?,
        deselected: one("deselected")?,
        selection: one("selection")?,
        selection_fill: one("selection_fill")?,
        grid: one("grid")?,
        axis: one("axis")?,
        label: one("label")?,
        baseline: one("baseline")?,
        missing_hatch: one("missing_hatch")?,
        rug: one("rug")?,
        two_class: TwoClass::read(two_class)?,
        sequential: many("sequential")?,
        diverging: many("diverging")?,
    })
}

fn colour(value: &Value, name: &str) -> Result<Color32, String> {
    let text = value.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| format!("no colour {name}"))?;
    hex(text).ok_or_else(|| format!("{name} is not a colour: {text}"))
}

/// "#RRGGBB" or "#RRGGBBAA".
fn hex(text: &str) -> Option<Color32> {
    let digits = text.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [a, b, c, d] = number.to_be_bytes();
    match digits.len() {
        6 => Some(Color32::from_rgb(b, c, d)),
        8 => Some(Color32::from_rgba_unmultiplied(a, b, c, d)),
        _ => None,
    }
}
