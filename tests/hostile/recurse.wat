;; Calls itself for ever.
(component
  (core module $m
    (func $f (export "f") (param i64) (result i64) (i64.add (call $f (local.get 0)) (i64.const 1)))
    (func (export "double") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))
  (core instance $i (instantiate $m))
  (func (export "f") (param "n" s64) (result s64) (canon lift (core func $i "f")))
  (func (export "double") (param "n" s64) (result s64) (canon lift (core func $i "double"))))
