use super::Rule;

/// Gives the words by which a person knows a rule of the grammar. No rule's own name reaches anybody.
pub(super) fn phrase(rule: Rule) -> &'static str {
    match rule {
        Rule::EOI => "the end of the file",
        Rule::WHITESPACE | Rule::gap | Rule::onward | Rule::inward => "a space",
        Rule::newline => "the end of the line",
        Rule::comment => "a comment",
        Rule::file => "a file",
        Rule::declaration | Rule::declaration_start | Rule::declaration_word => {
            "`account`, `source`, `use`, `let`, `fn`, `flow` or `test`"
        }
        Rule::account => "an account",
        Rule::settings => "a block of settings",
        Rule::setting => "a setting",
        Rule::source => "a source",
        Rule::origin => "what to read, such as `xlsx(\"book.xlsx\")`",
        Rule::columns => "a block of columns",
        Rule::column_declaration => "a column, such as `Amount: decimal`",
        Rule::format => "a type, such as `decimal`",
        Rule::plugin => "a plugin",
        Rule::limits => "a plugin's limits",
        Rule::wasi_stub => "the frozen WASI of a plugin",
        Rule::definition => "a `let`",
        Rule::function_definition => "a `fn`",
        Rule::parameters | Rule::parameter | Rule::missing_parameters => {
            "the names of what it takes, such as `(amount)`"
        }
        Rule::test => "a test",
        Rule::test_body => "a block of `given` and `expect`",
        Rule::given => "`given`",
        Rule::expect
        | Rule::expect_rejected
        | Rule::expect_request
        | Rule::expect_step
        | Rule::expect_condition => "`expect`",
        Rule::within => "`within fuel`",
        Rule::missing_text => "a text that says what the test shows",
        Rule::missing_for => "`for` and the name of a flow",
        Rule::missing_record => "the cells of a row, such as `{ Email: \"ann@example.com\" }`",
        Rule::missing_fuel => "`fuel` and a number",
        Rule::flow => "a flow",
        Rule::after => "`after`",
        Rule::on => "`on`",
        Rule::body => "a block of statements",
        Rule::statement
        | Rule::statement_start
        | Rule::statement_word
        | Rule::operator_word
        | Rule::item_start
        | Rule::item_break => "a statement",
        Rule::from => "`from`",
        Rule::where_clause => "`where`",
        Rule::key => "`key`",
        Rule::grouping => "`group by`",
        Rule::require => "`require`",
        Rule::guard => "`guard`",
        Rule::ensure => "`ensure`",
        Rule::stop => "`stop after`",
        Rule::share | Rule::missing_share => "a number, or a percentage such as `5%`",
        Rule::schedule => "when the flow runs",
        Rule::every => "`every`",
        Rule::at => "`at`",
        Rule::cron => "`cron`",
        Rule::on_change => "`on change`",
        Rule::run_after => "`after`",
        Rule::paused => "`paused`",
        Rule::refresh => "`refresh`",
        Rule::each => "`each row`",
        Rule::choice | Rule::choice_arm => "an `if`",
        Rule::arm_body => "a block of statements",
        Rule::find => "`find`",
        Rule::fallback => "`else`",
        Rule::missing_fallback => "`skip`, `null`, or `reject` and a text",
        Rule::delete => "`delete`",
        Rule::call_step => "`call`",
        Rule::operation | Rule::missing_operation => {
            "a resource and its operation, such as `invoice.pay(bill)`"
        }
        Rule::request => "`request`",
        Rule::method | Rule::missing_method => "`GET`, `POST` or `DELETE`",
        Rule::further => "a further field",
        Rule::removal => "`removing by`",
        Rule::missing_removal => "what happens to an object whose row is gone, such as `delete`",
        Rule::at_most => "`at most`",
        Rule::write_back => "`write back`",
        Rule::report => "`report to`",
        Rule::missing_sink => "`csv(…)`, `jsonl(…)` or `webhook(…)`",
        Rule::results => "a block of columns",
        Rule::result_line => "a column, such as `Sent = bill.id`",
        Rule::step => "a step",
        Rule::resource => "a Stripe resource, such as `customer`",
        Rule::alias => "`as`",
        Rule::matching => "`by`",
        Rule::several => "`newest` or `oldest`",
        Rule::bindings => "a block of bindings",
        Rule::binding => "a binding, such as `name = Name`",
        Rule::path | Rule::path_name | Rule::path_index | Rule::path_broken => "a field",
        Rule::value
        | Rule::expression
        | Rule::chain
        | Rule::branch
        | Rule::operand
        | Rule::atom
        | Rule::element
        | Rule::missing_value
        | Rule::missing_operand => "a value",
        Rule::conditional | Rule::if_arm => "an `if`",
        Rule::selection => "a `match`",
        Rule::arms | Rule::arm => "an arm, such as `\"a\" => 1`",
        Rule::patterns => "the values of an arm",
        Rule::sign | Rule::negate | Rule::negation => "a sign",
        Rule::pipe => "a pipe",
        Rule::function | Rule::dotted | Rule::missing_function => "the name of a function",
        Rule::emptiness => "`is empty`",
        Rule::infix => "an operator",
        Rule::or => "`or`",
        Rule::and => "`and`",
        Rule::not_in => "`not in`",
        Rule::r#in => "`in`",
        Rule::equal => "`==`",
        Rule::not_equal => "`!=`",
        Rule::less_or_equal => "`<=`",
        Rule::less => "`<`",
        Rule::greater_or_equal => "`>=`",
        Rule::greater => "`>`",
        Rule::otherwise => "`??`",
        Rule::add => "`+`",
        Rule::subtract => "`-`",
        Rule::multiply => "`*`",
        Rule::divide => "`/`",
        Rule::remainder => "`%`",
        Rule::member | Rule::member_broken => "a member, such as `.id`",
        Rule::index => "an index, such as `[0]`",
        Rule::call => "a call",
        Rule::arguments => "arguments in brackets",
        Rule::argument => "an argument",
        Rule::label => "a label",
        Rule::group => "a value in brackets",
        Rule::list => "a list",
        Rule::record => "a record",
        Rule::entry | Rule::entry_start => "an entry, such as `name: 1`",
        Rule::interpolated | Rule::text_value => "a value in a text",
        Rule::date => "a date",
        Rule::moment => "a time",
        Rule::clock | Rule::missing_clock => "a time of the day, such as `12:10`",
        Rule::percentage => "a percentage",
        Rule::duration => "a duration",
        Rule::rate => "a rate",
        Rule::number | Rule::broken_number | Rule::digits => "a number",
        Rule::boolean => "`true` or `false`",
        Rule::null => "`null`",
        Rule::text | Rule::text_inner | Rule::braced | Rule::broken_text => "a text",
        Rule::text_parts | Rule::text_chunk => "a part of a text",
        Rule::text_escape => "an escape",
        Rule::raw_text | Rule::broken_raw => "a text in single quotes",
        Rule::column | Rule::broken_column => "a column",
        Rule::word
        | Rule::word_char
        | Rule::name
        | Rule::foreign_name
        | Rule::name_slot
        | Rule::missing_name => "a name",
        Rule::reserved => "a word of the language",
        Rule::equals | Rule::missing_equals => "`=`",
        Rule::account_word => "`account`",
        Rule::source_word => "`source`",
        Rule::flow_word => "`flow`",
        Rule::use_word => "`use`",
        Rule::with_word => "`with`",
        Rule::missing_origin => "`from` and a path",
        Rule::let_word => "`let`",
        Rule::after_word | Rule::missing_after => "`after`",
        Rule::on_word => "`on`",
        Rule::from_word => "`from`",
        Rule::where_word => "`where`",
        Rule::key_word => "`key`",
        Rule::require_word => "`require`",
        Rule::else_word | Rule::missing_else => "`else`",
        Rule::verb => "`create`, `update`, `upsert` or `mirror`",
        Rule::as_word => "`as`",
        Rule::by_word | Rule::missing_by => "`by`",
        Rule::if_word => "`if`",
        Rule::then_word | Rule::missing_then => "`then`",
        Rule::match_word => "`match`",
        Rule::is_word => "`is`",
        Rule::not_word => "`not`",
        Rule::in_word => "`in`",
        Rule::empty_word | Rule::missing_empty => "`empty` or `not empty`",
        Rule::group_word => "`group`",
        Rule::guard_word => "`guard`",
        Rule::ensure_word => "`ensure`",
        Rule::stop_word => "`stop`",
        Rule::errors_word => "`errors`",
        Rule::every_word => "`every`",
        Rule::at_word => "`at`",
        Rule::cron_word => "`cron`",
        Rule::change_word | Rule::missing_change => "`change`",
        Rule::paused_word => "`paused`",
        Rule::refresh_word => "`refresh`",
        Rule::each_word => "`each`",
        Rule::row_word | Rule::missing_row => "`row`",
        Rule::find_word => "`find`",
        Rule::skip_word => "`skip`",
        Rule::reject_word => "`reject`",
        Rule::delete_word => "`delete`",
        Rule::call_word => "`call`",
        Rule::request_word => "`request`",
        Rule::write_word => "`write`",
        Rule::back_word | Rule::missing_back => "`back`",
        Rule::report_word => "`report`",
        Rule::to_word | Rule::missing_to => "`to`",
        Rule::removing_word => "`removing`",
        Rule::most_word => "`most`",
        Rule::fn_word => "`fn`",
        Rule::test_word => "`test`",
        Rule::for_word => "`for`",
        Rule::given_word => "`given`",
        Rule::expect_word => "`expect`",
        Rule::rejected_word => "`rejected`",
        Rule::within_word => "`within`",
        Rule::fuel_word => "`fuel`",
        Rule::missing_colon => "`:`",
        Rule::missing_block => "a block in `{ }`",
        Rule::missing_arrow => "`=>`",
        Rule::close | Rule::unclosed => "a closing bracket",
        Rule::stray_brace => "`}`",
        Rule::symbol | Rule::token => "a sign",
        Rule::caught
        | Rule::inner_caught
        | Rule::rest
        | Rule::head_rest
        | Rule::junk
        | Rule::scrap
        | Rule::leftover
        | Rule::loose
        | Rule::loose_inside
        | Rule::loose_round
        | Rule::loose_square
        | Rule::loose_block => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, phrase};

    #[test]
    fn every_rule_has_a_phrase_and_no_phrase_is_a_rules_name() {
        for rule in Rule::all_rules() {
            let words = phrase(*rule);
            assert!(!words.is_empty());
            assert!(!words.contains('_'), "{rule:?}: {words}");
        }
    }
}
