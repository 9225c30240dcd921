//! Built-ins of strings and sequences, held against what real FreeMarker 2.3.35 made of the same templates.

mod eval_json;
mod limits;
mod properties;
mod regexp;
mod sequence;
mod string;
mod table;
