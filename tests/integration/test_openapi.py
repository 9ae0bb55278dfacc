#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Compares /openapi.json and deploy/docs/http.md with the code and with running edges: each operation and status is
provoked, each answer conforms to the document, its examples are sent, and nothing is missing."""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, Connection, Reply, publish, request, request_bytes
from sse import Stream
from waiting import wait_until

SECRET = "a secret of the tests that is long enough for HS256"
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
METHODS = ("get", "head", "post", "options", "put", "delete", "patch", "trace")


def source(path):
    with open(os.path.join(belfry.ROOT, path), encoding="utf-8") as file:
        return file.read()


def token(**grants):
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = encode(b'{"alg":"HS256"}') + "." + encode(json.dumps({"mercure": grants}).encode())
    return text + "." + encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


# ---- the document ----


class Mismatch(AssertionError):
    pass


class Schemas:
    """Checks the part of JSON Schema 2020-12 that the document uses. An unknown keyword is an error, so that nothing is
    left unchecked."""

    NOTES = {"description", "default", "title", "example", "examples"}
    TYPES = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
        "integer": int, "number": (int, float),
    }

    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            at, found = node["$ref"], self.document
            if not at.startswith("#/"):
                raise Mismatch(f"a reference elsewhere: {at}")
            for part in at[2:].split("/"):
                found = found[part]
            node = found
        return node

    def check(self, value, schema, where="$"):
        for keyword, wanted in schema.items():
            if keyword in self.NOTES:
                continue
            rule = getattr(self, "_" + keyword.replace("$", ""), None)
            if rule is None:
                raise Mismatch(f"{where}: the keyword {keyword} is not known here")
            if not rule(value, wanted, schema, where):
                raise Mismatch(f"{where}: {str(value)[:200]!r} is against {keyword}: {wanted!r}")

    def fits(self, value, schema, where):
        try:
            self.check(value, schema, where)
        except Mismatch:
            return False
        return True

    def _ref(self, value, wanted, _, where):
        self.check(value, self.resolve({"$ref": wanted}), where)
        return True

    def _type(self, value, wanted, *_):
        names = wanted if isinstance(wanted, list) else [wanted]
        if isinstance(value, bool):
            return "boolean" in names
        return any(isinstance(value, self.TYPES[name]) for name in names)

    def _properties(self, value, wanted, _, where):
        if isinstance(value, dict):
            for name in wanted.keys() & value.keys():
                self.check(value[name], wanted[name], f"{where}.{name}")
        return True

    def _additionalProperties(self, value, wanted, schema, _):
        assert wanted is False
        return not isinstance(value, dict) or value.keys() <= schema["properties"].keys()

    def _required(self, value, wanted, *_):
        return not isinstance(value, dict) or set(wanted) <= value.keys()

    def _items(self, value, wanted, _, where):
        if isinstance(value, list):
            for i, item in enumerate(value):
                self.check(item, wanted, f"{where}[{i}]")
        return True

    def _oneOf(self, value, wanted, _, where):
        return sum(self.fits(value, each, where) for each in wanted) == 1

    def _enum(self, value, wanted, *_):
        return value in wanted

    def _const(self, value, wanted, *_):
        return value == wanted and type(value) is type(wanted)

    def _pattern(self, value, wanted, *_):
        return not isinstance(value, str) or re.search(wanted, value) is not None

    def _minLength(self, value, wanted, *_):
        return not isinstance(value, str) or len(value) >= wanted

    def _maxLength(self, value, wanted, *_):
        return not isinstance(value, str) or len(value) <= wanted

    def _minItems(self, value, wanted, *_):
        return not isinstance(value, list) or len(value) >= wanted

    def _maxItems(self, value, wanted, *_):
        return not isinstance(value, list) or len(value) <= wanted

    def _minimum(self, value, wanted, *_):
        return not isinstance(value, (int, float)) or value >= wanted

    def _maximum(self, value, wanted, *_):
        return not isinstance(value, (int, float)) or value <= wanted


class Document:
    def __init__(self, text):
        self.root = json.loads(text)
        self.schemas = Schemas(self.root)

    def operations(self):
        """Yields (path, method, operation), with references resolved."""
        for path, item in self.root["paths"].items():
            for method, operation in self.schemas.resolve(item).items():
                assert method in METHODS, f"{path}: {method}"
                yield path, method, operation

    def operation(self, path, method):
        return self.schemas.resolve(self.root["paths"][path])[method.lower()]

    def parameters(self, operation):
        return [self.schemas.resolve(p) for p in operation.get("parameters", ())]

    def example_query(self, operation):
        fields = []
        for parameter in self.parameters(operation):
            if parameter["in"] == "query" and "example" in parameter:
                value = parameter["example"]
                fields += [(parameter["name"], one) for one in (value if isinstance(value, list) else [value])]
        return urllib.parse.urlencode(fields)

    def fields(self, operation):
        """Returns the names of the members and fields of the body."""
        found = set()
        for media in operation.get("requestBody", {}).get("content", {}).values():
            found |= self.schemas.resolve(media["schema"]).get("properties", {}).keys()
        return found

    @staticmethod
    def examples(media):
        found = [media["example"]] if "example" in media else []
        return found + [each["value"] for each in media.get("examples", {}).values()]

    def check_reply(self, path, method, reply):
        """Checks that the document contains the reply."""
        operation = self.operation(path, method)
        name = f"{method} {path}: {reply}"
        described = operation["responses"].get(str(reply.status))
        if described is None:
            raise Mismatch(f"the document has no such status: {name}")
        if method == "HEAD":
            described = self.operation(path, "GET")["responses"][str(reply.status)]
        content = self.schemas.resolve(described).get("content", {})
        kind = reply.header("Content-Type")
        if content and kind not in content or not content and kind is not None:
            raise Mismatch(f"the document has no such Content-Type: {name}")
        if method == "HEAD" or not content:
            if reply.body:
                raise Mismatch(f"a body where none should be: {name}")
        elif kind == "application/x-ndjson":
            for line in reply.body.splitlines():
                self.schemas.check(json.loads(line), content[kind]["schema"])
        elif kind.endswith("json"):
            self.schemas.check(reply.json(), content[kind]["schema"])


# ---- the code's tables ----


def routes():
    """Returns {path: methods} from edge/api/route.c."""
    text = source("edge/api/route.c")
    defined = re.findall(r"#define (\w+_METHODS) (.*)", text)
    sets = {name: set(re.findall(r"METHOD_(\w+)", value)) for name, value in defined}

    def methods(words):
        found = set(re.findall(r"METHOD_(\w+)", words))
        for name in sets:
            found |= sets[name] if re.search(rf"\b{name}\b", words) else set()
        return found

    rows = re.findall(r'\{SLICE_INIT\("([^"]+)"\),\s*(ROUTE_\w+),\s*([^,]+),\s*handle_\w+', text)
    assert len(rows) == text.count("SLICE_INIT"), "route.c is written otherwise than this test reads it"
    below = {"/subscriptions/": "{session}", "/problems/": "{name}"}
    return {path + (below[path] if match == "ROUTE_BELOW" else ""): methods(words) for path, match, words in rows}


def problems():
    """Returns {name: (status, title)} from edge/http/response.c."""
    rows = re.findall(r'\{(\d+), "([^"]+)", "([^"]+)"\}', source("edge/http/response.c"))
    assert len(rows) > 10
    return {name: (int(status), title) for status, title, name in rows}


def statuses_in_code():
    """Returns the statuses of problems in the code, without the table of all."""
    found = set()
    for folder in ("common", "edge"):
        for path in Path(belfry.ROOT, folder).rglob("*.c"):
            if path.name != "response.c":
                text = path.read_text()
                calls = r"\b(?:api_call_problem|bad|refuse|conn_refuse)\(\s*(?:\w+,\s*)?([45]\d\d),"
                found |= set(re.findall(calls, text))
                found |= set(re.findall(r"\{(?:ERR_\w+,\s*\{?)?([45]\d\d)[,}]", text))
                found |= set(re.findall(r"status = ([45]\d\d)\b", text))
    return {int(status) for status in found}


def table(text, heading):
    """Returns the rows of the table below a heading of a Markdown file."""
    part = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip().strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


# Operations that the page only lists in the table of routes.
SHORT_OPERATIONS = ("/sse", "/event_stream", "/chat", "/admin", "/docs", "/docs/{page}", "/problems/{name}", "/openapi.json")


def rows_of(section, kind):
    """Returns the rows of the table whose first column has this name, without backticks."""
    found = re.search(rf"^\| {kind} \|.*\n\|[ |-]+\n((?:\|.*\n)*)", section, re.M)
    rows = found[1].splitlines() if found else []
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|", 2)] for row in rows]


class TestTables(unittest.TestCase):
    def test_routes(self):
        rows = table(source("deploy/docs/http.md"), "Routes")
        listed = {}
        for path, methods, what in rows:
            self.assertNotIn(path, listed)
            self.assertTrue(what)
            listed[path.strip("`")] = set(methods.split(", "))
        self.assertEqual(listed, routes())

    def test_problems(self):
        rows = table(source("deploy/docs/http.md"), "Problems")
        listed = {}
        for name, status, title, when in rows:
            self.assertNotIn(name, listed)
            self.assertTrue(when)
            listed[name.strip("`").removeprefix("/problems/")] = (int(status), title)
        self.assertEqual(listed, problems())

    def test_parameters(self):
        """The page has a section for each operation, with its parameters, the fields of its body, and its errors."""
        document = Document(source("web/openapi/openapi.json"))
        sections = re.split(r"^## ", source("deploy/docs/http.md"), flags=re.M)
        listed = {section.splitlines()[0]: section for section in sections if re.match(r"(GET|POST) /", section)}
        wanted = {}
        for path, method, operation in document.operations():
            if method in ("get", "post") and path not in SHORT_OPERATIONS:
                wanted[f"{method.upper()} {path}"] = operation
        self.assertEqual(set(listed), set(wanted))
        for name, operation in wanted.items():
            with self.subTest(operation=name):
                parameters = {(p["in"], p["name"]) for p in document.parameters(operation)}
                self.assertEqual({(where, each) for each, where, _ in rows_of(listed[name], "parameter")}, parameters)
                self.assertEqual({each for each, _, _ in rows_of(listed[name], "field")}, document.fields(operation))
                errors = {int(status) for status in operation["responses"] if int(status) >= 400}
                documented = re.search(r"Errors: ([\d, ]+)\.", listed[name])[1]
                self.assertEqual(set(map(int, documented.split(", "))), errors)

    def test_statuses(self):
        """Each status in the code has its own type, and each row is about one of them."""
        self.assertEqual(statuses_in_code(), {status for status, _ in problems().values()})

    def test_document_is_complete(self):
        """The document lists all routes except protocols with their own documents, and OPTIONS *, which OpenAPI
        cannot describe."""
        document = Document(source("web/openapi/openapi.json"))
        listed = {}
        for path, method, _ in document.operations():
            listed.setdefault(path, set()).add(method.upper())
        wanted = routes()
        for path in [path for path in wanted if path in ("*", "/hub") or path.startswith("/.well-known/")]:
            del wanted[path]
        files = {path: methods for path, methods in listed.items() if path not in wanted}
        self.assertEqual({path: listed.get(path) for path in wanted}, wanted)
        self.assertEqual(files, {"/openapi.json": {"GET"}, "/docs": {"GET"}, "/docs/{page}": {"GET"}})


class TestDocument(unittest.TestCase):
    def setUp(self):
        self.document = Document(source("web/openapi/openapi.json"))

    def walk(self, node, where="#"):
        yield where, node
        if isinstance(node, (dict, list)):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                yield from self.walk(value, f"{where}/{key}")

    def test_checker_finds_errors(self):
        schemas = self.document.schemas
        good = {"type": "/problems/rate", "title": "Too Many Requests", "status": 429, "detail": "slow down"}
        schema = {"$ref": "#/components/schemas/Problem"}
        schemas.check(good, schema)
        changes = [{"status": "429"}, {"status": True}, {"status": 200}, {"type": "rate"}, {"more": 1}, {"record": 0}]
        for change in changes:
            with self.assertRaises(Mismatch, msg=change):
                schemas.check({**good, **change}, schema)
        with self.assertRaises(Mismatch):
            schemas.check({"type": "/problems/rate"}, schema)
        with self.assertRaises(Mismatch):
            schemas.check(1, {"multipleOf": 1})
        line = {"$ref": "#/components/schemas/BatchLine"}
        for value in ({"id": None}, {"id": None, "ephemeral": 1}, {"id": "a-1", "offset": 1}, []):
            with self.assertRaises(Mismatch, msg=value):
                schemas.check(value, line)

    def test_references_and_use(self):
        used = set()
        for where, node in self.walk(self.document.root):
            if isinstance(node, dict) and "$ref" in node:
                used.add(node["$ref"])
                try:
                    self.document.schemas.resolve(node)
                except KeyError:
                    self.fail(f"{where}: {node['$ref']} is not there")
        for kind in ("parameters", "schemas", "responses", "pathItems"):
            for name in self.document.root["components"][kind]:
                self.assertIn(f"#/components/{kind}/{name}", used, "unused")

    def test_operations(self):
        for path, method, operation in self.document.operations():
            with self.subTest(operation=f"{method} {path}"):
                self.assertTrue(operation["summary"])
                parameters = self.document.parameters(operation)
                names = [(p["in"], p["name"]) for p in parameters]
                self.assertEqual(len(names), len(set(names)))
                in_path = {p["name"] for p in parameters if p["in"] == "path" and p["required"]}
                self.assertEqual(in_path, set(re.findall(r"\{(\w+)\}", path)))

    def test_statuses_are_problems(self):
        known = {status for status, _ in problems().values()}
        for path, method, operation in self.document.operations():
            for status in map(int, operation["responses"]):
                self.assertTrue(status in (200, 204, 303) or status in known, f"{method} {path} {status}")

    def test_examples_fit(self):
        count = 0
        for where, node in self.walk(self.document.root):
            if isinstance(node, dict) and "schema" in node:
                for example in Document.examples(node):
                    self.document.schemas.check(example, node["schema"], where)
                    count += 1
        self.assertGreater(count, 20)


# ---- the running edges ----


class TestEdges(belfry.BelfryTest):
    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=1)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.open = cls.belfry.ports[0]
        locked = cls.belfry.add_edge("locked", ["--jwt-key", SECRET]).start()
        slow = cls.belfry.add_edge("slow", ["--publish-rate", "1", "--publish-burst", "1"]).start()
        for edge in (locked, slow):
            edge.wait_ready()
        cls.locked, cls.slow = locked.port, slow.port
        publish(cls.open, "rooms/1", "first")
        cls.document = Document(request(cls.open, "GET", "/openapi.json").body)

    def session(self, port, **keywords):
        stream = self.closing(Stream(port, "rooms/1", hello=1, **keywords))
        return stream, json.loads(stream.next_event().data)["session"]

    def ask(self, port, method, path, target, body=b"", headers=None):
        """Sends the request and checks the reply against the document. Of a stream only the head is checked."""
        if path.startswith("/admin"):
            headers = {"Host": "127.0.0.1", **(headers or {})}
        if method == "GET" and path in ("/subscribe", "/sse", "/event_stream", "/admin/events"):
            with Connection(port) as connection:
                connection.send(request_bytes(method, target, body, headers))
                reply = Reply(*connection.head(), b"")
                reply.body = connection.exactly(int(reply.header("Content-Length", "0")))
        else:
            reply = request(port, method, target, body, headers)
        self.document.check_reply(path, method, reply)
        return reply

    def test_served(self):
        reply = request(self.open, "GET", "/openapi.json")
        self.assertEqual((reply.status, reply.header("Content-Type")), (200, "application/json"))
        self.assertEqual(reply.json(), json.loads(source("web/openapi/openapi.json")))
        self.assertTrue(reply.json()["openapi"].startswith("3.1."))

    def reading_cases(self):
        bearer = {"Authorization": "Bearer " + token(subscribe=["elsewhere"])}
        bad = {"/subscribe": "history=x", "/sse": "history=x", "/event_stream": "history=x", "/history": "limit=0",
               "/topics": "limit=0", "/presence": ""}
        for path, query in bad.items():
            good = "?topic=rooms/1" if path != "/topics" else ""
            for method in ("GET", "HEAD"):
                yield 200, self.open, method, path, path + good
                yield 400, self.open, method, path, f"{path}?{query}"
                yield 401, self.locked, method, path, path + good
                if path in ("/topics", "/presence"):
                    yield 403, self.locked, method, path, path + good, b"", bearer
            yield 204, self.open, "OPTIONS", path, path
        for method in ("GET", "HEAD"):
            yield 410, self.open, method, "/history", "/history?after=zzzzzz-1"
            yield 410, self.open, method, "/presence", "/presence?topic=rooms/1&after=99-1"
            yield 303, self.open, method, "/problems/{name}", "/problems/rate"
            yield 404, self.open, method, "/problems/{name}", "/problems/nothing"
        yield 204, self.open, "OPTIONS", "/problems/{name}", "/problems/rate"
        yield 200, self.open, "GET", "/openapi.json", "/openapi.json"
        yield 200, self.open, "GET", "/docs", "/docs"
        yield 200, self.open, "GET", "/docs/{page}", "/docs/http"

    def publishing_cases(self, path):
        cookie = {"Cookie": "mercureAuthorization=" + token(publish=["*"]), "Origin": "https://evil.example", **FORM}
        bearer = {"Authorization": "Bearer " + token(publish=["elsewhere"]), **FORM}
        once = b"topic=rooms/1&data=x&if_last="
        lines = b'{"data":1}\n{"data":2,"type":"a\\nb"}\n{"data":3,"ephemeral":true}\n'
        yield 200, self.open, "POST", path, path, b"topic=rooms/1&data=x", FORM
        yield 200, self.open, "POST", path, path, lines, NDJSON
        yield 400, self.open, "POST", path, path, b"topic=*&data=x", FORM
        yield 400, self.open, "POST", path, path + "?atomic=1", lines, NDJSON
        yield 401, self.locked, "POST", path, path, b"data=x", FORM
        yield 403, self.locked, "POST", path, path, b"data=x", cookie
        yield 403, self.locked, "POST", path, path, b"data=x", bearer
        yield 409, self.open, "POST", path, path, once, FORM
        yield 413, self.open, "POST", path, path + "?topic=a", b"x" * (1200 << 10), {"Content-Type": "text/plain"}
        yield 415, self.open, "POST", path, path, b"x", {"Content-Type": "text/plain"}
        yield 204, self.open, "OPTIONS", path, path

    def session_cases(self):
        path = "/subscriptions/{session}"
        good = token(subscribe=["*"])
        _, here = self.session(self.open)
        _, there = self.session(self.locked, authorization=good)
        cookie = {"Cookie": f"mercureAuthorization={good}", "Origin": "https://evil.example", **JSON}
        for port, session, headers in ((self.open, here, JSON), (self.slow, here, JSON),
                                       (self.locked, there, {"Authorization": f"Bearer {good}", **JSON})):
            target = f"/subscriptions/{session}"
            yield 204, port, "POST", path, target, b'{"add":["rooms/9"]}', headers
            yield 400, port, "POST", path, target, b'{"add":1}', headers
        target = f"/subscriptions/{there}"
        yield 401, self.locked, "POST", path, target, b"{}", {"Authorization": "Bearer no", **JSON}
        yield 403, self.locked, "POST", path, target, b"{}", cookie
        yield 404, self.open, "POST", path, "/subscriptions/0123456789abcdef-1", b"{}", JSON
        yield 204, self.open, "OPTIONS", path, target

    def admin_cases(self):
        other = {"Authorization": "Bearer " + token(publish=["*"])}
        for method in ("GET", "HEAD"):
            yield 200, self.open, method, "/admin", "/admin"
            yield 200, self.open, method, "/admin/events", "/admin/events"
            yield 400, self.open, method, "/admin/events", "/admin/events?%"
            yield 401, self.locked, method, "/admin/events", "/admin/events"
            yield 403, self.locked, method, "/admin/events", "/admin/events", b"", other
        for path in ("/admin", "/admin/events", "/admin/commands"):
            yield 204, self.open, "OPTIONS", path, path
        path = "/admin/commands"
        unknown = b'{"command":"edge","arguments":["nobody","drain"]}'
        large = json.dumps({"command": "topics", "arguments": ["x" * (1200 << 10)]}).encode()
        admin = {**JSON, "Authorization": "Bearer " + token(admin=True)}
        yield 200, self.locked, "POST", path, path, b'{"command":"stats"}', admin
        yield 400, self.open, "POST", path, path, b"{}", JSON
        yield 401, self.locked, "POST", path, path, b'{"command":"stats"}', JSON
        yield 403, self.locked, "POST", path, path, b'{"command":"stats"}', {**JSON, **other}
        yield 404, self.open, "POST", path, path, unknown, JSON
        yield 413, self.open, "POST", path, path, large, JSON
        yield 415, self.open, "POST", path, path, b"x", FORM

    # It needs a full disk, which test_restart.py and the unit tests have.
    ELSEWHERE = {507}

    def test_every_status(self):
        seen = set()

        def run(status, port, method, path, *rest):
            with self.subTest(method=method, target=rest[0][:80], status=status):
                reply = self.ask(port, method, path, *rest)
                self.assertEqual(reply.status, status, reply)
                seen.add((path, method.lower(), status))

        posts = [*self.publishing_cases("/publish"), *self.publishing_cases("/chat")]
        for case in [*self.reading_cases(), *posts, *self.session_cases(), *self.admin_cases()]:
            run(*case)
        for path in ("/publish", "/chat"):
            wait_until(lambda: self.ask(self.slow, "POST", path, path, b"data=x", FORM).status == 429, 10, "a 429")
            seen.add((path, "post", 429))
        seen |= self.without_broker()
        listed = set()
        for path, method, operation in self.document.operations():
            listed |= {(path, method, int(status)) for status in operation["responses"]}
        self.assertEqual({each for each in listed - seen if each[2] not in self.ELSEWHERE}, set())

    def without_broker(self):
        """Tests 503 while the broker is stopped."""
        system = self.system(edges=1, edge_arguments=["--publish-deadline", "1s"]).start()
        system.broker.kill()
        port = system.ports[0]
        cases = [("POST", "/publish", "/publish", b"data=x", FORM), ("POST", "/chat", "/chat", b"data=x", FORM)]
        for path in ("/history", "/topics", "/presence"):
            cases += [(method, path, path + "?topic=a") for method in ("GET", "HEAD")]
        cases += [("POST", "/subscriptions/{session}", "/subscriptions/0123456789abcdef-1", b"{}", JSON)]
        cases += [("POST", "/admin/commands", "/admin/commands", b'{"command":"stats"}', JSON)]
        for method, path, *rest in cases:
            with self.subTest(method=method, path=path):
                reply = self.ask(port, method, path, *rest)
                self.assertEqual(reply.status, 503, reply)
                self.assertRegex(reply.header("Retry-After", ""), r"^[1-9]\d*$")
        return {(path, method.lower(), 503) for method, path, *_ in cases}

    def encode(self, kind, example):
        if kind == "application/json":
            return json.dumps(example).encode()
        if kind == "application/x-www-form-urlencoded":
            return urllib.parse.urlencode(example, doseq=True).encode()
        return example.encode()

    def test_examples(self):
        """Each example works unchanged."""
        sent = 0
        stream, session = self.session(self.open)
        for path, method, operation in self.document.operations():
            if method not in ("get", "post"):
                continue
            target = path.replace("{session}", session)
            for parameter in self.document.parameters(operation):
                target = target.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "")))
            query = self.document.example_query(operation)
            bodies = operation.get("requestBody", {}).get("content", {None: {}})
            for kind, media in bodies.items():
                # The example of the query contains topics, which only other types need; atomic is for batches.
                suffix = "?" + query if method == "get" else "?topic=rooms/1" if kind == "text/plain" else ""
                for example in Document.examples(media) if kind else [None]:
                    with self.subTest(path=path, kind=kind, example=str(example)[:60]):
                        body = b"" if example is None else self.encode(kind, example)
                        headers = {"Content-Type": kind} if kind else {}
                        reply = self.ask(self.open, method.upper(), path, target + suffix, body, headers)
                        self.assertIn(reply.status, (200, 204, 303), reply)
                        sent += 1
        self.assertGreater(sent, 15)
        publish(self.open, "rooms/3", "on an added topic")
        stream.read_until(
            lambda s: any(e.data == "on an added topic" for e in s.parser.events), 10, "the added topic's record"
        )

    def test_limits_are_correct(self):
        """The maximum of the document is accepted, the next value is refused."""
        checked = 0
        for path, method, operation in self.document.operations():
            for parameter in self.document.parameters(operation) if method == "get" else ():
                maximum = parameter["schema"].get("maximum")
                if maximum is None:
                    continue
                minimum = parameter["schema"]["minimum"]
                for value, status in ((maximum, 200), (maximum + 1, 400), (minimum, 200), (minimum - 1, 400)):
                    with self.subTest(path=path, name=parameter["name"], value=value):
                        target = f"{path}?topic=rooms/1&{parameter['name']}={value}"
                        if path == "/topics":
                            target = f"{path}?{parameter['name']}={value}"
                        self.assertEqual(self.ask(self.open, "GET", path, target).status, status)
                        checked += 1
        self.assertGreaterEqual(checked, 12)


if __name__ == "__main__":
    belfry.main()
