"""Receipts that come in by another process."""

from __future__ import annotations

import os
import threading
import time

from gateway.sms.receipts import KEPT_SECONDS, Fate, Receipt, Receipts, Shelf


def test_what_another_process_has_put_on_the_shelf_ends_the_waiting(tmp_path):
    door, waiting = (Receipts(shelf=Shelf(tmp_path / "receipts")) for _ in range(2))
    assert waiting.wait(["SM1"], 0.0, lambda: None) == {}
    came = threading.Timer(0.05, door.add, [Receipt("SM1", "delivered")])
    came.start()
    began = time.monotonic()
    assert waiting.wait(["SM1"], 10.0, lambda: None)["SM1"].fate is Fate.DELIVERED
    assert time.monotonic() - began < 5
    came.join()


def test_a_final_one_is_not_replaced_by_another_process(tmp_path):
    first, second = (Receipts(shelf=Shelf(tmp_path)) for _ in range(2))
    first.add(Receipt("SM1", "undelivered", "30003"))
    second.add(Receipt("SM1", "sent"))
    for one in (first, second):
        assert one.of("SM1") == Receipt("SM1", "undelivered", "30003")


def test_old_ones_are_swept_away(tmp_path):
    Shelf(tmp_path).add(Receipt("SM1", "delivered"))
    (old,) = tmp_path.iterdir()
    past = time.time() - KEPT_SECONDS - 1
    os.utime(old, (past, past))
    shelf = Shelf(tmp_path)
    shelf.add(Receipt("SM2", "delivered"))
    assert shelf.of("SM1") is None
    assert shelf.of("SM2") is not None


def test_ids_of_any_kind_are_names_of_files(tmp_path):
    strange = "../\0/é" * 10
    shelf = Shelf(tmp_path)
    shelf.add(Receipt(strange, "delivered"))
    assert shelf.of(strange) == Receipt(strange, "delivered")
    assert shelf.of("damaged") is None
