//! Conformance of `ftl-eval` with Apache FreeMarker.
//!
//! Cases (`cases/<chapter>/<topic>.case`, see [`case`]) say what FreeMarker makes of a template. Real FreeMarker
//! writes and re-checks them ([`oracle`]), and our engine is held against them ([`report`]).

pub mod case;
pub mod compare;
pub mod corpus;
pub mod coverage;
pub mod fuzz;
pub mod judge;
pub mod known;
pub mod message;
pub mod names;
pub mod oracle;
pub mod ours;
pub mod protocol;
pub mod report;
pub mod suite;
