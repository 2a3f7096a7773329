//! Lists of things: a table of chosen columns for a person, an array of flat objects for a machine.

use serde_json::{Map, Value, json};

use crate::failure::Usage;
use crate::output::{self, Format};
use crate::reflect::did_you_mean;
use crate::table;

/// Which columns are shown.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Chosen {
    /// The columns to show, as JSON calls them: `name,layer`. `all` shows all; a name that is none lists those that are
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "What is shown")]
    columns: Vec<String>,
}

/// A column of a table, and a key of JSON objects.
pub(crate) struct Column<T> {
    /// The key in JSON, and what `--columns` calls it.
    pub(crate) name: &'static str,
    /// The title in a table; with `>` at its end it is aligned to the right.
    pub(crate) title: &'static str,
    /// Whether a table has it when nobody says otherwise. JSON always has it.
    pub(crate) shown: Shown,
    pub(crate) value: fn(&T) -> Value,
}

/// When a table has a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Always,
    OnRequest,
}

/// A column that a table has.
pub(crate) const fn column<T>(name: &'static str, title: &'static str, value: fn(&T) -> Value) -> Column<T> {
    Column { name, title, shown: Shown::Always, value }
}

/// A column that a table has only if it is asked for.
pub(crate) const fn more<T>(name: &'static str, title: &'static str, value: fn(&T) -> Value) -> Column<T> {
    Column { name, title, shown: Shown::OnRequest, value }
}

impl Chosen {
    /// The columns that were asked for, or those that are shown when nobody asks.
    fn of<'a, T>(&self, all: &'a [Column<T>], format: Format) -> Result<Vec<&'a Column<T>>, Usage> {
        if self.columns.iter().any(|name| name == "all")
            || (self.columns.is_empty() && format == Format::Json)
        {
            return Ok(all.iter().collect());
        }
        if self.columns.is_empty() {
            return Ok(all.iter().filter(|column| column.shown == Shown::Always).collect());
        }
        let find = |name: &String| {
            let known = all.iter().find(|column| column.name == name.trim());
            known.ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|column| column.name).collect();
                let hint = did_you_mean(name, names.iter().copied());
                Usage(format!("there is no column `{name}`{hint}; there are {}", names.join(", ")))
            })
        };
        self.columns.iter().map(find).collect()
    }

    /// Whether all columns that were asked for are there, before anything is asked of KiCad.
    pub(crate) fn check<T>(&self, all: &[Column<T>]) -> Result<(), Usage> {
        self.of(all, Format::Text).map(drop)
    }

    /// A list as JSON, to be part of something.
    pub(crate) fn json<T>(&self, all: &[Column<T>], rows: &[T]) -> Result<Value, Usage> {
        Ok(array(&self.of(all, Format::Json)?, rows))
    }

    /// Prints a list.
    pub(crate) fn print<T>(&self, all: &[Column<T>], rows: &[T], format: Format) -> Result<(), Usage> {
        let columns = self.of(all, format)?;
        match format {
            Format::Json => output::json(&array(&columns, rows)),
            Format::Text => {
                let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
                let row = |row: &T| columns.iter().map(|column| text(&(column.value)(row))).collect();
                table::print_rows(&titles, rows.iter().map(row));
            }
        }
        Ok(())
    }
}

fn array<T>(columns: &[&Column<T>], rows: &[T]) -> Value {
    let object = |row: &T| {
        let entries = columns.iter().map(|column| (column.name.to_owned(), (column.value)(row)));
        Value::Object(entries.collect::<Map<_, _>>())
    };
    Value::Array(rows.iter().map(object).collect())
}

/// A value as it stands in a table.
fn text(value: &Value) -> String {
    /// More words than this are counted.
    const MOST: usize = 4;
    match value {
        Value::Null => String::new(),
        Value::Bool(it) => if *it { "yes" } else { "" }.to_owned(),
        Value::String(text) => table::harmless(&text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        },
        Value::Array(list) if list.len() > MOST => format!("{} …{}", text(&list[0]), list.len()),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(_) => table::harmless(&value.to_string()),
    }
}

/// A length in millimetres.
pub(crate) fn mm(nm: impl Into<Option<kiapi::Nm>>) -> Value {
    nm.into().map_or(Value::Null, |nm| json!(nm.to_mm()))
}

/// A length of the API in millimetres.
pub(crate) fn distance(distance: Option<&kiapi::api::common::types::Distance>) -> Value {
    mm(distance.map(|distance| kiapi::Nm(distance.value_nm)))
}

/// A text; null where it is empty.
pub(crate) fn words(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// A layer as board files call it.
pub(crate) fn layer(layer: kiapi::Layer) -> Value {
    match layer.canonical_name() {
        Some(name) => json!(name),
        None if layer.0 < kiapi::Layer::F_CU.0 && layer.0 >= 0 => Value::Null,
        // One that this build does not know.
        None => json!(format!("layer {}", layer.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_words_in_a_table() {
        for (value, expected) in [
            (json!(null), ""),
            (json!(true), "yes"),
            (json!(false), ""),
            (json!(12.0), "12"),
            (json!(-0.25), "-0.25"),
            (json!(7), "7"),
            (json!("two\nlines"), "two lines"),
            (json!("\u{1b}[31mred"), "\u{fffd}[31mred"),
            (json!(["F.Cu", "B.Cu"]), "F.Cu B.Cu"),
            (json!(["a", "b", "c", "d", "e"]), "a …5"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }

    #[test]
    fn columns_are_chosen_by_name_and_in_the_order_of_the_person() {
        let all = [column("x", "X>", |it: &i32| json!(it)), more("twice", "Twice", |it| json!(it * 2))];
        let names = |chosen: &[&str], format| {
            let chosen = Chosen { columns: chosen.iter().map(ToString::to_string).collect() };
            let columns = chosen.of(&all, format);
            columns
                .map(|all| all.iter().map(|it| it.name).collect::<Vec<_>>())
                .map_err(|error| error.to_string())
        };
        assert_eq!(names(&[], Format::Text).unwrap(), ["x"]);
        assert_eq!(names(&[], Format::Json).unwrap(), ["x", "twice"]);
        assert_eq!(names(&["all"], Format::Text).unwrap(), ["x", "twice"]);
        assert_eq!(names(&["twice", "x"], Format::Json).unwrap(), ["twice", "x"]);
        let error = names(&["twize"], Format::Text).unwrap_err();
        assert_eq!(error, "there is no column `twize`; did you mean `twice`?; there are x, twice");
    }

    #[test]
    fn objects_have_the_chosen_keys() {
        let all = [column("x", "X>", |it: &i32| json!(it)), more("twice", "Twice", |it| json!(it * 2))];
        let all: Vec<_> = all.iter().collect();
        assert_eq!(array(&all, &[1, 2]), json!([{"x": 1, "twice": 2}, {"x": 2, "twice": 4}]));
    }
}
