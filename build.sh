#!/usr/bin/env bash
# Prepares tools and packages, then hands over to FAKE:   ./build.sh [Target]     (./build.sh --list names them all)
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet tool restore > /dev/null

# Every package of paket.lock, in its exact version, from whatever sources this machine has configured.
missing=()
while read -r id version; do
    [ -e "feed/${id,,}/$version/${id,,}.$version.nupkg" ] || missing+=("$id@$version")
done < <(sed -nE 's/^    ([A-Za-z][^ ]*) \(([^)]+)\).*/\1 \2/p' paket.lock | sort -u)
if [ ${#missing[@]} -gt 0 ]; then
    echo "Fetching ${#missing[@]} packages"
    dotnet package download "${missing[@]}" --output feed --verbosity quiet > /dev/null \
        || { echo "A package of paket.lock could not be fetched from the configured package sources." >&2; exit 1; }
fi
dotnet paket restore > feed/restore.log 2>&1 || { cat feed/restore.log >&2; exit 1; }
rm -f feed/restore.log

case "${1:-}" in
    -*|"") exec dotnet fsi --quiet build.fsx "$@" ;;
    *) target=$1; shift; exec dotnet fsi --quiet build.fsx -t "$target" "$@" ;;
esac
