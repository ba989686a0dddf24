//! Codes for flows that could not be kept safe.

use crate::diag::Code;

pub(in crate::lang) static NO_SOURCE: Code = Code {
    id: "E0401",
    title: "a flow without rows",
    explanation: "\
`from` says where the rows come from.

```flow
source customers = csv(\"customers.csv\")

flow a {
  key 1
  upsert customer by email { email = \"ann@example.com\" }
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

pub(in crate::lang) static NO_KEY: Code = Code {
    id: "E0402",
    title: "a flow that creates without a key",
    explanation: "\
The key identifies a row for ever. Without it, nobody could tell tomorrow whether a row was sent already, and \
it would be billed again. It stays the same when other cells of the row change: a number, not a name.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  upsert customer by email { email = Email }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  `Customer no`
  upsert customer by email { email = Email }
}
```",
};

pub(in crate::lang) static TWICE: Code = Code {
    id: "E0403",
    title: "said twice",
    explanation: "\
A flow has one `from` and one `key`, an account one of each setting. A key names each of its parts once.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email, Email
  upsert customer by email { email = Email }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  upsert customer by email { email = Email }
}
```",
};

pub(in crate::lang) static NO_MATCHING: Code = Code {
    id: "E0404",
    title: "an update that does not say of what",
    explanation: "\
`update` changes objects that exist already, so it needs `by`.

```flow
update customer { name = Name }
```

```flow
update customer by email = Email { name = Name }
```",
};

pub(in crate::lang) static WHICH_ACCOUNT: Code = Code {
    id: "E0405",
    title: "which account?",
    explanation: "\
A project with several accounts says for each flow which one it writes to, with `on NAME`, or marks one \
account with `active = true`.

```flow
account main { key = env(\"MAIN_KEY\") }
account shop { key = env(\"SHOP_KEY\") }
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  upsert customer by email { email = Email }
}
```

```flow
account main { key = env(\"MAIN_KEY\") }
account shop { key = env(\"SHOP_KEY\") }
source customers = csv(\"customers.csv\")

flow a on shop {
  from customers
  key  Email
  upsert customer by email { email = Email }
}
```",
};

pub(in crate::lang) static NOT_HERE: Code = Code {
    id: "E0406",
    title: "a value that is not there yet",
    explanation: "\
A statement uses what stands above it. `where` and `key` are evaluated before anything is sent: they use columns \
and constants, and a key the values that `let` binds above it.

```flow
require address is not empty else \"no e-mail address\"
let address = Email | trim
```

```flow
let address = Email | trim
require address is not empty else \"no e-mail address\"
```",
};

pub(in crate::lang) static NOT_OF_THE_GROUP: Code = Code {
    id: "E0408",
    title: "a column that differs within a group",
    explanation: "\
With `group by` a record has several lines. A column that is not among the group's keys has a value for each of \
them: say which one is meant, or what is made of all.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers group by Email
  upsert customer by email {
    email = Email
    name  = Name
  }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers group by Email
  upsert customer by email {
    email = Email
    name  = first(rows.Name)
  }
}
```",
};

pub(in crate::lang) static IN_A_BLOCK: Code = Code {
    id: "E0409",
    title: "a statement in the wrong place",
    explanation: "\
Statements that concern the flow as a whole stand in the flow itself; `each row` needs a `group by`, and stands in \
no other `each row`.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers group by Email
  each row {
    key Email
  }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers group by Email
  key Email
}
```",
};

pub(in crate::lang) static REMOVAL: Code = Code {
    id: "E0410",
    title: "a mirror that does not say how it removes",
    explanation: "\
`mirror` removes what the flow made when its row goes, so it says how: `removing by` and what Stripe can do with such \
an object (`delete`, `archive`, `void`, `cancel`, `cancel_at_period_end`), or `keep`.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  mirror product as p { name = Name }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  mirror product as p removing by archive { name = Name }
}
```",
};

pub(in crate::lang) static SCHEDULE: Code = Code {
    id: "E0411",
    title: "a schedule that can't be kept",
    explanation: "\
A time between runs is longer than nothing; a time zone has its name of the tz database, such as `Europe/Kyiv`; a \
`cron` has five fields, which name at least one day of the calendar.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  at 12:10 in \"Kyiv\"
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  at 12:10 in \"Europe/Kyiv\"
}
```",
};

pub(in crate::lang) static LOSES_SUBSCRIPTIONS: Code = Code {
    id: "E0412",
    title: "deleting customers cancels their subscriptions",
    explanation: "\
A deleted customer's subscriptions are cancelled at once, and neither comes back. This is a warning: the flow runs.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  mirror customer by email removing by delete { email = Email }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email
  mirror customer by email removing by keep { email = Email }
}
```",
};

pub(in crate::lang) static EVERY_DAY: Code = Code {
    id: "E0413",
    title: "a value that is another one every day",
    explanation: "\
`today()` is the day of the run. In a key, each day's run finds no record of the day before, and sends everything \
again. This is a warning.

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email, today()
  create customer { email = Email }
}
```

```flow
source customers = csv(\"customers.csv\")

flow a {
  from customers
  key  Email, Due
  create customer { email = Email }
}
```",
};

pub(in crate::lang) static KEY_OFTEN_EMPTY: Code = Code {
    id: "E0414",
    title: "a key that many rows don't have",
    explanation: "\
The key identifies a row for ever, and a row without one is rejected. Of the first 1,000 rows at least one in ten, \
and more than one, has nothing in this column: perhaps another column is meant, or these rows are no records. This \
is a warning.

```flow
flow a {
  from customers
  key  First
  upsert customer by email { email = Email }
}
```

```flow
flow a {
  from customers where First is not empty
  key  First
  upsert customer by email { email = Email }
}
```",
};
