//! Codes for accounts and sources.

use crate::diag::Code;

pub(in crate::lang) static SECRET: Code = Code {
    id: "E0501",
    title: "a secret in the text",
    explanation: "\
Flows are read by colleagues, kept in version control and sent around; a key in one of them is a key that \
others have. Name the environment variable or the file that holds it. A key that stood in a file was seen: \
roll it in Stripe's dashboard.

```flow
account main { key = \"sk_test_0123456789abcdef\" }
```

```flow
account main { key = env(\"STRIPE_API_KEY\") }
```",
};

pub(in crate::lang) static PUBLISHABLE: Code = Code {
    id: "E0502",
    title: "a publishable key",
    explanation: "\
Keys that begin with `pk_` are for web pages: they can't read or write customers, prices or invoices. Use a \
restricted key (`rk_`) or a secret key (`sk_`), from the environment or a file.

```flow
account main { key = \"pk_test_0123456789abcdef\" }
```

```flow
account main { key = env(\"STRIPE_API_KEY\") }
```",
};

pub(in crate::lang) static UNKNOWN_SETTING: Code = Code {
    id: "E0503",
    title: "unknown setting or option",
    explanation: "\
An account has `key`, `mode`, `version`, `timeout`, `rate`, `concurrency`, `connect`, `base_url` and `active`. \
`csv` has `delimiter`, `quote`, `encoding` and `header`; `xlsx` and `ods` have `sheet`, `range` and `header`.

```flow
source a = xlsx(\"a.xlsx\", tab: \"Customers\")
```

```flow
source a = xlsx(\"a.xlsx\", sheet: \"Customers\")
```",
};

pub(in crate::lang) static BAD_SETTING: Code = Code {
    id: "E0504",
    title: "a setting with a value that it can't have",
    explanation: "\
Settings are written out where they stand: texts, numbers, durations such as `30s`, rates such as `20/s`.

```flow
account main {
  key     = env(\"STRIPE_API_KEY\")
  timeout = 30
}
```

```flow
account main {
  key     = env(\"STRIPE_API_KEY\")
  timeout = 30s
}
```",
};

pub(in crate::lang) static NO_ACCOUNT_KEY: Code = Code {
    id: "E0505",
    title: "an account without a key",
    explanation: "\
The key comes from the environment or from a file. A project without any account runs against the sandbox.

```flow
account main { mode = test }
```

```flow
account main { key = env(\"STRIPE_API_KEY\") }
```",
};

pub(in crate::lang) static UNKNOWN_KIND: Code = Code {
    id: "E0506",
    title: "unknown kind of source",
    explanation: "\
`csv` reads delimited text, `xlsx` workbooks of Excel (.xlsx, .xlsm, .xls), `ods` those of LibreOffice, \
`jsonl` one JSON object a line.

```flow
source a = excel(\"a.xlsx\")
```

```flow
source a = xlsx(\"a.xlsx\")
```",
};

pub(in crate::lang) static UNKNOWN_TYPE: Code = Code {
    id: "E0507",
    title: "unknown type of column",
    explanation: "\
Columns are declared as `text`, `integer`, `decimal`, `decimal(comma)`, `boolean`, `boolean(\"yes\", \"no\")`, \
`date`, `date(\"%d/%m/%Y\")` or `time`.

```flow
source a = csv(\"a.csv\") { Amount: money }
```

```flow
source a = csv(\"a.csv\") { Amount: decimal }
```",
};

pub(in crate::lang) static UNREADABLE: Code = Code {
    id: "E0508",
    title: "a source that can't be read",
    explanation: "\
The columns of a source are read when a flow is checked. Until the file can be read, the columns that the \
flows name are not checked.",
};

pub(in crate::lang) static UNUSABLE_PLUGIN: Code = Code {
    id: "E0509",
    title: "a plugin that can't be used",
    explanation: "\
A plugin is a WebAssembly component that imports nothing, or a folder with a `plugin.toml` and the component \
that was built of it. `sheetflow plugin check FILE` shows what it exports. Until it can be used, its calls are \
not checked.",
};
