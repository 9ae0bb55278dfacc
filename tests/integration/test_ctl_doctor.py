#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""`belfry doctor`: directly, through the HAProxy configuration of deploy/haproxy, through nginx, through TLS, and through a
test proxy that makes one typical mistake at a time."""

import os
import select
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command
from http1 import Closed, request
from ports import free_port
from tools import find, needs
from waiting import Deadline, wait_until

HAPROXY, NGINX, OPENSSL = (find(name) for name in ("haproxy", "nginx", "openssl"))
CONFIGURATION = os.path.join(belfry.ROOT, "deploy", "haproxy", "haproxy.cfg")


class BadProxy:
    """A proxy with one request per connection that makes one mistake.

    head(lines) -> lines         changes a request's head
    answer(lines) -> lines       changes a response's head
    hold_head                    a stream's head waits for its end
    hold                         buffers this number of bytes of a stream
    late                         delays bytes of a stream by these seconds
    idle                         closes a connection that is silent for these seconds
    life                         closes a stream after these seconds
    keep                         keeps the edge's connection when the client leaves
    twice                        sends a publish twice
    most                         answers further streams with 503
    chunked                      sends the stream in chunks"""

    def __init__(self, edge_port, context=None, **wrong):
        self.edge_port = edge_port
        self.context = context
        self.wrong = wrong
        self.streams = 0
        self.kept = []
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.kept:
            one.close()

    def _run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            with peer:
                self._exchange(peer)
        except OSError:
            pass

    @staticmethod
    def _head(peer):
        data = b""
        while b"\r\n\r\n" not in data:
            more = peer.recv(65536)
            if not more:
                raise OSError("closed")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head.decode("latin-1").split("\r\n"), rest

    def _upstream(self, lines, body):
        edge = socket.create_connection(("127.0.0.1", self.edge_port))
        edge.sendall(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + body)
        return edge

    def _exchange(self, peer):
        lines, body = self._head(peer)
        length = next((int(x.split(":")[1]) for x in lines if x.lower().startswith("content-length:")), 0)
        while len(body) < length:
            body += peer.recv(65536)
        limit = self.wrong.get("body")
        if limit and length > limit:
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            return
        if "head" in self.wrong:
            lines = self.wrong["head"](lines)
        if "twice" in self.wrong and lines[0].startswith("POST /publish"):
            with self._upstream(lines, body) as first:
                while first.recv(65536):
                    pass
        if "/subscribe" not in lines[0]:
            with self._upstream(lines, body) as edge:
                while data := edge.recv(65536):
                    peer.sendall(data)
            return
        with self.lock:
            self.streams += 1
            full = self.streams > self.wrong.get("most", 1000)
        try:
            if full:
                peer.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
                return
            edge = self._upstream(lines, body)
            try:
                self._stream(peer, edge)
            finally:
                if edge not in self.kept:
                    edge.close()
        finally:
            with self.lock:
                self.streams -= 1

    def _stream(self, peer, edge):
        head, waiting = self._head(edge)
        if "answer" in self.wrong:
            head = self.wrong["answer"](head)
        if "chunked" in self.wrong:
            head.append("Transfer-Encoding: chunked")
        if "hold_head" not in self.wrong:
            peer.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"))
        start = last = time.monotonic()
        due = start
        while True:
            ready = select.select([peer, edge], [], [], 0.02)[0]
            now = time.monotonic()
            if peer in ready:
                if "keep" in self.wrong:
                    self.kept.append(edge)
                return
            if edge in ready:
                data = edge.recv(65536)
                if not data:
                    return
                if not waiting:
                    due = now + self.wrong.get("late", 0)
                waiting += data
                last = now
            if now - last > self.wrong.get("idle", 1e9) or now - start > self.wrong.get("life", 1e9):
                return
            if waiting and "hold_head" not in self.wrong and len(waiting) >= self.wrong.get("hold", 0) and now >= due:
                if "chunked" in self.wrong:
                    waiting = b"%x\r\n%s\r\n" % (len(waiting), waiting)
                peer.sendall(waiting)
                waiting = b""


def without(*names):
    return lambda lines: [x for x in lines if x.split(":")[0].lower() not in names]


class DoctorTest(belfry.BelfryTest):
    heartbeat = "300ms"

    def setUp(self):
        self.hub = self.system(edges=1, edge_arguments=["--heartbeat", self.heartbeat]).start()
        self.edge = self.hub.edges[0]

    def doctor(self, port, *arguments, scheme="http", **variables):
        done = belfry_command("doctor", f"{scheme}://127.0.0.1:{port}", "--json", *arguments, **variables)
        self.assertIn(done.status, (0, 3), done)
        report = done.json()
        self.assertEqual(report["problems"], len([f for f in report["findings"] if f["level"] == "bad"]))
        self.assertEqual(done.status, 3 if report["problems"] else 0)
        return report

    def healthy(self, port, *arguments, **more):
        """Returns the report, which must not have problems."""
        report = self.looked(port, lambda report: report["problems"] == 0, *arguments, **more)
        self.assertEqual(report["problems"], 0, report)
        return report

    def looked(self, port, wanted, *arguments, **more):
        """Repeats until the report is as expected, and returns the last one. The doctor measures times, and on a busy
        machine a late event is a finding too."""
        deadline = Deadline(20)
        while True:
            report = self.doctor(port, *arguments, **more)
            if wanted(report) or deadline.passed():
                return report

    @staticmethod
    def bad(report):
        """Returns {check: finding} of the problems."""
        return {f["check"]: f for f in report["findings"] if f["level"] == "bad"}

    def through(self, check, text, *arguments, **wrong):
        """Returns the findings with a proxy that makes a mistake."""
        proxy = self.closing(BadProxy(self.edge.port, **wrong))
        return self.found(check, text, proxy.port, *(arguments or ("--quick",)))

    def found(self, check, text, port, *arguments, **more):
        """Returns the finding of that check, which must be the only one and contain the text."""

        def alone(report):
            bad = self.bad(report)
            return list(bad) == [check] and text in bad[check]["text"]

        findings = self.bad(self.looked(port, alone, *arguments, **more))
        self.assertEqual(list(findings), [check], findings)
        self.assertIn(text, findings[check]["text"])
        return findings[check]

    def found_among_others(self, check, text, port, *arguments, **more):
        def among(report):
            return text in self.bad(report).get(check, {"text": ""})["text"]

        findings = self.bad(self.looked(port, among, *arguments, **more))
        self.assertIn(text, findings[check]["text"], findings)
        return findings


class TestGood(DoctorTest):
    def test_an_edge_itself(self):
        report = self.healthy(self.edge.port, "--idle", "2s")
        levels = {f["check"]: f["level"] for f in report["findings"]}
        self.assertEqual(levels.pop("version"), "note")  # loopback
        expected = "headers compression buffering delay resume streams body leaving idle".split()
        self.assertEqual(levels, dict.fromkeys(expected, "ok"))
        self.assertEqual((report["sent"], report["arrived"]), (5, 5))

    def test_it_leaves_nothing_behind(self):
        self.doctor(self.edge.port, "--quick")
        records = belfry_command("tail", "--after", "0", "--no-follow", "--json", broker=self.hub.bus).json_lines()
        self.assertGreater(len(records), 4)
        self.assertTrue(all(r["topics"][0].startswith("belfry-doctor/") and r["ttl"] == 60 for r in records))

    def test_for_people(self):
        done = belfry_command("doctor", f"http://127.0.0.1:{self.edge.port}", "--quick")
        self.assertEqual(done.err, "")
        self.assertIn("\nok    headers        Content-Type and Cache-Control", done.out)
        self.assertNotIn("\033", done.out)

    def test_a_proxy_that_does_nothing(self):
        proxy = self.closing(BadProxy(self.edge.port))
        self.healthy(proxy.port, "--quick")

    def test_chunks_are_not_wrong(self):
        proxy = self.closing(BadProxy(self.edge.port, chunked=True))
        self.healthy(proxy.port, "--quick")


class TestBad(DoctorTest):
    def test_buffering(self):
        finding = self.through("buffering", "0 of 1 arrived within 2000 ms, and more only after", hold=16384)
        self.assertIn("proxy_buffering off", finding["nginx"])
        self.assertIn("http-buffer-response", finding["haproxy"])

    def test_buffering_of_all(self):
        self.through("buffering", "not even the head", hold_head=True)

    def test_delay(self):
        finding = self.through("delay", "waits for more", late=0.25)
        self.assertIn("http-no-delay", finding["haproxy"])

    def test_compression(self):
        finding = self.through("compression", "compressed (gzip)", answer=lambda lines: [*lines, "Content-Encoding: gzip"])
        self.assertIn("gzip_types", finding["nginx"])
        self.assertIn("compression type", finding["haproxy"])

    def test_headers_of_the_response(self):
        self.through("headers", "Cache-Control", answer=without("cache-control"))
        self.through(
            "headers",
            'is "text/plain"',
            answer=lambda lines: [*without("content-type")(lines), "Content-Type: text/plain"],
        )
        self.through("headers", "cache", answer=lambda lines: [*lines, "Age: 3"])

    def test_headers_of_the_request(self):
        finding = self.through("resume", "Last-Event-ID", head=without("last-event-id"))
        self.assertIn("proxy_set_header Last-Event-ID", finding["nginx"])

    def test_publishes_sent_again(self):
        finding = self.through("repeats", "more than once", twice=True)
        self.assertIn("disable-l7-retry", finding["haproxy"])

    def test_a_limit_of_streams(self):
        finding = self.through("streams", "only 4 of 8 streams", most=4)
        self.assertIn("503", finding["text"])

    def test_a_limit_of_bodies(self):
        proxy = self.closing(BadProxy(self.edge.port, body=1 << 20))
        report = self.healthy(proxy.port, "--quick")
        note = next(f for f in report["findings"] if f["check"] == "body")
        self.assertEqual(note["level"], "note")
        self.assertIn("client_max_body_size", note["nginx"])

    def test_clients_that_leave(self):
        finding = self.through("leaving", "still present", "--idle", "1s", keep=True)
        self.assertEqual(finding["haproxy"], "option abortonclose")

    def test_a_limit_of_time(self):
        finding = self.through("idle", "never silent for more than", "--idle", "4s", life=1.5)
        self.assertIn("timeout server", finding["haproxy"])


class TestSilence(DoctorTest):
    heartbeat = "60s"

    def test_idle_connections_are_cut(self):
        finding = self.through("idle", "closed after 1.", "--idle", "5s", idle=1.2)
        self.assertIn("proxy_read_timeout", finding["nginx"])
        self.assertIn("--heartbeat", finding["edge"])


class TestTokens(DoctorTest):
    def setUp(self):
        self.hub = self.system(edges=1)
        self.key = os.path.join(self.hub.directory, "key")
        self.assertEqual(belfry_command("keygen", self.key).status, 0)
        self.edge = self.hub.edges[0]
        self.edge.argv += ["--jwt-key-file", self.key]
        self.hub.start()
        self.all = belfry_command("token", "--key", self.key, "--publish", "*", "--subscribe", "*").out.strip()

    def test_with_one(self):
        report = self.healthy(self.edge.port, "--quick", token=self.all)
        self.assertIn("authorization", [f["check"] for f in report["findings"]])

    def test_without(self):
        self.found("stream", "401", self.edge.port, "--quick")

    def test_a_bad_one(self):
        text = "refused"
        self.found_among_others("authorization", text, self.edge.port, "--quick", token="x.y.z")

    def test_one_for_little(self):
        token = belfry_command("token", "--key", self.key, "--publish", "trial").out.strip()
        self.found("publish", "403", self.edge.port, "--quick", token=token)
        self.healthy(self.edge.port, "--quick", "--topic", "trial", token=token)

    def test_a_proxy_that_takes_it_away(self):
        proxy = self.closing(BadProxy(self.edge.port, head=without("authorization")))
        text = "only in the query"
        findings = self.found_among_others("authorization", text, proxy.port, "--quick", token=self.all)
        self.assertIn("$http_authorization", findings["authorization"]["nginx"])


@needs("openssl", package="openssl")
class TestTls(DoctorTest):
    def setUp(self):
        super().setUp()
        self.certificate = os.path.join(self.hub.directory, "c.pem")
        key = os.path.join(self.hub.directory, "k.pem")
        subprocess.run(
            [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", key, "-out", self.certificate],
            check=True,
            capture_output=True,
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)

    def proxy(self, *protocols):
        if protocols:
            self.context.set_alpn_protocols(list(protocols))
        return self.closing(BadProxy(self.edge.port, context=self.context))

    def test_without_h2(self):
        port = self.proxy("http/1.1").port
        finding = self.found(
            "version", "six connections", port, "--quick", "--ca-file", self.certificate, scheme="https"
        )
        self.assertEqual(finding["haproxy"], "bind :443 ssl crt FILE alpn h2,http/1.1")

    def test_with_h2(self):
        report = self.healthy(self.proxy("h2", "http/1.1").port, "--quick", "--insecure", scheme="https")
        self.assertEqual(report["alpn"], "h2")

    def test_certificates(self):
        port = self.proxy().port
        for url, text in ((f"https://127.0.0.1:{port}", "self-signed"), (f"https://127.0.0.2:{port}", "")):
            done = belfry_command("doctor", url, "--quick")
            self.assertEqual((done.status, done.out), (1, ""), done)
            self.assertIn(text, done.err)
        done = belfry_command("history", url=f"https://127.0.0.1:{port}", ca_file=self.certificate)
        self.assertEqual(done.status, 0, done)
        wrong_name = belfry_command("history", url=f"https://localhost.localdomain:{port}", ca_file=self.certificate)
        self.assertEqual(wrong_name.status, 1, wrong_name)
        plain = belfry_command("history", url=f"https://127.0.0.1:{self.edge.port}")
        self.assertIn("should the URL begin with http://", plain.err)


@needs("haproxy", package="haproxy")
class TestHaproxy(DoctorTest):
    def start(self, text):
        port = free_port()
        path = os.path.join(self.hub.directory, "haproxy.cfg")
        with open(path, "w") as f:
            f.write(text)
        variables = {"BELFRY_BIND": f"127.0.0.1:{port}"}
        for i in (1, 2):
            variables[f"BELFRY_EDGE_{i}"] = f"127.0.0.1:{self.edge.port}"
            variables[f"BELFRY_EDGE_{i}_OPS"] = str(self.edge.ops_port)
        proxy = self.hub.add_process("haproxy", [HAPROXY, "-db", "-f", path], environment=variables).start()
        wait_until(lambda: self.serves(port), 20, lambda: f"haproxy serves: {proxy.log()}")
        return port

    def serves(self, port):
        try:
            return request(port, "GET", "/history").status == 200
        except (OSError, Closed):
            return False

    def configuration(self):
        with open(CONFIGURATION) as f:
            return f.read()

    def test_shipped_configuration(self):
        self.healthy(self.start(self.configuration()), "--idle", "2s")

    def test_without_abortonclose(self):
        """The heartbeat must be longer than the doctor waits, since a heartbeat shows HAProxy that the client has left."""
        self.edge.stop()
        self.edge.argv[self.edge.argv.index("--heartbeat") + 1] = "60s"
        self.edge.start().wait_ready()
        port = self.start(self.configuration().replace("option abortonclose", ""))
        finding = self.found("leaving", "still present", port, "--idle", "1s")
        self.assertEqual(finding["haproxy"], "option abortonclose")

    def test_a_lost_header(self):
        text = self.configuration().replace(
            "default_backend edges", "default_backend edges\n    http-response del-header Cache-Control"
        )
        finding = self.found("headers", "Cache-Control", self.start(text), "--quick")
        self.assertIn("del-header Cache-Control", finding["haproxy"])


NGINX_CONFIGURATION = """
daemon off; pid {directory}/nginx.pid; error_log stderr;
events {{ worker_connections 128; }}
http {{
  access_log off;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{edge}; {more} }} }}
}}
"""


@needs("nginx", package="nginx")
class TestNginx(DoctorTest):
    heartbeat = "60s"

    def start(self, more):
        port = free_port()
        path = os.path.join(self.hub.directory, "nginx.conf")
        with open(path, "w") as f:
            f.write(
                NGINX_CONFIGURATION.format(directory=self.hub.directory, port=port, edge=self.edge.port, more=more)
            )
        proxy = self.hub.add_process("nginx", [NGINX, "-p", self.hub.directory, "-c", path]).start()
        wait_until(lambda: self.serves(port), 20, lambda: f"nginx serves: {proxy.log()}")
        return port

    serves = TestHaproxy.serves

    def test_as_it_comes(self):
        report = self.healthy(self.start(""), "--quick")
        self.assertTrue(report["server"].startswith("nginx/"))
        self.assertEqual({f["check"] for f in report["findings"] if f["level"] == "note"}, {"version", "body"})

    def test_only_its_own_cure(self):
        port = self.start("proxy_set_header Last-Event-ID '';")
        done = belfry_command("doctor", f"http://127.0.0.1:{port}", "--quick")
        self.assertEqual(done.status, 3, done)
        self.assertIn("via nginx/", done.out)
        self.assertIn("nginx:    proxy_pass_request_headers on; proxy_set_header Last-Event-ID", done.out)
        self.assertNotIn("HAProxy:", done.out)

    def test_cures_work(self):
        self.found("buffering", "head", self.start("proxy_ignore_headers X-Accel-Buffering;"), "--quick")
        cured = self.start("proxy_ignore_headers X-Accel-Buffering; proxy_buffering off; client_max_body_size 4m;")
        report = self.healthy(cured, "--quick")
        self.assertEqual([f["check"] for f in report["findings"] if f["level"] == "note"], ["version"])

    def test_gzip(self):
        port = self.start("gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;")
        finding = self.found("compression", "compress", port, "--quick")
        self.assertIn("gzip_types", finding["nginx"])

    def test_read_timeout(self):
        self.found("idle", "closed after 2.", self.start("proxy_read_timeout 2s;"), "--idle", "6s")


if __name__ == "__main__":
    belfry.main()
