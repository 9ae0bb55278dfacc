# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs the js and html blocks of all pages in one headless Chromium, without npm packages.

A local server sends it a page that opens each block in a frame. The output of console.log, errors, and for html the text
of the page are posted back. Requests for other paths are forwarded to the edge, so that "/subscribe" of a block has the
same origin, as behind a reverse proxy."""

import http.server
import json
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading

from ports import free_port
from waiting import SLOWNESS

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"]

DRIVER = """<!doctype html><title>driver</title><script type="module">
for (;;) {
  const { open, clear } = await (await fetch('/.pages/next')).json();
  if (clear) document.body.replaceChildren();
  if (open) {
    const frame = document.createElement('iframe');
    frame.src = `/.pages/block/${open}`;
    document.body.append(frame);
  }
}
</script><body></body>"""

PROLOGUE = """<script>{
  let posts = Promise.resolve();
  const post = (kind, text) => {
    const body = JSON.stringify({ kind, text });
    posts = posts.then(() => fetch('/.pages/post/NUMBER', { method: 'POST', body }));
  };
  const show = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  console.log = (...values) => post('log', values.map(show).join(' '));
  addEventListener('error', (event) => post('error', event.message ?? 'an element failed to load'), true);
  addEventListener('unhandledrejection', (event) => post('error', String(event.reason)));
  let before = '';
  const look = () => {
    const text = document.body.innerText.trim();
    if (text !== before) post('text', text);
    before = text;
  };
  addEventListener('load', () => {
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    post('loaded', '');
  });
}</script>"""


class Page:
    """A block in a frame."""

    def __init__(self, text):
        self.text = text
        self.lines = []  # of console.log, and of the page's text each time that it changes
        self.shown = 0
        self.errors = []
        self.loaded = False

    def take(self, kind, text):
        if kind == "loaded":
            self.loaded = True
        elif kind == "error":
            self.errors.append(text)
        else:
            self.lines += text.splitlines()

    def close(self):
        """Frames are closed together, by Browser.clear()."""


class Browser:
    def __init__(self, program):
        self.pages = []
        self.commands = queue.Queue()
        self.port = free_port()
        self.edge_port = None
        browser = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                browser.get(self)

            def do_POST(self):
                browser.post(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.profile = tempfile.mkdtemp(prefix="belfry-chromium-", dir="/tmp")
        self.child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", program, *ARGUMENTS, f"--user-data-dir={self.profile}",
             f"http://localhost:{self.port}/.pages/driver"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def close(self):
        os.killpg(self.child.pid, 15)
        self.child.wait(20 * SLOWNESS)
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, text, language, edge_port):
        number = len(self.pages)
        prologue = PROLOGUE.replace("NUMBER", str(number))
        if language == "js":
            text = f'<!doctype html><body><script type="module">\n{text}\n</script></body>'
        head = text.lower().find("<head>")
        at = head + 6 if head >= 0 else text.find(">") + 1
        self.pages.append(Page(text[:at] + prologue + text[at:]))
        self.edge_port = edge_port
        self.commands.put({"open": str(number)})
        return self.pages[-1]

    def clear(self):
        self.commands.put({"clear": True})

    # ---- what Chromium asks for ----

    def get(self, handler):
        if handler.path == "/.pages/driver":
            self._reply(handler, DRIVER.encode(), "text/html; charset=utf-8")
        elif handler.path == "/.pages/next":
            self._reply(handler, json.dumps(self.commands.get()).encode(), "application/json")
        elif handler.path.startswith("/.pages/block/"):
            page = self.pages[int(handler.path.rpartition("/")[2])]
            self._reply(handler, page.text.encode(), "text/html; charset=utf-8")
        else:
            self._hand_on(handler)

    def post(self, handler):
        if not handler.path.startswith("/.pages/post/"):
            self._hand_on(handler)
            return
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.pages[int(handler.path.rpartition("/")[2])].take(body["kind"], body["text"])
        self._reply(handler, b"", "text/plain")

    @staticmethod
    def _reply(handler, body, kind):
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _hand_on(self, handler):
        """The edge's bytes as they come, until it closes the connection."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        del handler.headers["Connection"]
        handler.headers["Connection"] = "close"
        head = f"{handler.command} {handler.path} HTTP/1.1\r\n{handler.headers.as_string().strip()}\r\n\r\n"
        handler.close_connection = True
        try:
            with socket.create_connection(("127.0.0.1", self.edge_port)) as edge:
                edge.sendall(head.replace("\n", "\r\n").replace("\r\r\n", "\r\n").encode() + body)
                while piece := edge.recv(65536):
                    handler.wfile.write(piece)
        except OSError:
            pass  # one side has closed the connection
