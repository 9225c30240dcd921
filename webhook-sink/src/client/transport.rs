//! Our own connection, which spares the system calls that ureq's makes:
//!
//! - Header and body go out in one write, where ureq makes two: the receiver wakes once.
//! - ureq sets a socket's time-outs anew for each read and write, since a little less of the deadline
//!   is left each time. Here they are rounded up, so that they mostly stay what they are.
//! - ureq looks whether a connection is still good both when it gives it back and when it takes it
//!   again; the second look is enough.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ChainedConnector, ConnectProxyConnector, ConnectionDetails, Connector, Either,
    NextTimeout, RustlsConnector, Transport,
};
use ureq::{Error, Timeout};

/// Time-outs are rounded up to whole steps of this.
const STEP: Duration = Duration::from_millis(50);

/// Buffers begin with this much, and the input grows as far as a header may.
const BUFFER: usize = 8 * 1024;
const MOST_INPUT: usize = 64 * 1024;

type Proxied = ChainedConnector<(), (), ConnectProxyConnector>;
type Connected = ChainedConnector<(), Proxied, TcpConnector>;
type Secured = ChainedConnector<(), Connected, RustlsConnector>;

/// One chain of connectors for many agents: the TLS configuration is kept in it, and with it the
/// list of roots, which is large.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Secured>);

impl Default for Shared {
    fn default() -> Self {
        let chain = ().chain(ConnectProxyConnector::default());
        Shared(Arc::new(chain.chain(TcpConnector).chain(RustlsConnector::default())))
    }
}

impl Connector<()> for Shared {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        super::NEW_CONNECTION.set(true);
        let inner = self.0.connect(details, chained)?;
        Ok(inner.map(|inner| Box::new(inner) as Box<dyn Transport>))
    }
}

/// Opens [`Tcp`] connections, unless a proxy has made one.
#[derive(Debug)]
pub(crate) struct TcpConnector;

impl<In: Transport> Connector<In> for TcpConnector {
    type Out = Either<In, Tcp>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let limit = if details.timeout.after.is_not_happening() {
            Duration::from_secs(60)
        } else {
            *details.timeout.after
        };
        let start = Instant::now();
        let mut failure = Error::ConnectionFailed;
        let mut left = details.addrs.len();
        for address in details.addrs.iter() {
            // The first address gets half of the time, the last one all that is left.
            left -= 1;
            let time = limit.saturating_sub(start.elapsed());
            let time = if left > 0 { time / 2 } else { time };
            if time.is_zero() {
                return Err(Error::Timeout(details.timeout.reason));
            }
            match TcpStream::connect_timeout(address, time) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Some(Either::B(Tcp::new(stream))));
                }
                Err(error) if is_timeout(&error) => failure = Error::Timeout(Timeout::Connect),
                Err(error) => failure = Error::Io(error),
            }
        }
        Err(failure)
    }
}

/// A TCP connection.
pub(crate) struct Tcp {
    stream: TcpStream,
    buffers: TcpBuffers,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Whether ureq has asked for its state since it was used last.
    was_asked: bool,
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tcp").field("peer", &self.stream.peer_addr().ok()).finish_non_exhaustive()
    }
}

impl Tcp {
    fn new(stream: TcpStream) -> Self {
        Tcp {
            stream,
            buffers: TcpBuffers::default(),
            read_timeout: None,
            write_timeout: None,
            was_asked: false,
        }
    }

    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let all = std::mem::take(&mut self.buffers.held) + amount;
        if all == 0 {
            return Ok(());
        }
        let wanted = rounded(timeout)?;
        if wanted != self.write_timeout {
            self.stream.set_write_timeout(wanted)?;
            self.write_timeout = wanted;
        }
        let output = self.buffers.output.get(..all).unwrap_or_default();
        self.stream.write_all(output).map_err(|error| timely(error, timeout))
    }
}

impl Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.was_asked = false;
        let end = self.buffers.held + amount;
        let room = self.buffers.output.len().saturating_sub(end);
        let written = self.buffers.output.get(..end).unwrap_or_default();
        if self.buffers.held == 0 && room >= 1_024 && written.ends_with(b"\r\n\r\n") {
            // A header; the body follows at once. If none does, the next read sends it.
            self.buffers.held = end;
            return Ok(());
        }
        self.send(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.send(0, timeout)?;
        let wanted = rounded(timeout)?;
        if wanted != self.read_timeout {
            self.stream.set_read_timeout(wanted)?;
            self.read_timeout = wanted;
        }
        loop {
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    return Ok(amount > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(timely(error, timeout)),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        if !self.was_asked {
            // It is being given back, right after the end of an answer.
            self.was_asked = true;
            return true;
        }
        let is_quiet = |stream: &mut TcpStream| -> io::Result<bool> {
            stream.set_nonblocking(true)?;
            let result = stream.read(&mut [0]);
            stream.set_nonblocking(false)?;
            // Whatever can be read was not asked for, or is the end.
            Ok(result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock))
        };
        is_quiet(&mut self.stream).unwrap_or(false)
    }
}

/// The time-out to set on a socket.
fn rounded(timeout: NextTimeout) -> Result<Option<Duration>, Error> {
    if timeout.after.is_not_happening() {
        return Ok(None);
    }
    let left = *timeout.after;
    if left.is_zero() {
        return Err(Error::Timeout(timeout.reason));
    }
    let steps = left.as_millis() / STEP.as_millis() + 1;
    Ok(Some(STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))))
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn timely(error: io::Error, timeout: NextTimeout) -> Error {
    if is_timeout(&error) { Error::Timeout(timeout.reason) } else { Error::Io(error) }
}

/// Bytes on their way in and out.
#[derive(Default)]
struct TcpBuffers {
    input: Vec<u8>,
    consumed: usize,
    filled: usize,
    output: Vec<u8>,
    /// So much of the output waits for what follows it.
    held: usize,
    made_progress: bool,
}

impl Buffers for TcpBuffers {
    fn output(&mut self) -> &mut [u8] {
        if self.output.is_empty() {
            self.output.resize(BUFFER, 0);
        }
        self.output.get_mut(self.held..).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.filled == self.input.len() && self.input.len() < MOST_INPUT {
            let length = (2 * self.input.len()).max(BUFFER);
            self.input.resize(length, 0);
        }
        self.input.get_mut(self.filled..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.made_progress = amount > 0;
        self.consumed += amount;
        if self.consumed == self.filled {
            self.consumed = 0;
            self.filled = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.output();
        if self.input.len() < self.filled + BUFFER {
            self.input.resize(self.filled + BUFFER, 0);
        }
        let tmp = self.input.get_mut(self.filled..).unwrap_or_default();
        (tmp, self.output.get_mut(self.held..).unwrap_or_default())
    }

    fn can_use_input(&self) -> bool {
        self.filled > self.consumed && self.made_progress
    }
}
