//! Where `#include` and `#import` get templates.

use std::collections::HashMap;

/// Gives the source of templates by name.
pub trait TemplateLoader: Send + Sync {
    /// The source of `name`, a normalised path without a leading slash (`lib/util.ftl`); `None` if
    /// there is no such template.
    ///
    /// # Errors
    /// A message when the template is there but cannot be read.
    fn load(&self, name: &str) -> Result<Option<String>, String>;

    /// What a message says about where templates were looked for.
    fn description(&self) -> String {
        "the template loader of the host".to_owned()
    }
}

/// Templates in memory.
impl TemplateLoader for HashMap<String, String> {
    fn load(&self, name: &str) -> Result<Option<String>, String> {
        Ok(self.get(name).cloned())
    }

    fn description(&self) -> String {
        "templates in memory".to_owned()
    }
}

/// The full name of `path`, given the name of the template that asks for it.
///
/// A path is relative to the directory of that template; with a leading `/` or a scheme it is absolute.
/// Fails where `..` leaves the root.
pub(crate) fn full_name(base: Option<&str>, path: &str) -> Result<String, String> {
    let joined = if path.contains("://") {
        path.to_owned()
    } else if let Some(absolute) = path.strip_prefix('/') {
        match base.and_then(|base| base.find("://").map(|at| &base[..at + 3])) {
            Some(scheme) => format!("{scheme}{absolute}"),
            None => absolute.to_owned(),
        }
    } else {
        let base = base.unwrap_or("");
        let directory = &base[..base.rfind('/').map_or(0, |at| at + 1)];
        format!("{directory}{path}")
    };
    normalise(&joined)
}

/// Removes `.` and `..` as FreeMarker's default name format does, quirks included: a `..` that follows
/// another takes that one away.
pub(crate) fn normalise(name: &str) -> Result<String, String> {
    if name.contains('\0') {
        return Err("Null character (\\u0000) in the name; possible attack attempt".to_owned());
    }
    let mut path = name.to_owned();
    loop {
        match path.find("/../") {
            Some(0) => return Err(LEAVING.to_owned()),
            Some(at) => {
                let before = path[..at].rfind('/').map_or(0, |slash| slash + 1);
                path.replace_range(before..at + "/../".len(), "");
            }
            None if path.starts_with("../") => return Err(LEAVING.to_owned()),
            None => break,
        }
    }
    while let Some(at) = path.find("/./") {
        path.replace_range(at..at + 2, "");
    }
    if path.starts_with("./") {
        path.drain(..2);
    }
    if path.len() > 1 && path.starts_with('/') {
        path.remove(0);
    }
    Ok(path)
}

const LEAVING: &str = "Backing out from the template root directory is not allowed";

/// The names under which a name with `*` (acquisition) is looked for, nearest first.
pub(crate) fn candidates(name: &str) -> Vec<String> {
    let Some((before, after)) = name.rsplit_once("*/") else { return vec![name.to_owned()] };
    let mut names = Vec::new();
    let mut directory = before.trim_end_matches('/');
    loop {
        let name =
            if directory.is_empty() { after.to_owned() } else { format!("{directory}/{after}") };
        names.push(name);
        if directory.is_empty() {
            return names;
        }
        directory = directory.rfind('/').map_or("", |at| &directory[..at]);
    }
}
