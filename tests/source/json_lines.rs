use expect_test::expect;
use sheetflow::model::ColumnFormat;

use super::{check, declare, folder_with, json_lines};

#[test]
fn objects_are_rows_and_keys_are_columns() {
    let folder = folder_with(
        "a.jsonl",
        concat!(
            "\u{feff}{\"name\": \"Ann\", \"amount\": 19.990000000000002, \"tags\": [1, \"x\"]}\n",
            "\n",
            "{\"amount\": 12, \"paid\": true, \"address\": {\"city\": \"Kyiv\"}}\r\n",
            "{\"name\": \"\", \"amount\": 1e400}\n",
            "not JSON\n",
            "[1]\n",
            "{\"name\": null}"
        ),
    );
    check(
        &json_lines("a.jsonl"),
        folder.path(),
        &expect![[r#"
            0: name | amount | tags | paid | address
            1: Text("Ann") | Decimal(19.990000000000002) | List([Integer(1), Text("x")]) | Null | Null
            3: Null | Integer(12) | Null | Boolean(true) | Record({"city": Text("Kyiv")})
            4: Null | !! `1e+400` has more digits than can be held exactly | Null | Null | Null
            5: !! the line is no JSON: expected ident, at character 2 | !! the line is no JSON: expected ident, at character 2 | !! the line is no JSON: expected ident, at character 2 | !! the line is no JSON: expected ident, at character 2 | !! the line is no JSON: expected ident, at character 2
            6: !! the line is no JSON object | !! the line is no JSON object | !! the line is no JSON object | !! the line is no JSON object | !! the line is no JSON object
            7: Null | Null | Null | Null | Null
        "#]],
    );
}

#[test]
fn declared_keys_are_columns_even_when_they_come_late() {
    let folder = folder_with("a.jsonl", "{\"name\": \"Ann\"}\n");
    let spec = declare(json_lines("a.jsonl"), &[("due", ColumnFormat::Date(None))]);
    check(
        &spec,
        folder.path(),
        &expect![[r#"
        0: name | due
        1: Text("Ann") | Null
    "#]],
    );
}

#[test]
fn an_empty_file_has_neither_columns_nor_rows() {
    let folder = folder_with("a.jsonl", "");
    check(
        &json_lines("a.jsonl"),
        folder.path(),
        &expect![[r#"
        0: 
    "#]],
    );
}

#[test]
fn a_deeply_nested_line_is_refused_alone() {
    let deep = format!("{{\"a\": {}}}\n{{\"a\": 1}}\n", "[".repeat(100_000));
    let folder = folder_with("a.jsonl", deep);
    check(
        &json_lines("a.jsonl"),
        folder.path(),
        &expect![[r#"
            0: a
            1: !! the line is no JSON: recursion limit exceeded, at character 133
            2: Integer(1)
        "#]],
    );
}
