//! A socket whose other end must go on reading.
//!
//! A client that stops reading keeps what is written to it in the socket's buffers and the rest of
//! its answer waiting, for ever: TCP asks a closed window for news without end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// A stream that fails when nothing could be written to it for a while.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits; made at the first one that does, which most clients never see.
    wait: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl<S> Patient<S> {
    /// Waits for `patience` before it gives a reader up.
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, wait: None, waiting: false }
    }

    /// Passes what a write came to on, unless it has waited for too long.
    fn limited<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        if !self.waiting {
            wait.as_mut().reset(Instant::now() + self.patience);
            self.waiting = true;
        }
        ready!(wait.as_mut().poll(context));
        let stopped = format!("the client read nothing for {:?}", self.patience);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, stopped)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limited(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limited(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_reader_that_stops_is_given_up() {
        let (_silent, ours) = duplex(16);
        let patience = Duration::from_millis(50);
        let failed = Patient::new(ours, patience).write_all(&[0; 17]).await.expect_err("a failure");
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_is_slow_is_not() {
        const PATIENCE: Duration = Duration::from_millis(600);
        let (mut slow, ours) = duplex(16);
        let mut ours = Patient::new(ours, PATIENCE);
        let writing = async { ours.write_all(&[0; 64]).await };
        let reading = async {
            for _ in 0..4 {
                sleep(PATIENCE / 2).await;
                slow.read_exact(&mut [0; 16]).await.expect("bytes");
            }
        };
        let (written, ()) = tokio::join!(writing, reading);
        written.expect("a reader that goes on");
    }
}
