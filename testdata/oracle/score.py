#!/usr/bin/env python3
"""Replays what real Apache, mod_wsgi and Debian's tools were recorded to do,
and compares how many cases agree with score.json: an area may rise, never fall.

    score.py [--update] [--binary DIR] [--suite NAME]...

The recordings lie beside the project, in ../shared/oracle and
../shared/corpus. Where they are not, this says so and ends well.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(os.path.dirname(TOP), "shared")
SCORE = os.path.join(HERE, "score.json")


def run(argv, limit):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, errors="replace", timeout=limit)
    return p.stdout


def core(bindir):
    """One area at a time, so that no area can use up another's time."""
    runner = os.path.join(SHARED, "oracle/core/run.py")
    ids = run([sys.executable, runner, "--list"], 60).split()
    areas = collections.Counter(i.split(".")[0] for i in ids if "." in i)
    for area in sorted(areas):
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            run([sys.executable, runner, "--binary", os.path.join(bindir, "apache2"),
                 "-q", "-j", "4", "--json", out.name, area], 1200)
            r = json.load(open(out.name))
        yield "core/" + area, r["pass"], r["total"], r["failed"]


def wsgi(bindir):
    runner = os.path.join(SHARED, "oracle/wsgi/run.py")
    text = run([sys.executable, runner, "--binary", os.path.join(bindir, "apache2"), "-j", "6"], 1500)
    passed = re.findall(r"^PASS\s+(\S+)", text, re.M)
    failed = re.findall(r"^(?:FAIL|ERROR)\s+(\S+)", text, re.M)
    yield "wsgi", len(passed), len(passed) + len(failed), failed


def admin(bindir):
    runner = os.path.join(SHARED, "oracle/admin/run.py")
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        run([sys.executable, runner, "--bindir", bindir, "-j", "4", "--json", out.name], 1200)
        verdicts = json.load(open(out.name))
    groups = collections.defaultdict(list)
    for name, ok in verdicts.items():
        groups["tools" if not name.startswith(("bin-", "ctl-", "sig", "log", "srv")) else "server"].append((name, ok))
    for g, list_ in sorted(groups.items()):
        yield "admin/" + g, sum(ok is True for _, ok in list_), len(list_), [n for n, ok in list_ if ok is not True]


def corpus(bindir):
    text = run([os.path.join(SHARED, "corpus/check.sh"), os.path.join(bindir, "apache2"),
                "--profile", "both", "--no-htaccess"], 1500)
    m = re.search(r"(\d+) agree, (\d+) disagree of (\d+)\s*$", text)
    if m:
        yield "corpus", int(m[1]), int(m[3]), []
    else:
        print(text[-2000:])
        yield "corpus", 0, 0, ["the runner said nothing usable"]


SUITES = {"core": core, "wsgi": wsgi, "admin": admin, "corpus": corpus}


def counts(suite, bindir, floor):
    """What a suite counts. Some cases wait for a server or a signal, and a busy
    machine can be late: an area that fell is tried once more, and the better
    run counts."""
    best = {}
    for attempt in range(2):
        for name, passed, total, failed in SUITES[suite](bindir):
            if name not in best or passed > best[name][0]:
                best[name] = passed, total, failed
        if all(best[name][0] >= floor.get(name, 0) for name in best):
            break
    return best


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--update", action="store_true", help="keep the counts that rose")
    a.add_argument("--binary", default=os.path.join(TOP, "bin"), help="the folder of the programs")
    a.add_argument("--suite", action="append", choices=sorted(SUITES))
    a.add_argument("-v", action="store_true", help="name the cases that differ")
    o = a.parse_args()
    if not os.path.isdir(os.path.join(SHARED, "oracle")):
        print("SKIPPED: no recordings at", SHARED)
        return 0
    floor = json.load(open(SCORE)) if os.path.exists(SCORE) else {}
    fell = []
    for suite in o.suite or SUITES:
        for name, (passed, total, failed) in counts(suite, o.binary, floor).items():
            least = floor.get(name, 0)
            print("%-16s %4d of %4d agree (at least %d)" % (name, passed, total, least), flush=True)
            if o.v or passed < least:
                for f in failed:
                    print("    differs:", f)
            if passed < least:
                fell.append(name)
            elif o.update:
                floor[name] = passed
    if o.update:
        with open(SCORE, "w") as f:
            json.dump(floor, f, indent=1, sort_keys=True)
            f.write("\n")
    if fell:
        print("FELL:", ", ".join(fell))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
