;; Wants 1 GB to begin with.
(component
  (core module $m
    (memory 16384)
    (func (export "double") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))
  (core instance $i (instantiate $m))
  (func (export "double") (param "n" s64) (result s64) (canon lift (core func $i "double"))))
