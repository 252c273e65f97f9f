#!/bin/bash
# mod_wsgi's own tests, against any binary that says it is httpd.
#
#     MOD_WSGI_TESTS=DIR testdata/oracle/modwsgi.sh [-k DIR] BINARY [tests/wsgi/NAME...]
#
# Their code is not kept here: MOD_WSGI_TESTS names a copy of the repository
# GrahamDumpleton/mod_wsgi (6.0.5 was used). Of mod_wsgi itself only its Python
# part is needed, mod_wsgi-express, which writes the configuration: nothing is
# compiled. -k keeps output and log in DIR. The output ends in "N passed, M
# failed of T". PYTHON is the interpreter, which the user nobody has to be able
# to run (default: /usr/bin/python3).
#
# The tests listen on fixed ports, and end who else does: all runs in a network
# and process namespace of its own, which needs root or user namespaces.
# Needs: curl, openssl, lsof.
#
# Real Apache 2.4.71 with mod_wsgi 4.9.4 passes 275 of 359: the others want 6.x.
# Ours passes 340: the others want the texts of 6.x for what an application does
# wrong in start_response, where ours has those of 4.9, which distributions ship.
set -eu

keep=
while getopts k: o; do
	case $o in
	k) keep=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
: "${MOD_WSGI_TESTS:?has to name a copy of the repository GrahamDumpleton/mod_wsgi}"
binary=$(realpath -s "$1")
shift
python=$(command -v "${PYTHON:-/usr/bin/python3}")

if [ -z "${MODWSGI_INSIDE:-}" ]; then
	rights=
	[ "$(id -u)" = 0 ] || rights=--map-root-user
	export MODWSGI_INSIDE=1
	exec unshare $rights --net --pid --fork --kill-child --mount-proc "$0" ${keep:+-k "$keep"} "$binary" "$@"
fi
ip link set lo up

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$MOD_WSGI_TESTS"/. "$work/repository"
cd "$work/repository"
chmod 755 "$work"

# What application and test leave for each other has to be removable by both.
mkdir -m 777 "$work/flags"
grep -rlZ /tmp/mod_wsgi_ tests | xargs -0 sed -i "s|/tmp/mod_wsgi_|$work/flags/mod_wsgi_|g"

# The package mod_wsgi as setup.py would install it, without what it compiles.
mkdir -p "$work/package" .venv/bin
ln -s "$PWD/src" "$work/package/mod_wsgi"
touch src/server/mod_wsgi.so
cat >src/express/apxs_config.py <<END
HTTPD = '$binary'
ROTATELOGS = '/usr/bin/rotatelogs'
LIBEXECDIR = '${MODULES:-/usr/lib/apache2/modules}'
BINDIR = SBINDIR = '/usr/sbin'
PROGNAME = 'apache2'
MPM_NAME = 'event'
SHLIBPATH_VAR = 'LD_LIBRARY_PATH'
SHLIBPATH = ''
END
sed -i "s|^MOD_WSGI_SO = .*|MOD_WSGI_SO = '${MOD_WSGI_SO:-/usr/lib/apache2/modules/mod_wsgi.so}'|" src/express/platform.py
cat >.venv/bin/mod_wsgi-express <<END
#!/bin/sh
cd '$PWD'
PYTHONPATH='$work/package' exec '$python' -c 'from mod_wsgi.express.cli import main; main()' "\$@" \\
	--user nobody --group nogroup --python-path '$work/package'
END
chmod 755 .venv/bin/mod_wsgi-express

if [ -n "$keep" ]; then # The log lies where the tests remove it at their end.
	mkdir -p "$keep"
	sed -i "s|^    rm -rf \"\$SERVER_ROOT\"|    cp \"\$SERVER_ROOT\"/{httpd.conf,error_log} '$keep' 2>/dev/null \|\| true\n&|" scripts/run-tests.sh
fi

HTTPD=$binary bash scripts/run-tests.sh "$@" 2>&1 | tee "$work/output" || true
[ -z "$keep" ] || cp "$work/output" "$keep/"
passed=$(grep -c '^  PASS:' "$work/output" || true)
# The summary lists the failures again, with one column less.
failed=$(awk '/^Failures:/ {exit} /^  FAIL:/ {n++} END {print n + 0}' "$work/output")
echo "$passed passed, $failed failed of $((passed + failed))"
[ "$failed" = 0 ]
