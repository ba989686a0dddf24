;; Remembers its rows: the second row that an instance sees traps.
(component
  (core module $m
    (global $rows (mut i64) (i64.const 0))
    (func (export "f") (param i64) (result i64)
      (if (i64.gt_u (global.get $rows) (i64.const 0)) (then unreachable))
      (global.set $rows (i64.const 1))
      (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "f") (param "n" s64) (result s64) (canon lift (core func $i "f"))))
