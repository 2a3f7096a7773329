//! What is drawn: shapes with their paint, and the items that they belong to.

use std::fmt::Write as _;

use super::path::{Bounds, Path, Point, Step, at};
use super::svg::{escape, mm, path_data};

/// The width of lines that KiCad draws as thin as the screen can.
pub(super) const HAIRLINE: f64 = 50_000.0;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Path(Path),
    Circle(Point, f64),
    Text(Label),
    Image { middle: Point, size: Point, href: String },
}

/// A text for which there are no strokes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) at: Point,
    pub(super) degrees: f64,
    pub(super) size: f64,
    pub(super) is_mirrored: bool,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    /// How far the first line lies below `at`, and each other below the one before.
    pub(super) drop: f64,
    pub(super) pitch: f64,
    pub(super) lines: Vec<String>,
}

/// How a shape is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paint {
    pub(super) is_filled: bool,
    /// Nothing if there is no line around it.
    pub(super) width: f64,
    /// The lengths of dashes and gaps.
    pub(super) dashes: Vec<f64>,
}

impl Paint {
    #[inline]
    pub(super) fn fill() -> Self {
        Self { is_filled: true, width: 0.0, dashes: Vec::new() }
    }

    #[inline]
    pub(super) fn line(width: f64) -> Self {
        Self { is_filled: false, width, dashes: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) form: Form,
    pub(super) paint: Paint,
}

impl Shape {
    #[inline]
    pub(super) fn new(form: Form, paint: Paint) -> Self {
        Self { form, paint }
    }

    #[inline]
    pub(super) fn filled(path: Path) -> Self {
        Self::new(Form::Path(path), Paint::fill())
    }

    #[inline]
    pub(super) fn lines(path: Path, width: f64) -> Self {
        Self::new(Form::Path(path), Paint::line(width))
    }

    /// The shape with a margin around it, as a wide line makes it.
    #[inline]
    pub(super) fn grown(mut self, margin: f64) -> Self {
        self.paint.width = (self.paint.width + 2.0 * margin).max(0.0);
        self
    }

    #[inline]
    pub(super) fn bounds(&self) -> Bounds {
        let bounds = match &self.form {
            Form::Path(path) => path.bounds(),
            Form::Circle(center, radius) => {
                let mut bounds = Bounds::default();
                bounds.add(*center);
                bounds.inflated(*radius)
            }
            Form::Text(label) => {
                let mut bounds = Bounds::default();
                bounds.add(label.at);
                // What a font makes of it is not known; letters are somewhat more than half as wide as high.
                let longest = label.lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                bounds.inflated(label.size * (longest.max(label.lines.len()) as f64 * 0.6).max(1.0))
            }
            Form::Image { middle, size, .. } => {
                let mut bounds = Bounds::default();
                bounds.add(middle.minus(size.times(0.5)));
                bounds.add(middle.plus(size.times(0.5)));
                bounds
            }
        };
        bounds.inflated(self.paint.width / 2.0)
    }

    #[inline]
    fn is_nothing(&self) -> bool {
        match &self.form {
            Form::Path(path) => path.is_empty(),
            Form::Circle(_, radius) => *radius <= 0.0,
            Form::Text(label) => label.lines.iter().all(|line| line.trim().is_empty()),
            Form::Image { size, .. } => size.x <= 0.0 || size.y <= 0.0,
        }
    }

    #[inline]
    fn write(&self, color: &str, attributes: &str, inner: &str, svg: &mut String) {
        let (name, form) = match &self.form {
            Form::Path(path) => {
                let pieces = path.0.iter().filter(|step| matches!(step, Step::Move(_))).count();
                let rule = if self.paint.is_filled && pieces > 1 { " fill-rule=\"evenodd\"" } else { "" };
                ("path", format!("{rule} d=\"{}\"", path_data(path)))
            }
            Form::Circle(center, radius) => {
                let form = format!(" cx=\"{}\" cy=\"{}\" r=\"{}\"", mm(center.x), mm(center.y), mm(*radius));
                ("circle", form)
            }
            Form::Text(label) => return label.write(attributes, inner, svg),
            Form::Image { middle, size, href } => {
                let corner = middle.minus(size.times(0.5));
                let (x, y, width, height) = (mm(corner.x), mm(corner.y), mm(size.x), mm(size.y));
                (
                    "image",
                    format!(" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" href=\"{href}\""),
                )
            }
        };
        let _ = write!(svg, "<{name}{attributes}{form}");
        if self.paint.width > 0.0 {
            if !self.paint.is_filled {
                svg.push_str(" fill=\"none\"");
            }
            let _ = write!(svg, " stroke=\"{color}\" stroke-width=\"{}\"", mm(self.paint.width));
            if !self.paint.dashes.is_empty() {
                let dashes: Vec<String> = self.paint.dashes.iter().map(|dash| mm(*dash)).collect();
                let _ = write!(svg, " stroke-dasharray=\"{}\"", dashes.join(" "));
            }
        }
        if inner.is_empty() {
            svg.push_str("/>\n");
        } else {
            let _ = writeln!(svg, ">{inner}</{name}>");
        }
    }
}

impl Label {
    #[inline]
    fn write(&self, attributes: &str, inner: &str, svg: &mut String) {
        let mut transform = format!("translate({} {})", mm(self.at.x), mm(self.at.y));
        if self.degrees != 0.0 {
            let _ = write!(transform, " rotate({})", -self.degrees);
        }
        if self.is_mirrored {
            transform.push_str(" scale(-1 1)");
        }
        let (size, anchor) = (mm(self.size), self.anchor);
        let _ = write!(
            svg,
            "<text{attributes} transform=\"{transform}\" font-family=\"sans-serif\" font-size=\"{size}\" \
             text-anchor=\"{anchor}\">{inner}"
        );
        for (index, line) in self.lines.iter().enumerate() {
            let down = if index == 0 { self.drop } else { self.pitch };
            let _ = write!(svg, "<tspan x=\"0\" dy=\"{}\">{}</tspan>", mm(down), escape(line));
        }
        svg.push_str("</text>\n");
    }
}

/// What belongs to one item on one layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    /// What kind of item it is.
    pub(super) class: &'static str,
    pub(super) id: String,
    /// What a person is shown who points at it.
    pub(super) title: String,
    pub(super) shapes: Vec<Shape>,
    /// What is cut out of the shapes.
    pub(super) cut: Vec<Shape>,
}

impl Element {
    #[inline]
    pub(super) fn new(class: &'static str, id: &str, title: String, shapes: Vec<Shape>) -> Self {
        let shapes = shapes.into_iter().filter(|shape| !shape.is_nothing()).collect();
        Self { class, id: id.to_owned(), title, shapes, cut: Vec::new() }
    }

    #[inline]
    pub(super) fn cut(mut self, cut: Vec<Shape>) -> Self {
        self.cut = cut;
        self
    }

    #[inline]
    pub(super) fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::default();
        for shape in &self.shapes {
            bounds.join(shape.bounds());
        }
        bounds
    }

    /// Writes it; `masks` counts what is cut out, since each needs a name of its own.
    #[inline]
    pub(super) fn write(&self, color: &str, masks: &mut usize, svg: &mut String) {
        let mut attributes = format!(" class=\"{}\"", self.class);
        if !self.id.is_empty() {
            let _ = write!(attributes, " data-id=\"{}\"", escape(&self.id));
        }
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("<title>{}</title>", escape(&self.title))
        };
        if !self.cut.is_empty() {
            *masks += 1;
            let _ = write!(attributes, " mask=\"url(#cut-{masks})\"");
            if let Some((low, high)) = self.bounds().0 {
                let size = high.minus(low);
                let (x, y, width, height) = (mm(low.x), mm(low.y), mm(size.x), mm(size.y));
                let area = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
                let _ = write!(svg, "<mask id=\"cut-{masks}\" maskUnits=\"userSpaceOnUse\" {area}>");
                let _ = writeln!(svg, "<rect {area} fill=\"#fff\"/><g fill=\"#000\">");
                for shape in &self.cut {
                    shape.write("#000", "", "", svg);
                }
                svg.push_str("</g></mask>\n");
            }
        }
        match self.shapes.as_slice() {
            [] => {}
            [shape] => shape.write(color, &attributes, &title, svg),
            shapes => {
                let _ = writeln!(svg, "<g{attributes}>{title}");
                for shape in shapes {
                    shape.write(color, "", "", svg);
                }
                svg.push_str("</g>\n");
            }
        }
    }
}

/// A rectangle around what is there.
#[inline]
pub(super) fn rectangle(bounds: Bounds) -> Path {
    let Some((low, high)) = bounds.0 else {
        return Path::default();
    };
    Path::polygon([low, at(high.x, low.y), high, at(low.x, high.y)])
}
