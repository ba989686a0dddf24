//! Codes for text that is not well formed.

use crate::diag::Code;

pub(in crate::lang) static UNEXPECTED: Code = Code {
    id: "E0001",
    title: "something stands where it can't",
    explanation: "\
A statement ends with its line. It goes on inside brackets, after an operator, and before a line that starts \
with `|` or another operator. What stands behind a whole value is neither.

```flow
name = First name
```

A column whose name has a space stands in backticks:

```flow
name = `First name`
```",
};

pub(in crate::lang) static UNKNOWN_LINE: Code = Code {
    id: "E0002",
    title: "unknown statement",
    explanation: "\
At the top of a file stand `account`, `source`, `use`, `let` and `flow`. In a flow stand `from`, `key`, `let`, \
`require`, `create`, `update` and `upsert`. In the block of a step stand lines of the form `field = value`.

```flow
updsert customer by email { email = Email }
```

```flow
upsert customer by email { email = Email }
```",
};

pub(in crate::lang) static MISSING: Code = Code {
    id: "E0003",
    title: "a part of a statement is missing",
    explanation: "\
The statement begins well, and something that belongs to it is not there: a name, a value, the word `else`, \
a block.

```flow
require Email is not empty
```

```flow
require Email is not empty else \"no e-mail address\"
```",
};

pub(in crate::lang) static BRACKET: Code = Code {
    id: "E0004",
    title: "a bracket has no partner",
    explanation: "\
Every `(`, `[` and `{` is closed by its partner.

```flow
email = lower(trim(Email)
```

```flow
email = lower(trim(Email))
```",
};

pub(in crate::lang) static QUOTE: Code = Code {
    id: "E0005",
    title: "a quote is not closed",
    explanation: "\
Text and names in backticks begin and end on one line. A line break in a text is written `\\n`, a brace `\\{`.

```flow
name = \"Ann
```

```flow
name = \"Ann\"
```",
};

pub(in crate::lang) static LITERAL: Code = Code {
    id: "E0006",
    title: "a literal can't be read",
    explanation: "\
Numbers are digits, with `_` between them where that helps and a point before the decimals: `250_000.00`. \
Dates are `2026-01-31`, durations `30s`, `15m`, `6h`, `2d`. In text, `\\n`, `\\t`, `\\\"`, `\\\\`, `\\{`, `\\}` and \
`\\u{20AC}` are the escapes; text in single quotes has none, which suits patterns.

```flow
name = extract(Name, \"\\d+\")
```

```flow
name = extract(Name, '\\d+')
```",
};

pub(in crate::lang) static DEPTH: Code = Code {
    id: "E0007",
    title: "too deep or too long to follow",
    explanation: "\
Brackets may stand in each other 32 deep, and one expression may hold 200 operators. Nobody can review more. \
Name the parts with `let`, or compare with a list: `Status in [\"a\", \"b\"]`.

```flow
balance = ((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))
```

```flow
balance = 1
```",
};

pub(in crate::lang) static NAME: Code = Code {
    id: "E0008",
    title: "a name has letters that need backticks",
    explanation: "\
Names are made of the letters A to Z, digits and `_`, and begin with no digit. A column with any other name \
stands in backticks.

```flow
name = Größe
```

```flow
name = `Größe`
```",
};
