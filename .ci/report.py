#!/usr/bin/env python3
"""Reads what `go test -json` says: prints each package, the output of what
failed, and writes the tests that were skipped, with their reasons, to a file."""
import json
import re
import sys

output, skipped, failed = {}, [], False
for line in sys.stdin:
    try:
        event = json.loads(line)
    except ValueError:  # What go itself says.
        sys.stdout.write(line)
        continue
    package, test, action = event.get("Package", ""), event.get("Test", ""), event["Action"]
    key = (package, test)
    if action in ("output", "build-output"):
        output.setdefault(key, []).append(event["Output"])
    elif action == "skip" and test:
        said = "".join(output.get(key, ()))
        reason = re.search(r"_test\.go:\d+: (.*)", said)
        skipped.append(f"{package}.{test}: {reason[1] if reason else 'without a reason'}")
    elif action in ("fail", "build-fail"):
        failed = True
        sys.stdout.write("".join(output.get(key, ())) or f"FAIL {package} {test}\n")
    elif action == "pass" and not test:
        print(f"ok  \t{package}\t{event['Elapsed']:.1f}s", flush=True)
    if action in ("pass", "skip", "fail"):
        output.pop(key, None)
with open(sys.argv[1], "w") as f:
    f.writelines(s + "\n" for s in skipped)
sys.exit(failed)
