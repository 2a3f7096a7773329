//! An answer that is owed to a call that stopped waiting for it: it is waited for, and found out to be lost if it is.
//!
//! Nothing is sent while KiCad has a request of ours that it has not answered. Should the answer never come, though, no
//! call would ever be sent again. KiCad works in order: if it answers a ping on another connection, sent after the request,
//! it is done with the request, and the client goes on with that connection.

use std::time::{Duration, Instant};

use kiapi_gen::Request;
use kiapi_gen::common::commands::Ping;

use super::Core;
use super::call::{RECONNECT_TIMEOUT, Time};
use crate::link::Link;
use crate::{Error, Notice, Result};

/// How long KiCad is left alone after a ping beside the connection went unanswered too. It is not flooded with them.
const PROBE_PAUSE: Duration = Duration::from_secs(10);

impl<L: Link> Core<L> {
    /// Waits for the answer that is owed, for half of the time; then asks whether it is lost.
    pub(super) async fn settle(&self, name: &str, time: &mut Time) -> Result<()> {
        let start = Instant::now();
        let whole = time.left;
        let patience = if self.may_probe() { whole / 2 } else { whole };
        let settled = self.link.settle(time.transport_within(patience)).await;
        time.spend(start);
        let Err(error) = settled else { return Ok(()) };
        if error.kind() != kiapi_transport::ErrorKind::Timeout {
            return Err(Error::exchange(name, self.link.address(), error));
        }
        if !self.may_probe() || time.left.is_zero() {
            return Err(Error::exchange(name, self.link.address(), error));
        }
        // It owes the answer still, and a connection beside this one would hurt it.
        if let Some(pid) = self.guarding.stopped(self.link.address()) {
            return Err(Error::stopped(format_args!("{name} was not sent"), pid, &[]));
        }
        self.state().next_probe = Some(Instant::now() + PROBE_PAUSE);
        let start = Instant::now();
        let probed = self.probe(time).await;
        time.spend(start);
        match probed {
            Ok(link) => {
                self.link.go_on_with(link);
                self.state().next_probe = None;
                self.notice(Notice::AnswerLost);
                Ok(())
            }
            Err(_) => Err(Error::exchange(name, self.link.address(), error)),
        }
    }

    fn may_probe(&self) -> bool {
        self.state().next_probe.is_none_or(|moment| moment <= Instant::now())
    }

    /// A connection on which KiCad answered a ping, whatever it said of it.
    async fn probe(&self, time: &Time) -> kiapi_transport::Result<L> {
        let options = self.link.options().timeout(time.left.min(RECONNECT_TIMEOUT));
        let link = L::connect(self.link.address(), options).await?;
        let ping = Request::new(&Ping::new()).header(&self.client_name, &self.state().token);
        link.exchange(ping.as_bytes(), time.transport()).await?;
        Ok(link)
    }
}
