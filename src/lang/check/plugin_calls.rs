//! Calls of plugins' functions: held against the plugin's own types before any row is read.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, types as codes};
use crate::lang::program::{Expression, ExpressionKind};
use crate::lang::signature::{PluginFunction, PluginFunctions};
use crate::lang::syntax::Name;

use super::expression::{Reader, described};
use super::typed::Typed;
use super::{listed, with_nearest};

impl Reader<'_, '_> {
    /// Checks a call of a plugin that is declared. `called` are the plugin's and the function's name.
    pub(super) fn plugin_call(
        &mut self,
        written: &Name,
        called: (&str, &str),
        arguments: Vec<Expression>,
        span: Span,
    ) -> Typed {
        let (plugin, function) = called;
        self.check_hidden(plugin, written);
        let environment = self.context.environment;
        let Some((name, PluginFunctions::Known { functions, .. })) =
            environment.plugins.get_key_value(plugin)
        else {
            // The trouble stands at `use`.
            return Typed::broken(span);
        };
        let found = functions.iter().position(|known| *known.name == *function);
        let Some((index, known)) = found.and_then(|index| Some((index, functions.get(index)?))) else {
            self.unknown_plugin_function(written, called, functions);
            return Typed::broken(span);
        };
        if !self.check_plugin_count(written, plugin, known, (arguments.len(), span)) {
            return Typed::broken(span);
        }
        for (parameter, argument) in known.parameters.iter().zip(&arguments) {
            if !parameter.accepts.accepts(&argument.value_type) {
                let message = format!(
                    "`{plugin}.{function}` wants {} for `{}`, and this is {}",
                    parameter.accepts,
                    parameter.name,
                    described(&argument.value_type)
                );
                let problem = Diagnostic::error(&codes::WRONG_ARGUMENT, argument.span, message);
                self.context.report(problem.with_note(usage(plugin, known)));
            }
        }
        let kind = ExpressionKind::PluginCall {
            plugin: name.clone(),
            function: known.name.clone(),
            index,
            arguments,
        };
        Typed::new(kind, known.returns.clone(), span)
    }

    /// Reports a plugin whose name is a column's too: a reader could not tell them apart.
    fn check_hidden(&mut self, plugin: &str, written: &Name) {
        let is_column = self
            .scope
            .header()
            .is_some_and(|header| header.index_of(plugin).is_some());
        if !is_column {
            return;
        }
        let problem = Diagnostic::error(
            &names::HIDES_COLUMN,
            written.span,
            format!("`{plugin}` is a column here, and a plugin too"),
        );
        let problem = match self.context.declared_plugins.get(plugin) {
            Some(place) => problem.with_label(*place, "the plugin is named here"),
            None => problem,
        };
        self.context
            .report(problem.with_hint("give the plugin another name behind `use`"));
    }

    fn unknown_plugin_function(
        &mut self,
        written: &Name,
        called: (&str, &str),
        functions: &[PluginFunction],
    ) {
        let (plugin, function) = called;
        let known = || functions.iter().map(|function| &*function.name);
        let problem = Diagnostic::error(
            &names::UNKNOWN_FUNCTION,
            written.span,
            format!("the plugin `{plugin}` has no function `{function}`"),
        );
        let problem = with_nearest(problem, function, known());
        self.context
            .report(problem.with_note(format!("functions of {plugin}: {}", listed(known()))));
    }

    fn check_plugin_count(
        &mut self,
        written: &Name,
        plugin: &str,
        function: &PluginFunction,
        (found, span): (usize, Span),
    ) -> bool {
        let (least, most) = (function.required, function.parameters.len());
        if (least..=most).contains(&found) {
            return true;
        }
        let expected = match (least, most) {
            (_, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{most} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        let place = if span.start == written.span.start {
            span
        } else {
            written.span
        };
        let problem = Diagnostic::error(
            &codes::ARGUMENT_COUNT,
            place,
            format!("`{plugin}.{}` takes {expected}, and gets {found}", function.name),
        );
        self.context.report(problem.with_note(usage(plugin, function)));
        false
    }
}

fn usage(plugin: &str, function: &PluginFunction) -> String {
    format!("the plugin's own signature is `{plugin}.{}`", function.signature)
}
