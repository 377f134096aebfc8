//! Shades: a colour as browsers read it, and a name for it.

use serde::Serialize;

/// A colour with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shade {
    /// `#rrggbb`, lower case.
    pub(crate) hex: String,
    /// How bright it is and which hue it leans to: `dark teal`.
    pub(crate) name: String,
}

/// Hues by the degree at which each begins, clockwise from red.
const HUES: [(u16, &str); 9] = [
    (0, "red"),
    (20, "orange"),
    (50, "yellow"),
    (70, "green"),
    (160, "teal"),
    (195, "blue"),
    (255, "violet"),
    (290, "magenta"),
    (340, "red"),
];

/// Below a tenth of the range between its channels a colour looks grey.
const GREY: u16 = 25;

/// Any of the 16,777,216 colours, all equally likely.
pub(crate) fn random() -> Shade {
    let [red, green, blue] = rand::random();
    of(red, green, blue)
}

fn of(red: u8, green: u8, blue: u8) -> Shade {
    Shade {
        hex: format!("#{red:02x}{green:02x}{blue:02x}"),
        name: format!("{} {}", brightness(red, green, blue), hue(red, green, blue)),
    }
}

fn brightness(red: u8, green: u8, blue: u8) -> &'static str {
    // ITU-R BT.601: how bright the eye finds each channel, in thousandths.
    let luma = (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000;
    match luma {
        0..85 => "dark",
        85..170 => "mid",
        _ => "light",
    }
}

fn hue(red: u8, green: u8, blue: u8) -> &'static str {
    let channels = [red, green, blue].map(u16::from);
    let (Some(&low), Some(&high)) = (channels.iter().min(), channels.iter().max()) else {
        return "grey";
    };
    if high - low <= GREY {
        return "grey";
    }
    let degrees = degrees(channels, low, high);
    HUES.iter().rev().find(|(start, _)| degrees >= *start).map_or("red", |(_, name)| name)
}

/// The hue of the HSV model, 0 to 359.
fn degrees([red, green, blue]: [u16; 3], low: u16, high: u16) -> u16 {
    let turn = |rising: u16, falling: u16| {
        60 * (i32::from(rising) - i32::from(falling)) / i32::from(high - low)
    };
    let degrees = if high == red {
        turn(green, blue)
    } else if high == green {
        120 + turn(blue, red)
    } else {
        240 + turn(red, green)
    };
    u16::try_from(degrees.rem_euclid(360)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pure_colours_have_their_own_names() {
        assert_eq!(of(255, 0, 0).name, "dark red");
        assert!(of(0, 255, 0).name.ends_with("green"));
        assert!(of(0, 0, 255).name.ends_with("blue"));
        assert!(of(255, 255, 0).name.ends_with("yellow"));
        assert!(of(0, 128, 128).name.ends_with("teal"));
        assert!(of(255, 0, 255).name.ends_with("magenta"));
    }

    #[test]
    fn what_has_no_hue_is_grey() {
        assert_eq!(of(0, 0, 0), Shade { hex: "#000000".into(), name: "dark grey".into() });
        assert_eq!(of(255, 255, 255), Shade { hex: "#ffffff".into(), name: "light grey".into() });
    }

    #[test]
    fn a_red_that_leans_to_blue_is_still_red() {
        assert_eq!(hue(255, 0, 10), "red");
    }

    #[test]
    fn two_random_shades_differ() {
        let shades: std::collections::HashSet<String> = (0..20).map(|_| random().hex).collect();
        assert!(shades.len() > 1);
    }
}
