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

pub(in crate::lang) static UNBUILT: Code = Code {
    id: "E0407",
    title: "something that can't run yet",
    explanation: "\
The language has this statement, and `check` and `fmt` know it; `plan` and `apply` of this version do not. The flow \
is refused as a whole, so that no part of it is sent without the rest.",
};
