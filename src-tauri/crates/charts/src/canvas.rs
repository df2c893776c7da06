//! The surface that charts are drawn on: plotters, in quarters of a pixel, with the page's colours and font.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, ShapeStyle};

use crate::ink::{Ink, themed};
use crate::text::{escape, one_line};
use crate::{ChartError, ChartStyle};

/// plotters knows whole units only; four of them make a pixel, so that lines lie where they should.
const UNITS: f64 = 4.0;
/// plotters writes a font's size over 1.24 into the SVG.
const FONT_FACTOR: f64 = 1.24;
pub(crate) const FONT: f64 = 11.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The page's.
    Plain,
    /// For SQL.
    Fixed,
}

pub(crate) type Point = (f64, f64);

pub(crate) struct Canvas<'a, 'b> {
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    /// In pixels.
    pub width: f64,
    pub height: f64,
}

/// One chart of `height` pixels: `paint` draws it.
pub(crate) fn draw(
    style: &ChartStyle,
    height: u32,
    paint: impl FnOnce(&Canvas<'_, '_>) -> Result<(), ChartError>,
) -> Result<String, ChartError> {
    let (width, height) = (style.width.clamp(240, 4_000), height.clamp(40, 8_000));
    let units = |pixels: u32| pixels * UNITS as u32;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (units(width), units(height))).into_drawing_area();
        paint(&Canvas { area: &area, width: f64::from(width), height: f64::from(height) })?;
        area.present().map_err(|error| failed(&error))?;
    }
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let body = body.replace(" opacity=\"1\"", "").replace(" font-family=\"inherit\"", "");
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title>{}",
        units(width),
        units(height),
        escape(&one_line(&style.title)),
        themed(body.trim())?,
    ))
}

fn failed(error: &impl std::fmt::Display) -> ChartError {
    ChartError::Drawing { reason: error.to_string() }
}

fn units((x, y): Point) -> (i32, i32) {
    // `as` keeps within the bounds of i32.
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

impl Canvas<'_, '_> {
    fn put<E>(&self, element: &E) -> Result<(), ChartError>
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        E: for<'e> Drawable<SVGBackend<'e>>,
    {
        self.area.draw(element).map_err(|error| failed(&error))
    }

    /// `stroke` in pixels.
    pub(crate) fn path(&self, points: &[Point], ink: Ink, stroke: f64) -> Result<(), ChartError> {
        let points: Vec<_> = points.iter().copied().map(units).collect();
        let stroke_width = (stroke * UNITS).round() as u32;
        self.put(&PathElement::new(points, ShapeStyle { color: ink.colour(), filled: false, stroke_width }))
    }

    pub(crate) fn line(&self, from: Point, to: Point, ink: Ink) -> Result<(), ChartError> {
        self.path(&[from, to], ink, 1.0)
    }

    pub(crate) fn fill(&self, outline: &[Point], ink: Ink) -> Result<(), ChartError> {
        let outline: Vec<_> = outline.iter().copied().map(units).collect();
        self.put(&Polygon::new(outline, ink.colour()))
    }

    pub(crate) fn block(&self, (x, y): Point, (width, height): Point, ink: Ink) -> Result<(), ChartError> {
        let corners = [units((x, y)), units((x + width, y + height))];
        self.put(&Rectangle::new(corners, ShapeStyle { color: ink.colour(), filled: true, stroke_width: 0 }))
    }

    pub(crate) fn dot(&self, at: Point, ink: Ink) -> Result<(), ChartError> {
        let style = ShapeStyle { color: ink.colour(), filled: true, stroke_width: 0 };
        self.put(&Circle::new(units(at), (1.75 * UNITS) as i32, style))
    }

    /// One line of text with its middle at `at`.
    pub(crate) fn text(
        &self,
        text: &str,
        at: Point,
        ink: Ink,
        (align, face): (Align, Face),
    ) -> Result<(), ChartError> {
        let family = match face {
            Face::Plain => FontFamily::Name("inherit"),
            Face::Fixed => FontFamily::Name("var(--mono, monospace)"),
        };
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let font = FontDesc::new(family, FONT * UNITS * FONT_FACTOR, FontStyle::Normal);
        let style = font.color(&ink.colour()).pos(Pos::new(h_pos, VPos::Center));
        self.put(&Text::new(one_line(text), units(at), style))
    }
}

/// Pixels that a text takes, estimated from above: charts know no font.
pub(crate) fn text_width(text: &str, face: Face) -> f64 {
    let column = match face {
        Face::Plain => 0.58,
        Face::Fixed => 0.61,
    };
    crate::text::columns(text) as f64 * column * FONT
}

/// The text, cut so that it fits into `pixels`.
pub(crate) fn fitted(text: &str, pixels: f64, face: Face) -> String {
    crate::text::clip(text, (pixels / text_width("x", face)).max(1.0) as usize)
}
