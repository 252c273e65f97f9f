# -*- coding: utf-8 -*-
"""The modules mod_wsgi and apache, as applications import them: the names of
mod_wsgi 4.9 and those of 6. Requests are counted only where somebody listens."""
class Builtin(object):
    """A function that does not become a method when it is put into a class, as
    mod_wsgi's, which are written in C, do not."""

    def __init__(self, call):
        self.call = call
        self.__name__ = call.__name__
        self.__doc__ = call.__doc__

    def __call__(self, *args, **keys):
        return self.call(*args, **keys)

    def __repr__(self):
        return "<built-in function %s>" % self.__name__


Builtin.__name__ = "builtin_function_or_method"


class RequestTimeout(SystemExit):
    """Raised in a thread whose request takes too long (interrupt-timeout)."""


for kind in (Input, FileWrapper, Restricted, RequestTimeout):
    kind.__module__ = "mod_wsgi"
if not PY2:
    TextIOWrapper.__module__ = "_io"


class ModWSGI(types.ModuleType):
    """The module mod_wsgi."""

    def __getattr__(self, name):
        if name != "LogHandler":
            raise AttributeError("module 'mod_wsgi' has no attribute '%s'" % name)
        self.LogHandler = log_handler()
        return self.LogHandler


def log_handler():
    """The class mod_wsgi.LogHandler. It is made when first asked for: few need
    the module logging for it."""
    import logging

    class LogHandler(logging.Handler):
        """Passes records on to the error log at their level."""

        def emit(self, record):
            try:
                lines = log_bytes(self.format(record)).split(b"\n")
            except Exception:
                self.handleError(record)
                return
            request = request_here()
            for line in lines:
                if request is not None and not request.done:
                    request.log(line, apache_level(record.levelno))
                else:
                    os.write(2, line + b"\n")

    LogHandler.__module__ = "mod_wsgi"
    return LogHandler


def apache_level(level):
    """Apache's number for a level of the module logging."""
    for least, number in ((50, 2), (40, 3), (30, 4), (20, 6)):
        if level >= least:
            return number
    return 7


def make_modules(options):
    m = ModWSGI("mod_wsgi")
    m.version = VERSION
    m.process_group = process.group
    m.application_group = None
    m.maximum_processes = process.processes
    m.threads_per_process = process.threads
    m.FileWrapper, m.Input, m.Restricted, m.RequestTimeout = FileWrapper, Input, Restricted, RequestTimeout
    m.event_callbacks = process.callbacks
    m.shutdown_callbacks = process.shutdown_callbacks
    m.signal_callbacks = process.signal_callbacks
    m.active_requests = {}
    for function in (request_data, subscribe_events, subscribe_shutdown, subscribe_signals, start_recording_metrics,
                     process_metrics, request_metrics, server_metrics):
        setattr(m, function.__name__, Builtin(function))
    sys.modules["mod_wsgi"] = m
    a = types.ModuleType("apache")
    a.version = (2, 4, 71)
    a.maximum_processes = process.processes
    a.threads_per_process = process.threads
    a.description = "Apache/2.4.71 (Understudy)"
    a.mpm_name = "event"
    a.build_date = ""
    sys.modules["apache"] = a
    return m


def request_data():
    """The dictionary of the request under way in this thread."""
    request = request_here()
    if request is None:
        raise RuntimeError("no active request for thread")
    return request.data


def subscribe_events(callback):
    """Has callback(name, **details) called for each event of a request."""
    process.callbacks.append(callback)
    return callback


def subscribe_shutdown(callback):
    """Has callback called when the process is about to end."""
    process.shutdown_callbacks.append(callback)
    return callback


def subscribe_signals(callback):
    """Has callback called for SIGHUP and SIGUSR2."""
    process.signal_callbacks.append(callback)
    return callback


# ---------------------------------------------------------------------------
# Events

def publish(name, request, **keys):
    """Tells subscribers of an event, and returns its details with what they
    have added."""
    if not process.callbacks:
        return keys
    keys.update(request_id=request.id, request_data=request.data)
    for callback in list(process.callbacks):
        try:
            added = callback(name, **keys)
        except Exception:
            request.exception(sys.exc_info())
            continue
        if isinstance(added, dict):
            keys.update(added)
    return keys


def started_request(request, application):
    """Counts a request from here on; returns the application, which a subscriber
    may have replaced."""
    request.counts = Counts()
    request.__class__, request.input.__class__ = CountedRequest, CountedInput
    keys = publish("request_started", request, request_environ=request.environ, application_object=application,
                   **times_of(request))
    return keys["application_object"]


def times_of(request):
    """What the events about a request have in common."""
    e = request.environ
    start = seconds(e.get("mod_wsgi.request_start"))
    return {"thread_id": request.thread.index, "daemon_connects": int(e.get("mod_wsgi.daemon_connects") or 0),
            "daemon_restarts": int(e.get("mod_wsgi.daemon_restarts") or 0), "request_start": start,
            "queue_start": seconds(e.get("mod_wsgi.queue_start")) or start, "daemon_start": request.started,
            "application_start": request.counts.began}


def seconds(micros):
    return int(micros or 0) / 1e6


def finished_request(request):
    """Tells subscribers that a request is over, and adds it to the metrics."""
    counts = request.counts
    now, (user, system) = time.time(), thread_cpu()
    times = times_of(request)
    keys = publish("request_finished", request, input_reads=counts.input_reads, input_length=counts.input_length,
                   input_time=counts.input_time, output_writes=counts.output_writes,
                   output_length=counts.output_length, output_time=counts.output_time,
                   application_finish=now, application_time=max(now - counts.began, 0.0),
                   cpu_user_time=user - counts.cpu[0], cpu_system_time=system - counts.cpu[1],
                   status=status_of(request), gil_wait_time=0.0, gil_wait_count=0, **times)
    if process.metrics is not None:
        process.metrics.add(request, now, times, keys)


def status_of(request):
    return int(request.head[:3]) if request.head else 0


def stopping(reason):
    keys = {"shutdown_reason": native(reason)}
    for callback in list(process.callbacks) + list(process.shutdown_callbacks):
        try:
            callback("process_stopping", **keys)
        except Exception:
            traceback.print_exc()


def signalled(number, _):
    """SIGHUP or SIGUSR2 came."""
    name = "SIGHUP" if number == signal.SIGHUP else "SIGUSR2"
    for callback in list(process.signal_callbacks):
        try:
            callback("process_signal", signame=name, signum=number)
        except Exception:
            traceback.print_exc()


# ---------------------------------------------------------------------------
# Counting

def thread_cpu():
    """Seconds of CPU of this thread, in the application and in the system."""
    try:
        import resource
        usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD", 1))
    except (ImportError, ValueError, OSError):
        return 0.0, 0.0
    return usage.ru_utime, usage.ru_stime


class Counts(object):
    """What a request has read and written."""

    input_reads = input_length = output_writes = output_length = 0
    input_time = output_time = 0.0

    def __init__(self):
        self.began = time.time()
        self.cpu = thread_cpu()


class CountedInput(Input):
    """wsgi.input of a request that is counted."""

    def _counted(self, read, args):
        counts, began = self.request.counts, time.time()
        data = read(self, *args)
        counts.input_time += time.time() - began
        counts.input_reads += 1
        counts.input_length += len(data)
        return data

    def read(self, *args):
        return self._counted(Input.read, args)

    def readline(self, *args):
        return self._counted(Input.readline, args)


CountedInput.__name__, CountedInput.__module__ = "Input", "mod_wsgi"


class CountedRequest(Request):
    """A request that is counted."""

    def output(self, data):
        began = time.time()
        Request.output(self, data)
        self.wrote(len(data), began)

    def small(self, result):
        began = time.time()
        done = Request.small(self, result)
        if done:
            self.wrote(len(self.whole), began)
        return done

    def wrote(self, size, began):
        counts = self.counts
        counts.output_time += time.time() - began
        counts.output_writes += 1
        counts.output_length += size


BUCKETS = 16
PHASES = ("server_time", "queue_time", "daemon_time", "application_time", "request_time", "gil_wait_time",
          "input_read_time", "output_write_time")


def bucket(duration):
    """Which bucket a duration belongs to: up to 5 ms, 10 ms, 20 ms and so on."""
    if duration <= 0.005:
        return 0
    return min(int(math.ceil(math.log(duration / 0.005, 2))), BUCKETS - 1)


class Metrics(object):
    """What there was since request_metrics was asked for the last time."""

    def __init__(self):
        self.lock = threading.Lock()  # guards all fields
        self.reset()

    def reset(self):
        self.start = time.time()
        self.cpu = os.times()[:2]
        self.busy = sum(process.busy)
        self.count = 0
        self.totals = dict.fromkeys(PHASES, 0.0)
        self.buckets = dict((phase, [0] * BUCKETS) for phase in PHASES)
        self.least, self.most = {}, {}
        self.threads = [0] * max(process.threads, 1)
        self.status = [0] * 6
        self.volume = dict.fromkeys(("input_bytes", "input_reads", "output_bytes", "output_writes"), 0)

    def add(self, request, now, times, keys):
        counts = request.counts
        took = {"server_time": times["queue_start"] - times["request_start"],
                "queue_time": times["daemon_start"] - times["queue_start"],
                "daemon_time": times["application_start"] - times["daemon_start"],
                "application_time": now - times["application_start"],
                "request_time": now - times["request_start"], "gil_wait_time": 0.0,
                "input_read_time": counts.input_time, "output_write_time": counts.output_time}
        with self.lock:
            self.count += 1
            for phase, duration in took.items():
                duration = max(duration, 0.0)
                self.totals[phase] += duration
                self.buckets[phase][bucket(duration)] += 1
                micros = int(duration * 1e6)
                self.least[phase] = min(self.least.get(phase, micros), micros)
                self.most[phase] = max(self.most.get(phase, micros), micros)
            self.threads[(request.thread.index - 1) % len(self.threads)] += 1
            self.status[min((keys["status"] or 500) // 100, 5)] += 1
            for name, n in (("input_bytes", counts.input_length), ("input_reads", counts.input_reads),
                            ("output_bytes", counts.output_length), ("output_writes", counts.output_writes)):
                self.volume[name] += n

    def report(self):
        """The dictionary of request_metrics; begins anew."""
        with self.lock:
            now, cpu = time.time(), os.times()
            period = max(now - self.start, 1e-6)
            user, system = (cpu[0] - self.cpu[0]) / period, (cpu[1] - self.cpu[1]) / period
            active = sum(1 for n in self.threads if n)
            r = {"pid": os.getpid(), "start_time": self.start, "stop_time": now, "sample_period": period,
                 "cpu_user_time": user, "cpu_system_time": system, "cpu_time": user + system,
                 "cpu_user_utilization": user, "cpu_system_utilization": system, "cpu_utilization": user + system,
                 "request_threads_maximum": process.threads, "request_threads_started": process.threads,
                 "request_threads_active": active, "request_threads_buckets": self.threads,
                 "request_threads_completed": list(self.threads),
                 "capacity_utilization": (sum(process.busy) - self.busy) / period / max(process.threads, 1),
                 "request_count": self.count, "request_throughput": self.count / period, "gil_wait_count": 0}
            r.update(memory())
            r.update(self.volume)
            for n in range(1, 6):
                r["status_%dxx" % n] = self.status[n]
            for phase in PHASES:
                r[phase] = self.totals[phase] / self.count if self.count else 0.0
                r[phase + "_buckets"] = self.buckets[phase]
                r[phase + "_min_us"], r[phase + "_max_us"] = self.least.get(phase), self.most.get(phase)
            if not process.group:
                r["queue_time"] = r["daemon_time"] = None
            self.reset()
            return r


def memory():
    """Bytes that the process has in memory, and has had at most."""
    r = {"memory_rss": 0, "memory_max_rss": 0}
    try:
        import resource
        r["memory_max_rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        with open("/proc/self/statm") as f:
            r["memory_rss"] = int(f.read().split()[1]) * resource.getpagesize()
    except (ImportError, IOError, OSError, IndexError, ValueError):
        pass
    return r


def start_recording_metrics():
    """Has requests counted from now on."""
    with process.lock:
        if process.metrics is None:
            process.metrics = Metrics()


def request_metrics():
    """What requests took since this was asked for the last time."""
    start_recording_metrics()
    return process.metrics.report()


def process_metrics():
    """What the process has done and used since its start."""
    now, cpu = time.time(), os.times()
    active = process.active()
    r = {"pid": os.getpid(), "request_count": process.served(), "active_requests": len(active),
         "request_busy_time": sum(process.busy) + sum(now - request.started for request in active),
         "threads": [{"thread_id": i + 1, "request_count": n} for i, n in enumerate(process.counts)]}
    r.update(memory())
    r.update(cpu_user_time=cpu[0], cpu_system_time=cpu[1], cpu_time=cpu[0] + cpu[1], restart_time=started,
             current_time=now, running_time=int(now - started), request_threads=process.threads)
    return r


def server_metrics():
    """What a scoreboard would say, where server-metrics allows it. The server is
    one process here, whose connections have no slots."""
    if not process.options.get("server_metrics"):
        return None
    now = time.time()
    return {"server_limit": 1, "thread_limit": 0, "running_generation": 0, "restart_time": started,
            "current_time": now, "running_time": int(now - started),
            "processes": [{"process_num": 0, "pid": os.getppid(), "generation": 0, "quiescing": False, "workers": []}]}


started = time.time()
