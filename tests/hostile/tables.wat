;; Wants a table of a hundred million elements.
(component
  (core module $m
    (table 100000000 funcref)
    (func (export "double") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))
  (core instance $i (instantiate $m))
  (func (export "double") (param "n" s64) (result s64) (canon lift (core func $i "double"))))
