;; `spin` never ends; `double` is an honest neighbour.
(component
  (core module $m
    (func (export "spin") (param i64) (result i64) (loop $l (br $l)) (local.get 0))
    (func (export "double") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))
  (core instance $i (instantiate $m))
  (func (export "spin") (param "n" s64) (result s64) (canon lift (core func $i "spin")))
  (func (export "double") (param "n" s64) (result s64) (canon lift (core func $i "double"))))
