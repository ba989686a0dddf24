;; A type of a few lines that unfolds into a million parts.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "f") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (type $a (tuple u8 u8 u8 u8 u8 u8 u8 u8))
  (type $b (tuple $a $a $a $a $a $a $a $a))
  (type $c (tuple $b $b $b $b $b $b $b $b))
  (type $d (tuple $c $c $c $c $c $c $c $c))
  (func (export "f") (result $d) (canon lift (core func $i "f") (memory $memory))))
