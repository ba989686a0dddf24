;; Two exports whose names differ in case alone.
(component
  (core module $m (func (export "f") (param i64) (result i64) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $f (param "n" s64) (result s64) (canon lift (core func $i "f")))
  (export "to-cents" (func $f))
  (export "to-CENTS" (func $f)))
