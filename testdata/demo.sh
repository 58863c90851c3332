#!/bin/sh
# The demonstration of `make demo`: the check by id against a real registry that
# this script starts on a free loopback port, then against its closed port; then
# the checks of credentials, rights and features against one that issues tokens.
# usage: demo.sh STELLA REGISTRY
set -u
stella=$1
registry=$2
id=check.integration.oci

work=$(mktemp -d)
pid=
cleanup() {
	[ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# start runs the registry with flags and sets url.
start() {
	rm -f "$work/address" # that of the one before must not be read
	"$registry" "$@" >"$work/address" &
	pid=$!
	tries=0
	until grep -qs '^listening on ' "$work/address"; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "demo: the registry did not start" >&2
			exit 1
		fi
		sleep 0.1
	done
	url=$(sed -n 's/^listening on //p' "$work/address")
}

stop() {
	kill "$pid"
	wait "$pid" 2>/dev/null
	pid=
}

# doctor runs a command as it is shown and wants its exit code.
doctor() {
	want=$1
	shift
	echo "\$ stella doctor run $*"
	"$stella" doctor run "$@"
	code=$?
	echo "exit code $code"
	[ "$code" -eq "$want" ] || exit 1
}

start -addr 127.0.0.1:0
echo "== a registry runs at $url"
doctor 0 --check $id.registry --set "OCI:RegistryUrl=$url"

stop
echo
echo "== the registry is stopped"
doctor 20 --check $id.registry --set "OCI:RegistryUrl=$url"

start -token -seed library/alpine:latest
echo
echo "== a registry that asks for tokens runs at $url"
export OCI__RegistryUrl="$url" OCI__Username=doctor OCI__Password=registry-password
doctor 0 --check $id.credentials --check $id.pull --check $id.push --check $id.referrers --check $id.capabilities --allow-write --no-remediation
echo
echo "== with another password, what depends on it waits"
export OCI__Password=forgotten-password
doctor 20 --tag oci --no-remediation

stop
echo
echo "demo: every run ended as it should"
