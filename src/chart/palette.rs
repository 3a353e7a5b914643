//! Colours of charts by their meaning, for light and dark. The window's theme and exported files
//! take them from here, so that a chart looks the same in both.

use super::scene::Ink;

/// Red, green, blue, opacity.
pub type Colour = [u8; 4];

const fn rgb(hex: u32) -> Colour {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8, 255]
}

const fn rgba(hex: u32, alpha: u8) -> Colour {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8, alpha]
}

/// Every colour a chart may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartPalette {
    /// Blue, amber, green, red-brown, light blue, mauve: the same order in both themes.
    pub categorical: [Colour; 6],
    pub other: Colour,
    pub mark: Colour,
    pub mark_soft: Colour,
    pub deselected: Colour,
    pub selection: Colour,
    pub selection_fill: Colour,
    pub grid: Colour,
    pub axis: Colour,
    pub label: Colour,
    pub baseline: Colour,
    pub missing_hatch: Colour,
    /// No, yes.
    pub two_class: [Colour; 2],
    /// No, yes, for areas.
    pub two_class_area: [Colour; 2],
    /// Low to high.
    pub sequential: [Colour; 10],
    /// Below zero, zero in the middle, above.
    pub diverging: [Colour; 9],
    pub canvas: Colour,
    pub text: Colour,
}

const SEQUENTIAL: [Colour; 10] = [
    rgb(0x00_224E),
    rgb(0x12_3570),
    rgb(0x3B_496C),
    rgb(0x57_5D6D),
    rgb(0x70_7173),
    rgb(0x8A_8678),
    rgb(0xA5_9C74),
    rgb(0xC3_B369),
    rgb(0xE1_CC55),
    rgb(0xFE_E838),
];

pub static LIGHT: ChartPalette = ChartPalette {
    categorical: [
        rgb(0x1F_4366),
        rgb(0xBE_8C2A),
        rgb(0x0C_7E5F),
        rgb(0xAE_2902),
        rgb(0x04_99FC),
        rgb(0x9C_92A0),
    ],
    other: rgb(0x7A_828F),
    mark: rgb(0x66_707F),
    mark_soft: rgb(0xB9_C0CB),
    deselected: rgb(0xD5_D9E0),
    selection: rgb(0x5B_3DE0),
    selection_fill: rgba(0x5B_3DE0, 0x1F),
    grid: rgb(0xEC_EEF2),
    axis: rgb(0x84_8C9A),
    label: rgb(0x4B_5462),
    baseline: rgb(0x6B_7482),
    missing_hatch: rgb(0xA9_B1BD),
    two_class: [rgb(0x1F_4366), rgb(0xBE_8C2A)],
    two_class_area: [rgb(0x9D_B1C6), rgb(0xE4_C78C)],
    sequential: SEQUENTIAL,
    diverging: [
        rgb(0x1F_4366),
        rgb(0x3E_6489),
        rgb(0x5E_87AE),
        rgb(0xA2_B8CE),
        rgb(0xE9_EAED),
        rgb(0xE2_CAA3),
        rgb(0xD9_A94F),
        rgb(0xB3_8330),
        rgb(0x8F_5F0A),
    ],
    canvas: rgb(0xFF_FFFF),
    text: rgb(0x15_181E),
};

pub static DARK: ChartPalette = ChartPalette {
    categorical: [
        rgb(0x06_A0FF),
        rgb(0xE8_A934),
        rgb(0x3C_FFC0),
        rgb(0xCC_3300),
        rgb(0xE7_E3FF),
        rgb(0xA0_668D),
    ],
    other: rgb(0x8A_919D),
    mark: rgb(0x8E_97A5),
    mark_soft: rgb(0x56_5D68),
    deselected: rgb(0x3C_4047),
    selection: rgb(0xA4_93FF),
    selection_fill: rgba(0xA4_93FF, 0x2E),
    grid: rgb(0x26_282D),
    axis: rgb(0x77_7F8D),
    label: rgb(0xA7_AEBB),
    baseline: rgb(0x9A_A2AF),
    missing_hatch: rgb(0x56_5D68),
    two_class: [rgb(0x06_A0FF), rgb(0xE8_A934)],
    two_class_area: [rgb(0x17_527F), rgb(0x76_591F)],
    sequential: SEQUENTIAL,
    diverging: [
        rgb(0x5B_B8FF),
        rgb(0x3D_93D3),
        rgb(0x1F_6FA8),
        rgb(0x31_5270),
        rgb(0x33_363C),
        rgb(0x62_5035),
        rgb(0x94_691A),
        rgb(0xC2_9139),
        rgb(0xF2_BC57),
    ],
    canvas: rgb(0x1B_1C1F),
    text: rgb(0xEC_EEF2),
};

pub fn of(dark: bool) -> &'static ChartPalette {
    if dark { &DARK } else { &LIGHT }
}

/// The colour an ink stands for.
pub fn resolve(ink: Ink, dark: bool) -> Colour {
    let palette = of(dark);
    match ink {
        Ink::Mark => palette.mark,
        Ink::MarkSoft => palette.mark_soft,
        Ink::Category(index) => palette
            .categorical
            .get(usize::from(index))
            .copied()
            .unwrap_or(palette.other),
        Ink::Other => palette.other,
        Ink::Deselected => palette.deselected,
        Ink::Selection => palette.selection,
        // The ramp runs from dark to light. It is turned round on a light canvas, so that more
        // stands out more, and cut where it would fade into the canvas.
        Ink::Sequential(place) if dark => along(&palette.sequential, 0.22 + 0.78 * place),
        Ink::Sequential(place) => along(&palette.sequential, 0.85 * (1.0 - place)),
        Ink::Grid => palette.grid,
        Ink::Axis => palette.axis,
        Ink::Label => palette.label,
        Ink::Baseline => palette.baseline,
    }
}

/// A place 0..=1 on a ramp, straight between its steps.
pub fn along(ramp: &[Colour], place: f32) -> Colour {
    let last = ramp.len().saturating_sub(1);
    let place = if place.is_finite() {
        place.clamp(0.0, 1.0)
    } else {
        0.0
    } * last as f32;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let (Some(low), Some(high)) = (ramp.get(below), ramp.get(above)) else {
        return [0, 0, 0, 255];
    };
    let share = place - below as f32;
    let mut mixed = [0_u8; 4];
    for ((out, &a), &b) in mixed.iter_mut().zip(low).zip(high) {
        *out = (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    }
    mixed
}

/// Colour of letters on the canvas, or on an area of some ink: whichever of the two themes' text
/// colours stands out more.
pub fn text_on(backdrop: Option<Ink>, dark: bool) -> Colour {
    let Some(ink) = backdrop else {
        return of(dark).label;
    };
    let behind = resolve(ink, dark);
    let (a, b) = (LIGHT.text, DARK.text);
    if contrast(a, behind) >= contrast(b, behind) {
        a
    } else {
        b
    }
}

/// Contrast ratio of two opaque colours, 1 to 21 (Web Content Accessibility Guidelines 2.2).
pub fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

/// "#1f4366".
pub fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2])
}
