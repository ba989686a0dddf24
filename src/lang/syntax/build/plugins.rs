//! `use NAME from "path" with { … }`

use crate::diag::Diagnostic;
use crate::lang::codes::syntax as codes;
use crate::lang::syntax::{Expression, Name, Plugin};

use super::{Builder, Pair, Rule};

impl Builder<'_> {
    pub(super) fn plugin(&mut self, pair: Pair) -> Plugin {
        let mut plugin = Plugin {
            name: None,
            path: None,
            limits: Vec::new(),
            span: self.span(&pair),
        };
        let mut no_origin = false;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    plugin.name = self.name(&part, "the plugin");
                }
                Rule::expression | Rule::missing_value => {
                    plugin.path = Some(self.value(part, "the plugin's file is missing"));
                }
                Rule::missing_origin => {
                    no_origin = true;
                    let place = self.gap(&part);
                    self.report(
                        Diagnostic::error(&codes::MISSING, place, "the plugin's file is missing")
                            .labelled("expected `from` and a path, such as `from \"plugins/phone\"`"),
                    );
                }
                Rule::limits => plugin.limits = self.limits(part),
                Rule::rest if !no_origin => self.unexpected(&part, "`with { … }`, or the end of the line"),
                _ => {}
            }
        }
        plugin
    }

    fn limits(&mut self, pair: Pair) -> Vec<(Name, Expression)> {
        let mut limits = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::record => limits = self.entries(part),
                Rule::missing_block => self.missing(&part, "the plugin's limits are missing"),
                _ => {}
            }
        }
        limits
    }
}
