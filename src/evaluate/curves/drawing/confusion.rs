//! Right and wrong by class as a scene.

use super::scene::NEVER_SAW;
use crate::base::format::{self, Figures};
use crate::chart::scene::{Anchor, Axis, AxisKind, Bar, Ink, Label, Layer, Scene};
use crate::evaluate::pictures::Confusion;

/// Cells of more classes are too small for words.
const MOST_WORDS: usize = 12;

/// A cell per true and predicted class, the darker the larger the share of its row.
pub fn confusion_scene(found: &Confusion, title: String) -> Scene {
    let classes = found.classes.len();
    let banded = |title: &str, names: Vec<String>| Axis {
        title: title.to_owned(),
        figures: Figures::default(),
        domain: (-0.5, classes.max(1) as f64 - 0.5),
        ticks: names
            .iter()
            .enumerate()
            .map(|(place, name)| (place as f64, name.clone()))
            .collect(),
        kind: AxisKind::Band(names),
    };
    let (mut bars, mut labels) = (Vec::new(), Vec::new());
    for actual in 0..classes {
        // The first class is at the top.
        let y = (classes - 1 - actual) as f64;
        for predicted in 0..classes {
            let (x, count) = (predicted as f64, found.count(actual, predicted));
            let share = found.share(actual, predicted);
            let ink = Ink::Sequential(share as f32);
            let class = |place: usize| found.classes.get(place).map_or("", String::as_str);
            bars.push(Bar {
                x: (x - 0.48, x + 0.48),
                y: (y - 0.48, y + 0.48),
                ink,
                selected: None,
                hatched: false,
                tooltip: format!(
                    "{}, predicted as {}: {}, {} of this class",
                    class(actual),
                    class(predicted),
                    format::counted(count, "row"),
                    format::share(share)
                ),
            });
            labels.push(Label {
                x,
                y,
                text: format!("{} ({})", format::count(count), format::share(share)),
                anchor: Anchor::Middle,
                offset: (0.0, 4.0),
                backdrop: Some(ink),
            });
        }
    }
    Scene {
        title,
        subtitle: format!(
            "{} of {} right, {NEVER_SAW}",
            format::count(found.right()),
            format::counted(found.total(), "row")
        ),
        x: banded("Predicted", found.classes.clone()),
        y: banded("Actual", found.classes.iter().rev().cloned().collect()),
        legend_title: String::new(),
        legend: Vec::new(),
        layers: match classes {
            0..=MOST_WORDS => vec![Layer::Bars(bars), Layer::Labels(labels)],
            _ => vec![Layer::Bars(bars)],
        },
        description: format!(
            "Rows by actual and predicted class: {} of {} right.",
            format::count(found.right()),
            format::count(found.total())
        ),
        note: Some("Shares are of the rows of the actual class.".to_owned()),
    }
}
