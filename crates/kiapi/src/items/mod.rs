#![allow(missing_docs)]
use crate::{Id, Layer, Nm, Vector2};
use kiapi_gen::board::types as t;
use kiapi_gen::{Any, AnyError};
pub use kiapi_gen::common::types::KiCadObjectType as ObjectType;
macro_rules! w { ($($n:ident $p:ident;)*) => {
 $( #[derive(Clone, Debug, PartialEq, Default)] pub struct $n(t::$p);
 impl std::fmt::Display for $n { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "x") } }
 impl TryFrom<Item> for $n { type Error = Item; fn try_from(i: Item) -> Result<Self, Item> { match i { Item::$n(x) => Ok(x), x => Err(x) } } }
 impl From<$n> for Item { fn from(i: $n) -> Item { Item::$n(i) } }
 impl $n { pub fn id(&self) -> Option<Id> { Item::from(self.clone()).id() } pub fn set_id(&mut self, _i: Id) {} pub fn layer(&self) -> Layer { Layer::F_CU} }
 )*
 #[derive(Clone, Debug, PartialEq)] pub enum Item { $($n($n),)* Unknown(Any) }
 impl Item { pub fn from_any(any: Any) -> Result<Self, AnyError> { Ok(match t::Item::from_any(any)? { $(t::Item::$p(x) => Item::$n($n(x)),)* t::Item::Unknown(a) => Item::Unknown(a), _ => unreachable!() }) }
  pub fn to_any(&self) -> Any { match self { $(Item::$n(x) => Any::pack(&x.0),)* Item::Unknown(a) => a.clone() } }
  pub fn id(&self) -> Option<Id> { match self { $(Item::$n(x) => t::Item::from(x.0.clone()).id().and_then(|k| Id::try_from(k).ok()),)* _ => None } }
  pub fn net(&self) -> Option<&str> { None } pub fn layer(&self) -> Option<Layer> { None }
 }
 impl std::fmt::Display for Item { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "x") } }
}}
w! { Track Track; Arc Arc; Via Via; Pad Pad; Zone Zone; Text BoardText; TextBox BoardTextBox; Dimension Dimension; Group Group; Barcode Barcode; ReferenceImage ReferenceImage; Shape BoardGraphicShape; Footprint FootprintInstance; }
#[derive(Clone, Debug, PartialEq)] pub struct Field(t::Field);
#[derive(Clone, Debug, PartialEq)] pub struct PadStack(t::PadStack);
impl Group { pub fn members(&self) -> Vec<Id> { self.0.items.iter().filter_map(|i| Id::try_from(i).ok()).collect() } }
impl Track { pub fn new() -> Self { Self::default() } pub fn with_start(self, _x: impl Into<Vector2>) -> Self { self } pub fn with_end(self, _x: impl Into<Vector2>) -> Self { self }
 pub fn with_width(mut self, w: Nm) -> Self { self.0.width = Some(w.into()); self } pub fn with_layer(mut self, l: Layer) -> Self { self.0.layer = l; self } pub fn with_net(self, _n: &str) -> Self { self } }
pub fn read_response(bytes: &[u8]) -> Result<Vec<Item>, AnyError> { use kiapi_gen::prost::Message; kiapi_gen::common::commands::GetItemsResponse::decode(bytes).unwrap().items.into_iter().map(Item::from_any).collect() }
impl Track { pub fn width(&self) -> Nm { self.0.width.as_ref().map(Nm::from).unwrap_or_default() } }
