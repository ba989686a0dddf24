//! Codes for what the tests of a project come to.

use crate::diag::Code;

/// A test expects what does not come.
pub static FAILED_TEST: Code = Code {
    id: "E0601",
    title: "a test that fails",
    explanation: "\
`sheetflow test` takes the rows that a test gives through its flow, without any request, and compares what would be \
sent with what the test expects. For each field it shows what was expected and what was found, and for a value that \
goes through functions, the value behind each of them.

Nothing is asked of Stripe: an object that a step makes or finds has an id that nobody knows yet, and so is everything \
that is computed from it. An expectation on such a value fails, and says so. What `find`, `update`, `delete` and `call` \
look for is taken to be there.

```flow
test \"e-mail addresses are cleaned\" for customers {
  given  { `Customer no`: \"7\"  Email: \" Ann@Example.COM \"  Status: \"active\" }
  expect customer { email = \"ann@example.com\" }
}
```",
};
