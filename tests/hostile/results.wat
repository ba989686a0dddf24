;; Results that must not get through. Each function writes (address, length) at 0 and gives 0.
(component
  (core module $m
    (memory (export "memory") 600)
    (func $give (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    ;; 100 MB, of which most lie outside of the memory.
    (func (export "beyond") (result i32) (call $give (i32.const 8) (i32.const 100000000)))
    ;; 32 MB, all of it there.
    (func (export "large") (result i32) (call $give (i32.const 8) (i32.const 32000000)))
    ;; Text that is no UTF-8.
    (func (export "broken") (result i32)
      (i32.store8 (i32.const 8) (i32.const 0xff))
      (call $give (i32.const 8) (i32.const 1)))
    ;; An enum's case that does not exist.
    (func (export "no-case") (result i32) (i32.const 7))
    ;; A character that is none.
    (func (export "no-character") (result i32) (i32.const 0xd800))
    (func (export "nan") (result f64) (f64.div (f64.const 0) (f64.const 0)))
    (func (export "tiny") (result f64) (f64.const 1e-300))
    ;; An address that is not aligned.
    (func (export "crooked") (result i32) (i32.const 3)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (type $size' (enum "small" "large"))
  (export $size "size" (type $size'))
  (func (export "beyond") (result string) (canon lift (core func $i "beyond") (memory $memory)))
  (func (export "large") (result string) (canon lift (core func $i "large") (memory $memory)))
  (func (export "many") (result (list bool)) (canon lift (core func $i "large") (memory $memory)))
  (func (export "broken") (result string) (canon lift (core func $i "broken") (memory $memory)))
  (func (export "crooked") (result string) (canon lift (core func $i "crooked") (memory $memory)))
  (func (export "no-case") (result $size) (canon lift (core func $i "no-case")))
  (func (export "no-character") (result char) (canon lift (core func $i "no-character")))
  (func (export "nan") (result f64) (canon lift (core func $i "nan")))
  (func (export "tiny") (result f64) (canon lift (core func $i "tiny"))))
