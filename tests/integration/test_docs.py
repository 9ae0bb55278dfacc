#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs every command and snippet of the pages and compares the output (tests/lib/pages.py). A block that is not run has a
reason, and is counted."""

import glob
import html.parser
import os
import re
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import commands
from http1 import request
from page_browser import Browser
from page_runner import Runner
from pages import Ids, PageError, blocks, shows, shows_next
from tools import CI, find

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/docs/*.md")


def page_names():
    found = []
    for pattern in PAGES:
        found += sorted(os.path.relpath(p, belfry.ROOT) for p in glob.glob(os.path.join(belfry.ROOT, pattern)))
    return found


def read(name):
    with open(os.path.join(belfry.ROOT, name), encoding="utf-8") as file:
        return file.read()


class TestPages(unittest.TestCase):
    """One test per page, created below."""

    maxDiff = None
    browser = None
    counts = {}

    @classmethod
    def chromium(cls):
        if cls.browser is None:
            program = find(os.environ.get("BELFRY_CHROMIUM", "chromium"))
            if program is None:
                if CI:
                    raise AssertionError("chromium is not installed, and CI=true")
                return None
            cls.browser = Browser(program)
            cls.addClassCleanup(cls.browser.close)
        return cls.browser

    def run_page(self, name):
        found = blocks(name, read(name))
        needs_browser = any(b.runs and b.language in ("js", "html") and not b.has("node") for b in found)
        runner = Runner(name, found, self.chromium() if needs_browser else None)
        self.addCleanup(runner.close)
        runner.run()
        self.counts[name] = (runner.ran, runner.not_run)

    @classmethod
    def tearDownClass(cls):
        for name, (ran, not_run) in cls.counts.items():
            print(f"{name}: {ran} blocks run, {len(not_run)} not", file=sys.stderr)
            for where, reason in not_run:
                print(f"    {where}: {reason}", file=sys.stderr)


for page_name in page_names():
    def run_page(self, name=page_name):
        self.run_page(name)
    setattr(TestPages, "test_" + re.sub(r"\W", "_", page_name.removesuffix(".md")), run_page)


class Links(html.parser.HTMLParser):
    """Collects the links of a page and its link targets."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        if "id" in attributes:
            assert attributes["id"] not in self.ids, f"two of id {attributes['id']}"
            self.ids.add(attributes["id"])


class TestServed(belfry.BelfryTest):
    """The pages that an edge serves at /docs."""

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=1)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]
        cls.pages = {}

    def page(self, path):
        if path not in self.pages:
            reply = request(self.port, "GET", path)
            self.assertEqual(reply.status, 200, path)
            self.assertIn("default-src 'none'", reply.header("Content-Security-Policy"))
            self.assertTrue(reply.header("ETag"))
            text = reply.body.decode()
            self.pages[path] = Links(text if reply.header("Content-Type").startswith("text/html") else "")
        return self.pages[path]

    def follow(self, here, link):
        """Returns the path and the fragment of a link."""
        url = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://edge{here}", link))
        self.assertFalse(url.fragment and url.fragment not in self.page(url.path).ids, f"{here}: {link}")
        return url.path

    def test_links(self):
        """All pages are reachable from the index, and all links have targets."""
        waiting, seen = ["/docs"], set()
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            for link in self.page(here).links:
                if not link.startswith("https:") and not link.startswith("http:"):
                    waiting.append(self.follow(here, link))
        served = glob.glob("*.html", root_dir=os.path.join(belfry.ROOT, "web/dist/docs"))
        self.assertEqual({f"/docs/{name.removesuffix('.html')}" for name in served}, {path for path in seen if path.startswith("/docs/")})

    def test_no_script(self):
        for path in ("/docs", "/docs/http"):
            self.assertEqual(self.page(path).tags & {"script", "style", "img", "iframe", "form"}, set())

    def test_caching(self):
        first = request(self.port, "GET", "/docs/http", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(first.header("Content-Encoding"), "gzip")
        again = request(self.port, "GET", "/docs/http", headers={"If-None-Match": first.header("ETag")})
        self.assertEqual(again.status, 304)

    def test_problem_types(self):
        """The `type` of each problem in the sources has an explanation."""
        names = re.findall(r'\{\d+, "[^"]+", "([^"]+)"\}', read("edge/http/response.c"))
        self.assertGreater(len(names), 15)
        for name in names:
            reply = request(self.port, "GET", f"/problems/{name}")
            self.assertEqual(reply.status, 303, name)
            self.assertEqual(self.follow(f"/problems/{name}", reply.header("Location")), "/docs/http")
        self.assertEqual(request(self.port, "GET", "/problems/other").status, 404)


class TestOptions(unittest.TestCase):
    """The options and defaults on the pages are correct."""

    def helps(self):
        """Returns {option: default} of all programs and commands."""
        found = {}
        programs = [["belfry-edge"], ["belfry-broker"], *(["belfry", name] for name in commands())]
        for program, *command in programs:
            done = subprocess.run([belfry.binary(program), *command, "--help"], capture_output=True, text=True, check=True)
            for entry in re.split(r"\n(?=  --)", done.stdout):
                option = re.match(r"  --(\[no-\])?([a-z][a-z-]*)", entry)
                if option:
                    default = re.search(r"\[([^]]*)\]\s*(\n\n|$)", entry)
                    found.setdefault("--" + option[2], default[1] if default else None)
        return found

    def test_options(self):
        known = self.helps()
        self.assertGreater(len(known), 80)
        for name in page_names():
            if name.startswith("deploy/docs/"):
                text = re.sub(r"^```.*?^```$", "", read(name), flags=re.M | re.S)
                for option in re.findall(r"`(--[a-z][a-z-]*)", text):
                    self.assertIn(option, known, name)

    def test_defaults(self):
        known = self.helps()
        rows = re.findall(r"^\| `(--[a-z-]+)` \| (\d[^|]*?) \|", read("deploy/docs/http.md"), re.M)
        self.assertGreater(len(rows), 8)
        for option, told in rows:
            if told != "0":
                with self.subTest(option=option):
                    self.assertEqual(re.sub(r"[ ,]", "", told), known[option])


class TestRelativeLinks(unittest.TestCase):
    """Links between files of the repository are correct."""

    def test_links(self):
        for name in page_names():
            text = re.sub(r"^```.*?^```$", "", read(name), flags=re.M | re.S)
            for link in re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`]*`", "", text)):
                url = urllib.parse.urlsplit(link)
                if url.scheme:
                    continue
                path = os.path.normpath(os.path.join(os.path.dirname(name), url.path)) if url.path else name
                self.assertTrue(os.path.exists(os.path.join(belfry.ROOT, path)), f"{name}: {link}")
                if url.fragment and path.endswith(".md"):
                    self.assertIn(url.fragment, anchors(read(path)), f"{name}: {link}")


def anchors(text):
    """Returns the fragments of a page's headings, as made by GitHub."""
    found = re.findall(r"^#+ (.*)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", re.sub(r"\]\([^)]*\)", "", heading.lower())).replace(" ", "-") for heading in found}


class TestConvention(unittest.TestCase):
    """Tests the parser of pages and the comparison."""

    def block(self, info, text=""):
        return blocks("x.md", f"```{info}\n{text}\n```\n")[0]

    def test_directions(self):
        block = self.block("sh norun it needs two machines", "ls")
        self.assertEqual((block.reason, block.runs), ("it needs two machines", False))
        self.assertTrue(self.block("js node", "1").runs)
        self.assertFalse(self.block("json", "{}").runs)

    def test_bad_fences(self):
        for info, text in (("", "x"), ("sh norun", "x"), ("sh backgruond", "x"), ("bash", "x"), ("sh output", "x"),
                           ("text", "curl -N http://127.0.0.1:8080/"), ("json", "{")):
            with self.subTest(info=info), self.assertRaises(PageError):
                self.block(info, text)
        with self.assertRaises(PageError):
            blocks("x.md", "```sh\nls\n")
        with self.assertRaises(PageError):
            blocks("x.md", "Run\n\n    deploy/up\n")
        self.assertEqual(blocks("x.md", "- a\n\n    more of a\n- b\n"), [])

    def test_comparison(self):
        ids = Ids()
        out = self.block("json output", '{"id": "k3f9x2-7", "offset": 7, "duplicate": false}')
        self.assertTrue(shows(out, '{"id":"aaaaaa-12","offset":12,"duplicate":false}\n', ids))
        self.assertEqual(ids.replace("id=k3f9x2-7&"), "id=aaaaaa-12&")
        again = self.block("json output", '{"id": "k3f9x2-7", "offset": 7, "duplicate": true}')
        self.assertFalse(shows(again, '{"id":"aaaaaa-12","offset":12,"duplicate":false}', ids))
        self.assertFalse(shows(again, '{"id":"aaaaaa-13","offset":13,"duplicate":true}', ids))
        self.assertTrue(shows(again, '{"id":"aaaaaa-12","offset":12,"duplicate":true}', ids))

    def test_wildcards(self):
        for page, real, fits in (("a\n…\nz", "a\nb\nc\nz", True), ("a\n…\nz", "a\nz", True), ("a\n…", "a\nb", True),
                                 ("a … z", "a b z", True), ("a … z", "a b", False), ("a\nb", "a\nb\nc", False),
                                 ("a", "b", False), ("…\nb", "a", False), ("2026-01-31T10:00:00Z x", "2030-12-01T11:59:59.5Z x", True)):
            with self.subTest(page=page, real=real):
                self.assertEqual(shows(self.block("text output", page), real, Ids()), fits)

    def test_next_lines(self):
        lines = [": hello", "", "id: aaaaaa-1", "data: x", "", "data: y"]
        self.assertEqual(shows_next(self.block("text output", "id: k3f9x2-1\ndata: x"), lines, 0, Ids()), 4)
        self.assertIsNone(shows_next(self.block("text output", "data: x"), lines, 4, Ids()))


if __name__ == "__main__":
    belfry.main()
