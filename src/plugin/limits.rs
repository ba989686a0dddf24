use std::time::Duration;

/// What one call of a plugin may use. All of it is granted anew before each call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of fuel, about one for each WebAssembly instruction; the same on every machine.
    pub fuel: u64,
    /// The longest time of a call: the backstop for what fuel does not count.
    pub time: Duration,
    /// Bytes of all linear memories together.
    pub memory: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Core instances. A Python component has over twenty.
    pub instances: usize,
    /// Bytes that a result may take in the host.
    pub result: usize,
    /// Rows after which the instance is replaced by a new one.
    pub rows: u32,
    /// What the plugin may import.
    pub imports: Imports,
}

/// What a plugin may import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Imports {
    /// Nothing: a component that imports anything is refused.
    #[default]
    Nothing,
    /// `with wasi_stub`: a frozen WASI with a clock at zero, a fixed seed, an empty environment, no files, and
    /// output that goes to the log. Other functions of WASI trap when they are called. Each row has an
    /// instance of its own: what such a program does with its seed goes on from row to row else.
    WasiStub,
}

impl Limits {
    /// Tells whether an instance that has served this many rows may serve another.
    pub(super) fn keeps_instance_after(&self, rows: u32) -> bool {
        match self.imports {
            Imports::Nothing => rows < self.rows,
            Imports::WasiStub => false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            fuel: 50_000_000,
            time: Duration::from_secs(1),
            memory: 64 << 20,
            table_elements: 100_000,
            instances: 100,
            result: 16 << 20,
            rows: 1_000,
            imports: Imports::Nothing,
        }
    }
}

/// Bytes of stack for a plugin's own calls. The engine is built with it, so it is the same for all.
pub(super) const STACK: usize = 512 << 10;

/// Bytes of a component; a Python component has 18 MB.
pub(super) const COMPONENT: u64 = 64 << 20;

/// Exports that are looked at, and functions among them.
pub(super) const EXPORTS: usize = 500;

/// Parts that the types of one function may have, since a short type can unfold into a million.
pub(super) const TYPE_PARTS: usize = 1_000;
