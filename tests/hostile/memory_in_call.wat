;; `grow` asks for 1 GB in two memories, a page at a time; `keep` grows by 1 MiB at each call.
(component
  (core module $m
    (memory $a 1)
    (memory $b 1)
    (func (export "grow") (param i64) (result i64)
      (local $n i32)
      (loop $l
        (drop (memory.grow $a (i32.const 1)))
        (drop (memory.grow $b (i32.const 1)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (i32.const 8192))))
      (i64.extend_i32_u (memory.size $a)))
    (func (export "keep") (param i64) (result i64)
      (drop (memory.grow $a (i32.const 16)))
      (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "grow") (param "n" s64) (result s64) (canon lift (core func $i "grow")))
  (func (export "keep") (param "n" s64) (result s64) (canon lift (core func $i "keep"))))
