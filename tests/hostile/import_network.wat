;; Imports what only a program may have: network.
(component
  (import "wasi:sockets/instance-network@0.2.3" (instance $from (export "instance-network" (func (result u64)))))
  (core func $wanted (canon lower (func $from "instance-network")))
  (core module $m
    (import "" "wanted" (func $wanted (result i64)))
    (func (export "f") (result i64) (call $wanted)))
  (core instance $i (instantiate $m (with "" (instance (export "wanted" (func $wanted))))))
  (func (export "f") (result u64) (canon lift (core func $i "f"))))
