//! Codes for requests that Stripe would refuse.

use crate::diag::Code;

pub(in crate::lang) static REQUIRED: Code = Code {
    id: "E0301",
    title: "a required field is missing",
    explanation: "\
Stripe refuses the request without it.

```flow
upsert product by metadata.no { metadata.no = `Customer no` }
```

```flow
upsert product by metadata.no {
  name        = Name
  metadata.no = `Customer no`
}
```",
};

pub(in crate::lang) static TOGETHER: Code = Code {
    id: "E0302",
    title: "fields that Stripe wants together, or not together",
    explanation: "\
Some fields are required only beside others, and some exclude each other. A price needs a product, and one \
way to say how much.

```flow
create price { currency = \"usd\"; product = \"prod_1\" }
```

```flow
create price { currency = \"usd\"; product = \"prod_1\"; unit_amount = 500 }
```",
};

pub(in crate::lang) static BOUND_TWICE: Code = Code {
    id: "E0303",
    title: "a field is bound twice",
    explanation: "\
A field has one value. A record fills all fields that it names.

```flow
name = Name
name = Email
```

```flow
name = Name
```",
};

pub(in crate::lang) static NO_LOOKUP: Code = Code {
    id: "E0304",
    title: "objects can't be looked up by this field",
    explanation: "\
`by` names the field that recognises an object that exists already: `id`, a filter of Stripe's list, \
`metadata.NAME`, or a plain field of the object.

```flow
upsert customer by address {
  address = { line1: Street }
}
```

```flow
upsert customer by email { email = Email }
```",
};

pub(in crate::lang) static NO_OPERATION: Code = Code {
    id: "E0305",
    title: "Stripe has no such operation",
    explanation: "\
Not every object can be made or changed through the API, and some only below another object. \
`sheetflow resources NAME` lists what there is.

```flow
create event { }
```

```flow
create customer { email = Email }
```",
};

pub(in crate::lang) static LIST_ORDER: Code = Code {
    id: "E0306",
    title: "items of a list are left out",
    explanation: "\
The items of a list are counted from 0, without gaps.

```flow
preferred_locales[1] = \"de\"
```

```flow
preferred_locales[0] = \"de\"
```",
};

pub(in crate::lang) static METADATA: Code = Code {
    id: "E0307",
    title: "metadata that Stripe would refuse",
    explanation: "\
Metadata has at most 50 names of at most 40 characters, without square brackets. The name `sheetflow` is \
taken: it marks what this program made, so that a lost ledger does not bill twice.

```flow
metadata.sheetflow = Name
```

```flow
metadata.crm_name = Name
```",
};

pub(in crate::lang) static PERHAPS_NOTHING: Code = Code {
    id: "E0308",
    title: "a required field that may have nothing to send",
    explanation: "\
Some of what Stripe answers may be null: a charge has a customer only when one was named. Where the next step \
needs it, say what then, or the record stops in the middle, after the steps above were sent. This is a warning.

```flow
flow a {
  from customers
  key  Email
  find charge as payment by id = `Customer no`
  create invoiceitem {
    customer = payment.customer
    amount   = 100
    currency = \"usd\"
  }
}
```

```flow
flow a {
  from customers
  key  Email
  find charge as payment by id = `Customer no`
  ensure payment.customer is not empty else \"the payment names no customer\"
  create invoiceitem {
    customer = payment.customer
    amount   = 100
    currency = \"usd\"
  }
}
```",
};
