//! The page's colours: drawn as colours that nothing else uses, then replaced by the page's own names for them.

use domain::Severity;
use plotters::style::{RGBAColor, RGBColor};

use crate::ChartError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Text,
    Muted,
    Dim,
    Line,
    Ok,
    Warn,
    Crit,
    Info,
    Series(usize),
}

/// Names of the page's colours, and what stands for them where there is no page: the light theme.
const COLOURS: [(&str, &str); 14] = [
    ("--text", "#17202b"),
    ("--text-2", "#4f5d6e"),
    ("--text-3", "#5e6b7d"),
    ("--line", "#e2e6eb"),
    ("--ok", "#16703f"),
    ("--warn", "#8a5700"),
    ("--crit", "#bd2d26"),
    ("--info", "#1b63ba"),
    ("--s1", "#1f6fce"),
    ("--s2", "#0d8a78"),
    ("--s3", "#b57900"),
    ("--s4", "#8a4fc7"),
    ("--s5", "#cc5a26"),
    ("--s6", "#66748a"),
];

const FIRST_SERIES: usize = 8;
const SERIES: usize = COLOURS.len() - FIRST_SERIES;

/// Red and green of the colours that are drawn: the blue counts.
const SOLID: (u8, u8) = (0xA7, 0x10);
const DASHED: (u8, u8) = (0xA7, 0x11);
const DASHES: &str = " stroke-dasharray=\"16 12\"";

/// A colour, solid or dashed, more or less of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    pub tone: Tone,
    pub dashed: bool,
    pub opacity: f64,
}

impl Ink {
    pub(crate) fn of(tone: Tone) -> Ink {
        Ink { tone, dashed: false, opacity: 1.0 }
    }

    pub(crate) fn dashed(self) -> Ink {
        Ink { dashed: true, ..self }
    }

    pub(crate) fn faint(self, opacity: f64) -> Ink {
        Ink { opacity, ..self }
    }

    pub(crate) fn colour(self) -> RGBAColor {
        let (red, green) = if self.dashed { DASHED } else { SOLID };
        let blue = u8::try_from(self.tone.index()).unwrap_or_default();
        let RGBColor(red, green, blue) = RGBColor(red, green, blue);
        RGBAColor(red, green, blue, self.opacity)
    }
}

impl Tone {
    pub(crate) fn of(severity: Severity) -> Tone {
        match severity {
            Severity::Ok => Tone::Ok,
            Severity::Info => Tone::Info,
            Severity::Warning => Tone::Warn,
            Severity::Critical => Tone::Crit,
        }
    }

    fn index(self) -> usize {
        match self {
            Tone::Text => 0,
            Tone::Muted => 1,
            Tone::Dim => 2,
            Tone::Line => 3,
            Tone::Ok => 4,
            Tone::Warn => 5,
            Tone::Crit => 6,
            Tone::Info => 7,
            Tone::Series(series) => FIRST_SERIES + series % SERIES,
        }
    }
}

/// Replaces every colour by the page's name for it. Only attributes are touched: in text, every quote is escaped.
pub(crate) fn themed(svg: &str) -> Result<String, ChartError> {
    const BEFORE: &str = "=\"#";
    let mut themed = String::with_capacity(svg.len() + svg.len() / 4);
    let mut rest = svg;
    while let Some((before, after)) = rest.split_once(BEFORE) {
        let (hex, after) = after.split_once('"').unwrap_or((after, ""));
        let unknown = || ChartError::Colour { colour: format!("#{hex}") };
        let ((name, fallback), dashed) = colour(hex).ok_or_else(unknown)?;
        themed.push_str(before);
        themed.push_str(&format!("=\"var({name}, {fallback})\""));
        if dashed {
            themed.push_str(DASHES);
        }
        rest = after;
    }
    themed.push_str(rest);
    Ok(themed)
}

fn colour(hex: &str) -> Option<((&'static str, &'static str), bool)> {
    let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
    let [_, red, green, blue] = value.to_be_bytes();
    let dashed = match (red, green) {
        SOLID => false,
        DASHED => true,
        _ => return None,
    };
    COLOURS.get(usize::from(blue)).map(|colour| (*colour, dashed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_comes_back_as_the_page_names_it() {
        let cases = [
            (Ink::of(Tone::Text), "var(--text, #17202b)"),
            (Ink::of(Tone::Dim).faint(0.2), "var(--text-3, #5e6b7d)"),
            (Ink::of(Tone::of(Severity::Critical)), "var(--crit, #bd2d26)"),
            (Ink::of(Tone::Series(0)), "var(--s1, #1f6fce)"),
            (Ink::of(Tone::Series(5)), "var(--s6, #66748a)"),
            (Ink::of(Tone::Series(6)), "var(--s1, #1f6fce)"),
        ];
        for (ink, expected) in cases {
            let RGBAColor(red, green, blue, _) = ink.colour();
            let drawn = format!("<rect fill=\"#{red:02X}{green:02X}{blue:02X}\"/>");
            assert_eq!(themed(&drawn).unwrap(), format!("<rect fill=\"{expected}\"/>"));
        }
    }

    #[test]
    fn a_dashed_ink_brings_its_dashes() {
        let drawn = "<line stroke=\"#A71105\" x1=\"1\"/>";
        let expected = "<line stroke=\"var(--warn, #8a5700)\" stroke-dasharray=\"16 12\" x1=\"1\"/>";
        assert_eq!(themed(drawn).unwrap(), expected);
    }

    #[test]
    fn text_that_looks_like_a_colour_is_left_alone_and_foreign_colours_are_refused() {
        let text = "<text>fill=&quot;#A71000&quot; #A71000</text>";
        assert_eq!(themed(text).unwrap(), text);
        for colour in ["#000000", "#A7100E", "#A71200", "#A710", "#zzzzzz"] {
            let error = themed(&format!("<rect fill=\"{colour}\"/>")).unwrap_err();
            assert_eq!(error.code(), "chart_colour", "{colour}");
        }
    }
}
