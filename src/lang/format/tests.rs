use std::sync::LazyLock;

use expect_test::{Expect, expect};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof};
use proptest::{prop_assert_eq, proptest};
use regex::Regex;

use super::layout::lay_out;
use super::{format, outline};
use crate::diag::Sources;
use crate::lang::syntax::{File, parse};

/// Every place that the debug form of a tree shows.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"Span \{[^}]*\}").expect("the pattern is well formed"));

fn parsed(text: &str) -> File {
    let mut sources = Sources::default();
    parse(sources.add("a.flow", text), text)
}

fn formatted(text: &str) -> String {
    format(&parsed(text), text)
}

/// Writes a tree without places, and without the problems that name them.
fn tree(text: &str) -> String {
    let file = parsed(text);
    let shown = format!("{:?} {:?}", file.items, file.comments);
    PLACE.replace_all(&shown, "-").into_owned()
}

fn check(text: &str, expected: &Expect) {
    let once = formatted(text);
    expected.assert_eq(&once);
    assert_eq!(formatted(&once), once, "formatting again changes something");
    assert_eq!(tree(&once), tree(text), "the tree is another one");
}

#[test]
fn statements_get_lines_and_blocks_are_indented() {
    check(
        "flow   a after b,c on main{from customers where Status==\"active\" group by Email;key Email\n\n\n\n  each row {create invoiceitem as i{customer=\"cus_1\"\namount=cents(Amount,Currency);currency = 'usd'}}\nif a>-1 and not( b ) { refresh i }\nelse if x { refresh i; refresh j } else\n{ refresh k }}",
        &expect![[r#"
            flow a after b, c on main {
              from customers where Status == "active" group by Email
              key  Email

              each row {
                create invoiceitem as i {
                  customer = "cus_1"
                  amount   = cents(Amount, Currency)
                  currency = 'usd'
                }
              }
              if a > -1 and not (b) { refresh i } else if x {
                refresh i
                refresh j
              } else { refresh k }
            }
        "#]],
    );
}

#[test]
fn signs_of_a_block_stand_in_one_column_until_a_blank_line() {
    check(
        "source a = csv(\"a.csv\") {\n Amount:decimal(comma)\n Due:   date\n}\naccount main {\nkey=env(\"K\") # a key\n\n timeout = 30s\n\n# other\nrate=20/s\n}",
        &expect![[r#"
            source a = csv("a.csv") {
              Amount: decimal(comma)
              Due:    date
            }
            account main {
              key = env("K")  # a key

              timeout = 30s

              # other
              rate = 20/s
            }
        "#]],
    );
}

#[test]
fn expressions_that_go_on_over_lines_still_do() {
    check(
        "flow a {\nupsert customer {\nname=Name\n|trim\n | lower\nphone = match Country {\n\"DE\",\"AT\"=>\"+49\"\nelse=>-1 - -2}\nmetadata = {\na: 1 b:2\n}\nitems = [\n{price: a[0].b  ,quantity: 7%3}, # first\n5%\n]\ndescription = if A\nthen B\nelse\nC\n}\n}",
        &expect![[r#"
            flow a {
              upsert customer {
                name        = Name
                  | trim
                  | lower
                phone       = match Country {
                  "DE", "AT" => "+49"
                  else => -1 - -2
                }
                metadata    = {
                  a: 1 b: 2
                }
                items       = [
                  { price: a[0].b, quantity: 7 % 3 },  # first
                  5%
                ]
                description = if A
                  then B
                  else
                  C
              }
            }
        "#]],
    );
}

#[test]
fn what_is_broken_is_left_as_it_is() {
    check(
        "flow a {\n   from   customers\n  upsert   customer {\n     name =\n  email   = Email }\nkey   Email\n}\nflw   x\nlet a=1",
        &expect![[r#"
            flow a {
              from customers
              upsert   customer {
                 name =
              email   = Email }
              key  Email
            }
            flw   x
            let a = 1
        "#]],
    );
}

#[test]
fn tests_and_results_are_laid_out_as_blocks() {
    check(
        "test \"a\" for b {given {Email:\"x\" Name:\"y\"}\nexpect customer {email=\"x\"\nname=\"y\"}\nexpect rejected\nexpect a==1 within fuel 100}\nflow b { write back {A=1\n`B c`=2} }",
        &expect![[r#"
            test "a" for b {
              given  { Email: "x" Name: "y" }
              expect customer {
                email = "x"
                name  = "y"
              }
              expect rejected
              expect a == 1 within fuel 100
            }
            flow b {
              write back {
                A     = 1
                `B c` = 2
              }
            }
        "#]],
    );
}

/// A piece of a generated text: words with what may stand between them.
type Words = Vec<String>;

fn words(text: &str) -> Words {
    text.split(' ').map(str::to_owned).collect()
}

fn expression() -> impl Strategy<Value = Words> {
    let leaf = prop_oneof![
        Just(words("Email")),
        Just(words("`Customer no`").concat()).prop_map(|_| vec!["`Customer no`".to_owned()]),
        Just(vec!["\"text {Name | f(\"x\")} \\\" end\"".to_owned()]),
        Just(vec!["'raw'".to_owned()]),
        Just(vec!["12_000.50".to_owned()]),
        Just(vec!["5%".to_owned()]),
        Just(vec!["2026-01-31".to_owned()]),
        Just(vec!["2026-01-31T12:10:00Z".to_owned()]),
        Just(vec!["bill.lines.data[0].id".to_owned()]),
        Just(vec!["row[\"any name\"]".to_owned()]),
        Just(vec!["null".to_owned()]),
        Just(vec!["true".to_owned()]),
    ];
    leaf.prop_recursive(4, 40, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "<=", "and", "or", "??", "in", "not in",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(left, operator, right)| {
                [vec!["(".into()], left, words(operator), right, vec![")".into()]].concat()
            }),
            inner
                .clone()
                .prop_map(|value| [words("( -"), vec!["(".into()], value, words(") )")].concat()),
            inner
                .clone()
                .prop_map(|value| [words("( not"), value, words(")")].concat()),
            inner
                .clone()
                .prop_map(|value| [words("("), value, words("is not empty )")].concat()),
            (inner.clone(), inner.clone()).prop_map(|(value, other)| [
                words("("),
                value,
                words("| f("),
                other,
                words(") | g )")
            ]
            .concat()),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| [
                words("[ f("),
                one,
                words(", 1 ) ,"),
                other,
                words("]")
            ]
            .concat()),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| [
                words("{ a:"),
                one,
                words(", b:"),
                other,
                words("}")
            ]
            .concat()),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(condition, then, otherwise)| {
                [
                    words("( if"),
                    condition,
                    words("then"),
                    then,
                    words("else"),
                    otherwise,
                    words(")"),
                ]
                .concat()
            }),
            (inner.clone(), inner).prop_map(|(subject, value)| {
                [
                    words("( match"),
                    subject,
                    words("{ 1 , 2 =>"),
                    value,
                    words(", else => 3 } )"),
                ]
                .concat()
            }),
        ]
    })
}

fn line(before: &'static str, behind: &'static str) -> impl Strategy<Value = Words> {
    expression().prop_map(move |value| {
        let behind = if behind.is_empty() {
            Vec::new()
        } else {
            words(behind)
        };
        [words(before), value, behind, vec!["\n".into()]].concat()
    })
}

fn statement() -> impl Strategy<Value = Words> {
    let small = prop_oneof![
        line("let x =", ""),
        line("require", "else \"no\""),
        line("guard", "else 'no'"),
        line("find customer as c by email =", "newest else skip"),
        line("key", ", b"),
        line("from a where", "group by c"),
        line("call invoice.pay( bill ) { amount =", "}"),
        line("create customer as c { name =", "\n address.line1 = B }"),
        line(
            "mirror product by id =",
            "removing by keep at most 5% { name = A }"
        ),
        line("request POST \"/v1/{a}\" as r { a[0].b =", "}"),
        line("write back { `A b` =", "\n B = status }"),
        Just(words("every 5m \n")),
        Just(words("at 12:10 , 18:00 in \"UTC\" \n")),
        Just(words("cron \"0 6 * * *\" in \"UTC\" \n")),
        Just(words("stop after 5 errors \n")),
        Just(words("refresh a ; refresh b \n")),
    ];
    small.prop_recursive(3, 12, 3, |inner| {
        let block = prop::collection::vec(inner, 0..3).prop_map(|all| all.concat());
        prop_oneof![
            block
                .clone()
                .prop_map(|block| [words("each row {"), block, words("} \n")].concat()),
            (expression(), block.clone(), block).prop_map(|(condition, then, otherwise)| {
                [
                    words("if ("),
                    condition,
                    words(") { \n"),
                    then,
                    words("} else {"),
                    otherwise,
                    words("} \n"),
                ]
                .concat()
            }),
        ]
    })
}

/// Texts with every statement, spaces and comments at random.
fn flow() -> impl Strategy<Value = String> {
    let body = prop::collection::vec(statement(), 0..5).prop_map(|all| all.concat());
    let whole = body.prop_map(|body| {
        [
            words("## what it is \n flow a after b {"),
            vec!["\n".into()],
            body,
            words("} \n"),
        ]
        .concat()
    });
    (whole, prop::collection::vec(any::<u8>(), 40)).prop_map(|(whole, chance)| {
        let mut text = String::new();
        for (word, chance) in whole.iter().zip(chance.iter().cycle()) {
            match (word.as_str(), chance % 16) {
                ("\n", 0) => text.push_str("# a comment\n"),
                ("\n", 1) => text.push_str("\n\n\n"),
                ("\n", 2) => text.push_str("\n   # alone\n\t"),
                (word, 3) => text.push_str(&format!("{word}  ")),
                ("(" | "[" | "," | "+" | "==" | "and" | "or" | "??", 4) => {
                    text.push_str(&format!("{word}\n"));
                }
                (word, _) => text.push_str(&format!("{word} ")),
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_formatted_text_has_the_same_tree_and_formatting_it_changes_nothing(text in flow()) {
        prop_assert_eq!(parsed(&text).problems.len(), 0, "{}\n{:?}", text, parsed(&text).problems);
        let once = formatted(&text);
        let laid_out = lay_out(&text, &outline::of(&parsed(&text), &text));
        prop_assert_eq!(&laid_out, &once, "tokens were lost");
        prop_assert_eq!(tree(&once), tree(&text), "{}\n{}", text, once);
        prop_assert_eq!(formatted(&once), once);
    }

    #[test]
    fn any_text_is_formatted_once(text in any::<String>()) {
        let once = formatted(&text);
        prop_assert_eq!(formatted(&once), once);
    }

    #[test]
    fn nearly_a_flow_is_formatted_once(parts in prop::collection::vec(prop::sample::select(vec![
        "flow a {", "}", "{", "from b", "\n", "\n", "key", "x = 1", "=", "create customer {", "else", "if a {",
        "\"", "(", ")", "each row {", "given {", "a: 1", "test \"a\" for b {", ";", "# c", "`", "5%", ",", "source s = csv(\"a\") {",
    ]), 0..30)) {
        let text = parts.join(" ");
        let once = formatted(&text);
        prop_assert_eq!(formatted(&once), once);
    }
}
