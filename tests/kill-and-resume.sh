#!/usr/bin/env bash
# Kills a training run at random moments (kill -9), resumes it each time, and compares the final weights, byte for byte, with
# those of a run that was never interrupted:   tests/kill-and-resume.sh [kills]
set -euo pipefail
cd "$(dirname "$0")/.."
mlsae=src/Mlsae.Cli/bin/Release/net10.0/mlsae
kills=${1:-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
settings=(--model microworld-6l --data microworld --latents 512 --k 8 --vectors 600000 --checkpoint-every 20 --seed 3)

SECONDS=0
"$mlsae" train "${settings[@]}" --output "$folder/whole" > "$folder/whole.log"
echo "uninterrupted: $SECONDS s"
whole=$SECONDS

killed=0
start=(train "${settings[@]}" --output "$folder/killed")
while [ "$killed" -lt "$kills" ]; do
    "$mlsae" "${start[@]}" > "$folder/killed.log" 2>&1 &
    process=$!
    # Somewhere between the start-up and the end of what an uninterrupted run would take.
    sleep "$(awk -v whole="$whole" -v random="$RANDOM" 'BEGIN { print 1 + (whole / 2) * random / 32768 }')"
    if ! kill -9 "$process" 2> /dev/null; then
        wait "$process" || { cat "$folder/killed.log"; exit 1; }
        echo "finished before kill $((killed + 1)); starting over"
        rm -rf "$folder/killed"
        start=(train "${settings[@]}" --output "$folder/killed")
        continue
    fi
    wait "$process" 2> /dev/null || true
    killed=$((killed + 1))
    echo "kill $killed: checkpoints left: $(ls "$folder/killed/checkpoints" 2> /dev/null | tr '\n' ' ')"
    # Killed before the run folder was made: there is nothing to resume.
    [ -e "$folder/killed/run.json" ] && start=(train --resume "$folder/killed")
done
"$mlsae" "${start[@]}" > "$folder/killed.log" 2>&1 || { cat "$folder/killed.log"; exit 1; }

if cmp "$folder/whole/dictionary/model.safetensors" "$folder/killed/dictionary/model.safetensors"; then
    echo "after $killed kills the final weights are byte-equal"
else
    echo "the final weights differ" >&2
    exit 1
fi
