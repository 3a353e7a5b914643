//! Typefaces and type styles. All fonts are part of the program.

use std::sync::Arc;

use eframe::egui::{FontData, FontDefinitions, FontFamily, FontId, RichText};

const INTER_REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
const INTER_MEDIUM: &[u8] = include_bytes!("../../../assets/fonts/Inter-Medium.ttf");
const INTER_SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");
const TABULAR_REGULAR: &[u8] = include_bytes!("../../../assets/fonts/InterTabular-Regular.ttf");
const TABULAR_SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/InterTabular-SemiBold.ttf");
const JETBRAINS_MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
const PHOSPHOR_REGULAR: &[u8] = include_bytes!("../../../assets/icons/Phosphor-Regular.ttf");
const PHOSPHOR_BOLD: &[u8] = include_bytes!("../../../assets/icons/Phosphor-Bold.ttf");
const PHOSPHOR_FILL: &[u8] = include_bytes!("../../../assets/icons/Phosphor-Fill.ttf");

/// Inter, the typeface that charts drawn without the window use too.
pub fn inter_regular() -> &'static [u8] {
    INTER_REGULAR
}

const MEDIUM: &str = "medium";
const STRONG: &str = "strong";
const NUMBER: &str = "number";
const NUMBER_STRONG: &str = "number_strong";
const ICON: &str = "icon";
const ICON_BOLD: &str = "icon_bold";
const ICON_FILL: &str = "icon_fill";

fn named(name: &'static str) -> FontFamily {
    FontFamily::Name(name.into())
}

/// Every family with the fonts it looks through, first one first.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 9] = [
        ("Inter", INTER_REGULAR),
        ("Inter Medium", INTER_MEDIUM),
        ("Inter SemiBold", INTER_SEMI_BOLD),
        ("Inter Tabular", TABULAR_REGULAR),
        ("Inter Tabular SemiBold", TABULAR_SEMI_BOLD),
        ("JetBrains Mono", JETBRAINS_MONO),
        ("Phosphor", PHOSPHOR_REGULAR),
        ("Phosphor Bold", PHOSPHOR_BOLD),
        ("Phosphor Fill", PHOSPHOR_FILL),
    ];
    for (name, bytes) in files {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.to_owned(), data);
    }
    let families: [(FontFamily, &[&str]); 9] = [
        (FontFamily::Proportional, &["Inter", "Phosphor"]),
        (named(MEDIUM), &["Inter Medium", "Phosphor"]),
        (named(STRONG), &["Inter SemiBold", "Phosphor Bold"]),
        (named(NUMBER), &["Inter Tabular", "Phosphor"]),
        (
            named(NUMBER_STRONG),
            &["Inter Tabular SemiBold", "Phosphor Bold"],
        ),
        (
            FontFamily::Monospace,
            &["JetBrains Mono", "Inter", "Phosphor"],
        ),
        (named(ICON), &["Phosphor", "Inter"]),
        (named(ICON_BOLD), &["Phosphor Bold", "Inter"]),
        (named(ICON_FILL), &["Phosphor Fill", "Inter"]),
    ];
    for (family, names) in families {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        fonts.families.insert(family, names);
    }
    fonts
}

/// How heavy an icon is drawn. Fill is for status and for what is selected in the rail only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconWeight {
    #[default]
    Regular,
    Bold,
    Fill,
}

/// The font of icons at a size.
pub fn icon_font(size: f32, weight: IconWeight) -> FontId {
    let name = match weight {
        IconWeight::Regular => ICON,
        IconWeight::Bold => ICON_BOLD,
        IconWeight::Fill => ICON_FILL,
    };
    FontId::new(size, named(name))
}

/// The type styles. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 11 medium: rail labels, badges, keycaps; never sentences.
    Micro,
    /// 12: secondary lines, axis titles, help.
    Caption,
    /// 13: everything by default.
    Body,
    /// 13 medium: buttons, names of rows and columns, tabs.
    BodyMedium,
    /// 13 strong: panel headers, key values in sentences.
    BodyStrong,
    /// 15 strong: titles of canvases, dialogs and cards.
    Heading,
    /// 20 strong: titles of lessons and pages.
    Title,
    /// 28 strong: one headline per screen at most.
    Display,
    /// 13 tabular: cells and scores, right-aligned.
    Number,
    /// 13 tabular strong.
    NumberStrong,
    /// 11 tabular: ticks and labels of small charts.
    NumberSmall,
    /// 28 tabular strong: results in people.
    NumberDisplay,
    /// 12 monospaced: ids, paths, raw text of files.
    Code,
}

impl Type {
    pub const ALL: [Self; 13] = [
        Self::Micro,
        Self::Caption,
        Self::Body,
        Self::BodyMedium,
        Self::BodyStrong,
        Self::Heading,
        Self::Title,
        Self::Display,
        Self::Number,
        Self::NumberStrong,
        Self::NumberSmall,
        Self::NumberDisplay,
        Self::Code,
    ];

    pub fn size(self) -> f32 {
        match self {
            Self::Micro | Self::NumberSmall => 11.0,
            Self::Caption | Self::Code => 12.0,
            Self::Body | Self::BodyMedium | Self::BodyStrong => 13.0,
            Self::Number | Self::NumberStrong => 13.0,
            Self::Heading => 15.0,
            Self::Title => 20.0,
            Self::Display | Self::NumberDisplay => 28.0,
        }
    }

    /// Height of a line of running text.
    pub fn line(self) -> f32 {
        match self {
            Self::Micro | Self::NumberSmall | Self::Caption => 16.0,
            Self::Body | Self::BodyMedium | Self::BodyStrong | Self::Code => 20.0,
            Self::Number | Self::NumberStrong => 20.0,
            Self::Heading => 24.0,
            Self::Title => 28.0,
            Self::Display | Self::NumberDisplay => 36.0,
        }
    }

    pub fn family(self) -> FontFamily {
        match self {
            Self::Caption | Self::Body => FontFamily::Proportional,
            Self::Micro | Self::BodyMedium => named(MEDIUM),
            Self::BodyStrong | Self::Heading | Self::Title | Self::Display => named(STRONG),
            Self::Number | Self::NumberSmall => named(NUMBER),
            Self::NumberStrong | Self::NumberDisplay => named(NUMBER_STRONG),
            Self::Code => FontFamily::Monospace,
        }
    }

    pub fn font(self) -> FontId {
        FontId::new(self.size(), self.family())
    }

    /// Text in this style, with its line height.
    pub fn text(self, text: impl Into<String>) -> RichText {
        RichText::new(text)
            .font(self.font())
            .line_height(Some(self.line()))
    }
}

macro_rules! styles {
    ($($name:ident => $variant:ident),+ $(,)?) => {
        $(
            /// Text in the style of the same name.
            pub fn $name(text: impl Into<String>) -> RichText {
                Type::$variant.text(text)
            }
        )+
    };
}

styles! {
    micro => Micro,
    caption => Caption,
    body => Body,
    body_medium => BodyMedium,
    body_strong => BodyStrong,
    heading => Heading,
    title => Title,
    display => Display,
    number => Number,
    number_strong => NumberStrong,
    number_small => NumberSmall,
    number_display => NumberDisplay,
    code => Code,
}
