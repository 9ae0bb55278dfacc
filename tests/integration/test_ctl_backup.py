#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""`belfry backup`, `restore` and `check`: copies of a log during writes, the use of a restored log, and the detection of
every kind of damage."""

import os
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command
from http1 import publish
from publishers import Publisher
from sse import Stream
from waiting import finish, wait_until


class BackupTest(belfry.BelfryTest):
    def setUp(self):
        # Small segments, so that there is an index on the disk to check.
        self.hub = self.system(edges=1, broker_arguments=["--segment-records", "64"]).start()
        self.port = self.hub.edges[0].port
        self.copy = os.path.join(self.hub.directory, "copy.db")

    def ok(self, *arguments, **more):
        done = belfry_command(*arguments, data=self.hub.data, **more)
        self.assertEqual((done.status, done.err), (0, ""), done)
        return done

    def refused(self, *arguments, text, **more):
        done = belfry_command(*arguments, **{"data": self.hub.data, **more})
        self.assertEqual((done.status, done.out), (1, ""), done)
        self.assertIn(text, done.err)
        self.assertEqual(done.err.count("\n"), 1)

    def fill(self, count=300):
        lines = "\n".join(f"m{i}" for i in range(count)).encode()
        done = belfry_command("publish", "t", "--lines", text=lines, url=f"http://127.0.0.1:{self.port}")
        self.assertEqual(done.status, 0, done)
        for i in range(20):
            self.assertEqual(publish(self.port, ["t", f"room/{i % 3}"], f"x{i}", id=f"id {i}").status, 200)

    def sealed(self):
        """Waits for the index of full segments, which is written in the background."""
        return wait_until(
            lambda: belfry_command("check", self.hub.data, "--json").json()["segments"] >= 4, 30, "four segments"
        )


class TestBackup(BackupTest):
    def test_a_copy(self):
        self.fill()
        self.sealed()
        done = self.ok("backup", self.copy, "--json").json()
        self.assertEqual((done["oldest"], done["head"], done["records"]), (1, 320, 320))
        self.assertEqual(os.stat(self.copy).st_mode & 0o777, 0o600)
        self.assertEqual(done["bytes"], os.path.getsize(self.copy))
        self.assertEqual(sorted(f for f in os.listdir(self.hub.directory) if f.startswith("copy")), ["copy.db"])
        check = self.ok("check", self.copy, "--json").json()
        self.assertEqual((check["whole"], check["records"], check["ids"]), (True, 320, 20))
        self.assertIn("undamaged", self.ok("check", self.copy, "--quick").out)
        self.assertIn("320 records (offsets 1 to 320)", self.ok("backup", self.copy, "--force").out)

    def test_while_it_is_written_to(self):
        publisher = Publisher([self.port], [(f"id {i}", "t", f"m{i}") for i in range(1500)], pace=0.001)
        publisher.start()
        wait_until(lambda: len(publisher.acked) > 100, 30, "100 publishes")
        heads = []
        for i in range(5):
            before = len(publisher.acked)
            done = self.ok("backup", f"{self.copy}{i}", "--json").json()
            heads.append(done["head"])
            self.assertGreaterEqual(done["head"], before)  # contains all records answered before
            self.assertTrue(self.ok("check", f"{self.copy}{i}", "--json").json()["whole"])
        finish(publisher, 60)
        self.assertIsNone(publisher.error)
        self.assertEqual(heads, sorted(heads))
        self.assertEqual(self.ok("check", self.hub.data, "--json").json()["head"], 1500)

    def test_refusals(self):
        self.refused("backup", os.path.join(self.hub.directory, "no", "x.db"), text="No such file")
        with open(self.copy, "w") as f:
            f.write("precious")
        self.refused("backup", self.copy, text="exists")
        with open(self.copy) as f:
            self.assertEqual(f.read(), "precious")
        live = os.path.join(self.hub.data, "belfry.db")
        self.refused("backup", live, "--force", text="in use")
        self.refused("backup", self.copy + "2", text="No such file", data="/nowhere")

    def test_of_a_broker_that_was_killed(self):
        self.fill(50)
        self.hub.broker.kill()
        self.assertEqual(self.ok("backup", self.copy, "--json").json()["head"], 70)
        self.hub.broker.start()
        self.hub.wait_ready()

    def test_a_damaged_log_makes_no_backup(self):
        self.fill()
        self.hub.broker.stop()
        with sqlite3.connect(os.path.join(self.hub.data, "belfry.db")) as db:
            db.execute("UPDATE record SET body = x'00' WHERE offset = 7")
        self.refused("backup", self.copy, text="record 7")
        self.assertFalse(os.path.exists(self.copy))
        self.assertFalse(os.path.exists(self.copy + ".partial"))
        self.ok("backup", self.copy, "--no-check")


class TestRestore(BackupTest):
    def epoch(self):
        return belfry_command("stats", "--json", broker=self.hub.bus).json()["epoch"]

    def test_backup_and_restore(self):
        self.fill()
        epoch = self.epoch()
        self.ok("backup", self.copy)
        self.assertEqual(publish(self.port, "t", "after the backup").status, 200)
        self.refused("restore", self.copy, "--force", text="a broker")
        stream = self.closing(Stream(self.port, "t"))
        self.assertEqual(publish(self.port, "t", "seen").status, 200)
        self.assertEqual(stream.next_event().data, "seen")
        self.hub.broker.stop()
        self.refused("restore", self.copy, text="exists")
        done = belfry_command("restore", self.copy, "--force", "--json", data=self.hub.data)
        self.assertEqual((done.status, done.json()["head"]), (0, 320), done)
        old = [f for f in os.listdir(self.hub.data) if f.startswith("belfry.db.old-")]
        self.assertEqual(len([f for f in old if not f.endswith(("-wal", "-shm"))]), 1)
        self.hub.broker.start()
        self.hub.wait_ready()
        self.assertNotEqual(self.epoch(), epoch)
        event = stream.next_event()
        while event.type != "belfry.gap":
            event = stream.next_event()
        self.assertIn('"epoch"', event.data)
        newest = ("history", "t", "--limit", "1", "--json")
        url = f"http://127.0.0.1:{self.port}"
        wait_until(lambda: belfry_command(*newest, url=url).status == 0, 20, "the edge knows the new log")
        self.assertEqual(belfry_command(*newest, url=url).json()["records"][0]["data"], "x19")
        # Publisher ids are still known.
        self.assertTrue(publish(self.port, "t", "again", id="id 3").json()["duplicate"])
        name = next(f for f in old if not f.endswith(("-wal", "-shm")))
        aside = self.ok("check", os.path.join(self.hub.data, name), "--json").json()
        self.assertEqual((aside["whole"], aside["head"]), (True, 322))

    def test_into_an_empty_directory(self):
        self.fill(10)
        epoch = self.epoch()
        self.ok("backup", self.copy)
        fresh = os.path.join(self.hub.directory, "fresh")
        self.assertEqual(belfry_command("restore", self.copy, data=fresh).status, 0)
        self.assertEqual(sorted(os.listdir(fresh)), ["belfry.db", "belfry.lock"])
        # Even the same file in the same place is a new log now.
        self.hub.broker.stop()
        self.hub.broker.argv[self.hub.broker.argv.index("--data") + 1] = fresh
        self.hub.broker.start()
        self.hub.wait_ready()
        self.assertNotEqual(self.epoch(), epoch)

    def test_old_log_is_kept_with_its_write_ahead_log(self):
        self.fill(10)
        self.ok("backup", self.copy)
        self.assertEqual(publish(self.port, "t", "last").status, 200)
        self.hub.broker.kill()
        done = belfry_command("restore", self.copy, "--force", data=self.hub.data)
        self.assertEqual(done.status, 0, done)
        name = next(
            f for f in os.listdir(self.hub.data) if f.startswith("belfry.db.old-") and not f.endswith(("-wal", "-shm"))
        )
        aside = self.ok("check", os.path.join(self.hub.data, name), "--json").json()
        self.assertEqual((aside["whole"], aside["head"]), (True, 31))
        self.assertEqual(self.ok("check", self.hub.data, "--json").json()["head"], 30)

    def test_not_a_backup(self):
        self.hub.broker.stop()
        for content in (b"", b"text", os.urandom(8192)):
            with open(self.copy, "wb") as f:
                f.write(content)
            done = belfry_command("restore", self.copy, "--force", data=self.hub.data)
            self.assertEqual(done.status, 1, done)
        with sqlite3.connect(self.copy + ".other") as db:
            db.execute("CREATE TABLE a (b)")
        done = belfry_command("restore", self.copy + ".other", "--force", data=self.hub.data)
        self.assertIn("not a log", done.err)
        self.assertTrue(self.ok("check", self.hub.data, "--json").json()["whole"])  # nothing was touched
        self.assertEqual([f for f in os.listdir(self.hub.data) if "old" in f or "partial" in f], [])


class TestCheck(BackupTest):
    def setUp(self):
        super().setUp()
        self.fill()
        self.sealed()
        self.ok("backup", self.copy)
        self.good = self.copy + ".good"
        shutil.copy(self.copy, self.good)

    def found(self, text, *statements):
        shutil.copy(self.good, self.copy)
        db = sqlite3.connect(self.copy)
        with db:
            for statement in statements:
                db.execute(statement)
        db.close()
        done = belfry_command("check", self.copy)
        self.assertEqual(done.status, 3, done)
        self.assertIn("problem  ", done.out)
        self.assertIn(text, done.out)
        self.assertIn("is damaged", done.out)
        report = belfry_command("check", self.copy, "--json").json()
        self.assertEqual(report["whole"], False)
        self.assertGreater(report["problem_count"], 0)

    def test_damages(self):
        for text, statement in (
            ("record 70 is missing", "DELETE FROM record WHERE offset = 70"),
            ("records 1 to 9 are missing", "DELETE FROM record WHERE offset < 10"),
            ("record 300: wrong checksum", "UPDATE record SET body = substr(body, 1, 10) WHERE offset = 300"),
            ("record 30: wrong checksum", "UPDATE record SET time = time + 1 WHERE offset = 30"),
            ("checksum", "UPDATE record SET sum = sum + 1 WHERE offset = 3"),
            ("no epoch", "UPDATE meta SET value = 'EPOCH!' WHERE key = 'epoch'"),
            ("no epoch", "DELETE FROM meta WHERE key = 'epoch'"),
            ("no term", "DELETE FROM meta WHERE key = 'term'"),
            ('topic "t"', "UPDATE posting SET places = x'00' WHERE topic = CAST('t' AS BLOB) AND segment = 65"),
            ('topic "t"', "UPDATE posting SET count = count - 1 WHERE segment = 1"),
            ("its index has 0 topics", "DELETE FROM posting WHERE segment = 1"),
            ("has 2 topics", "INSERT INTO posting VALUES (1, x'78', 1, x'00')"),
            ("segment 129 should begin at 65", "DELETE FROM segment WHERE first = 65"),
            ("size or its times", "UPDATE segment SET bytes = bytes + 1 WHERE first = 1"),
            ("end at 9999", "UPDATE segment SET last = 9999 WHERE first = 193"),
            ("not found by the id", "UPDATE publisher_id SET offset = 3 WHERE offset = 310"),
            ("there are 19 ids for 20", "DELETE FROM publisher_id WHERE offset = 310"),
            ("there are 21 ids for 20", "INSERT INTO publisher_id VALUES (x'78', 17)"),
            ("SQLite: ", "CREATE INDEX i ON edge (seen_ms)"),
        ):
            with self.subTest(text):
                if text == "SQLite: ":
                    # An index that does not fit its table.
                    self.found(text, statement, "PRAGMA writable_schema = ON",
                               "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON edge (accepted)' WHERE name = 'i'")
                else:
                    self.found(text, statement)

    def test_flipped_bits(self):
        """For each flipped bit, check reports damage, or the bit has no meaning; it never crashes."""
        size = os.path.getsize(self.good)
        found = 0
        for at in range(100, size, 1511):
            shutil.copy(self.good, self.copy)
            with open(self.copy, "r+b") as f:
                f.seek(at)
                byte = f.read(1)
                f.seek(at)
                f.write(bytes([byte[0] ^ 0x10]))
            done = belfry_command("check", self.copy)
            self.assertIn(done.status, (0, 1, 3), done)
            found += done.status != 0
        self.assertGreater(found, 5)

    def test_cut_short(self):
        shutil.copy(self.good, self.copy)
        os.truncate(self.copy, os.path.getsize(self.copy) // 2 & ~4095)
        self.assertEqual(belfry_command("check", self.copy).status, 3)

    def test_pending_deletions_are_not_damage(self):
        shutil.copy(self.good, self.copy)
        db = sqlite3.connect(self.copy)
        with db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('oldest', 65)")
        db.close()
        report = self.ok("check", self.copy, "--json").json()
        self.assertEqual((report["whole"], report["oldest"], report["to_delete"]), (True, 65, 64))

    def test_not_a_log(self):
        with open(self.copy, "w") as f:
            f.write("x" * 5000)
        done = belfry_command("check", self.copy)
        self.assertEqual((done.status, done.err.count("\n")), (3, 1), done)
        self.assertEqual(belfry_command("check", "/nowhere").status, 1)

    def test_live_log(self):
        self.assertTrue(self.ok("check", self.hub.data, "--json").json()["whole"])


if __name__ == "__main__":
    belfry.main()
