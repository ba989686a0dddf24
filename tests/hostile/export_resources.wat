;; Exports nothing that a flow could call: a resource, its maker, flags, a variant, nothing.
(component
  (core module $m
    (func (export "one") (result i32) (i32.const 1))
    (func (export "none")))
  (core instance $i (instantiate $m))
  (type $book' (resource (rep i32)))
  (export $book "book" (type $book'))
  (core func $new (canon resource.new $book'))
  (core module $make
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (result i32) (call $new (i32.const 1))))
  (core instance $made (instantiate $make (with "" (instance (export "new" (func $new))))))
  (func (export "[constructor]book") (result (own $book)) (canon lift (core func $made "make")))
  (func (export "open") (result (own $book)) (canon lift (core func $made "make")))
  (type $marks' (flags "a" "b"))
  (export $marks "marks" (type $marks'))
  (func (export "marks-of") (result $marks) (canon lift (core func $i "one")))
  (type $shape' (variant (case "round") (case "square")))
  (export $shape "shape" (type $shape'))
  (func (export "shape-of") (result $shape) (canon lift (core func $i "one")))
  (func (export "init") (canon lift (core func $i "none"))))
