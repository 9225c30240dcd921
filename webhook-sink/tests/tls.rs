//! Certificates, against the `openssl` program where there is one.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use webhook_sink::{
    Client, ClientCertificate, Endpoint, Network, Policy, Request, Roots, Secret, Tls,
    TransportErrorKind, UreqClient,
};

fn openssl(folder: &Path, arguments: &str) -> bool {
    let result = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    result.is_ok_and(|output| output.status.success())
}

struct Server(Child);

impl Server {
    /// Serves one connection: whatever comes, the answer is 200.
    fn start(folder: &Path, port: u16, more: &str) -> Server {
        let arguments = format!(
            "s_server -quiet -naccept 1 -accept {port} -cert leaf.pem -key leaf.key {more}"
        );
        let mut child = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        child.stdin.as_mut().unwrap().write_all(answer).unwrap();
        Server(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn certificates_are_checked_and_shown() {
    let folder = std::env::temp_dir().join(format!("webhook-sink-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let steps = [
        format!("req -x509 {key} -days 2 -subj /CN=ca -keyout ca.key -out ca.pem"),
        format!("req {key} -subj /CN=localhost -keyout leaf.key -out leaf.csr"),
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out leaf.pem".to_owned(),
    ];
    std::fs::write(folder.join("san"), "subjectAltName=DNS:localhost").unwrap();
    if !steps.iter().all(|step| openssl(&folder, step)) {
        eprintln!("skipped: needs the openssl program");
        return;
    }
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let own = ClientCertificate {
        chain: read("leaf.pem"),
        key: Secret::new(String::from_utf8(read("leaf.key")).unwrap()),
    };
    let ca = Roots::Pem(read("ca.pem"));
    let with_client = "-Verify 1 -CAfile ca.pem -verify_return_error";
    let cases = [
        ("trusted", ca.clone(), None, "", true),
        ("not trusted", Roots::Bundled, None, "", false),
        ("with our certificate", ca.clone(), Some(own), with_client, true),
        ("without our certificate", ca, None, with_client, false),
    ];
    for (name, roots, client, more, expected) in cases {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let _server = Server::start(&folder, port, more);
        let mut policy = Policy::default();
        policy.timeout = Duration::from_secs(10);
        let endpoint = Endpoint::builder("a", &format!("https://localhost:{port}/"))
            .network(Network::loopback())
            .tls(Tls { roots, client })
            .policy(policy)
            .build()
            .unwrap();
        let sender = UreqClient::new();
        let mut answer = sender.send(&Request::to(&endpoint, "msg_1", b"{}"));
        // The server needs a moment to listen.
        for _ in 0..100 {
            if !answer.as_ref().is_err_and(|e| e.kind == TransportErrorKind::Connect) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
            answer = sender.send(&Request::to(&endpoint, "msg_1", b"{}"));
        }
        assert_eq!(answer.as_ref().is_ok_and(|a| a.status == 200), expected, "{name}: {answer:?}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}
