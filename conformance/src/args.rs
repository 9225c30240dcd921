//! The command line.

use clap::{Parser, Subcommand};
use conformance::oracle::Setup;
use std::path::PathBuf;

/// Holds a FreeMarker engine against Apache FreeMarker, case by case.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Ask real FreeMarker for the expectations that are missing in case files
    Record {
        #[command(flatten)]
        java: Java,
        /// Also replace expectations that real FreeMarker does not confirm
        #[arg(long)]
        refresh: bool,
        /// Case files, or directories with them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Check case files: their form, and with --oracle every expectation
    Check {
        #[command(flatten)]
        java: Java,
        /// Ask real FreeMarker for each expectation again (needs a JDK)
        #[arg(long)]
        oracle: bool,
        /// Case files or directories; default: the project's own cases
        paths: Vec<PathBuf>,
    },
    /// Run cases with our engine and print a table by area
    Run {
        /// Only cases of this area (a directory of cases)
        #[arg(long)]
        area: Option<String>,
        /// Write everything that differs to this file
        #[arg(long)]
        failures: Option<PathBuf>,
        /// Case files or directories; default: the project's own cases
        paths: Vec<PathBuf>,
    },
    /// Take cases that agree off the list of known differences
    Known {
        /// Put the cases that differ onto the list, with this reason
        #[arg(long)]
        add: Option<String>,
    },
    /// Count cases for each directive, built-in, special variable, setting and header parameter
    Coverage {
        /// Case files or directories; default: the project's own cases
        paths: Vec<PathBuf>,
    },
    /// Run random cases in our engine and, with --oracle, in real FreeMarker; make what differs small
    Fuzz {
        #[command(flatten)]
        java: Java,
        /// Compare with real FreeMarker (needs a JDK); without it only crashes are found
        #[arg(long)]
        oracle: bool,
        /// The same seed gives the same cases
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many cases
        #[arg(long, default_value_t = 10_000)]
        cases: usize,
        /// How many differences of one kind are made small and shown
        #[arg(long, default_value_t = 1)]
        keep: usize,
        /// Only for kinds of differences whose name holds this text
        #[arg(long, default_value = "")]
        only: String,
        /// Where to put small cases of what differs, one file
        #[arg(long)]
        found: Option<PathBuf>,
        /// Print how often each part of the language was used
        #[arg(long)]
        histogram: bool,
    },
    /// Run the templates of other projects in both engines, with an empty data-model (needs a JDK)
    Corpus {
        #[command(flatten)]
        java: Java,
        /// Write everything that differs to this file
        #[arg(long)]
        failures: Option<PathBuf>,
        /// Directories with `.ftl`, `.ftlh` and `.ftlx` files
        #[arg(required = true)]
        roots: Vec<PathBuf>,
    },
    /// Answer cases from standard input, one JSON object a line, with our engine
    Eval,
    /// Answer cases from standard input, one JSON object a line, with real FreeMarker
    Oracle {
        #[command(flatten)]
        java: Java,
    },
}

#[derive(clap::Args)]
pub(crate) struct Java {
    /// A jar of FreeMarker or Jackson (repeat for each); default: CONFORMANCE_JARS, else fetched with Maven
    #[arg(long = "jar")]
    jars: Vec<PathBuf>,
    /// Where jars and class files are kept; default: CONFORMANCE_CACHE, else the user's cache directory
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Processor time for one case in milliseconds
    #[arg(long)]
    timeout_ms: Option<u64>,
}

impl From<Java> for Setup {
    fn from(java: Java) -> Setup {
        Setup { jars: java.jars, cache: java.cache, timeout_ms: java.timeout_ms }
    }
}
