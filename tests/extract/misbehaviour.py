"""What a reader may do at its worst; called in workers by name."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from extract.limits import Limits, ask_for_time
from extract.worker import Pool


def behave(what: object) -> object:
    if isinstance(what, int):
        return what * 2
    name, _, value = str(what).partition(":")
    if name == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif name == "exit":
        os._exit(3)
    elif name == "null":
        ctypes.string_at(0)
    elif name == "sleep":
        time.sleep(float(value))
    elif name == "spin":
        while True:
            pass
    elif name == "spin_in_threads":
        for _ in range(2):
            threading.Thread(target=behave, args=("spin",), daemon=True).start()
        time.sleep(60)
    elif name == "memory":
        held = [bytearray(10_000_000) for _ in range(int(value) // 10)]
        return len(held)
    elif name == "recursion":
        return behave(f"recursion:{value}")
    elif name == "fault":
        raise ZeroDivisionError("boom")
    elif name == "slow_but_said":
        ask_for_time(float(value))
        time.sleep(float(value))
    elif name == "child":
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
        Path(value).write_text(str(pid))
        time.sleep(600)
    elif name == "network":
        socket.create_connection(("127.0.0.1", int(value)), timeout=1)
    elif name == "resolve":
        socket.getaddrinfo("localhost", 80)
    elif name == "write":
        with Path(tempfile.mkstemp()[1]).open("wb") as file:
            file.write(bytes(int(value)))
    elif name == "pid":
        return os.getpid()
    elif name == "temporary":
        Path(tempfile.mkdtemp()).joinpath("left").write_text("behind")
        return tempfile.gettempdir()
    return name


def in_a_daemon(results: multiprocessing.Queue) -> None:
    with Pool("tests.extract.misbehaviour:behave", jobs=2, limits=Limits()) as pool:
        results.put([outcome.value for _, outcome in pool.map(range(5))])
