//! FreeMarker templates over JSON data: compile once, render often.

#![allow(dead_code)]

mod format;
mod value;
