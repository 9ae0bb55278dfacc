#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""`belfry token`: compares tokens with Python's HMAC, and checks the explanations of tokens."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry

SECRET = b"a secret that has sixty-four bytes, which is enough for HS512 too"[:64]
OTHER = b"another secret that has enough bytes for all of them, HS512 also"

# RFC 7515, appendix A.1
RFC7515_KEY = (
    '{"kty":"oct","alg":"HS256","k":'
    '"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}'
)
RFC7515_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(claims, secret=SECRET, header=None):
    head = encode(json.dumps(header or {"alg": "HS256"}).encode())
    text = f"{head}.{encode(json.dumps(claims).encode())}"
    return f"{text}.{encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


class TestToken(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="belfry-")
        self.addCleanup(self.folder.cleanup)
        self.key = self.write("key", SECRET + b"\n")

    def write(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def run_token(self, *arguments, key=None, text=b""):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BELFRY_")}
        if key is not None:
            environment["BELFRY_JWT_KEY"] = key
        command = [belfry.binary("belfry"), "token", *arguments]
        return subprocess.run(command, env=environment, input=text, capture_output=True, timeout=600)

    def make(self, *arguments, **more):
        done = self.run_token(*arguments, **more)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().removesuffix("\n")

    def check(self, token, *arguments, status=0, **more):
        done = self.run_token("--check", token, *arguments, **more)
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode()

    def fail_with(self, status, text, *arguments, **more):
        done = self.run_token(*arguments, **more)
        self.assertEqual((done.returncode, done.stdout), (status, b""))
        self.assertIn(text, done.stderr.decode())
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_token_equals_that_of_python(self):
        for alg, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
            before = int(time.time())
            token = self.make(
                "--publish", "a,b{x,y}", "--subscribe", "*", "--payload", '{"name": "Ann \u00e9"}',
                "--subject", "ann", "--issuer", "i", "--audience", "h", "--expires", "2h",
                "--key", self.key, "--alg", alg,
            )
            head, payload, signature = token.split(".")
            wanted = hmac.new(SECRET, f"{head}.{payload}".encode(), digest).digest()
            self.assertEqual(decode(signature), wanted)
            self.assertEqual(json.loads(decode(head)), {"alg": alg, "typ": "JWT"})
            claims = json.loads(decode(payload))
            issued = claims.pop("iat")
            self.assertTrue(before <= issued <= time.time())
            self.assertEqual(claims, {
                "iss": "i", "sub": "ann", "aud": "h", "exp": issued + 7200,
                "mercure": {
                    "publish": ["a", "b{x,y}"], "subscribe": ["*"], "payload": {"name": "Ann \u00e9"},
                },
            })

    def test_environment_and_expiry(self):
        token = self.make("--subscribe", "a", "--expires", "0", key=SECRET.decode())
        self.assertNotIn("exp", json.loads(decode(token.split(".")[1])))
        self.assertIn("expires    never", self.check(token, "--key", self.key))

    def test_check_of_a_good_token(self):
        claims = {"mercure": {"publish": [], "subscribe": ["r/{id}"], "payload": {"n": 1}}, "sub": "ann\u001b[2J"}
        token = signed({**claims, "exp": time.time() + 3600.5})
        text = self.check(token, "--key", self.key)
        for line in ("publish    nothing (an empty list)", "subscribe  r/{id}", 'payload    {"n":1}',
                     "subject    ann?[2J", "verdict    valid"):
            self.assertIn(line + "\n", text)
        self.assertNotIn("\x1b", text)
        again = self.check("-", "--key", self.key, text=f" {token}\n".encode())
        self.assertEqual(*(re.sub(r" \(in \d+ min\)", "", each) for each in (again, text)))  # the minute may change in between

    def test_check_reports_errors(self):
        self.assertIn("not valid (signature)", self.check(signed({}, OTHER), "--key", self.key, status=1))
        self.assertIn("not valid (malformed)", self.check("x.y", "--key", self.key, status=1))
        self.assertIn("not valid (algorithm)", self.check(signed({}, header={"alg": "none"}), "--key", self.key, status=1))
        self.assertIn("not valid (claims)", self.check(signed({"mercure": 1}), "--key", self.key, status=1))
        self.assertIn("not valid (expired)", self.check(signed({"exp": 1.5}), "--key", self.key, status=1))
        self.assertIn("not valid (not yet valid)", self.check(signed({"nbf": 9e9}), "--key", self.key, status=1))
        self.assertIn("not valid (issuer)", self.check(signed({}), "--key", self.key, "--issuer", "i", status=1))
        self.assertIn("not valid (audience)", self.check(signed({}), "--key", self.key, "--audience", "h", status=1))
        self.assertIn("signature not checked", self.check(signed({}), status=1))

    def test_published_example(self):
        jwk = self.write("jwk", RFC7515_KEY.encode())
        text = self.check(RFC7515_TOKEN, "--key", jwk, status=1)
        self.assertIn("issuer     joe\n", text)
        self.assertIn("expires    2011-03-22T18:43:00Z", text)
        self.assertIn("not valid (expired)", text)

    def test_refusals(self):
        weak = self.write("weak", b"too short")
        self.fail_with(1, "too weak", "--publish", "a", "--key", weak)
        self.fail_with(1, "No such file", "--publish", "a", "--key", os.path.join(self.folder.name, "none"))
        self.fail_with(1, "no key", "--publish", "a")
        self.fail_with(1, "needs a public or private key", "--publish", "a", "--key", self.key, "--alg", "ES256")
        self.fail_with(2, "--subscribe", "--key", self.key)
        self.fail_with(2, "empty selector", "--publish", "a,,b", "--key", self.key)
        self.fail_with(2, "--payload", "--publish", "a", "--payload", '1},"exp":{', "--key", self.key)
        self.fail_with(2, "alg", "--publish", "a", "--key", self.key, "--alg", "none")
        self.fail_with(2, "unexpected argument", "--publish", "a", "b", "--key", self.key)

    def test_help(self):
        done = self.run_token("--help")
        self.assertEqual(done.returncode, 0)
        for option in (b"--publish", b"--subscribe", b"--payload", b"--expires", b"--key", b"--alg", b"--check"):
            self.assertIn(option, done.stdout)


if __name__ == "__main__":
    unittest.main()
