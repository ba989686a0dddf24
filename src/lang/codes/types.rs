//! Codes for values of the wrong kind.

use crate::diag::Code;

pub(in crate::lang) static WRONG_TYPE: Code = Code {
    id: "E0201",
    title: "a value of the wrong type",
    explanation: "\
What is sure to be wrong is found before any row is read: text that is no number where a number belongs, a \
whole object where an id belongs. What depends on the row is checked with the row.

```flow
balance = \"twelve\"
```

```flow
balance = 12
```",
};

pub(in crate::lang) static NOT_MINOR_UNITS: Code = Code {
    id: "E0202",
    title: "an amount with decimals where whole minor units belong",
    explanation: "\
Stripe counts money in the currency's minor unit: 12.50 USD is 1250, and 500 JPY is 500. `cents` converts by \
Stripe's own table of currencies, and rejects what would need rounding.

```flow
balance = 12.50
```

```flow
balance = cents(12.50, \"usd\")
```",
};

pub(in crate::lang) static NOT_IN_ENUM: Code = Code {
    id: "E0203",
    title: "not one of the values that Stripe takes",
    explanation: "\
Some fields take one of a few words. The arms of `if` and `match` and both sides of `??` are checked too.

```flow
tax_exempt = \"exmpt\"
```

```flow
tax_exempt = \"exempt\"
```",
};

pub(in crate::lang) static ARGUMENT_COUNT: Code = Code {
    id: "E0204",
    title: "wrong number of arguments",
    explanation: "\
`sheetflow functions NAME` shows what a function takes. What stands before a bar is the first argument.

```flow
name = replace(Name, \"a\")
```

```flow
name = replace(Name, \"a\", \"b\")
```",
};

pub(in crate::lang) static WRONG_ARGUMENT: Code = Code {
    id: "E0205",
    title: "an argument of the wrong kind",
    explanation: "\
A function takes text, numbers, dates or lists; an argument that can be none of what it takes is found before \
any row is read.

```flow
name = upper([\"a\"])
```

```flow
name = upper(\"a\")
```",
};

pub(in crate::lang) static WRONG_OPERAND: Code = Code {
    id: "E0206",
    title: "an operator between values that it can't work on",
    explanation: "\
`+ - * / %` work on numbers, `and or not` on true and false, `in` on a list. Texts are joined by writing them \
into one text.

```flow
name = Name + \" & sons\"
```

```flow
name = \"{Name} & sons\"
```",
};

pub(in crate::lang) static WRONG_PATH: Code = Code {
    id: "E0207",
    title: "a path into something that has no such parts",
    explanation: "\
Only lists have items, and only objects have fields.

```flow
email[0] = Email
```

```flow
email = Email
```",
};

pub(in crate::lang) static NOT_A_CONDITION: Code = Code {
    id: "E0208",
    title: "not a condition",
    explanation: "\
`where`, `require` and `if` want something that is true or false. A column that says yes or no is declared \
`boolean(\"yes\", \"no\")`, or compared.

```flow
require Email else \"no e-mail address\"
```

```flow
require Email is not empty else \"no e-mail address\"
```",
};

pub(in crate::lang) static PERHAPS_NOT_MINOR_UNITS: Code = Code {
    id: "E0209",
    title: "an amount that may be a hundred times too small",
    explanation: "\
Stripe takes amounts in the currency's minor units: 12.50 USD is 1250, and 12 USD is 1200. A column with whole \
amounts of money looks the same as one with cents, so say which it is. This is a warning.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  create invoiceitem {
    customer = \"cus_1\"
    currency = \"usd\"
    amount   = Quantity
  }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  create invoiceitem {
    customer = \"cus_1\"
    currency = \"usd\"
    amount   = cents(Quantity, \"usd\")
  }
}
```",
};
