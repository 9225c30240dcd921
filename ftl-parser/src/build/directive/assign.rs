//! `#assign`, `#global` and `#local`.

use super::Opened::{self, Block, Element};
use crate::ast::*;
use crate::build::block::Open;
use crate::build::reader::Read;
use crate::build::scope::Within;
use crate::build::tree::Tree;
use crate::build::words::{Kind, Word};
use crate::source::Span;

impl Tree<'_> {
    /// ```text
    /// (name | string) ( assignment (","? (name | string) assignment)* ("in" expression)? end
    ///                 | ("in" expression)? ">" )
    /// ```
    pub(super) fn assign(&mut self, word: Word, scope: Scope) -> Read<Opened> {
        if scope == Scope::Local && self.reader.scope.within == Within::Template {
            return Err(self.reader.semantic("Local variable assigned outside a macro.", word));
        }
        let name = self.name_or_string()?;
        let Some(op) = assign_op(self.reader.kind()) else {
            let namespace = self.namespace(scope)?;
            self.tag_end()?;
            return Ok(Block(Open::Assign { scope, name, namespace }));
        };
        let mut assignments = vec![self.assignment(name, op)?];
        while let Some(op) = self.another_assignment()? {
            self.reader.take(Kind::Comma);
            let name = self.name_or_string()?;
            assignments.push(self.assignment(name, op)?);
        }
        let namespace = self.namespace(scope)?;
        self.loose_end()?;
        Ok(Element(ElementKind::Assign(Assign {
            scope,
            kind: AssignKind::Inline(assignments),
            namespace,
        })))
    }

    /// `op expression | "++" | "--"`
    fn assignment(&mut self, name: Ident, op: AssignOp) -> Read<Assignment> {
        self.reader.next();
        let value = match op {
            AssignOp::Increment | AssignOp::Decrement => None,
            _ => Some(self.reader.expression()?),
        };
        let end = self.reader.place.offset(self.reader.before);
        let span = Span::new(name.span.start, end);
        Ok(Assignment { span, name, op, value })
    }

    /// The operator of the assignment that follows; FreeMarker looks that far ahead.
    fn another_assignment(&self) -> Read<Option<AssignOp>> {
        let name = usize::from(self.reader.kind_ahead(0)? == Kind::Comma);
        let named = match self.reader.kind_ahead(name)? {
            Kind::Name => true,
            // A raw string is none of the words that it looks for.
            Kind::String => {
                !self.reader.slice(self.reader.words[self.reader.at + name]).starts_with('r')
            }
            _ => false,
        };
        if named { Ok(assign_op(self.reader.kind_ahead(name + 1)?)) } else { Ok(None) }
    }

    /// `("in" expression)?`
    fn namespace(&mut self, scope: Scope) -> Read<Option<Expr>> {
        let Some(word) = self.reader.take(Kind::In) else { return Ok(None) };
        let namespace = self.reader.expression()?;
        if scope != Scope::Namespace {
            return Err(self.reader.semantic("Cannot assign to namespace here.", word));
        }
        Ok(Some(namespace))
    }
}

fn assign_op(kind: Kind) -> Option<AssignOp> {
    Some(match kind {
        Kind::Equals => AssignOp::Set,
        Kind::PlusEquals => AssignOp::Add,
        Kind::MinusEquals => AssignOp::Sub,
        Kind::TimesEquals => AssignOp::Mul,
        Kind::DivideEquals => AssignOp::Div,
        Kind::ModuloEquals => AssignOp::Mod,
        Kind::PlusPlus => AssignOp::Increment,
        Kind::MinusMinus => AssignOp::Decrement,
        _ => return None,
    })
}
