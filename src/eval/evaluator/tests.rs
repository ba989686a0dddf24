use expect_test::expect;

use crate::eval::Evaluator;
use crate::eval::testing::{
    answer, binary, call, check, column, create, decimal, evaluator, expression, interpolation,
    keyed_evaluator, literal, local, record, require, row, shown,
};
use crate::lang::program::{
    BinaryOperator, Expression, ExpressionKind, MatchField, Matching, Several, Statement, StepKind,
};
use crate::model::{Cell, Row, Value};

#[test]
fn a_broken_cell_rejects_only_the_rows_that_use_it() {
    let broken = Row {
        number: 2,
        cells: vec![
            Cell::Broken("`#REF!` is an error of the sheet".into()),
            Cell::Value(Value::text("Ann")),
        ],
    };
    let uses = evaluator(vec![create(
        0,
        "customer",
        vec![("name", call("trim", vec![column(0)]))],
    )]);
    check(
        &uses,
        &broken,
        expect!["book.xlsx, sheet Sheet1, cell A2 (name): `#REF!` is an error of the sheet"],
    );
    let passes = evaluator(vec![create(0, "customer", vec![("name", column(1))])]);
    check(&passes, &broken, expect![[r#"name = "Ann""#]]);
}

#[test]
fn the_cell_of_the_argument_at_fault_is_named() {
    let item = || vec![("amount", call("cents", vec![column(1), column(2)]))];
    let evaluator = evaluator(vec![create(0, "invoiceitem", item())]);
    let values =
        |amount: &str, currency: &str| row([Value::Null, Value::text(amount), Value::text(currency)]);
    check(
        &evaluator,
        &values("12,00", "usd"),
        expect![[
            r#"book.xlsx, sheet Sheet1, cell B2 (amount): `12,00` is not a number; `decimal(…, "comma")` reads decimal commas, `decimal(…, "point")` commas between thousands"#
        ]],
    );
    check(
        &evaluator,
        &values("12.00", "dollars"),
        expect!["book.xlsx, sheet Sheet1, cell C2 (amount): `dollars` is not a three-letter currency code"],
    );
    check(
        &evaluator,
        &values("12.005", "usd"),
        expect![
            "book.xlsx, sheet Sheet1, cell B2 (amount): 12.005 usd has more decimals than Stripe takes for usd; round it first"
        ],
    );
}

#[test]
fn trouble_that_reads_two_cells_names_the_row() {
    let product = binary(column(0), BinaryOperator::Multiply, column(1));
    let evaluator = evaluator(vec![create(0, "invoiceitem", vec![("amount", product)])]);
    let huge = || decimal("70000000000000000000000000000");
    check(
        &evaluator,
        &row([huge(), huge()]),
        expect![
            "book.xlsx, sheet Sheet1, row 2 (amount): the result has more digits than an exact number can hold"
        ],
    );
}

#[test]
fn a_let_leads_to_the_cell_that_it_read() {
    let body = vec![
        Statement::Let {
            local: 0,
            value: call("trim", vec![column(3)]),
        },
        create(0, "invoiceitem", vec![("amount", local(0))]),
    ];
    let row = row([Value::Null, Value::Null, Value::Null, Value::text(" soon ")]);
    check(
        &evaluator(body),
        &row,
        expect!["book.xlsx, sheet Sheet1, cell D2 (amount): `soon` is not a number"],
    );
}

#[test]
fn a_requirement_rejects_the_row_with_its_own_text() {
    let filled = expression(ExpressionKind::IsEmpty {
        value: Box::new(column(0)),
        negated: true,
    });
    let body = vec![
        require(filled, "no e-mail address"),
        create(0, "customer", vec![("email", column(0))]),
    ];
    let evaluator = evaluator(body);
    check(
        &evaluator,
        &row([Value::text(" ")]),
        expect!["book.xlsx, sheet Sheet1, cell A2: no e-mail address"],
    );
    check(
        &evaluator,
        &row([Value::text("a@b.de")]),
        expect![[r#"email = "a@b.de""#]],
    );
}

#[test]
fn a_requirement_on_an_answer_waits_for_it() {
    let active = binary(answer(0, &["balance"]), BinaryOperator::Equal, literal(0));
    let body = vec![
        create(0, "customer", vec![("name", column(0))]),
        require(active, "the balance is not zero"),
        create(1, "invoice", vec![("customer", answer(0, &["id"]))]),
    ];
    let evaluator = evaluator(body);
    let row = row([Value::text("Ann")]);
    let steps = evaluator.record(&row, &[]).expect("nothing is known yet");
    expect!["customer = (known after apply)"].assert_eq(&shown(Ok(steps[1].clone())));
    let answered = |balance| {
        [Some(record(&[
            ("id", Value::text("cus_1")),
            ("balance", Value::Integer(balance)),
        ]))]
    };
    expect![[r#"customer = "cus_1""#]].assert_eq(&shown(evaluator.step(1, &row, &answered(0))));
    expect!["book.xlsx, sheet Sheet1, row 2: the balance is not zero"].assert_eq(&shown(evaluator.step(
        1,
        &row,
        &answered(5),
    )));
}

#[test]
fn what_is_computed_from_an_answer_is_unknown_and_the_rest_is_checked() {
    let id = || answer(0, &["id"]);
    let body = vec![
        create(0, "customer", vec![("name", column(0))]),
        create(
            1,
            "invoiceitem",
            vec![
                ("customer", id()),
                ("description", interpolation(vec![literal("for "), id()])),
                ("amount", call("cents", vec![column(1), answer(0, &["currency"])])),
            ],
        ),
    ];
    let evaluator = evaluator(body);
    let good = row([Value::text("Ann"), Value::text("12.00")]);
    let steps = evaluator.record(&good, &[]).expect("the row is good");
    expect![[r#"
        customer = (known after apply)
        description = (known after apply)
        amount = (known after apply)"#]]
    .assert_eq(&shown(Ok(steps[1].clone())));
    let bad = row([Value::text("Ann"), Value::text("12,00")]);
    expect![[r#"book.xlsx, sheet Sheet1, cell B2 (amount): `12,00` is not a number; `decimal(…, "comma")` reads decimal commas, `decimal(…, "point")` commas between thousands"#]].assert_eq(&shown(evaluator.step(1, &bad, &[])));
}

fn keyed(parts: Vec<Expression>) -> Evaluator {
    keyed_evaluator(None, parts, Vec::new())
}

#[test]
fn keys_pass_over_spaces_and_ending_zeros() {
    let evaluator = keyed(vec![column(0), column(1)]);
    let key = evaluator
        .key(&[row([Value::text(" 7 "), decimal("1.50")])])
        .expect("both parts are there");
    assert_eq!(key.as_str(), r#"["7","1.5"]"#);
}

#[test]
fn an_empty_part_of_a_key_rejects_the_row() {
    let rejection = keyed(vec![column(0), column(1)])
        .key(&[row([Value::text("7"), Value::text(" ")])])
        .expect_err("the second part is empty");
    assert_eq!(rejection.place, "book.xlsx, sheet Sheet1, cell B2");
    assert_eq!(rejection.message, "the key is empty");
}

#[test]
fn keys_and_conditions_may_use_what_let_binds() {
    let body = vec![Statement::Let {
        local: 0,
        value: call("lower", vec![column(0)]),
    }];
    let filter = binary(local(0), BinaryOperator::Equal, literal("a"));
    let evaluator = keyed_evaluator(Some(filter), vec![local(0)], body);
    let row = row([Value::text("A")]);
    assert_eq!(evaluator.is_selected(&row), Ok(true));
    assert_eq!(
        evaluator
            .key(std::slice::from_ref(&row))
            .map(|key| key.to_string()),
        Ok("a".to_owned())
    );
}

#[test]
fn where_passes_over_rows_whose_condition_is_empty() {
    let more = binary(column(0), BinaryOperator::Greater, literal(5));
    let evaluator = keyed_evaluator(Some(more), Vec::new(), Vec::new());
    let selected = |value| {
        evaluator
            .is_selected(&row([value]))
            .map_err(|rejection| rejection.message)
    };
    assert_eq!(selected(Value::Integer(6)), Ok(true));
    assert_eq!(selected(Value::text("5.5")), Ok(true));
    assert_eq!(selected(Value::Integer(5)), Ok(false));
    assert_eq!(selected(Value::Null), Ok(false));
    assert_eq!(selected(Value::text("x")), Err("`x` is not a number".to_owned()));
}

#[test]
fn by_looks_for_the_value_and_for_nothing_when_it_is_empty() {
    let Statement::Step(mut step) = create(0, "customer", vec![("email", column(0))]) else {
        unreachable!("a step was made")
    };
    step.kind = StepKind::Upsert;
    step.matching = Some(Matching {
        field: MatchField::Filter("email"),
        value: column(0),
        further: Vec::new(),
        several: Several::Reject,
        span: step.span,
    });
    let evaluator = evaluator(vec![Statement::Step(step)]);
    check(
        &evaluator,
        &row([Value::text("a@b.de")]),
        expect![[r#"
        email = "a@b.de"
        by "a@b.de""#]],
    );
    check(&evaluator, &row([Value::Null]), expect!["email is empty"]);
}

#[test]
fn one_evaluator_serves_many_threads() {
    fn shared<Shared: Send + Sync>(_: &Shared) {}
    shared(&evaluator(Vec::new()));
}
