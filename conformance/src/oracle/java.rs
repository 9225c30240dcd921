//! Finds a JDK and the jars, and compiles the driver.

use crate::judge::JudgeError;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Artifacts that the driver needs, as Maven names them, with the file each becomes.
const JARS: [(&str, &str); 4] = [
    ("freemarker.jar", "org.freemarker:freemarker:2.3.35"),
    ("jackson-core.jar", "com.fasterxml.jackson.core:jackson-core:2.17.2"),
    ("jackson-databind.jar", "com.fasterxml.jackson.core:jackson-databind:2.17.2"),
    ("jackson-annotations.jar", "com.fasterxml.jackson.core:jackson-annotations:2.17.2"),
];

const SOURCES: [(&str, &str); 2] = [
    ("Driver.java", include_str!("../../oracle/Driver.java")),
    ("FtlUtils.java", include_str!("../../oracle/FtlUtils.java")),
];

/// Locale, zone and encoding are fixed, so that no answer depends on the machine.
const OPTIONS: &str = "-Xmx768m -Xshare:auto -Duser.language=en -Duser.country=US -Duser.timezone=UTC -Dfile.encoding=UTF-8";

/// Where the driver's parts come from.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The class path with FreeMarker and Jackson. Empty: `CONFORMANCE_JARS`, else fetched with Maven.
    pub jars: Vec<PathBuf>,
    /// Where jars and classes are kept. Default: `CONFORMANCE_CACHE`, else the user's cache directory.
    pub cache: Option<PathBuf>,
    /// Processor time that a case may take, in milliseconds. Default: 2,000.
    pub timeout_ms: Option<u64>,
}

impl Setup {
    /// The command that runs the driver.
    pub(super) fn command(&self) -> Result<Command, JudgeError> {
        let cache = self.cache()?;
        let jars = self.jars(&cache)?;
        let classes = classes(&cache, &jars)?;
        let options = std::env::var("CONFORMANCE_JAVA_OPTS").unwrap_or_else(|_| OPTIONS.to_owned());
        let mut command = Command::new(jdk_program("java"));
        command.args(options.split_whitespace());
        command.arg("-cp").arg(class_path(std::iter::once(&classes).chain(&jars))?).arg("Driver");
        if let Some(timeout) = self.timeout_ms {
            command.arg("--timeout-ms").arg(timeout.to_string());
        }
        Ok(command)
    }

    /// The class path of FreeMarker and Jackson, fetched if need be.
    pub fn class_path(&self) -> Result<OsString, JudgeError> {
        class_path(&self.jars(&self.cache()?)?)
    }

    fn cache(&self) -> Result<PathBuf, JudgeError> {
        let var =
            |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        self.cache
            .clone()
            .or_else(|| var("CONFORMANCE_CACHE"))
            .or_else(|| var("XDG_CACHE_HOME").map(|dir| dir.join("hookmarker")))
            .or_else(|| var("HOME").map(|dir| dir.join(".cache/hookmarker")))
            .or_else(|| var("LOCALAPPDATA").map(|dir| dir.join("hookmarker")))
            .ok_or_else(|| {
                JudgeError::new("no place to keep jars: set CONFORMANCE_CACHE to a directory")
            })
    }

    fn jars(&self, cache: &Path) -> Result<Vec<PathBuf>, JudgeError> {
        if !self.jars.is_empty() {
            return Ok(self.jars.clone());
        }
        if let Some(path) = std::env::var_os("CONFORMANCE_JARS").filter(|path| !path.is_empty()) {
            return Ok(std::env::split_paths(&path).collect());
        }
        let dir = cache.join("jars");
        JARS.iter().map(|(file, artifact)| fetched(&dir, file, artifact)).collect()
    }
}

/// `dir/file`, fetched with Maven if it is not there.
fn fetched(dir: &Path, file: &str, artifact: &str) -> Result<PathBuf, JudgeError> {
    // The version in the name, so that a new one is not taken for the old.
    let version = artifact.rsplit(':').next().unwrap_or_default();
    let path = dir.join(format!("{}-{version}.jar", file.trim_end_matches(".jar")));
    if path.exists() {
        return Ok(path);
    }
    let fresh = dir.join(format!("fetching-{}", std::process::id()));
    std::fs::create_dir_all(&fresh)
        .map_err(|error| JudgeError::io(format!("cannot make {}", fresh.display()), error))?;
    let mut output = OsString::from("-DoutputDirectory=");
    output.push(&fresh);
    let result = Command::new("mvn")
        .args([
            "-q",
            "-B",
            "dependency:copy",
            &format!("-Dartifact={artifact}"),
            "-Dmdep.stripVersion=true",
        ])
        .arg(output)
        .output();
    let result = result.map_err(|error| {
        let advice = "install Maven, or name the jars of FreeMarker and Jackson (core, databind, annotations) with --jar or CONFORMANCE_JARS";
        JudgeError::io(format!("cannot run mvn to fetch {artifact} ({advice})"), error)
    })?;
    if !result.status.success() {
        let log = String::from_utf8_lossy(&result.stdout);
        let log: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).take(5).collect();
        let _ = std::fs::remove_dir_all(&fresh);
        return Err(JudgeError::new(format!("Maven cannot fetch {artifact}:\n{}", log.join("\n"))));
    }
    let moved = std::fs::rename(fresh.join(file), &path);
    let _ = std::fs::remove_dir_all(&fresh);
    moved.map_err(|error| JudgeError::io(format!("cannot keep {}", path.display()), error))?;
    Ok(path)
}

/// The directory of the driver's class files, compiled if they are not there for these sources.
fn classes(cache: &Path, jars: &[PathBuf]) -> Result<PathBuf, JudgeError> {
    let mut hasher = DefaultHasher::new();
    SOURCES.hash(&mut hasher);
    let dir = cache.join(format!("driver-{:016x}", hasher.finish()));
    if dir.join("Driver.class").exists() {
        return Ok(dir);
    }
    let failed = |error| JudgeError::io(format!("cannot write {}", dir.display()), error);
    let fresh = cache.join(format!("compiling-{}", std::process::id()));
    std::fs::create_dir_all(&fresh).map_err(failed)?;
    let mut command = Command::new(jdk_program("javac"));
    command
        .args(["-nowarn", "-Xlint:-deprecation", "-encoding", "UTF-8", "-cp"])
        .arg(class_path(jars)?);
    command.arg("-d").arg(&fresh);
    for (name, source) in SOURCES {
        let path = fresh.join(name);
        std::fs::write(&path, source).map_err(failed)?;
        command.arg(path);
    }
    let result = command.output().map_err(|error| {
        JudgeError::io(
            "cannot run javac (a JDK is needed, 17 for the recorded texts: set JAVA_HOME or PATH)",
            error,
        )
    })?;
    if !result.status.success() {
        let log = String::from_utf8_lossy(&result.stderr).into_owned();
        let _ = std::fs::remove_dir_all(&fresh);
        return Err(JudgeError::new(format!(
            "javac refuses the driver (are all jars named?):\n{log}"
        )));
    }
    // Another process may have been faster; its result is as good.
    let moved = std::fs::rename(&fresh, &dir);
    let _ = std::fs::remove_dir_all(&fresh);
    if dir.join("Driver.class").exists() {
        Ok(dir)
    } else {
        moved.map(|()| dir.clone()).map_err(failed)
    }
}

fn jdk_program(name: &str) -> PathBuf {
    match std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty()) {
        Some(home) => Path::new(&home).join("bin").join(name),
        None => PathBuf::from(name),
    }
}

fn class_path<'a>(parts: impl IntoIterator<Item = &'a PathBuf>) -> Result<OsString, JudgeError> {
    std::env::join_paths(parts).map_err(|error| JudgeError::new(format!("class path: {error}")))
}
