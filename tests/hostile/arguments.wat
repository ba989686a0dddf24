;; Gives a place outside of its memory for its arguments.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const -8))
    (func (export "f") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (func (export "f") (param "text" string) (result u32)
    (canon lift (core func $i "f") (memory $memory) (realloc (func $i "realloc")))))
