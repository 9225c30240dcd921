//! Conformance of `ftl-eval` with Apache FreeMarker.
