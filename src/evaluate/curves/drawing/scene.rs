//! A drawing of curves as a scene: lines, whiskers, marks, legend.

use super::{CurveDrawing, Reference, Told, style_of};
use crate::base::RowSet;
use crate::base::format::{self, Figures};
use crate::chart::marks::{SceneSize, View};
use crate::chart::scene::{Dash, Ink, Layer, LegendEntry, Line, Scene, Shape, Spot};
use crate::evaluate::pictures::axis;

/// What every picture of check predictions says of them.
pub const NEVER_SAW: &str = "each predicted by a model that never saw it (out of fold)";

const RADIUS: f32 = 3.5;

impl CurveDrawing {
    /// `view`: what is zoomed to. `selection`: rows selected anywhere, by row id.
    pub fn scene(&self, size: SceneSize, view: Option<View>, selection: Option<&RowSet>) -> Scene {
        let view = view.unwrap_or(self.domain);
        let (across, up) = self.kind.axes();
        let references = self.references.iter().flat_map(lines_of).collect();
        let mut layers = vec![Layer::Lines(references)];
        let whiskers = self.whiskers();
        if !whiskers.is_empty() {
            layers.push(Layer::Lines(whiskers));
        }
        layers.push(Layer::Lines(self.lines()));
        layers.push(Layer::Spots(self.spots(selection)));
        Scene {
            title: String::new(),
            subtitle: format!("{}, {NEVER_SAW}", self.counted),
            x: axis(across.to_owned(), view.x, size.width, Figures::default()),
            y: axis(up.to_owned(), view.y, size.height, Figures::default()),
            legend_title: String::new(),
            legend: self.legend(),
            layers,
            description: format!(
                "{}: {}, of {}. {}",
                self.kind.technical(),
                self.kind.name(),
                format::list(&self.names()),
                self.sentence
            ),
            note: None,
        }
    }

    /// As [`CurveDrawing::scene`], with a title of its own, for a file.
    pub fn picture(&self, size: SceneSize) -> Scene {
        let name = self.names().first().copied().unwrap_or_default().to_owned();
        let class = self.class.as_ref();
        let class = class.map_or_else(String::new, |class| format!(", {class}"));
        Scene {
            title: format!("{} of {name}{class}", self.kind.technical()),
            note: Some(one_line(&self.sentence)),
            ..self.scene(size, None, None)
        }
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let traces = self.traces.iter().enumerate().map(|(place, trace)| {
            let (ink, dash, _) = style_of(place);
            LegendEntry {
                label: trace.name.clone(),
                ink,
                shape: None,
                dash: Some(dash),
            }
        });
        let references = self.references.iter().map(|reference| LegendEntry {
            label: reference.name.to_owned(),
            ink: Ink::Baseline,
            shape: None,
            dash: Some(reference.dash),
        });
        let named = self.told.iter().filter_map(|told| {
            let sign = told.name?;
            Some(LegendEntry {
                label: sign.name.to_owned(),
                ink: sign.ink,
                shape: Some(sign.shape),
                dash: None,
            })
        });
        traces.chain(references).chain(named).collect()
    }

    fn lines(&self) -> Vec<Line> {
        // The model looked at lies over the others.
        let traces = self.traces.iter().enumerate().rev();
        traces
            .map(|(place, trace)| {
                let (ink, dash, width) = style_of(place);
                Line {
                    points: trace.points.clone(),
                    ink,
                    width,
                    dash,
                }
            })
            .collect()
    }

    /// Intervals, or how widely the rows of a bin lie: half of them thick, nine of ten thin.
    fn whiskers(&self) -> Vec<Line> {
        let upright = |told: &Told, ends: Option<(f64, f64)>, width: f32, ink: Ink| {
            let x = self.marks.get(told.mark)?.at[0];
            let (low, high) = ends?;
            Some(Line {
                points: vec![[x, low], [x, high]],
                ink,
                width,
                dash: Dash::Solid,
            })
        };
        let thin = self.told.iter();
        let thin = thin.filter_map(|told| upright(told, told.ends, 1.5, Ink::Category(0)));
        let thick = self.told.iter();
        let thick = thick.filter_map(|told| upright(told, told.half, 9.0, Ink::MarkSoft));
        thin.chain(thick).collect()
    }

    fn spots(&self, selection: Option<&RowSet>) -> Vec<Spot> {
        let mut before = 0;
        let mut spots = Vec::with_capacity(self.told.len());
        for told in &self.told {
            let Some(mark) = self.marks.get(told.mark) else {
                continue;
            };
            // A plain mark stands for the rows since the one before it, one with a name for all of
            // its own.
            let from = match (told.name, self.cumulative) {
                (None, true) => std::mem::replace(&mut before, told.mark + 1),
                (None, false) => told.mark,
                (Some(_), _) => 0,
            };
            let (shape, ink, radius) = match told.name {
                Some(sign) => (sign.shape, sign.ink, sign.radius),
                None => (Shape::Circle, Ink::Category(0), RADIUS),
            };
            spots.push(Spot {
                x: mark.at[0],
                y: mark.at[1],
                ink,
                shape,
                radius,
                selected: selection.map(|chosen| {
                    let rows = self.rows_of(from..told.mark + 1);
                    let inside = rows.iter().filter(|row| chosen.contains(**row as usize));
                    inside.count() as f32 / rows.len().max(1) as f32
                }),
                tooltip: told.words.clone(),
            });
        }
        spots
    }
}

fn lines_of(reference: &Reference) -> impl Iterator<Item = Line> + '_ {
    reference.lines.iter().map(|points| Line {
        points: points.clone(),
        ink: Ink::Baseline,
        width: 1.5,
        dash: reference.dash,
    })
}

/// As many whole sentences as a line beneath a picture has room for.
pub(super) fn one_line(text: &str) -> String {
    const LETTERS: usize = 150;
    let mut line = String::new();
    for sentence in text.split_inclusive(". ") {
        if !line.is_empty() && line.chars().count() + sentence.chars().count() > LETTERS {
            break;
        }
        line.push_str(sentence);
    }
    line.trim_end().to_owned()
}
