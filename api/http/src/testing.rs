//! A plain listener with some routes, and a client that sees the very bytes.

use std::net::SocketAddr;

use actix_web::web::ServiceConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::HttpConfig;
use crate::server::{Launch, ServerHandle, launch};

pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) handle: ServerHandle,
}

pub(crate) fn start<R>(routes: R) -> Listener
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    start_with(CancellationToken::new(), routes)
}

pub(crate) fn start_with<R>(shutdown: CancellationToken, routes: R) -> Listener
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let settings = Launch {
        name: "test",
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        tls: None,
        config: HttpConfig::default(),
        shutdown: shutdown.clone(),
    };
    let handle = launch(settings, routes).unwrap();
    Listener {
        address: handle.addresses()[0],
        shutdown,
        handle,
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

/// Status and headers as text, and the body.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Client {
            stream: TcpStream::connect(address).await.unwrap(),
            unread: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n"))
            .await;
        self.response().await
    }

    /// Reads a response whose body has a declared length, or none.
    pub(crate) async fn response(&mut self) -> Response {
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response {
            status,
            head,
            body: String::new(),
        };
        let length = response
            .header("content-length")
            .map_or(0, |text| text.parse().unwrap());
        response.body = String::from_utf8(self.take(length).await).unwrap();
        response
    }

    pub(crate) async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.take(end + 4).await;
                return String::from_utf8(head).unwrap();
            }
            assert!(
                self.fill().await,
                "the connection ended before the head did"
            );
        }
    }

    pub(crate) async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            assert!(self.fill().await, "the connection ended early");
        }
        self.unread.drain(..length).collect()
    }

    /// Reads until the other side closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.fill().await {}
        std::mem::take(&mut self.unread)
    }

    async fn fill(&mut self) -> bool {
        let mut chunk = [0; 4096];
        let read = self.stream.read(&mut chunk).await.unwrap_or(0);
        self.unread.extend_from_slice(&chunk[..read]);
        read > 0
    }
}
