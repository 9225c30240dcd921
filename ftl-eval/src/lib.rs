//! FreeMarker templates over JSON data: compile once, render often.
//!
//! ```
//! use ftl_eval::{Engine, Error, Value};
//! use serde_json::json;
//!
//! fn initials<'a>(args: &[Value<'a>]) -> Result<Value<'a>, Error> {
//!     let name = args.first().and_then(|arg| arg.as_str());
//!     let name = name.ok_or_else(|| Error::function("initials expects a string"))?;
//!     let letters: String = name.split(' ').filter_map(|word| word.chars().next()).collect();
//!     Ok(letters.into())
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let engine = Engine::builder().amplitude().function("initials", initials).build()?;
//! let source = r#"{"who": "${initials(input.user)}", "total": ${input.prices?join("+")?eval}}"#;
//! let template = engine.compile("order.ftl", source)?;
//!
//! let event = json!({"user": "Ada Lovelace", "prices": [1.5, 2]});
//! assert_eq!(template.render(&event)?, r#"{"who": "AL", "total": 3.5}"#);
//!
//! let mut body = String::new();
//! template.render_json(br#"{"user": "Grace Hopper", "prices": [7]}"#, &mut body)?;
//! assert_eq!(body, r#"{"who": "GH", "total": 7}"#);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Engine`]: settings, limits, a loader for `#include`, and what the host adds to the
//!   data-model. [`Engine::amplitude`] renders as Amplitude does, [`Engine::default`] is plain
//!   FreeMarker 2.3.35.
//! - [`Template`]: compiled, `Send + Sync`, rendered over [`serde_json::Value`] or [`Data`], which
//!   reads JSON text in place.
//! - [`Error`]: FreeMarker's sentence first, then the place, remedies and the calls that led there.
//!
//! A render never blocks, never panics, and reaches no files, network, environment or clock that it
//! was not handed; [`Limits`] bound what a template may use.

mod builtins;
mod call;
mod compile;
pub mod data;
mod engine;
mod env;
mod error;
mod expr;
mod format;
mod ftl_utils;
mod function;
mod include;
mod items;
mod limits;
mod loader;
mod ops;
mod output;
mod output_map;
mod program;
mod render;
mod role;
mod runtime_settings;
mod settings;
mod slice;
mod special;
mod textual;
mod tips;
mod value;

pub use data::{Data, DataError, DataErrorKind, OwnedData, TapeBuf};
pub use engine::{Clock, DataModel, Engine, EngineBuilder, Template};
pub use error::{Error, ErrorKind, Frame, Place};
pub use function::{DirectiveBody, DirectiveModel, Function, HashModel, SequenceModel};
pub use limits::Limits;
pub use loader::TemplateLoader;
pub use output_map::OutputMap;
pub use value::{DateKind, DateTime, Hash, Kind, Number, Sequence, Str, Value};

/// Errors are boxed: a pointer wide.
pub type Result<T, E = Error> = std::result::Result<T, E>;
