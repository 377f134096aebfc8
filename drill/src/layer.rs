//! The fault layer: stands between everybody, and breaks what the script of the hour says.
//!
//! Each place, a client and what it calls, has a listener of its own. The monitor finds it by a
//! name that the layer's own name server answers: with the listener's address, or with
//! one that refuses, or with one that never answers, so that what fails is the look-up or the
//! connection itself. The applications know the listener by number; their connections fail once
//! they are accepted.

mod answer;
mod certificates;
mod chance;
mod memory;
mod messages;
mod names;
mod operation;
mod proxy;
mod refusal;
mod script;
mod sockets;

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tokio::{net::UdpSocket, sync::watch, task::AbortHandle};

pub use self::script::{Arrival, Script};
use self::{certificates::Certificates, memory::Memory, sockets::Doors};
use crate::{
    error::Error,
    fault::{Place, Target},
};

/// Before anything is played.
const NEVER: i32 = i32::MIN;

/// What the monitor calls; all of it stands behind a name.
pub const OF_MONITOR: [Target; 10] = [
    Target::Dynamodb,
    Target::Sqs,
    Target::Ec2,
    Target::Iam,
    Target::Lambda,
    Target::Apigateway,
    Target::S3,
    Target::VotingApp,
    Target::QuoteApp,
    Target::Control,
];

/// What the applications call.
pub const OF_APPLICATIONS: [Target; 2] = [Target::Dynamodb, Target::Sqs];

/// The running layer. It ends when it is dropped.
pub struct Layer {
    shared: Arc<Shared>,
    addresses: HashMap<Place, SocketAddr>,
    resolver: SocketAddr,
    serving: Vec<AbortHandle>,
}

/// What every connection knows.
struct Shared {
    script: RwLock<Arc<Script>>,
    minute: watch::Sender<i32>,
    upstreams: HashMap<Target, String>,
    forward: reqwest::Client,
    memory: Memory,
    certificates: Certificates,
    /// What was found to be gone behind the layer, so that nothing that is seen counts.
    gone: Mutex<Option<String>>,
}

impl Layer {
    /// Starts the layer in front of `upstreams`, each an address such as `http://127.0.0.1:4566`.
    ///
    /// # Errors
    /// When there is no socket for it.
    pub async fn start(upstreams: HashMap<Target, String>) -> Result<Self, Error> {
        let forward = reqwest::Client::builder()
            .no_proxy()
            // A connection that the other side closes while it is taken from a pool looks like
            // an outage.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::Answer {
                call: "the fault layer".into(),
                problem: error.to_string(),
            })?;
        let shared = Arc::new(Shared {
            script: RwLock::new(Arc::new(Script::empty())),
            minute: watch::Sender::new(NEVER),
            upstreams,
            forward,
            memory: Memory::default(),
            certificates: Certificates::make()?,
            gone: Mutex::default(),
        });
        let mut layer = Self {
            shared,
            addresses: HashMap::new(),
            resolver: SocketAddr::from(([0, 0, 0, 0], 0)),
            serving: Vec::new(),
        };
        let places = OF_MONITOR.map(Place::of_monitor).into_iter();
        for place in places.chain(OF_APPLICATIONS.map(Place::of_applications)) {
            layer.open(place)?;
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await;
        let socket = socket.map_err(Error::local("cannot open the name server's socket"))?;
        layer.resolver =
            socket.local_addr().map_err(Error::local("the name server has no address"))?;
        let serving = tokio::spawn(names::serve(socket, layer.shared.clone()));
        layer.serving.push(serving.abort_handle());
        Ok(layer)
    }

    fn open(&mut self, place: Place) -> Result<(), Error> {
        let doors = Doors::open().map_err(Error::local("cannot open a listener"))?;
        self.addresses.insert(place, doors.address);
        let serving = tokio::spawn(proxy::serve(doors, place, self.shared.clone()));
        self.serving.push(serving.abort_handle());
        Ok(())
    }

    /// The address that the applications call `target` by.
    pub fn for_applications(&self, target: Target) -> String {
        self.url(Place::of_applications(target), "127.0.0.1")
    }

    /// The address that the monitor calls `target` by, in the scenario that is played.
    pub fn for_monitor(&self, target: Target) -> String {
        self.url(Place::of_monitor(target), &names::name_of(target))
    }

    fn url(&self, place: Place, host: &str) -> String {
        let tls = if self.shared.script().speaks_tls(place) { "s" } else { "" };
        let port = self.addresses.get(&place).map_or(0, SocketAddr::port);
        format!("http{tls}://{host}:{port}")
    }

    /// Where the monitor's resolver has to ask.
    pub fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    /// Writes down whom the monitor has to believe.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_authority(&self, path: &Path) -> Result<(), Error> {
        std::fs::write(path, &self.shared.certificates.authority_pem)
            .map_err(Error::local("cannot write the certificate"))
    }

    /// Plays another script from now on; until [`Layer::set_minute`] nothing of it is there.
    pub fn play(&self, script: Script) {
        self.shared.minute.send_replace(NEVER);
        *self.shared.script.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
        self.shared.memory.forget();
    }

    /// The minute that is played, from which faults begin and end.
    pub fn set_minute(&self, minute: i32) {
        self.shared.minute.send_replace(minute);
    }

    /// Nothing is wrong behind the layer itself.
    ///
    /// # Errors
    /// Names what is gone.
    pub fn check(&self) -> Result<(), Error> {
        let gone = self.shared.gone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        gone.map_or(Ok(()), |gone| Err(Error::Upstream(gone)))
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.serving.iter().for_each(AbortHandle::abort);
    }
}

impl Shared {
    fn script(&self) -> Arc<Script> {
        self.script.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn minute(&self) -> i32 {
        *self.minute.borrow()
    }

    /// Returns when a fault that lasts until `end` is over, or is no longer played.
    async fn until(&self, end: i32) {
        let over = |minute: &i32| *minute >= end || *minute == NEVER;
        // The layer ends with the sender.
        let _ = self.minute.subscribe().wait_for(over).await;
    }

    fn lost(&self, what: String) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }
}
