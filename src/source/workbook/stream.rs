use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::cell::read_cell;
use super::guard::shielded;
use super::{MOST_COLUMNS, MOST_ROWS, Window, choose_sheet};
use crate::model::{Cell, Value};
use crate::source::SourceError;
use crate::source::defect::uncomputed;
use crate::source::grid::GridRow;
use crate::source::place::Place;

/// How many cells travel together.
const BATCH: usize = 8_192;

/// How many batches may wait.
const WAITING: usize = 4;

type Workbook = Xlsx<BufReader<File>>;

/// A sheet that a thread of its own reads ahead of whoever takes the rows.
///
/// calamine's cells borrow the workbook, so that a value that owns both can't be written in safe Rust;
/// a thread can own both. It ends with the sheet, or when the stream is dropped.
pub(in crate::source) struct Stream {
    place: Place,
    batches: Option<Receiver<Message>>,
    batch: std::vec::IntoIter<GridRow>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

enum Message {
    Batch(Vec<GridRow>),
    Failed(String),
    End,
}

impl Stream {
    /// Opens a sheet of a workbook and starts to read it.
    pub(super) fn open(
        place: &Place,
        file: BufReader<File>,
        sheet: Option<&str>,
        window: Window,
    ) -> Result<(Self, Arc<str>), SourceError> {
        let workbook = shielded(|| Workbook::new(file)).map_err(|problem| place.damaged(problem))?;
        let name: Arc<str> = choose_sheet(place, workbook.sheets_metadata(), sheet)?.into();
        let (sender, batches) = sync_channel(WAITING);
        let stop = Arc::new(AtomicBool::new(false));
        let sheet = SheetReader {
            workbook,
            name: Arc::clone(&name),
            window,
            outlet: Outlet {
                sender,
                stop: Arc::clone(&stop),
            },
        };
        let reader = thread::spawn(move || sheet.run());
        let stream = Stream {
            place: place.clone(),
            batches: Some(batches),
            batch: Vec::new().into_iter(),
            stop,
            reader: Some(reader),
        };
        Ok((stream, name))
    }

    /// Takes the next row.
    pub(in crate::source) fn next_row(&mut self) -> Option<Result<GridRow, SourceError>> {
        loop {
            if let Some(row) = self.batch.next() {
                return Some(Ok(row));
            }
            let problem = match self.batches.as_ref()?.recv() {
                Ok(Message::Batch(rows)) => {
                    self.batch = rows.into_iter();
                    continue;
                }
                Ok(Message::End) => None,
                Ok(Message::Failed(problem)) => Some(problem),
                Err(_) => Some("its reader stopped".to_owned()),
            };
            self.batches = None;
            return problem.map(|problem| Err(self.place.damaged(problem)));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.batches = None;
        if let Some(reader) = self.reader.take() {
            // A panic of the reader was reported as a failure already.
            let _ = reader.join();
        }
    }
}

/// The end of the channel that the thread holds.
struct Outlet {
    sender: SyncSender<Message>,
    stop: Arc<AtomicBool>,
}

impl Outlet {
    /// Sends a message. `false` means that nobody wants more.
    fn send(&self, message: Message) -> bool {
        self.sender.send(message).is_ok()
    }

    fn is_closed(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What the thread owns.
struct SheetReader {
    workbook: Workbook,
    name: Arc<str>,
    window: Window,
    outlet: Outlet,
}

impl SheetReader {
    fn run(mut self) {
        let outcome = shielded(|| self.read());
        self.outlet.send(match outcome {
            Ok(()) => Message::End,
            Err(problem) => Message::Failed(problem),
        });
    }

    fn read(&mut self) -> Result<(), String> {
        let explain = |error: XlsxError| format!("sheet {}: {error}", self.name);
        let mut cells = self
            .workbook
            .worksheet_cells_reader(&self.name)
            .map_err(explain)?;
        let mut assembly = Assembly::new(self.window, &self.outlet);
        while !self.outlet.is_closed() {
            let found = cells.next_cell_with_formula_metadata().map_err(|error| match error {
                // calamine knows seven error values, and says neither the place of another nor its cell.
                XlsxError::CellError(value) => {
                    let row = assembly.row_number();
                    format!("a cell in row {row} or soon after holds the unknown error `{value}`; mend it there")
                }
                other => explain(other),
            })?;
            let Some(found) = found else {
                break;
            };
            let cell = match (&found.value, &found.formula) {
                (DataRef::Empty, None) => continue,
                (DataRef::Empty, Some(_)) => uncomputed(),
                (value, _) => read_cell(value),
            };
            if !assembly.place(found.pos, cell)? {
                return Ok(());
            }
        }
        assembly.finish();
        Ok(())
    }
}

/// Puts cells together to rows, and rows to batches.
struct Assembly<'a> {
    window: Window,
    outlet: &'a Outlet,
    row: Option<GridRow>,
    width: usize,
    batch: Vec<GridRow>,
    cells: usize,
}

impl<'a> Assembly<'a> {
    fn new(window: Window, outlet: &'a Outlet) -> Self {
        Assembly {
            window,
            outlet,
            row: None,
            width: 0,
            batch: Vec::new(),
            cells: 0,
        }
    }

    /// Adds a cell. `false` means that nothing more is wanted.
    fn place(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<bool, String> {
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err("it has cells beyond the last row or column that a sheet can have".to_owned());
        }
        if row > self.window.last_row {
            self.finish();
            return Ok(false);
        }
        if !self.window.has_row(row) || !self.window.has_column(column) {
            return Ok(true);
        }
        if !self.go_to_row(row + 1)? {
            return Ok(false);
        }
        if let Some(row) = &mut self.row {
            let column = column as usize;
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Value(Value::Null));
            }
            if let Some(place) = row.cells.get_mut(column) {
                *place = cell;
            }
        }
        Ok(true)
    }

    /// Makes the row of this number the current one. `false` means that nothing more is wanted.
    fn go_to_row(&mut self, number: u32) -> Result<bool, String> {
        match self.row.as_ref().map(|current| current.number) {
            Some(current) if current == number => return Ok(true),
            Some(current) if current > number => {
                return Err(format!("row {number} stands behind row {current}"));
            }
            _ => {}
        }
        let is_wanted = self.end_row();
        self.row = Some(GridRow {
            number,
            cells: Vec::with_capacity(self.width),
        });
        Ok(is_wanted)
    }

    /// Gives the number of the row that is being put together.
    fn row_number(&self) -> u32 {
        self.row.as_ref().map_or(1, |row| row.number)
    }

    /// Ends the current row. `false` means that nobody wants more.
    fn end_row(&mut self) -> bool {
        if let Some(row) = self.row.take() {
            self.width = row.cells.len();
            self.cells += row.cells.len();
            self.batch.push(row);
        }
        self.cells < BATCH || self.flush()
    }

    fn flush(&mut self) -> bool {
        self.cells = 0;
        let batch = std::mem::take(&mut self.batch);
        batch.is_empty() || self.outlet.send(Message::Batch(batch))
    }

    fn finish(&mut self) {
        self.end_row();
        self.flush();
    }
}
