//! What the palette promises about contrast and colour blindness.

use super::*;

type Matrix = [[f64; 3]; 3];

const NORMAL: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
/// deficiency" (2009), severity 1.0, on linear light.
const PROTAN: Matrix = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
];
const DEUTAN: Matrix = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
];
const TRITAN: Matrix = [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.303900],
];

fn lab(colour: palette::Colour, vision: &Matrix) -> [f64; 3] {
    let linear = [0, 1, 2].map(|part| {
        let value = f64::from(colour[part]) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    let seen = vision.map(|row| {
        row.iter()
            .zip(linear)
            .map(|(weight, part)| weight * part)
            .sum::<f64>()
            .clamp(0.0, 1.0)
    });
    let to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let white = [0.95047, 1.0, 1.08883];
    let f = |t: f64| {
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    };
    let [x, y, z] = [0, 1, 2].map(|row| {
        let row_sum: f64 = to_xyz[row]
            .iter()
            .zip(seen)
            .map(|(weight, part)| weight * part)
            .sum();
        f(row_sum / white[row])
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005).
fn ciede2000(one: [f64; 3], two: [f64; 3]) -> f64 {
    let chroma = |lab: [f64; 3]| lab[1].hypot(lab[2]);
    let mean = (chroma(one) + chroma(two)) / 2.0;
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25.0_f64.powi(7))).sqrt());
    let (a1, a2) = (one[1] * (1.0 + g), two[1] * (1.0 + g));
    let (c1, c2) = (a1.hypot(one[2]), a2.hypot(two[2]));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, one[2]), hue(a2, two[2]));
    let mut turn = h2 - h1;
    if turn > 180.0 {
        turn -= 360.0;
    } else if turn < -180.0 {
        turn += 360.0;
    }
    let (dl, dc) = (two[0] - one[0], c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((one[0] + two[0]) / 2.0, (c1 + c2) / 2.0);
    let h = match (h1 - h2).abs() {
        apart if apart <= 180.0 => (h1 + h2) / 2.0,
        _ if h1 + h2 < 360.0 => (h1 + h2 + 360.0) / 2.0,
        _ => (h1 + h2 - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let turn = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let rc = 2.0 * (c.powi(7) / (c.powi(7) + 25.0_f64.powi(7))).sqrt();
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * turn).to_radians().sin() * rc;
    ((dl / sl).powi(2) + (dc / sc).powi(2) + (dh / sh).powi(2) + rt * dc / sc * dh / sh).sqrt()
}

#[test]
fn colours_keep_apart_for_every_kind_of_sight() {
    // A pair of the published test data of the formula.
    let known = ciede2000([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485]);
    assert!((known - 2.0425).abs() < 5e-5, "{known}");
    let cases = [
        (&palette::LIGHT, [29.7, 19.4, 19.5, 18.2], 3.0),
        (&palette::DARK, [32.4, 21.2, 20.9, 19.2], 3.3),
    ];
    for (colours, differences, contrast) in cases {
        for (vision, wanted) in [NORMAL, PROTAN, DEUTAN, TRITAN].iter().zip(differences) {
            let seen = colours.categorical.map(|colour| lab(colour, vision));
            let mut least = f64::INFINITY;
            for (index, &one) in seen.iter().enumerate() {
                for &two in &seen[..index] {
                    least = least.min(ciede2000(one, two));
                }
            }
            assert!(
                (least - wanted).abs() < 0.051,
                "{least} instead of {wanted}"
            );
        }
        let least = colours
            .categorical
            .iter()
            .map(|&colour| palette::contrast(colour, colours.canvas))
            .fold(f64::INFINITY, f64::min);
        assert!(
            (least - contrast).abs() < 0.051,
            "{least} instead of {contrast}"
        );
        assert!(palette::contrast(colours.label, colours.canvas) >= 4.5);
        assert!(palette::contrast(colours.text, colours.canvas) >= 7.0);
        assert!(palette::contrast(colours.axis, colours.canvas) >= 3.0);
    }
    assert_eq!(
        palette::resolve(Ink::Category(2), false),
        [0x0C, 0x7E, 0x5F, 255]
    );
    assert_eq!(
        palette::resolve(Ink::Category(6), true),
        palette::DARK.other
    );
}
