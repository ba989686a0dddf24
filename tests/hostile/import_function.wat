;; Imports a function of the host's own, and a resource.
(component
  (import "tell-me" (func $tell (result u64)))
  (import "handle" (type $handle (sub resource)))
  (core func $wanted (canon lower (func $tell)))
  (core module $m
    (import "" "wanted" (func $wanted (result i64)))
    (func (export "f") (result i64) (call $wanted)))
  (core instance $i (instantiate $m (with "" (instance (export "wanted" (func $wanted))))))
  (func (export "f") (result u64) (canon lift (core func $i "f"))))
