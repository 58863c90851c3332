#!/bin/sh
# The demonstration of `make demo`: the check by id against a real registry that
# this script starts on a free loopback port, then against its closed port.
# usage: demo.sh STELLA REGISTRY
set -u
stella=$1
registry=$2

work=$(mktemp -d)
pid=
cleanup() {
	[ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

"$registry" -addr 127.0.0.1:0 >"$work/address" &
pid=$!
tries=0
until grep -q '^listening on ' "$work/address"; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo "demo: the registry did not start" >&2
		exit 1
	fi
	sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$work/address")

echo "== a registry runs at $url"
echo "\$ stella doctor run --check check.integration.oci.registry --set OCI:RegistryUrl=$url"
"$stella" doctor run --check check.integration.oci.registry --set "OCI:RegistryUrl=$url"
code=$?
echo "exit code $code"
[ "$code" -eq 0 ] || exit 1

kill "$pid"
wait "$pid" 2>/dev/null
pid=
echo
echo "== the registry is stopped"
echo "\$ stella doctor run --check check.integration.oci.registry --set OCI:RegistryUrl=$url"
"$stella" doctor run --check check.integration.oci.registry --set "OCI:RegistryUrl=$url"
code=$?
echo "exit code $code"
[ "$code" -eq 20 ] || exit 1
echo
echo "demo: both runs ended as they should"
