;; Panics, divides by zero, and reads outside of its memory.
(component
  (core module $m
    (memory 1)
    (func (export "panic") (param i64) (result i64) unreachable)
    (func (export "divide") (param i64) (result i64) (i64.div_s (i64.const 1) (local.get 0)))
    (func (export "read") (param i64) (result i64) (i64.load (i32.const -16))))
  (core instance $i (instantiate $m))
  (func (export "panic") (param "n" s64) (result s64) (canon lift (core func $i "panic")))
  (func (export "divide") (param "n" s64) (result s64) (canon lift (core func $i "divide")))
  (func (export "read") (param "n" s64) (result s64) (canon lift (core func $i "read"))))
