//! FreeMarker templates over JSON data: compile once, render often.

#![allow(dead_code)]

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
