//! Dimensions, of five kinds.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::board::types::dimension::DimensionStyle as Style;
use kiapi_gen::common::types as common;

use super::describe::Words;
use super::{
    AxisAlignment, DimensionArrowDirection, DimensionPrecision, DimensionTextBorderStyle,
    DimensionTextPosition, DimensionUnit, DimensionUnitFormat, HorizontalAlignment, VerticalAlignment,
};
use crate::{Layer, Nm, Vector2, mm};

wrapper! {
    /// A measurement or a note that is drawn on a layer.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later: KiCad 9.0.8 neither lists nor creates dimensions. KiCad writes the text itself, and places it
    /// unless it is placed [by hand](DimensionTextPosition::MANUAL).
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Dimension, mm};
    ///
    /// let dimension = Dimension::aligned((mm(0), mm(0)), (mm(30), mm(0)), mm(5));
    /// assert_eq!(dimension.to_string(), "aligned dimension on Dwgs.User, (0 mm, 0 mm) to (30 mm, 0 mm)");
    /// ```
    Dimension boxed types::Dimension
}
identity! { Dimension }
short_debug! { Dimension }

/// What a dimension measures, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DimensionKind {
    /// The distance between two points.
    Aligned,
    /// The distance along one axis.
    Orthogonal,
    /// A radius.
    Radial,
    /// An arrow with a note, which measures nothing.
    Leader,
    /// A cross at a centre, which measures nothing.
    Center,
    /// One that this build does not know.
    Unknown,
}

impl Dimension {
    /// The distance between two points, drawn at a height beside them, in nanometres.
    pub fn aligned(start: impl Into<Vector2>, end: impl Into<Vector2>, height: Nm) -> Self {
        Self::styled(Style::Aligned(
            types::AlignedDimensionAttributes::new()
                .with_start(start.into())
                .with_end(end.into())
                .with_height(height)
                .with_extension_height(EXTENSION),
        ))
    }

    /// The distance along one axis, drawn at a height beside the start, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{AxisAlignment, DimensionKind};
    /// use kiapi::{Dimension, mm};
    ///
    /// let width = Dimension::orthogonal((mm(0), mm(0)), (mm(30), mm(10)), mm(5), AxisAlignment::X_AXIS);
    /// assert_eq!(width.kind(), DimensionKind::Orthogonal);
    /// ```
    pub fn orthogonal(
        start: impl Into<Vector2>,
        end: impl Into<Vector2>,
        height: Nm,
        axis: AxisAlignment,
    ) -> Self {
        Self::styled(Style::Orthogonal(
            types::OrthogonalDimensionAttributes::new()
                .with_start(start.into())
                .with_end(end.into())
                .with_height(height)
                .with_extension_height(EXTENSION)
                .with_alignment(axis),
        ))
    }

    /// The radius of a circle, from its middle to a point on it, with a leader of a length, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::DimensionKind;
    /// use kiapi::{Dimension, mm};
    ///
    /// assert_eq!(Dimension::radial((mm(0), mm(0)), (mm(5), mm(0)), mm(3)).kind(), DimensionKind::Radial);
    /// ```
    pub fn radial(center: impl Into<Vector2>, radius_point: impl Into<Vector2>, leader: Nm) -> Self {
        Self::styled(Style::Radial(
            types::RadialDimensionAttributes::new()
                .with_center(center.into())
                .with_radius_point(radius_point.into())
                .with_leader_length(leader),
        ))
    }

    /// An arrow from a note to a spot, both in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Dimension, mm};
    ///
    /// let note = Dimension::leader((mm(0), mm(0)), (mm(5), mm(5)), "polarity");
    /// assert_eq!(note.to_string(), "leader \"polarity\" on Dwgs.User, (0 mm, 0 mm) to (5 mm, 5 mm)");
    /// ```
    pub fn leader(spot: impl Into<Vector2>, end: impl Into<Vector2>, note: impl Into<String>) -> Self {
        let style = types::LeaderDimensionAttributes::new()
            .with_start(spot.into())
            .with_end(end.into())
            .with_border_style(DimensionTextBorderStyle::NONE);
        Self::styled(Style::Leader(style)).with_override_text_enabled(true).with_override_text(note)
    }

    /// A cross at a centre, with the end of one of its arms, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Dimension, mm};
    ///
    /// let mark = Dimension::center((mm(5), mm(5)), (mm(6), mm(5)));
    /// assert_eq!(mark.start(), Some((mm(5), mm(5)).into()));
    /// ```
    pub fn center(center: impl Into<Vector2>, end: impl Into<Vector2>) -> Self {
        let style = types::CenterDimensionAttributes::new().with_center(center.into()).with_end(end.into());
        Self::styled(Style::Center(style))
    }

    #[inline]
    fn styled(style: Style) -> Self {
        let letters = super::text::usual_letters()
            .with_horizontal_alignment(HorizontalAlignment::CENTER)
            .with_vertical_alignment(VerticalAlignment::CENTER);
        let mut message = types::Dimension::new()
            .with_layer(Layer::DWGS_USER)
            .with_text(common::Text::new().with_attributes(letters))
            .with_unit(DimensionUnit::MILLIMETERS)
            .with_unit_format(DimensionUnitFormat::NO_SUFFIX)
            .with_arrow_direction(DimensionArrowDirection::OUTWARD)
            .with_precision(DimensionPrecision::FIXED_2)
            .with_suppress_trailing_zeroes(true)
            .with_line_thickness(mm(0.1))
            .with_arrow_length(mm(1.27))
            .with_extension_offset(mm(0.5))
            .with_text_position(DimensionTextPosition::OUTSIDE)
            .with_keep_text_aligned(true);
        message.dimension_style = Some(style);
        Self::from(message)
    }

    /// What the dimension measures, and how.
    #[inline]
    pub fn kind(&self) -> DimensionKind {
        match &self.0.dimension_style {
            Some(Style::Aligned(_)) => DimensionKind::Aligned,
            Some(Style::Orthogonal(_)) => DimensionKind::Orthogonal,
            Some(Style::Radial(_)) => DimensionKind::Radial,
            Some(Style::Leader(_)) => DimensionKind::Leader,
            Some(Style::Center(_)) => DimensionKind::Center,
            _ => DimensionKind::Unknown,
        }
    }

    /// The first point in nanometres: where the measure begins, the spot of a leader, or the centre.
    #[inline]
    pub fn start(&self) -> Option<Vector2> {
        match &self.0.dimension_style {
            Some(Style::Aligned(it)) => it.start.as_ref(),
            Some(Style::Orthogonal(it)) => it.start.as_ref(),
            Some(Style::Radial(it)) => it.center.as_ref(),
            Some(Style::Leader(it)) => it.start.as_ref(),
            Some(Style::Center(it)) => it.center.as_ref(),
            _ => None,
        }
        .map(Vector2::from)
    }

    /// The second point in nanometres: where the measure ends, where a leader ends, or a point on the circle or cross.
    #[inline]
    pub fn end(&self) -> Option<Vector2> {
        match &self.0.dimension_style {
            Some(Style::Aligned(it)) => it.end.as_ref(),
            Some(Style::Orthogonal(it)) => it.end.as_ref(),
            Some(Style::Radial(it)) => it.radius_point.as_ref(),
            Some(Style::Leader(it)) => it.end.as_ref(),
            Some(Style::Center(it)) => it.end.as_ref(),
            _ => None,
        }
        .map(Vector2::from)
    }

    /// Moves the two points to others, in nanometres. Nothing happens to a kind that this build does not know.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Dimension, mm};
    ///
    /// let mut mark = Dimension::center((mm(5), mm(5)), (mm(6), mm(5)));
    /// mark.set_points((mm(0), mm(0)), (mm(1), mm(0)));
    /// assert_eq!(mark.end(), Some((mm(1), mm(0)).into()));
    /// ```
    pub fn set_points(&mut self, start: impl Into<Vector2>, end: impl Into<Vector2>) -> &mut Self {
        let places = match &mut self.0.dimension_style {
            Some(Style::Aligned(it)) => (&mut it.start, &mut it.end),
            Some(Style::Orthogonal(it)) => (&mut it.start, &mut it.end),
            Some(Style::Radial(it)) => (&mut it.center, &mut it.radius_point),
            Some(Style::Leader(it)) => (&mut it.start, &mut it.end),
            Some(Style::Center(it)) => (&mut it.center, &mut it.end),
            _ => return self,
        };
        super::put_point(places.0, start.into());
        super::put_point(places.1, end.into());
        self
    }

    /// The distance from the measured points to the line, in nanometres, of an aligned or orthogonal one; the length of
    /// the leader of a radial one.
    #[inline]
    pub fn height(&self) -> Option<Nm> {
        match &self.0.dimension_style {
            Some(Style::Aligned(it)) => it.height.as_ref(),
            Some(Style::Orthogonal(it)) => it.height.as_ref(),
            Some(Style::Radial(it)) => it.leader_length.as_ref(),
            _ => None,
        }
        .map(Nm::from)
    }

    /// Sets what [`height`](Self::height) tells, in nanometres. Nothing happens to the kinds that have none.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Dimension, mm};
    ///
    /// let mut dimension = Dimension::aligned((mm(0), mm(0)), (mm(30), mm(0)), mm(5));
    /// dimension.set_height(mm(-5));
    /// assert_eq!(dimension.height(), Some(mm(-5)));
    /// ```
    #[inline]
    pub fn set_height(&mut self, height: Nm) -> &mut Self {
        let place = match &mut self.0.dimension_style {
            Some(Style::Aligned(it)) => &mut it.height,
            Some(Style::Orthogonal(it)) => &mut it.height,
            Some(Style::Radial(it)) => &mut it.leader_length,
            _ => return self,
        };
        place.get_or_insert_default().value_nm = height.0;
        self
    }

    /// The axis that an orthogonal dimension measures along.
    #[inline]
    pub fn axis(&self) -> Option<AxisAlignment> {
        match &self.0.dimension_style {
            Some(Style::Orthogonal(it)) => Some(it.alignment),
            _ => None,
        }
    }

    /// The frame around the note of a leader.
    #[inline]
    pub fn border_style(&self) -> Option<DimensionTextBorderStyle> {
        match &self.0.dimension_style {
            Some(Style::Leader(it)) => Some(it.border_style),
            _ => None,
        }
    }
}

/// How far the extension lines reach past the line, as KiCad draws them.
const EXTENSION: Nm = Nm(500_000);

accessors! { Dimension, "Dimension::aligned((mm(0), mm(0)), (mm(30), mm(0)), mm(5))";
    value { layer set_layer with_layer: Layer, "Layer::CMTS_USER", "layer of the dimension", [] layer }
    name { text set_text with_text, "\"30\"", "text that is shown, which KiCad writes itself", [text] text }
    point { text_place set_text_place with_text_place, "(mm(15), mm(4))", "place of the text, which counts where it is placed by hand", [text] position }
    point { text_size set_text_size with_text_size, "(mm(1), mm(1))", "width and height of a letter", [text attributes] size }
    flag { override_text_enabled set_override_text_enabled with_override_text_enabled, "a text of its own stands in place of the measure", [] override_text_enabled }
    name { override_text set_override_text with_override_text, "\"30 max.\"", "text that stands in place of the measure, where that is enabled", [] override_text }
    name { prefix set_prefix with_prefix, "\"R \"", "text before the measure", [] prefix }
    name { suffix set_suffix with_suffix, "\" typ.\"", "text after the measure", [] suffix }
    value { unit set_unit with_unit: DimensionUnit, "DimensionUnit::INCHES", "unit of the measure", [] unit }
    value { unit_format set_unit_format with_unit_format: DimensionUnitFormat, "DimensionUnitFormat::BARE_SUFFIX", "way in which the unit is written", [] unit_format }
    value { precision set_precision with_precision: DimensionPrecision, "DimensionPrecision::FIXED_3", "number of digits of the measure", [] precision }
    flag { suppresses_zeroes set_suppresses_zeroes with_suppresses_zeroes, "zeroes at the end of the measure are left out", [] suppress_trailing_zeroes }
    value { arrow_direction set_arrow_direction with_arrow_direction: DimensionArrowDirection, "DimensionArrowDirection::INWARD", "direction of the arrows", [] arrow_direction }
    length { arrow_length set_arrow_length with_arrow_length, "mm(1)", "length of the arrowheads", [] arrow_length }
    length { line_thickness set_line_thickness with_line_thickness, "mm(0.1)", "width of the lines", [] line_thickness }
    length { extension_offset set_extension_offset with_extension_offset, "mm(0.5)", "gap between a measured point and its extension line", [] extension_offset }
    value { text_position set_text_position with_text_position: DimensionTextPosition, "DimensionTextPosition::INLINE", "way in which the text is placed", [] text_position }
    flag { keeps_text_aligned set_keeps_text_aligned with_keeps_text_aligned, "the text lies along the line", [] keep_text_aligned }
    lock {}
}

impl fmt::Display for Dimension {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            DimensionKind::Aligned => "aligned dimension",
            DimensionKind::Orthogonal => "orthogonal dimension",
            DimensionKind::Radial => "radial dimension",
            DimensionKind::Leader => "leader",
            DimensionKind::Center => "centre mark",
            DimensionKind::Unknown => "dimension of an unknown kind",
        })?;
        let shown = if self.override_text_enabled() { self.override_text() } else { self.text() };
        if !shown.is_empty() {
            write!(f, " {}", Words(shown))?;
        }
        write!(f, " on {}", self.layer())?;
        match (self.start(), self.end()) {
            (Some(start), Some(end)) => write!(f, ", {start} to {end}"),
            _ => Ok(()),
        }
    }
}
