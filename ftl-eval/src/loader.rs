//! Where `#include` and `#import` get templates.

use std::collections::HashMap;

use crate::format::locale::Locale;

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

/// The full name of `path`, without anything taken out of it.
pub(crate) fn joined_name(base: Option<&str>, path: &str) -> String {
    if path.contains("://") {
        return path.to_owned();
    }
    if let Some(absolute) = path.strip_prefix('/') {
        return match base.and_then(|base| base.find("://").map(|at| &base[..at + 3])) {
            Some(scheme) => format!("{scheme}{absolute}"),
            None => absolute.to_owned(),
        };
    }
    let base = base.unwrap_or("");
    let directory = &base[..base.rfind('/').map_or(0, |at| at + 1)];
    format!("{directory}{path}")
}

/// The full name of `path`, given the name of the template that asks for it.
///
/// A path is relative to the directory of that template; with a leading `/` or a scheme it is absolute.
/// Fails where `..` leaves the root.
pub(crate) fn full_name(base: Option<&str>, path: &str) -> Result<String, String> {
    normalise(&joined_name(base, path))
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

/// The names under which a template is looked for: `a_en_US.ftl`, `a_en.ftl`, `a.ftl`; with `*`
/// (acquisition) in each directory upwards, nearest first.
pub(crate) fn candidates(name: &str, locale: Option<&Locale>) -> Vec<String> {
    let mut names = Vec::new();
    let suffixes = locale.map_or(vec![String::new()], Locale::candidates);
    for suffix in suffixes {
        let localized = match suffix.as_str() {
            "" => name.to_owned(),
            suffix => {
                let directory = name.rfind('/').map_or(0, |at| at + 1);
                let end = name[directory..].rfind('.').map_or(name.len(), |at| directory + at);
                format!("{}_{suffix}{}", &name[..end], &name[end..])
            }
        };
        acquire(&localized, &mut names);
    }
    names
}

fn acquire(name: &str, names: &mut Vec<String>) {
    let Some((before, after)) = name.rsplit_once("*/") else { return names.push(name.to_owned()) };
    let mut directory = before.trim_end_matches('/');
    loop {
        names.push(match directory {
            "" => after.to_owned(),
            directory => format!("{directory}/{after}"),
        });
        if directory.is_empty() {
            return;
        }
        directory = directory.rfind('/').map_or("", |at| &directory[..at]);
    }
}
