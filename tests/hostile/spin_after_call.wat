;; Gives its result at once, and never ends cleaning up.
(component
  (core module $m
    (func (export "f") (param i64) (result i64) (local.get 0))
    (func (export "after") (param i64) (loop $l (br $l))))
  (core instance $i (instantiate $m))
  (func (export "f") (param "n" s64) (result s64)
    (canon lift (core func $i "f") (post-return (func $i "after")))))
