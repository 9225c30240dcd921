//! FreeMarker templates over JSON data: compile once, render often.
