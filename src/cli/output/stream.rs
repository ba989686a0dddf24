use std::fmt;
use std::io::{self, BufWriter, ErrorKind, Write};

use crate::diag::Style;

/// A stream to a person or a program. When its reader has gone, or after another failure, what is
/// written is dropped.
pub(super) struct Stream {
    to: Box<dyn Write + Send>,
    style: Style,
    is_closed: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("style", &self.style)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}

impl Stream {
    /// Writes to `to`, in blocks.
    pub(super) fn new(to: impl Write + Send + 'static, style: Style) -> Self {
        Stream {
            to: Box::new(BufWriter::new(to)),
            style,
            is_closed: false,
        }
    }

    /// Tells whether colours are wanted here.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Writes text.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let written = self.to.write_all(text.as_bytes());
        self.unless_closed(written)
    }

    /// Writes out what is held back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let flushed = self.to.flush();
        self.unless_closed(flushed)
    }

    /// Closes at the first failure, so that it is told once.
    fn unless_closed(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Ok(()) => Ok(()),
            Err(problem) => {
                self.is_closed = true;
                self.to = Box::new(io::sink());
                match problem.kind() {
                    ErrorKind::BrokenPipe => Ok(()),
                    _ => Err(problem),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use crate::diag::Style;
    use std::io::{self, ErrorKind, Write};

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    /// Writes and flushes twice; gives what each time came to.
    fn write_twice(kind: ErrorKind) -> [Result<(), ErrorKind>; 2] {
        let mut stream = Stream::new(Failing(kind), Style::Plain);
        [(); 2].map(|()| {
            let written = stream.write("a").and_then(|()| stream.flush());
            written.map_err(|problem| problem.kind())
        })
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        assert_eq!(write_twice(ErrorKind::BrokenPipe), [Ok(()), Ok(())]);
    }

    #[test]
    fn a_full_disk_is_told_once() {
        assert_eq!(
            write_twice(ErrorKind::StorageFull),
            [Err(ErrorKind::StorageFull), Ok(())]
        );
    }
}
