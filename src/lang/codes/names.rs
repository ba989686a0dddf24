//! Codes for names that mean nothing, or too much.

use crate::diag::Code;

pub(in crate::lang) static UNKNOWN_NAME: Code = Code {
    id: "E0101",
    title: "unknown name",
    explanation: "\
A name in an expression is a column of the flow's source, a value bound by `let`, or a step above that was \
named with `as`. Case counts. A column whose name is no plain word stands in backticks.

```flow
email = Emial
```

```flow
email = Email
```",
};

pub(in crate::lang) static UNKNOWN_FUNCTION: Code = Code {
    id: "E0102",
    title: "unknown function",
    explanation: "\
`sheetflow functions` lists all functions.

```flow
email = Email | lowercase
```

```flow
email = Email | lower
```",
};

pub(in crate::lang) static UNKNOWN_RESOURCE: Code = Code {
    id: "E0103",
    title: "unknown resource",
    explanation: "\
Resources have the names that Stripe's objects carry in `object`: `customer`, `invoiceitem`, \
`checkout.session`. `sheetflow resources` lists them.

```flow
upsert customers by email { email = Email }
```

```flow
upsert customer by email { email = Email }
```",
};

pub(in crate::lang) static UNKNOWN_FIELD: Code = Code {
    id: "E0104",
    title: "unknown field",
    explanation: "\
The left side of a binding is a parameter of Stripe's operation. `sheetflow resources customer.create` lists \
them. What Stripe does not know belongs in `metadata`.

```flow
emial = Email
```

```flow
email = Email
```",
};

pub(in crate::lang) static UNKNOWN_ANSWER_FIELD: Code = Code {
    id: "E0105",
    title: "unknown field of an answer",
    explanation: "\
A step that is named with `as` gives the object that Stripe answered. `sheetflow resources customer` lists \
its fields.

```flow
create customer as buyer { email = Email }
create invoice { customer = buyer.identifier }
```

```flow
create customer as buyer { email = Email }
create invoice { customer = buyer.id }
```",
};

pub(in crate::lang) static UNKNOWN_DECLARATION: Code = Code {
    id: "E0106",
    title: "unknown source, account or flow",
    explanation: "\
Sources, accounts and flows are known by their names in all files of the project.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customer
  key Email
  upsert customer by email { email = Email }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key Email
  upsert customer by email { email = Email }
}
```",
};

pub(in crate::lang) static DUPLICATE: Code = Code {
    id: "E0107",
    title: "a name is given twice",
    explanation: "\
Names of accounts, sources, plugins, constants and flows are shared by all files of a project. Inside a flow, the \
values bound by `let` and the steps share their names too.

```flow
let address = Email | trim
let address = Email | lower
```

```flow
let trimmed = Email | trim
let address = trimmed | lower
```",
};

pub(in crate::lang) static HIDES_COLUMN: Code = Code {
    id: "E0108",
    title: "a name hides a column",
    explanation: "\
A value or a step that has the name of a column would leave a reader guessing which one is meant. Choose \
another name.

```flow
let Email = Email | lower
```

```flow
let address = Email | lower
```",
};

pub(in crate::lang) static CYCLE: Code = Code {
    id: "E0109",
    title: "names wait for each other",
    explanation: "\
A flow can't run after a flow that runs after it, and a constant can't be part of itself.

```flow
let a = b + 1
let b = a + 1

flow f {
  from customers
  key Email
  upsert customer by email { email = Email; balance = a }
}
```

```flow
let a = 1
let b = a + 1
```",
};
