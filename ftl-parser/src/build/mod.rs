//! From the leaves of the grammar to the tree. pest and its `Rule` are named in this module only.
//!
//! [`words`] gives each leaf its kind, [`reader`] reads them one after the other, [`expr`], [`interpolation`] and
//! [`directive`] understand what stands in a tag, and [`tree`] keeps the stack of open blocks. As FreeMarker's parser
//! does, all decide by the next word; so the first fault ([`fault`]) is found at the word where FreeMarker finds it.

mod block;
mod check;
mod directive;
mod entry;
mod expr;
mod fault;
mod header;
mod interpolation;
mod literal;
mod reader;
mod scope;
mod tips;
mod tree;
mod words;

use pest_derive::Parser;

/// pest's parser.
#[derive(Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

type Pair<'i> = pest::iterators::Pair<'i, Rule>;

pub(crate) use entry::{expression, template};
