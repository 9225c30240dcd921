//! FreeMarker template source text to a faithful syntax tree.
