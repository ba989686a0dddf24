;; The same function in two interfaces, and another in one.
(component
  (core module $m (func (export "f") (param i64) (result i64) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $f (param "n" s64) (result s64) (canon lift (core func $i "f")))
  (instance $one (export "same" (func $f)) (export "other" (func $f)))
  (instance $two (export "same" (func $f)))
  (export "example:shop/one@1.0.0" (instance $one))
  (export "example:shop/two@1.0.0" (instance $two)))
