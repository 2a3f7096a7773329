//! Lengths, points and angles as people write them on the command line.

use kiapi::{Angle, Nm, Vector2};

/// A length with its unit, such as `0.25mm`; zero needs none.
pub(crate) fn length(text: &str) -> Result<Nm, String> {
    let trimmed = text.trim();
    let is_zero = trimmed.trim_start_matches(['-', '+']).bytes().all(|byte| matches!(byte, b'0' | b'.'))
        && trimmed.contains('0');
    if is_zero {
        return Ok(Nm::ZERO);
    }
    let length: Nm = trimmed.parse().map_err(|error: kiapi::LengthError| error.to_string())?;
    if length.0.unsigned_abs() > Nm::KICAD_MAX.0.unsigned_abs() {
        return Err(format!("`{trimmed}` is more than KiCad can hold, which is {}", Nm::KICAD_MAX));
    }
    Ok(length)
}

/// A length that is more than nothing.
pub(crate) fn size(text: &str) -> Result<Nm, String> {
    match length(text)? {
        size if size > Nm::ZERO => Ok(size),
        _ => Err(format!("`{}` is no size; it must be more than zero", text.trim())),
    }
}

/// A whole number that is not below zero.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| {
        let most = 256_u128.pow(u32::try_from(size_of::<T>()).unwrap_or(8)) - 1;
        format!("it is no whole number from 0 to {most}")
    })
}

/// A whole number that is more than nothing.
pub(crate) fn positive<T: std::str::FromStr + Default + PartialEq>(text: &str) -> Result<T, String> {
    match whole(text)? {
        number if number == T::default() => Err("it must be more than zero".to_owned()),
        number => Ok(number),
    }
}

/// A time, such as `100ms`.
pub(crate) fn time(text: &str) -> Result<std::time::Duration, String> {
    humantime::parse_duration(text.trim()).map_err(|_| "it is no time, such as `100ms` or `2s`".to_owned())
}

/// A point, such as `10mm,-2.5mm`: x to the right, y downwards.
pub(crate) fn point(text: &str) -> Result<Vector2, String> {
    let [x, y] = lengths(text, "a point is written X,Y, such as `10mm,-2.5mm`")?;
    Ok(Vector2::new(x, y))
}

/// Two corners, such as `0,0,100mm,80mm`.
pub(crate) fn area(text: &str) -> Result<(Vector2, Vector2), String> {
    let [x1, y1, x2, y2] = lengths(text, "an area is written X,Y,X,Y, such as `0,0,100mm,80mm`")?;
    if x1 == x2 || y1 == y2 {
        return Err(format!("`{text}` is an area without a size"));
    }
    Ok((Vector2::new(x1, y1), Vector2::new(x2, y2)))
}

fn lengths<const N: usize>(text: &str, form: &str) -> Result<[Nm; N], String> {
    let parts: Vec<&str> = text.trim_matches(['(', ')', ' ']).split(',').collect();
    let lengths: Vec<Nm> = parts
        .iter()
        .map(|part| length(part))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error}; {form}"))?;
    lengths.try_into().map_err(|_| format!("`{text}` is not {N} lengths with commas between; {form}"))
}

/// An angle, such as `90`, `17.3deg` or `0.5rad`.
pub(crate) fn angle(text: &str) -> Result<Angle, String> {
    text.parse().map_err(|error: kiapi::geometry::AngleError| error.to_string())
}

#[cfg(test)]
mod tests {
    use kiapi::{deg, mil, mm};

    use super::*;

    #[track_caller]
    fn check<T: PartialEq + std::fmt::Debug>(read: Result<T, String>, expected: Result<T, &str>) {
        match (read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(error), Err(words)) => assert!(error.contains(words), "{error}"),
            (read, expected) => panic!("{read:?}, and not {expected:?}"),
        }
    }

    #[test]
    fn lengths_have_units_unless_they_are_nothing() {
        check(length("10mm"), Ok(mm(10)));
        check(length("25 mil"), Ok(mil(25)));
        check(length("0.1in"), Ok(mil(100)));
        check(length("-0"), Ok(mm(0)));
        check(length("0.0"), Ok(mm(0)));
        check(length("10"), Err("has no unit"));
        check(length(""), Err("no length"));
        check(length("."), Err("no length"));
        check(length("3m"), Err("more than KiCad can hold"));
        check(size("-1mm"), Err("more than zero"));
        check(size("0"), Err("more than zero"));
        check(size("1nm"), Ok(Nm(1)));
    }

    #[test]
    fn points_and_areas_are_lists_of_lengths() {
        check(point("10mm,-25mil"), Ok(Vector2::new(mm(10), mil(-25))));
        check(point("(0, 1.5 mm)"), Ok(Vector2::new(mm(0), mm(1.5))));
        check(point("1,5mm"), Err("`1` has no unit"));
        check(point("1mm"), Err("`1mm` is not 2 lengths with commas between; a point is written X,Y"));
        check(point("1mm,2mm,3mm"), Err("is not 2 lengths"));
        check(area("0,0,1mm,2mm"), Ok((Vector2::ZERO, Vector2::new(mm(1), mm(2)))));
        check(area("0,0,0,2mm"), Err("without a size"));
    }

    #[test]
    fn angles_are_degrees_unless_they_say_otherwise() {
        check(angle("90"), Ok(deg(90)));
        check(angle("-17.3deg"), Ok(deg(-17.3)));
        check(angle("45°"), Ok(deg(45)));
        check(angle("right"), Err("angle"));
    }
}
