# -*- coding: utf-8 -*-
"""A process of a WSGI daemon group: one source for Python 2.7 and 3.6 on.

It inherits a listening socket, and a control socket to the supervisor. One
connection carries all requests of the process, side by side. Its threads take
turns in reading it: the one that reads takes what there is, then answers, one
request after the other, and sends the answers together. While it is at work
nobody reads; the server wakes another thread when no answer comes for a moment,
and a process whose requests take long wakes one for each.

Frames are a type byte, the number of a request, a length (four bytes each), and
that much.

A large body comes with its request as the descriptor of a piece of memory.

From the server:  R request   B b part of the body   E end of the body   X body failed
                  C credit    K nobody waits for the answer   G that was the last
                  V what environs have in common
From here:        H hello     W wants body         S status and header  D data
                  F file      L line for the log   A answer             Z end
                  O all of an answer               G takes no more
                  P whether threads wake each other
                  T taken nowhere: ask another process
"""
import array
import atexit
import collections
import errno
import json
import marshal
import math
import os
import select
import signal
import site
import socket
import stat
import struct
import sys
import threading
import time
import traceback
import types

PY2 = sys.version_info[0] == 2
if PY2:
    import thread as _thread
    text_type = unicode  # noqa: F821
    native = str
else:
    import _thread
    text_type = str
    native = str

clock = getattr(time, "monotonic", time.time)
thread_time = getattr(time, "thread_time", clock)
VERSION = (4, 9, 4)
HEADER = struct.Struct(">cII")
WHOLE_HEADER = struct.Struct(">cIII")
REQUEST = struct.Struct(">BIqII")
MAX_FRAME = 64 << 20
BLOCK = 65536
WHOLE, SHARED = 2, 4  # flags of a request: all of the body came with it; as a descriptor, and how much of it that is
SHARES = not PY2 and hasattr(socket.socket, "recvmsg_into")
RIGHTS = socket.CMSG_SPACE(64 * 4) if SHARES else 0
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def latin(s):
    """The bytes of a native string that holds them as latin-1."""
    return s if PY2 else s.encode("latin-1")


def log_bytes(s):
    if isinstance(s, bytes):
        return s
    return s.encode("utf-8", "replace")


class Closed(Exception):
    """The server is gone, or the process is on its way out."""


class Channel(object):
    """The connection to the server, which all threads share. Whoever holds
    process.leading may read it."""

    def __init__(self, sock):
        self.sock = sock
        self.buf = bytearray(256 << 10)
        self.view = memoryview(self.buf)
        self.have = 0
        self.streams = {}  # of the requests under way
        self.done = collections.deque()  # what is to be sent
        self.sending = threading.Lock()
        self.sent = 0.0
        self.ended = False
        self.last = False  # the server sends no more requests
        self.files = collections.deque()  # that came for requests
        self.commons = {0: process.constant}  # what environs have in common

    if not SHARES:
        def receive(self):
            return self.sock.recv_into(self.view[self.have:])
    else:
        def receive(self):
            n, rights, _, _ = self.sock.recvmsg_into((self.view[self.have:],), RIGHTS, CLOSE_ON_EXEC)
            if rights:
                for _, _, data in rights:
                    fds = array.array("i")
                    fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
                    self.files.extend(fds)
            return n

    def fill(self):
        """Reads what is there, and hands it out."""
        try:
            n = self.receive()
        except (IOError, OSError) as e:
            if e.errno == errno.EINTR:
                return
            raise Closed(str(e))
        if not n:
            raise Closed("end of connection")
        have, at, buf = self.have + n, 0, self.buf
        while have - at >= 9:
            kind, number, size = HEADER.unpack_from(buf, at)
            end = at + 9 + size
            if end > have:
                self.room(9 + size)
                break
            self.take(kind, number, at + 9, end)
            at = end
        left = have - at
        if at and left:
            self.buf[:left] = buf[at:have]
        elif left and self.buf is not buf:
            self.buf[:left] = buf[:left]
        self.have = left

    def room(self, size):
        if size > MAX_FRAME:
            raise Closed("frame of %d bytes" % size)
        if size > len(self.buf):
            self.buf = bytearray(2 * size)
            self.view = memoryview(self.buf)

    def take(self, kind, number, at, end):
        """Hands out a frame."""
        if kind == b"R":
            flags, window, mtime, common, size = REQUEST.unpack_from(self.buf, at)
            at += REQUEST.size
            environ = self.commons[common].copy()
            environ.update(self.dict(at, at + size))
            stream = self.streams[number] = Stream(self, number, window)
            body = self.view[at + size:end].tobytes() if flags else b""
            if flags & SHARED:
                body = (self.files.popleft(), struct.unpack(">I", body)[0])
            process.todo.append((stream, environ, flags, mtime, body))
            return
        if kind == b"G":
            self.last = True
            return
        if kind == b"V":
            common = self.commons[number] = self.dict(at, end)
            common.update(process.constant)
            return
        stream = self.streams.get(number)
        if stream is None:
            return  # It has ended here already.
        if kind == b"C":
            stream.credit += struct.unpack(">I", self.view[at:end].tobytes())[0]
        elif kind == b"K":
            stream.gone = True
        else:
            if stream.inbox is None:
                stream.inbox = collections.deque()
            stream.inbox.append((kind, self.view[at:end].tobytes()))
        stream.wake()

    def dict(self, at, end):
        view = self.view[at:end]
        return marshal.loads(view.tobytes() if PY2 else view)

    def flush(self):
        """Sends what is to be sent."""
        done = self.done
        while done:
            with self.sending:
                parts = []
                try:
                    while True:
                        parts.append(done.popleft())
                except IndexError:
                    pass
                if parts:
                    self.send_parts(parts)

    def send_parts(self, parts):
        """Sends frames, each bytes or a tuple of them."""
        if PY2 or not any(type(part) is tuple for part in parts):
            parts = [b"".join(part) if type(part) is tuple else part for part in parts]
            self.send(parts[0] if len(parts) == 1 else b"".join(parts))
            return
        flat = []  # Large ones are not copied.
        for part in parts:
            if type(part) is tuple:
                flat += part
            else:
                flat.append(part)
        while flat:
            some, flat = flat[:MANY], flat[MANY:]
            self.send_many(some)

    def send_many(self, parts):
        try:
            sent = 0 if self.ended else self.sock.sendmsg(parts)
        except (IOError, OSError):
            sent = 0  # It fails again below.
        for i, part in enumerate(parts):
            if sent < len(part):
                self.send(memoryview(part)[sent:] if sent else part)
                for part in parts[i + 1:]:
                    self.send(part)
                return
            sent -= len(part)

    def send(self, data):
        if self.ended:
            raise Closed("end of connection")
        try:
            self.sock.sendall(data)
        except (IOError, OSError) as e:
            self.end()
            raise Closed(str(e))

    def end(self):
        """Nothing more comes or goes."""
        self.ended = True
        if process.channel is self:
            process.channel = None
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except (IOError, OSError):
            pass
        for stream in list(self.streams.values()):
            stream.gone = True
            stream.wake()

    def send_fd(self, data, fd):
        """Sends data, and a descriptor with it."""
        self.flush()
        with self.sending:
            if self.ended:
                raise Closed("end of connection")
            try:
                if PY2:
                    sendmsg(self.sock.fileno(), data, fd)
                    return
                sent = self.sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
            except (IOError, OSError) as e:
                self.end()
                raise Closed(str(e))
            if sent < len(data):
                self.send(data[sent:])


class Stream(object):
    """What of a channel belongs to one request."""

    __slots__ = ("channel", "number", "credit", "out", "inbox", "gone", "lock")

    def __init__(self, channel, number, window):
        self.channel = channel
        self.number = number
        self.credit = window
        self.out = []
        self.inbox = None  # frames for it; None: there was none yet
        self.gone = False  # nobody waits for the answer
        self.lock = None

    def put(self, kind, payload=b""):
        head = HEADER.pack(kind, self.number, len(payload))
        if len(payload) < BLOCK // 4:
            self.out.append(head + payload)
        else:
            self.out += (head, payload)

    def put_whole(self, head, body):
        """Queues an answer that is all there."""
        channel, n = self.channel, len(head)
        frame = WHOLE_HEADER.pack(b"O", self.number, 4 + n + len(body), n) + head
        if len(body) < BLOCK // 4:
            self.out.append(frame + body)
        else:
            self.out += (frame, body)
        self.hand_over()
        channel.streams.pop(self.number, None)

    def flush(self):
        if self.gone:
            self.out = []
            raise Closed("nobody waits for the answer")
        self.hand_over()
        self.channel.flush()

    def pass_on(self):
        """Has sent what is to be sent. While requests wait here it goes together
        with what comes of them. Whoever takes one of those sends it first if this
        request is not over by then, and the server has a thread woken for one that
        nobody takes."""
        if not process.todo or process.slow or self.gone:
            self.flush()
            return
        process.deferred.add(self)
        self.hand_over()
        if not process.todo:
            self.flush()

    def hand_over(self):
        """Gives the channel what is to be sent, all at once: frames of others
        must not come in between."""
        out, self.out = self.out, []
        if len(out) == 1:
            self.channel.done.append(out[0])
        elif out:
            self.channel.done.append(tuple(out) if sum(map(len, out)) > BLOCK // 2 else b"".join(out))

    def data(self, kind, data):
        """Queues a part of the answer; waits while the client has not taken
        enough of what there was before."""
        size = len(data)
        if size <= self.credit and size <= 1 << 20:
            self.credit -= size
            self.put(kind, data)
            return
        at = 0
        while at < size:
            if self.credit <= 0:
                self.flush()
                self.wait(lambda: self.credit > 0)
            n = min(size - at, self.credit, 1 << 20)
            self.credit -= n
            self.put(kind, data[at:at + n])
            at += n

    def end(self, kind, payload):
        """Queues the last frame; it is sent when its thread has nothing else to do."""
        self.put(kind, payload)
        self.hand_over()
        self.channel.streams.pop(self.number, None)

    def frame(self):
        """The next frame for this request as (type, payload)."""
        if not self.inbox:
            self.wait(lambda: self.inbox)
        return self.inbox.popleft()

    def send_file(self, fd, offset, size):
        """Hands over the descriptor of a file."""
        self.flush()
        payload = struct.pack(">QQ", offset, size)
        self.channel.send_fd(HEADER.pack(b"F", self.number, len(payload)) + payload, fd)

    def wait(self, ready):
        """Waits until something is so, and reads meanwhile if nobody else does."""
        lock = self.lock = threading.Lock()
        lock.acquire()
        process.waiters.add(self)
        try:
            while not ready():
                if self.gone:
                    raise Closed("nobody waits for the answer")
                if not process.leading.acquire(False):
                    lock.acquire()
                    continue
                try:
                    while not ready() and not self.gone:
                        self.channel.fill()
                        for _ in range(len(process.todo)):
                            wake_one()
                except Closed:
                    self.channel.end()
                    raise
                finally:
                    process.leading.release()
        finally:
            process.waiters.discard(self)
            self.lock = None
            promote()

    def wake(self):
        lock = self.lock
        if lock is not None:
            try:
                lock.release()
            except threading.ThreadError:
                pass  # It is awake already.


def wake_one():
    """Wakes a thread that has nothing to do."""
    try:
        lock = process.sleepers.pop()
    except IndexError:
        return
    lock.release()


def promote():
    """Somebody reads in the place of a thread that has stopped reading, if there
    are threads that wait for something to come."""
    for stream in list(process.waiters):
        stream.wake()
        return
    if process.todo:
        wake_one()


class Process(object):
    """What the threads of this process share."""

    def __init__(self, options):
        self.options = options
        self.group = native(options.get("group", ""))
        self.threads = options.get("threads", 15)
        self.processes = options.get("processes", 1)
        self.maximum = options.get("maximum_requests") or 0
        self.lock = threading.Lock()  # guards the fields below
        self.modules = {}  # script -> module
        self.module_locks = {}
        self.running = [None] * self.threads  # the request of each thread
        self.last = time.time()
        self.loading = 0  # when the first script began to load
        self.loaded = False  # one has
        self.used = False
        self.retiring = False
        self.draining = False
        self.control = None
        self.wake_r, self.wake_w = os.pipe()
        self.signal_r, self.signal_w = os.pipe()
        self.constant = {}  # what of the environ is the same for all requests
        self.channel = None  # to the server
        self.leading = threading.Lock()  # held by the thread that reads the channel
        self.todo = collections.deque()  # requests that no thread has yet
        self.deferred = set()  # streams of requests under way, of which something has yet to be sent
        self.sleepers = []  # locks of threads that have nothing to do
        self.waiters = set()  # streams that wait for a frame
        self.pace = 0.0  # how long a request takes, about
        self.slow = False  # requests take long: each thread that takes one wakes another
        self.alarm_r, self.alarm_w = os.pipe()  # a byte wakes a thread
        self.callbacks = []
        self.shutdown_callbacks = []
        self.signal_callbacks = []
        self.free_signals = False  # signal.signal does what it does
        self.metrics = None  # not recorded
        self.busy = [0.0] * self.threads  # seconds that requests of each thread took
        self.counts = [0] * self.threads  # requests of each thread
        self.idents = [0] * self.threads  # of the threads
        self.reason = ""
        self.patience = None  # seconds that active requests get at the end; None: graceful-timeout

    def active(self):
        """The requests under way."""
        return [request for request in list(self.running) if request is not None]

    def served(self):
        """How many requests there were, those under way among them."""
        return sum(self.counts)

    def retire(self, reason):
        """Asks the supervisor for a successor."""
        with self.lock:
            if self.retiring:
                return
            self.retiring = True
            self.reason = reason
        complain(reason)
        self.say("retiring " + reason)

    def evict(self):
        """SIGUSR1: has the process replaced."""
        self.patience = self.options.get("eviction_timeout") or None
        self.retire("Process eviction requested, waiting for requests to complete '%s'." % self.group)

    def say(self, line):
        try:
            self.control.sendall((line[:400] + "\n").encode("ascii", "replace"))
        except (IOError, OSError):
            pass

    def drain(self):
        """Lets nothing more come in: what was sent already is still served."""
        if self.draining:
            return
        self.draining = True
        os.write(self.wake_w, b"x")  # Never read: it stays ready for all threads.
        leave(self.channel)

    def drained(self):
        """Whether nothing is left to be served, and nothing can come. What is sent
        goes from streams to done, and from there while somebody holds sending."""
        channel = self.channel
        return not self.active() and not self.todo and (channel is None or channel.last and not channel.streams and
                                                        not channel.done and not channel.sending.locked())


def leave(channel):
    """Tells the server that no more requests are taken."""
    if channel is None:
        return
    reason = log_bytes(process.reason)[:400]
    channel.done.append(HEADER.pack(b"G", 0, len(reason)) + reason)
    try:
        channel.flush()
    except Closed:
        pass


def complain(text):
    """Says something in the error log that is of no request."""
    try:
        os.write(2, log_bytes("mod_wsgi (pid=%d): %s\n" % (os.getpid(), text)))
    except OSError:
        pass


process = None
mod_wsgi = None  # the module
local = threading.local()


class Thread(object):
    """What a request thread has of its own."""

    def __init__(self, index):
        self.index = index  # from 1 on
        self.requests = 0
        self.request = None  # under way
        self.errors = None  # wsgi.errors of the request before
        self.worked = self.worked_at = 0.0  # its CPU time, and when that was so
        self.ended = 0.0  # when its last request was over

    def kept(self):
        """How many references there are to errors."""
        return sys.getrefcount(self.errors)

    def errors_for(self, request):
        """wsgi.errors for a request: that of the request before, where nobody has
        kept it."""
        if not (UNSHARED and self.errors is not None and self.kept() == UNSHARED and self.errors.take(request)):
            self.errors = Log("<wsgi.errors>", request)
        return self.errors


def unshared():
    """What Thread.kept answers for something that nobody else has; 0 where that
    cannot be told."""
    if not hasattr(sys, "getrefcount") or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return 0
    thread = Thread(0)
    thread.errors = object()
    return thread.kept()


UNSHARED = unshared()


def request_here():
    """The request under way in this thread."""
    thread = getattr(local, "thread", None)
    return thread.request if thread is not None else None


# ---------------------------------------------------------------------------
# Output: sys.stdout, sys.stderr and wsgi.errors are lines of the error log.

class Lines(object):
    """Takes bytes, and passes whole lines on to the log of a request."""

    def __init__(self, request=None):
        self.request = request
        self.parts = threading.local()

    def put(self, data):
        part = getattr(self.parts, "text", b"") + data
        lines = part.split(b"\n")
        self.parts.text = lines.pop()
        for line in lines:
            self.line(line)

    def rest(self):
        """Passes on a line that has no end yet."""
        part = getattr(self.parts, "text", b"")
        if part:
            self.parts.text = b""
            self.line(part)

    def line(self, line):
        request = self.request or request_here()
        if request is not None and not request.done:
            request.log(line)
        else:
            try:
                os.write(2, line + b"\n")
            except OSError:
                pass


def flush(*logs):
    """Passes on what lines have no end yet. Applications may have put anything
    in the place of sys.stdout."""
    for log in logs:
        try:
            if getattr(log, "dirty", True):
                log.flush()
        except Exception:
            pass


def no_descriptor(self):
    raise OSError("Apache/mod_wsgi log object is not associated with a file descriptor.")


if PY2:
    class Log(object):
        """A text stream whose lines go to the error log of the request under way."""

        encoding = "utf-8"
        errors = "replace"
        closed = False
        softspace = 0
        newlines = None
        mode = "w"

        def __init__(self, name, request=None):
            self.name = name
            self.request = request
            self.lines = Lines(request)
            self.dirty = False  # something was written and not passed on

        def take(self, request):
            """Goes over to another request."""
            self.request = self.lines.request = request
            return True

        def _expired(self):
            if self.request is not None and self.request.done:
                raise RuntimeError("log object has expired")

        def write(self, s):
            self._expired()
            if not isinstance(s, (str, text_type)):
                raise TypeError("write() argument must be str, not %s" % type(s).__name__)
            self.dirty = True
            self.lines.put(log_bytes(s))

        def writelines(self, lines):
            for s in lines:
                self.write(s)

        def flush(self):
            self._expired()
            self.dirty = False
            self.lines.rest()

        def close(self):
            raise IOError("cannot close a log")

        def isatty(self):
            return False

        fileno = no_descriptor

        def readable(self):
            return False

        def writable(self):
            return True

        def seekable(self):
            return False
else:
    import io

    class LogBuffer(io.RawIOBase):
        """What is below the text stream of a log."""

        def __init__(self, name, request):
            self.name = name
            self.request = request
            self.lines = Lines(request)

        def writable(self):
            return True

        def write(self, data):
            if self.request is not None and self.request.done:
                raise RuntimeError("log object has expired")
            self.lines.put(bytes(data))
            return len(data)

        fileno = no_descriptor

    class TextIOWrapper(io.TextIOWrapper):
        """A log: flush passes on a line that has no end yet, a newline does not."""

        dirty = False  # something was written and not passed on
        detached = False

        def __init__(self, name, request):
            self.below = LogBuffer(name, request)
            super().__init__(self.below, encoding="utf-8", errors="replace", newline="\n", line_buffering=True)

        def take(self, request):
            """Goes over to another request."""
            self.below.request = self.below.lines.request = request
            return not self.detached

        def detach(self):
            self.detached = True
            return super().detach()

        def write(self, s):
            self.dirty = True
            return super().write(s)

        def flush(self):
            request = self.below.request
            if request is not None and request.done:
                raise RuntimeError("log object has expired")
            self.dirty = False
            super().flush()
            self.below.lines.rest()

        def close(self):
            raise IOError("cannot close a log")

        def __del__(self):
            pass

    def Log(name, request=None):
        return TextIOWrapper(name, request)


class Restricted(object):
    """sys.stdin or sys.stdout where WSGIRestrict… forbids its use."""

    def __init__(self, name):
        self.__dict__["name"] = name

    def __getattr__(self, _):
        raise IOError("%s access restricted by mod_wsgi" % self.name)


class Nothing(object):
    """sys.stdin: nothing to read."""

    closed = False
    encoding = "utf-8"

    def read(self, *args):
        return ""

    readline = read

    def readlines(self, *args):
        return []

    def __iter__(self):
        return iter(())

    def isatty(self):
        return False

    def fileno(self):
        raise OSError("no descriptor")

    def close(self):
        pass

    def flush(self):
        pass


# ---------------------------------------------------------------------------
# Input

class Input(object):
    """wsgi.input: what came with the request, and more as it is read."""

    buf, at = b"", 0  # buf[:at] was read
    eof = True
    coming = False  # more comes without asking
    shared, offset, rest = -1, 0, 0  # a descriptor, and what of it comes behind buf

    def __init__(self, request, flags, data):
        self.request = request
        if not flags:
            return
        if flags & SHARED:
            self.shared, self.rest = data
        else:
            self.buf = data
        self.eof = flags & WHOLE

    def expire(self):
        """Lets go of the request, and of its body."""
        self.request, self.buf = EXPIRED, b""
        if self.shared >= 0:
            fd, self.shared = self.shared, -1
            os.close(fd)

    def _check(self):
        if self.request.done:
            raise RuntimeError("request object has expired")

    def _more(self, size):
        """Asks for more, and reports whether it came."""
        if self.rest:
            data = os.pread(self.shared, min(max(size, BLOCK), self.rest), self.offset)
            if not data:
                raise IOError("Apache/mod_wsgi request data read error: the body is cut short")
            self.offset += len(data)
            self.rest -= len(data)
            self._behind(data)
            return True
        if self.eof:
            return False
        c = self.request.conn
        if not c.inbox and not self.coming:
            c.put(b"W", struct.pack(">I", min(max(size, 1 << 20), 1 << 20)))
            c.flush()
        kind, payload = c.frame()
        if kind in b"Bb":
            self.coming = kind == b"B"
            self._behind(payload)
            return True
        self.eof = True
        if kind == b"X":
            raise IOError("Apache/mod_wsgi request data read error: " + payload.decode("latin-1"))
        return False

    def _behind(self, payload):
        self.buf = self.buf[self.at:] + payload if self.at < len(self.buf) else payload
        self.at = 0

    def _take(self, size):
        data = self.buf[self.at:self.at + size] if self.at or size < len(self.buf) else self.buf
        self.at += len(data)
        return data

    def read(self, *args):
        self._check()
        if len(args) > 1:
            raise TypeError("read() takes at most 1 argument")
        size = args[0] if args else -1
        whole = size is None or size < 0
        if not whole and (size <= len(self.buf) - self.at or self.eof and not self.rest):
            return self._take(size)
        parts, have = [], 0
        while True:
            parts.append(self._take(len(self.buf) - self.at if whole else size - have))
            have += len(parts[-1])
            if not whole and have >= size or not self._more(1 << 20 if whole else size - have):
                return b"".join(parts)

    def readline(self, *args):
        self._check()
        size = args[0] if args else -1
        if size is None:
            size = -1
        looked = 0
        while True:
            i = self.buf.find(b"\n", self.at + looked)
            if i >= 0:
                end = i + 1 - self.at
                break
            looked = len(self.buf) - self.at
            if 0 <= size <= looked or not self._more(BLOCK):
                end = len(self.buf) - self.at
                break
        return self._take(end if size < 0 else min(end, size))

    def readlines(self, *args):
        hint = args[0] if args else 0
        lines, total = [], 0
        while True:
            line = self.readline()
            if not line:
                return lines
            lines.append(line)
            total += len(line)
            if hint and hint > 0 and total >= hint:
                return lines

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def close(self):
        pass


# ---------------------------------------------------------------------------
# A request

class FileWrapper(object):
    """wsgi.file_wrapper."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize

    def __iter__(self):
        while True:
            data = self.filelike.read(self.blksize)
            if not data:
                return
            yield data

    def close(self):
        if hasattr(self.filelike, "close"):
            self.filelike.close()


def kind_name(value):
    return type(value).__name__


def header_text(value, what):
    """A native string as bytes, or TypeError."""
    if PY2:
        if isinstance(value, text_type):
            value = value.encode("latin-1")
        if not isinstance(value, str):
            raise TypeError("expected byte string object for %s, value of type %s found" % (what, kind_name(value)))
        return value
    if not isinstance(value, str):
        raise TypeError("expected unicode object for %s, value of type %s found" % (what, kind_name(value))
                        if what else "expected unicode object, value of type %s found" % kind_name(value))
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("unicode object contains non latin-1 characters")


CONTROL = set(range(0x20)) | {0x7f}


def check_status(status):
    raw = header_text(status, "")
    if len(raw) < 3 or not raw[:3].isdigit():
        raise ValueError("status code is not a 3 digit integer")
    if len(raw) < 4 or raw[3:4] != b" ":
        raise ValueError("status message was not supplied")
    if any(c in CONTROL for c in bytearray(raw)):
        raise ValueError("control characters present in status message")
    return raw


def check_headers(headers):
    if not isinstance(headers, list):
        raise TypeError("expected list object for headers, value of type %s found" % kind_name(headers))
    out = []
    for item in headers:
        if not isinstance(item, tuple):
            raise TypeError("list of tuple values expected for headers, value of type %s found" % kind_name(item))
        if len(item) != 2:
            raise ValueError("tuple of length 2 expected for header, length is %d" % len(item))
        name, value = header_text(item[0], ""), header_text(item[1], "")
        if not name:
            raise ValueError("header name is empty")
        if any(c in CONTROL or c == 0x20 for c in bytearray(name)):
            raise ValueError("header name contains control character or space")
        if b"\n" in value or b"\r" in value:
            raise ValueError("embedded newline in response header with name '%s' and value '%s'" % (item[0], item[1]))
        out.append((name, value))
    return out


def checked_head(status, headers):
    """Status and header as they are sent, or what is wrong with them."""
    line = check_status(status)
    return b"\n".join([line] + [name + b"\0" + value for name, value in check_headers(headers)])


good_status, good_names = set(), set()  # that were found to be in order
MANY = 500
heads = {}  # what plain_head has made of status and header
KEPT = 1000  # bytes of a head that is worth it


def known_head(status, headers):
    """Status and header as they are sent: often they are those of another answer."""
    key = None
    if type(headers) is list:
        try:
            key = (status, tuple(headers))
            head = heads.get(key)
            if head is not None:
                return head
        except TypeError:
            pass  # Not what it should be.
    head = plain_head(status, headers)
    if head is None:
        return checked_head(status, headers)
    if len(head) <= KEPT:
        if len(heads) >= MANY:
            heads.clear()
        heads[key] = head
    return head


def plain_head(status, headers):
    """The same, where nothing is out of the ordinary; else None."""
    if type(status) is not str or type(headers) is not list:
        return None
    if status not in good_status:
        check_status(status)
        if len(good_status) < MANY:
            good_status.add(status)
    parts = [status]
    for item in headers:
        if type(item) is not tuple or len(item) != 2:
            return None
        name, value = item
        if type(name) is not str or type(value) is not str or "\n" in value or "\r" in value:
            return None
        if name not in good_names:
            check_headers([item])
            if len(good_names) < MANY:
                good_names.add(name)
        parts.append(name + "\0" + value)
    head = "\n".join(parts)
    if PY2:
        return head
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        return None


class Request(object):
    """One call of an application."""

    counts = None  # of what it reads and writes, where somebody wants to know
    interrupted = None  # when it was
    done = False
    head = None  # status and header, as they are sent
    sent = False
    whole = None  # an answer that is all there
    batch = False
    loading = False

    def __init__(self, thread, conn, environ, flags, mtime, body):
        self.thread = thread
        self.conn = conn
        self.environ = environ
        self.mtime = mtime  # of the script; -1: not known
        self.input = Input(self, flags, body)
        self.errors = thread.errors_for(self)
        self.data = {}
        self.script = environ["mod_wsgi.handler_script"] or environ["SCRIPT_FILENAME"]
        self.id = environ.get("mod_wsgi.request_id", id(self))
        self.idle = environ.get("mod_wsgi.ignore_activity") == "1"
        self.started = time.time()

    def log(self, line, level=3):
        if self.loading:
            level |= 0x80  # What a script says at its import is of no client.
        self.conn.data(b"L", struct.pack("B", level) + line[:8000])
        if not self.batch:
            self.conn.flush()

    def start_response(self, *args):
        if self.done:
            raise RuntimeError("request object has expired")
        if len(args) < 2 or len(args) > 3:
            raise TypeError("start_response() takes 2 or 3 positional arguments (%d given)" % len(args))
        status, headers = args[0], args[1]
        exc_info = args[2] if len(args) == 3 else None
        if exc_info is not None and not isinstance(exc_info, tuple):
            raise RuntimeError("exception info must be a tuple")
        if self.sent:
            if exc_info:
                reraise(exc_info)
            raise RuntimeError("headers have already been sent")
        self.head = known_head(status, headers)
        if process.callbacks:
            publish("response_started", self, response_status=status, response_headers=headers, exception_info=exc_info)
        return self.write

    def write(self, data):
        if self.done:
            raise RuntimeError("request object has expired")
        if not isinstance(data, bytes):
            raise TypeError("byte string value expected, value of type %s found" % kind_name(data))
        try:
            self.output(data)
            self.conn.flush()
        except Closed:
            raise IOError("Apache/mod_wsgi client connection closed")

    def header(self):
        """Queues status and header."""
        if self.sent:
            return
        if self.head is None:
            raise RuntimeError("response has not been started")
        self.sent = True
        self.conn.put(b"S", self.head)

    def output(self, data):
        if not data:
            return
        self.header()
        self.conn.data(b"D", data)

    def run(self, application):
        if process.callbacks or process.metrics is not None:
            application = started_request(self, application)
        result = application(self.environ, self.start_response)
        if type(result) in (list, tuple) and self.small(result):
            return
        try:
            if result is None:
                self.say("the application of '%s' has returned None, where a list of bytes is expected." % self.script)
                raise TypeError("'NoneType' object is not iterable")
            if isinstance(result, FileWrapper) and self.file(result):
                return
            self.batch = type(result) in (list, tuple)
            for data in result:
                if not isinstance(data, bytes):
                    raise TypeError("sequence of byte string values expected, value of type %s found" % kind_name(data))
                self.output(data)
                if not self.batch and data:
                    self.conn.pass_on()
            self.header()
        finally:
            self.batch = False
            close = getattr(result, "close", None)
            if close is not None:
                try:
                    close()
                except Exception:
                    self.exception(sys.exc_info())

    def small(self, result):
        """Takes an answer that is all there, and not large; False if it is not."""
        if self.sent or self.head is None:
            return False
        size = 0
        for data in result:
            if type(data) is not bytes:
                return False
            size += len(data)
        if size > self.conn.credit:
            return False
        self.sent = True
        self.whole = result[0] if len(result) == 1 else b"".join(result)
        return True

    def file(self, wrapper):
        """Sends a real file by its descriptor; False if it is none."""
        try:
            fd = wrapper.filelike.fileno()
            info = os.fstat(fd)
            offset = wrapper.filelike.tell()
        except Exception:
            return False
        if not stat.S_ISREG(info.st_mode) or not self.head or type(offset) not in (int, type(1 << 40)):
            return False
        size = max(info.st_size - offset, 0)
        for field in self.head.split(b"\n")[1:]:
            name, value = field.split(b"\0", 1)
            if name.lower() == b"content-length" and value.isdigit():
                size = min(size, int(value))
                break
        else:
            if not self.sent:
                self.head += b"\nContent-Length\0" + str(size).encode("ascii")
        self.header()
        if size:
            self.conn.send_file(fd, offset, size)
        return True

    def say(self, text):
        self.log(log_bytes("mod_wsgi (pid=%d): %s" % (os.getpid(), text)))

    def exception(self, info, what="Exception occurred processing WSGI script '%s'."):
        self.errors.flush()
        self.say(what % self.script)
        for line in format_exception(info):
            self.log(log_bytes(line))


def format_exception(info):
    """The lines of a traceback, from the first that is not of this file."""
    kind, value, tb = info
    at = tb
    while at is not None and at.tb_frame.f_code.co_filename == "<understudy>":
        at = at.tb_next
    lines = []
    for part in traceback.format_exception(kind, value, at or tb):
        lines += part.rstrip("\n").split("\n")
    return lines


if PY2:
    exec("def reraise(info):\n    raise info[0], info[1], info[2]\n")
else:
    def reraise(info):
        raise info[1].with_traceback(info[2])


# ---------------------------------------------------------------------------
# Scripts

def module_name(path):
    import hashlib
    return "_mod_wsgi_" + hashlib.md5(path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")).hexdigest()


class Unavailable(Exception):
    """The script cannot be used; what there is to say was logged."""


def load(request, path, mtime):
    """Loads a script as a module of its own."""
    name = module_name(path)
    if not isinstance(request, Startup):
        process.loading = process.loading or time.time()
    request.log(log_bytes("mod_wsgi (pid=%d): Loading WSGI script '%s'." % (os.getpid(), path)), 6)
    try:
        with open(path, "rb") as f:
            source = f.read()
        code = compile(source, path, "exec", dont_inherit=True)
    except Exception:
        request.exception(sys.exc_info(), "Could not read/compile source file '%s'.")
        raise Unavailable()
    module = types.ModuleType(name)
    module.__file__ = path
    module.__mtime__ = mtime
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except SystemExit:
        sys.modules.pop(name, None)
        request.exception(sys.exc_info(), "SystemExit exception raised when doing exec of Python script file '%s'.")
        raise Unavailable()
    except BaseException as e:
        sys.modules.pop(name, None)
        request.say("Failed to exec Python script file '%s'." % path)
        request.exception(sys.exc_info())
        if isinstance(e, ImportError):
            missing = getattr(e, "name", None) or str(e).replace("No module named ", "").strip("'")
            request.say("script '%s' needs the module '%s', which Python %s at '%s' does not find in sys.path %r."
                        % (path, missing, sys.version.split()[0], sys.executable, sys.path))
        raise Unavailable()
    return module


def find(request, path, reloading):
    """The module of a script, loaded if need be. None: the process has to go."""
    module = process.modules.get(path)
    if module is not None and (not reloading or request.mtime == getattr(module, "__mtime__", None)) and "reload_required" not in module.__dict__:
        return module
    with process.lock:
        lock = process.module_locks.setdefault(path, threading.Lock())
    with lock:
        module = process.modules.get(path)
        if module is not None and not reloading:
            return module
        try:
            mtime = int(os.stat(path).st_mtime)
        except OSError:
            if module is not None:
                return module
            request.exception(sys.exc_info(), "Could not read/compile source file '%s'.")
            raise Unavailable()
        if module is not None:
            if getattr(module, "__mtime__", None) == mtime and not wants_reload(request, module, path):
                return module
            if not process.options.get("embedded"):
                return None
            request.log(log_bytes("mod_wsgi (pid=%d): Reloading WSGI script '%s'." % (os.getpid(), path)), 6)
        request.loading = True
        try:
            module = load(request, path, mtime)
        finally:
            flush(sys.stdout, sys.stderr)
            request.loading = False
        process.modules[path] = module
        return module


def wants_reload(request, module, path):
    asked = getattr(module, "reload_required", None)
    if asked is None:
        return False
    try:
        return bool(asked(request.environ["SCRIPT_FILENAME"]))
    except Exception:
        request.exception(sys.exc_info())
        return False


# ---------------------------------------------------------------------------
# Threads

def constant():
    """What of the environ is the same for all requests."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.multithread": process.threads != 1,
        "wsgi.multiprocess": bool(process.options.get("multiprocess")),
        "wsgi.run_once": process.threads == 1 and process.options.get("maximum_requests") == 1,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
        "mod_wsgi.version": VERSION,
    }


def complete(request):
    """Adds what only this process knows to the environ."""
    e = request.environ
    e["wsgi.errors"] = request.errors
    e["wsgi.input"] = request.input
    e["mod_wsgi.thread_id"] = request.thread.index
    e["mod_wsgi.thread_requests"] = request.thread.requests
    e["mod_wsgi.total_requests"] = process.served()
    now = e["mod_wsgi.script_start"] = native("%d" % (request.started * 1000000))
    if process.group:
        e["mod_wsgi.daemon_start"] = now


def handle(thread, stream, environ, flags, mtime, body):
    """Answers one request."""
    request = Request(thread, stream, environ, flags, mtime, body)
    begin(request)
    failed = 0
    try:
        if mod_wsgi.application_group is None:
            bind(environ["mod_wsgi.application_group"])
        complete(request)
        function = environ.pop("understudy.function", None)
        if function is not None:
            question(request, function)
        elif not serve(request):
            stream.out = []
            request.input.expire()
            stream.end(b"T", b"")
            return
    except Unavailable:
        failed = 1
    except Closed:
        pass  # Nobody waits for the answer.
    except BaseException:
        failed = failure(request, sys.exc_info())
    finally:
        end(request)
    finish_request(request, failed)
    limit = process.maximum
    if limit and process.served() >= limit:
        process.retire("Maximum requests reached, attempt a graceful shutdown '%s'." % process.group)


class Expired(object):
    """Stands for a request that is over."""

    done = True


EXPIRED = Expired()


def finish_request(request, failed):
    """Sends what is left of the answer, and its end."""
    stream = request.conn
    try:
        flush(request.errors, sys.stdout, sys.stderr)
        if request.counts is not None:
            finished_request(request)
    except Closed:
        pass
    request.done = True
    request.input.expire()  # Nothing refers to the request any more, so that it is gone at once.
    request.errors.take(EXPIRED)
    request.thread.request = None
    if request.whole is None:
        stream.end(b"Z", struct.pack("B", 2 if failed and request.sent else failed))
    else:
        stream.put_whole(request.head, request.whole)


def begin(request):
    thread = request.thread
    thread.request = process.running[thread.index - 1] = request
    thread.requests += 1
    process.counts[thread.index - 1] += 1
    if not request.idle:
        process.used = True
    mod_wsgi.active_requests[request.id] = request.data


def end(request):
    mod_wsgi.active_requests.pop(request.id, None)
    process.deferred.discard(request.conn)
    now, index = time.time(), request.thread.index - 1
    process.busy[index] += now - request.started
    process.running[index] = None
    if not request.idle:
        process.last = now


def serve(request):
    """Calls the application; False: its script was touched."""
    module = find(request, request.script, request.environ["mod_wsgi.script_reloading"] == "1")
    if module is None:
        process.retire("Force restart of process '%s'." % process.group)
        return False
    process.loaded = True
    name = request.environ["mod_wsgi.callable_object"]
    application = getattr(module, name, None)
    if application is None:
        request.say("Target WSGI script '%s' does not contain WSGI application '%s'." % (request.script, name))
        raise Unavailable()
    request.run(application)
    return True


def failure(request, info):
    """Logs an exception of the application, and answers what kind of end it is."""
    if isinstance(info[1], RequestTimeout):
        request.log(b"Request interrupted by RequestTimeout; thread recovered.", 6)
        return 3
    publish("request_exception", request, exception_info=info)
    if isinstance(info[1], SystemExit):
        request.exception(info, "SystemExit exception raised by WSGI script '%s' ignored.")
    else:
        request.exception(info)
    if isinstance(info[1], MemoryError):
        request.say("the application has no more memory: %s." % limits())
    return 1


def limits():
    """What bounds the memory of this process."""
    set_ = ["%s=%d" % (name.replace("_", "-"), process.options[name]) for name in ("memory_limit", "virtual_memory_limit")
            if process.options.get(name)]
    return "the group has " + " and ".join(set_) if set_ else "the group sets no limit, so that it is the system's"


# ---------------------------------------------------------------------------
# Questions of the server

def question(request, function):
    """Calls a function of a script, and answers what it returns."""
    e = request.environ
    arguments = [e.pop("understudy.argument.%d" % i) for i in range(int(e.pop("understudy.arguments")))]
    for name in list(e):
        if name.startswith("wsgi.") and name != "wsgi.errors" or name == "mod_wsgi.callable_object":
            del e[name]
    answer = b"!"
    try:
        module = find(request, request.script, e["mod_wsgi.script_reloading"] == "1")
        called = getattr(module, function, None)
        if called is None:
            answer = b"0"
        else:
            answer = encode_answer(called(e, *arguments), function)
    except Unavailable:
        pass
    except Exception:
        request.exception(sys.exc_info())
    request.conn.put(b"A", answer)


def encode_answer(value, function):
    if function == "groups_for_user":
        items = [answer_text(item) for item in value]
        return b"L" + b"".join(struct.pack(">I", len(item)) + item for item in items)
    if value is None:
        return b"N"
    if value is True:
        return b"T"
    if value is False:
        return b"F"
    if isinstance(value, (bytes, text_type)):
        return b"S" + answer_text(value, "utf-8" if function == "check_password" else "latin-1")
    return b"?"


def answer_text(value, encoding="utf-8"):
    if isinstance(value, bytes):
        return value
    if isinstance(value, text_type):
        return value.encode(encoding)
    raise TypeError("value must be a string, value of type %s found" % kind_name(value))


# ---------------------------------------------------------------------------
# Scripts loaded at the start

class Startup(object):
    """Stands for a request while there is none."""

    environ = {}
    mtime = -1

    def __init__(self, script):
        self.script = script

    def log(self, line, level=3):
        if level > 3:
            process.say("note " + line.decode("utf-8", "replace"))
            return
        try:
            os.write(2, line + b"\n")
        except OSError:
            pass

    def say(self, text):
        self.log(log_bytes("mod_wsgi (pid=%d): %s" % (os.getpid(), text)))

    def exception(self, info, what="Exception occurred processing WSGI script '%s'."):
        self.say(what % self.script)
        for line in format_exception(info):
            self.log(log_bytes(line))


def load_ahead(imports):
    """Loads the scripts that are to be there before the first request."""
    application = os.environ.pop("UNDERSTUDY_APPLICATION", None)
    if application is None:
        return
    bind(native(application))
    for script in imports or []:
        if native(script["Application"]) != application:
            continue
        path = native(script["Script"])
        try:
            if find(Startup(path), path, True) is not None:
                process.loaded = True
        except Unavailable:
            pass
        flush(sys.stdout, sys.stderr)


def bind(application_group):
    """The first request tells which application group this process is."""
    if mod_wsgi.application_group is None:
        mod_wsgi.application_group = application_group
        apply(process.options.get("interpreters"), application_group)


def apply(interpreters, application_group):
    """Obeys what is said for the interpreters of an application group; for all,
    if that is None."""
    for i in interpreters or []:
        if i["application"] is not None and native(i["application"]) != application_group or \
                (i["application"] is None) != (application_group is None):
            continue
        if i.get("switch_interval") and hasattr(sys, "setswitchinterval"):
            sys.setswitchinterval(i["switch_interval"])
        if i.get("python_path"):
            add_paths(i["python_path"])
        if "restrict_stdin" in i:
            sys.stdin = Restricted("sys.stdin") if i["restrict_stdin"] else Nothing()
        if "restrict_stdout" in i:
            sys.stdout = Restricted("sys.stdout") if i["restrict_stdout"] else Log("<stdout>")
        if "restrict_signal" in i:
            process.free_signals = not i["restrict_signal"]


def ready(sock):
    """Waits until sock has something; False when the process is to end."""
    while True:
        try:
            if process.draining:
                return False
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            poll.register(process.wake_r, select.POLLIN)
            events = dict(poll.poll())
            if process.wake_r in events:
                return False
            return True
        except (select.error, OSError, IOError) as e:
            if getattr(e, "errno", None) == errno.EINTR or e.args[0] == errno.EINTR:
                continue
            raise


def work(listener, index):
    """A request thread: answers what there is, or reads what comes, or sleeps."""
    thread = local.thread = Thread(index + 1)
    process.idents[index] = _thread.get_ident()
    lock = threading.Lock()
    lock.acquire()
    while True:
        try:
            item = process.todo.popleft()
        except IndexError:
            try:
                if not idle(listener, lock):
                    return
            except Exception:  # An exception for a request that came too late.
                complain("; ".join(format_exception(sys.exc_info())))
            continue
        if process.slow and (process.todo or not process.leading.locked()):
            wake_one()
        if process.deferred:
            send(item[0].channel)
        item, channel = None, answer(thread, *item)
        if channel.done and (process.slow or thread.ended - channel.sent > SLOW):
            send(channel)


SLOW = 0.001  # seconds: requests that take longer have a thread each
BLOCKED = 0.005  # seconds: of less the time counts that a thread was at work


def answer(thread, stream, environ, flags, mtime, body):
    """Answers a request, and notes how long that takes."""
    began = clock()
    if began - thread.worked_at > SLOW / 2:  # Its CPU time costs a system call.
        thread.worked, thread.worked_at = thread_time(), began
    handle(thread, stream, environ, flags, mtime, body)
    thread.ended = clock()
    took = thread.ended - began
    if SLOW < took < BLOCKED:
        took = min(took, thread_time() - thread.worked)  # Others were at work meanwhile, of this process or not.
    process.pace += (took - process.pace) * 0.1
    if process.slow != (process.pace > SLOW):
        change_pace(stream.channel)
    return stream.channel


def change_pace(channel):
    """Has threads wake each other, or the server do it where one is slow. It
    hears of that before it has to, and that it need not afterwards."""
    with process.lock:
        if process.slow:
            channel.done.append(pace(False))
            send(channel)
            process.slow = False
        else:
            process.slow = True
            channel.done.append(pace(True))


def pace(slow):
    return HEADER.pack(b"P", 0, 1) + (b"\1" if slow else b"\0")


def send(channel):
    channel.sent = clock()
    try:
        channel.flush()
    except Closed:
        pass


def idle(listener, lock):
    """A thread with nothing to do reads what comes, or sleeps if another does;
    False: it is not needed any more."""
    channel = process.channel
    if channel is not None and channel.done:
        send(channel)
    if not process.leading.acquire(False):
        process.sleepers.append(lock)
        if process.todo:
            wake_one()
        lock.acquire()
        return True
    try:
        channel = process.channel  # Another may have connected meanwhile.
        if process.todo:
            return True
        if channel is None:
            return connect(listener)
        channel.fill()
    except Closed:
        channel.end()
    except BaseException:
        if channel is not None:
            channel.end()  # Where the next frame begins is not known any more.
        raise
    finally:
        process.leading.release()
    if process.waiters:
        promote()
    return True


def connect(listener):
    """Accepts the connection of the server; False when the process is to end."""
    if not ready(listener):
        return False
    try:
        sock, _ = listener.accept()
    except (IOError, OSError):
        return True  # Another process had it.
    sock.setblocking(True)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)  # As much of it as the system allows.
    channel = Channel(sock)
    hello = json.dumps({"pid": os.getpid(), "python": list(sys.version_info[:3]), "bytes": PY2,
                        "shared": SHARES}).encode("ascii")
    try:
        channel.send_fd(HEADER.pack(b"H", 0, len(hello)) + hello, process.alarm_w)
    except Closed:
        return True
    process.channel = channel
    if process.slow:
        channel.done.append(pace(True))
    if process.draining:
        leave(channel)  # It may have been too late for drain to see it.
    return True


def listen_for_alarms():
    """Wakes threads when the server says so: an answer is late."""
    while True:
        try:
            data = os.read(process.alarm_r, 64)
        except (IOError, OSError) as e:
            if e.errno == errno.EINTR:
                continue
            return
        channel = process.channel
        if channel is not None and channel.done:
            send(channel)
        for byte in bytearray(data):
            if byte == TELL_STACKS:
                tell_stacks()
            else:
                wake_one()


TELL_STACKS = 2


# ---------------------------------------------------------------------------
# Start

def restrict_signals():
    """signal.signal changes nothing in a request process."""
    original, owner = signal.signal, os.getpid()

    def ignored(number, handler):
        if os.getpid() != owner or process.free_signals:
            return original(number, handler)
        sys.stderr.write("mod_wsgi (pid=%d): Callback registration for signal %d ignored.\n" % (os.getpid(), number))
        for line in traceback.format_stack()[:-1]:
            sys.stderr.write(line)
        return handler

    signal.signal = ignored


def set_identity(options):
    """HOME and the names of the user, as a login would have them."""
    try:
        import pwd
        user = pwd.getpwuid(os.getuid())
    except (ImportError, KeyError):
        return
    for name in ("USER", "USERNAME", "LOGNAME"):
        if name in os.environ:
            os.environ[name] = user.pw_name
    os.environ["HOME"] = user.pw_dir
    home = options.get("home")
    if not home and options.get("user"):
        home = user.pw_dir
    if home:
        try:
            os.chdir(home)
        except OSError as e:
            os.write(2, log_bytes("mod_wsgi (pid=%d): Unable to change working directory to home directory '%s' for uid=%d: %s\n"
                                  % (os.getpid(), home, os.getuid(), e)))
            os._exit(1)


def set_paths(options):
    """sys.path as mod_wsgi makes it: python-path in front, home before that."""
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    add_paths(options.get("python_path") or [])
    if options.get("home"):
        sys.path.insert(0, native(options["home"]))


def add_paths(paths):
    """Puts directories, and what their .pth files name, in front of sys.path."""
    before = list(sys.path)
    for path in paths:
        path = native(path)
        if path not in sys.path:
            site.addsitedir(path)
        if path not in sys.path:
            sys.path.append(path)
    fresh = [p for p in sys.path if p not in before]
    sys.path[:] = fresh + [p for p in sys.path if p in before]


def main():
    global process, mod_wsgi
    options = json.loads(os.environ.pop("UNDERSTUDY_OPTIONS"))
    listen_fd = int(os.environ.pop("UNDERSTUDY_LISTEN_FD"))
    control_fd = int(os.environ.pop("UNDERSTUDY_CONTROL_FD"))
    process = Process(options)
    if options.get("hash_seed"):
        os.environ.pop("PYTHONHASHSEED", None)
    sys.argv[:] = ["mod_wsgi"]
    if options.get("umask") is not None:
        os.umask(options["umask"])
    if options.get("display_name"):
        set_title(options["display_name"])
    set_limits(options)
    set_identity(options)
    set_paths(options)
    listener = socket.fromfd(listen_fd, socket.AF_UNIX, socket.SOCK_STREAM)
    os.close(listen_fd)
    listener.setblocking(False)
    control = socket.fromfd(control_fd, socket.AF_UNIX, socket.SOCK_STREAM)
    os.close(control_fd)
    process.control = control
    for fd in (listener.fileno(), control.fileno(), process.wake_r, process.wake_w, process.signal_r, process.signal_w,
               process.alarm_r, process.alarm_w):
        close_on_exec(fd)
    unblock(process.signal_w)
    signal.set_wakeup_fd(process.signal_w)
    mod_wsgi = make_modules(options)
    sys.stdin, sys.stdout, sys.stderr = Nothing(), Log("<stdout>"), Log("<stderr>")
    signal.signal(signal.SIGTERM, lambda *_: process.drain())
    signal.signal(signal.SIGINT, lambda *_: process.drain())
    signal.signal(signal.SIGUSR1, lambda *_: process.evict())
    if options.get("cpu_time_limit"):
        signal.signal(signal.SIGXCPU, exceed)
    for number in (signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, signalled)
    apply(options.get("interpreters"), None)
    if options.get("switch_interval") and hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(options["switch_interval"])
    restrict_signals()
    if options.get("stack_size"):
        threading.stack_size(options["stack_size"])
    load_ahead(options.get("imports"))
    process.constant = constant()
    start(listen_for_alarms)
    for i in range(process.threads):
        start(work, listener, i)
    process.say("ready Python %s at %s, threads: %d" % (sys.version.split()[0], sys.executable, process.threads))
    reason, wait = watch(control, listener, options)
    finish(reason, wait, options)


def start(target, *args):
    t = threading.Thread(target=target, args=args)
    t.daemon = True
    t.start()
    return t


def unblock(fd):
    import fcntl
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def close_on_exec(fd):
    import fcntl
    fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.fcntl(fd, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)


def set_title(title):
    """The name that ps and top show, as far as that can be had."""
    try:
        import ctypes
        libc = ctypes.CDLL(None)
        libc.prctl(15, ctypes.c_char_p(log_bytes(title)[:15]), 0, 0, 0)
    except Exception:
        pass


PAUSE = 50  # milliseconds between two looks at who wants to connect


def watch(control, listener, options):
    """The main thread: hears the supervisor, and looks at the clock. It returns
    the reason of the end, and the seconds that active requests get."""
    control.setblocking(False)
    graceful, shutdown = options.get("graceful_timeout") or 0, options.get("shutdown_timeout") or 0
    timers = [t for t in (options.get(name) for name in TIMES) if t]
    pause = 1000 if timers else 60000
    beat = max((options.get("deadlock_timeout") or 0) / 4.0, 0.5)
    if options.get("deadlock_timeout"):
        pause = min(pause, int(beat * 1000))
    beaten, buf, again = 0, b"", 0
    while True:
        if process.draining:
            if not process.retiring:
                return "", shutdown
            return "graceful_signal", graceful if process.patience is None else process.patience
        try:
            poll = select.poll()
            poll.register(control, select.POLLIN)
            poll.register(process.wake_r, select.POLLIN)
            poll.register(process.signal_r, select.POLLIN)
            if time.time() >= again:
                poll.register(listener, select.POLLIN)
            for fd, _ in poll.poll(pause if time.time() >= again else PAUSE):
                if fd == process.signal_r:
                    os.read(fd, 100)  # A signal came to another thread: handlers run in this one.
                elif fd == listener.fileno():
                    again = time.time() + PAUSE / 1000.0  # Another process may be meant.
                    if not process.leading.locked():
                        wake_one()  # The server may be another one, and nobody has seen the old go.
            data = control.recv(4096)
            if not data:
                os._exit(0)  # The supervisor is gone.
            buf += data
        except (select.error, IOError, OSError) as e:
            number = getattr(e, "errno", None) or e.args[0]
            if number not in (errno.EINTR, errno.EAGAIN, errno.EWOULDBLOCK):
                os._exit(0)
        while b"\n" in buf:
            line, buf = buf.split(b"\n", 1)
            if line == b"drain":
                process.drain()
            elif line == b"stop":
                return "", shutdown
        now = time.time()
        if options.get("deadlock_timeout") and now - beaten >= beat:
            beaten = now
            process.say("alive")
        reason = expired(now, options)
        if reason:
            return reason, shutdown


TIMES = ("inactivity_timeout", "restart_interval", "request_timeout", "startup_timeout")


def expired(now, options):
    """Looks which of the process's times is over: it asks for a successor, or
    answers the reason for which it has to end at once."""
    group = process.group
    idle = options.get("inactivity_timeout")
    if idle and process.used and not process.active() and now - process.last >= idle:
        process.used = False
        process.retire("Daemon process idle inactivity timer expired, stopping process '%s'." % group)
    life = options.get("restart_interval")
    if life and now - started >= life:
        process.retire("Daemon process restart timer expired, stopping process '%s'." % group)
    start = options.get("startup_timeout")
    if start and process.loading and not process.loaded and now - process.loading >= start:
        complain("Application startup timer expired, stopping process '%s'." % group)
        return "startup_timeout"
    limit = options.get("request_timeout")
    if limit and options.get("interrupt_timeout"):
        return interrupt(now, limit, options["interrupt_timeout"])
    if limit:
        ages = sum(now - request.started for request in process.active())
        if ages / max(process.threads, 1) > limit:
            complain("Daemon process request time limit exceeded, stopping process '%s'." % group)
            dump_stacks()
            return "request_timeout"
    return ""


def interrupt(now, limit, patience):
    """Interrupts requests that take too long, each by itself, as mod_wsgi 6 does;
    answers the reason to end for those that do not give up."""
    late = [r for r in process.active() if now - r.started > limit * (1 + math.log(max(process.threads, 1)))]
    for request in late:
        if request.interrupted is None:
            request.interrupted = now
            ident = process.idents[request.thread.index - 1]
            dump_stacks(ident)
            if raise_in(ident, RequestTimeout):
                complain("Injected RequestTimeout into thread %d of daemon process '%s'." % (request.thread.index, process.group))
        elif now - request.interrupted > patience:
            complain("Daemon process request time limit exceeded, stopping process '%s'." % process.group)
            dump_stacks()
            return "request_timeout"
    return ""


def raise_in(ident, kind):
    """Has an exception raised in a thread, as soon as it is at work in Python."""
    try:
        import ctypes
        number = ctypes.c_long(ident) if sys.version_info < (3, 7) else ctypes.c_ulong(ident)
        return ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(kind)) == 1
    except (ImportError, AttributeError, ValueError):
        return False  # It is ended with its process, later.


def tell_stacks():
    """Says where the threads are that have requests: one takes too long."""
    for request in process.active():
        dump_stacks(process.idents[request.thread.index - 1])


def dump_stacks(only=None):
    """Says where each thread is, or one."""
    for ident, frame in sys._current_frames().items():
        if only is not None and ident != only:
            continue
        complain("Thread %d" % ident)
        word = "executing"
        while frame is not None:
            code = frame.f_code
            if code.co_filename == "<understudy>":
                break  # From here on it is ours.
            complain('%s file "%s", line %d, in %s' % (word, code.co_filename, frame.f_lineno, code.co_name))
            word, frame = "called from", frame.f_back


def finish(reason, wait, options):
    """Lets active requests end, tells applications, and ends."""
    shutdown = options.get("shutdown_timeout") or 0
    process.drain()
    limit, busy = time.time() + wait, time.time()
    while not process.drained() and (not wait or time.time() < limit):
        read_rest()
        if process.active() or process.todo:
            busy = time.time()
        elif time.time() - busy > PATIENCE:
            break
    if shutdown:
        timer = threading.Timer(shutdown, lambda: os._exit(0))
        timer.daemon = True
        timer.start()
    stopping(reason)
    try:
        if hasattr(atexit, "_run_exitfuncs") and not options.get("keep_interpreter"):
            atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    flush(sys.stdout, sys.stderr)
    os._exit(0)


PATIENCE = 2  # seconds with nothing to do, for a server that does not say which request was the last


def read_rest():
    """Reads for threads that are all at work, and sends for them."""
    channel = process.channel
    if channel is None or not process.leading.acquire(False):
        time.sleep(0.005)
    else:
        try:
            poll = select.poll()
            poll.register(channel.sock, select.POLLIN)
            if poll.poll(5):
                channel.fill()
        except Closed:
            channel.end()
        except (select.error, IOError, OSError):
            pass  # A signal.
        finally:
            process.leading.release()
        for _ in range(len(process.todo)):
            wake_one()
        promote()
    if channel is not None and channel.done:
        send(channel)


def set_limits(options):
    """Limits are the process's own to set: its parent may not have the right."""
    import resource
    cpu, shutdown = options.get("cpu_time_limit") or 0, options.get("shutdown_timeout") or 0
    for what, number, soft, hard in (
            ("CPU time limit of %d seconds", resource.RLIMIT_CPU, cpu, cpu + 1 + shutdown),
            ("memory limit of %d", resource.RLIMIT_DATA, options.get("memory_limit"), options.get("memory_limit")),
            ("virtual memory limit of %d", resource.RLIMIT_AS, options.get("virtual_memory_limit"),
             options.get("virtual_memory_limit"))):
        if not soft:
            continue
        try:
            resource.setrlimit(number, (soft, hard))
        except (ValueError, OSError) as e:
            complain("Couldn't set %s for process '%s': %s" % (what % soft, process.group, e))


def exceed(*_):
    """SIGXCPU: the soft limit of cpu-time-limit."""
    process.retire("Exceeded CPU time limit, attempt a graceful shutdown '%s'." % process.group)


if PY2:
    def sendmsg(sock, data, fd):
        """sendmsg with a descriptor, which the socket module of Python 2 lacks."""
        import ctypes

        class IOVec(ctypes.Structure):
            _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]

        class MsgHdr(ctypes.Structure):
            _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(IOVec)),
                        ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                        ("flags", ctypes.c_int)]

        class Rights(ctypes.Structure):
            _fields_ = [("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int), ("fd", ctypes.c_int),
                        ("pad", ctypes.c_int)]

        iov = IOVec(data, len(data))
        rights = Rights(20, socket.SOL_SOCKET, 1, fd, 0)
        msg = MsgHdr(None, 0, ctypes.pointer(iov), 1, ctypes.cast(ctypes.pointer(rights), ctypes.c_void_p), 24, 0)
        if ctypes.CDLL(None).sendmsg(sock, ctypes.byref(msg), 0) != len(data):
            raise Closed("sendmsg")
