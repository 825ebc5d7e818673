"""Things that are made once for all who want the same."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

from lrsim.data.cache import Cache


class Thing:
    """Something that a weak reference can point to."""


def test_whoever_wants_the_same_waits_for_the_one_who_makes_it_and_nobody_else_does():
    cache: Cache[Thing] = Cache(4)
    begun, go_on = threading.Event(), threading.Event()
    made = []

    def slowly() -> Thing:
        begun.set()
        assert go_on.wait(60)
        made.append(Thing())
        return made[-1]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "a", slowly)
        assert begun.wait(60)
        second = pool.submit(cache.get, "a", slowly)
        other = cache.get("b", Thing)  # while the first is still being made
        go_on.set()
        assert first.result() is second.result() is made[0]
    assert len(made) == 1
    assert other is not made[0]


def test_what_nobody_has_is_made_anew():
    cache: Cache[Thing] = Cache(4)
    made = []

    def make() -> Thing:
        made.append(1)
        return Thing()

    thing = cache.get("a", make)
    assert cache.get("a", make) is thing
    del thing
    gc.collect()
    cache.get("a", make)
    assert len(made) == 2


def test_what_fails_is_tried_again():
    cache: Cache[Thing] = Cache(4)

    def fail() -> Thing:
        raise ValueError

    for _ in range(2):
        try:
            cache.get("a", fail)
        except ValueError:
            continue
        raise AssertionError("the failure was swallowed")
    assert isinstance(cache.get("a", Thing), Thing)


def test_what_is_kept_stays_until_the_last_user_leaves_and_the_oldest_makes_room():
    cache: Cache[Thing] = Cache(2)
    made: list[str] = []

    def get(name: str) -> None:
        def make() -> Thing:
            made.append(name)
            return Thing()

        cache.get(name, make, keep=True)
        gc.collect()

    with cache.in_use():
        get("a")
        with cache.in_use():
            get("b")
        get("a")
        assert made == ["a", "b"]  # the one who left has taken nothing with it
        get("c")
        get("a")
        assert made == ["a", "b", "c"]
        get("b")
        assert made == ["a", "b", "c", "b"]
    get("b")
    assert made == ["a", "b", "c", "b", "b"]
