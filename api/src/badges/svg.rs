//! Draws a badge, in the flat look of shields.io.
//!
//! Colours and fonts are attributes: the answer's content policy allows no styles, and a picture
//! needs none.

use super::badge::Badge;

/// Draws a badge: 20 pixels high, as wide as its words.
pub(super) fn draw(badge: &Badge) -> String {
    let (left, right) = (half(&badge.label), half(&badge.message));
    let width = left + right;
    let name = escaped(&format!("{}: {}", badge.label, badge.message));
    let color = badge.color.value();
    let label = text(&badge.label, 0, left);
    let message = text(&badge.message, left, right);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{name}"><title>{name}</title><linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/></linearGradient><clipPath id="r"><rect width="{width}" height="20" rx="3" fill="#fff"/></clipPath><g clip-path="url(#r)"><rect width="{left}" height="20" fill="#555"/><rect x="{left}" width="{right}" height="20" fill="{color}"/><rect width="{width}" height="20" fill="url(#s)"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">{label}{message}</g></svg>"##
    )
}

/// 5 pixels on each side of the words.
const PADDING: u32 = 10;

/// How wide the half with these words is, in pixels.
fn half(words: &str) -> u32 {
    words_width(words) + PADDING
}

/// The words in the middle of a half, with their shadow. `textLength` makes them fit whatever font
/// there is.
fn text(words: &str, x: u32, width: u32) -> String {
    let middle = f64::from(x) + f64::from(width) / 2.0;
    let (length, words) = (words_width(words), escaped(words));
    format!(
        r##"<text aria-hidden="true" x="{middle}" y="15" fill="#010101" fill-opacity=".3" textLength="{length}">{words}</text><text x="{middle}" y="14" textLength="{length}">{words}</text>"##
    )
}

/// How wide the words are in Verdana of 11 pixels, rounded up to pixels.
fn words_width(words: &str) -> u32 {
    words.chars().map(letter_width).sum::<u32>().div_ceil(10)
}

/// In tenths of a pixel. A letter that is not in ASCII takes 11 pixels, which only wide scripts do.
fn letter_width(letter: char) -> u32 {
    match letter {
        'i' | 'l' | '\'' => 30,
        ' ' | '.' | ',' | 'f' | 'j' => 39,
        '!' | 't' | 'I' | 'r' => 46,
        '(' | ')' | '-' | '/' | ':' | ';' | '[' | ']' | '|' | 'J' | '"' => 50,
        'c' | 's' | 'z' => 58,
        'L' | '?' => 61,
        'F' | 'P' | 'a' | 'e' | 'k' | 'o' | 'v' | 'x' | 'y' => 66,
        'E'
        | 'T'
        | 'Y'
        | '0'..='9'
        | '_'
        | '$'
        | '*'
        | 'b'
        | 'd'
        | 'g'
        | 'h'
        | 'n'
        | 'p'
        | 'q'
        | 'u' => 70,
        'A' | 'B' | 'C' | 'K' | 'R' | 'S' | 'V' | 'X' | 'Z' | '&' => 77,
        'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' => 87,
        '+' | '<' | '=' | '>' | '#' | '~' | '^' | 'w' => 90,
        'M' => 93,
        'm' => 107,
        '@' | 'W' => 110,
        '%' => 118,
        ' '..='~' => 70,
        _ => 110,
    }
}

/// Text that may stand in XML, in an attribute as well. XML has no control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use model::Status;

    use super::*;

    #[test]
    fn names_are_text_and_nothing_else() {
        let name = r#"<script>alert("1")</script> & 'x'"#;
        let picture = draw(&Badge::status(name.into(), Status::Up));
        assert!(!picture.contains("<script") && !picture.contains(r#"alert("1")"#), "{picture}");
        let shown = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;";
        assert!(picture.contains(&format!("<title>{shown}: up</title>")), "{picture}");
        assert!(picture.contains(&format!(r#"aria-label="{shown}: up""#)), "{picture}");
    }

    #[test]
    fn a_picture_is_as_wide_as_its_halves() {
        let picture = draw(&Badge::status("DynamoDB us-east-1".into(), Status::Degraded));
        let (left, right) = (half("DynamoDB us-east-1"), half("degraded"));
        assert!(picture.contains(&format!(r#"width="{}" height="20" role"#, left + right)));
        assert!(picture.contains(&format!(r#"<rect x="{left}" width="{right}""#)), "{picture}");
    }

    #[test]
    fn longer_words_are_wider() {
        assert!(words_width("degraded") > words_width("down"));
        assert!(words_width("MMM") > words_width("iii"));
        assert_eq!(words_width(""), 0);
    }
}
