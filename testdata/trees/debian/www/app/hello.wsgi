"""The smallest application that shows where it runs, for Python 2.7 and 3."""
import os
import sys


def application(environ, start_response):
    lines = [
        "Hello from %s" % environ["SERVER_SOFTWARE"],
        "Python %s, process %d" % (sys.version.split()[0], os.getpid()),
        "process group %r, application group %r"
        % (environ["mod_wsgi.process_group"], environ["mod_wsgi.application_group"]),
        "%s %s, path info %r" % (
            environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], environ["PATH_INFO"]),
    ]
    body = ("\n".join(lines) + "\n").encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1"),
                              ("Content-Length", str(len(body)))])
    return [body]
