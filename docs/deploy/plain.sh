#!/bin/sh
# Workers, server and Prometheus as plain processes of one machine, until Ctrl-C or SIGTERM.
#
#   export COURSEAI_DATABASE_URL=postgresql://courseai:secret@127.0.0.1/courseai
#   docs/deploy/plain.sh [WORKERS] [FOLDER]
#
# Two workers and the folder "courses" unless you say otherwise. Ports can be set: SERVER_PORT (8080),
# PROMETHEUS_PORT (9090), WORKER_PORT (9464 and those after it). Without Prometheus all else works.
set -eu

: "${COURSEAI_DATABASE_URL:?names the PostgreSQL database; see docs/storage.md}"
workers=${1:-2}
folder=${2:-courses}
server_port=${SERVER_PORT:-8080}
prometheus_port=${PROMETHEUS_PORT:-9090}
worker_port=${WORKER_PORT:-9464}
courseai=$(command -v courseai) || courseai=$(dirname "$0")/../../.venv/bin/courseai

mkdir -p "$folder/logs"
started=
trap 'kill $started 2>/dev/null || true; wait' EXIT
trap 'exit 0' INT TERM

targets="'127.0.0.1:$server_port'"
"$courseai" serve --port "$server_port" >"$folder/logs/server.log" 2>&1 &
started="$started $!"
port=$worker_port
while [ "$port" -lt $((worker_port + workers)) ]; do
    "$courseai" worker --metrics-port "$port" --out "$folder" >"$folder/logs/worker-$port.log" 2>&1 &
    started="$started $!"
    targets="$targets, '127.0.0.1:$port'"
    port=$((port + 1))
done

if command -v prometheus >/dev/null; then
    "$courseai" monitoring rules >"$folder/logs/courseai_rules.yml"
    cat >"$folder/logs/prometheus.yml" <<END
global: {scrape_interval: 15s, evaluation_interval: 15s}
rule_files: [courseai_rules.yml]
scrape_configs: [{job_name: courseai, static_configs: [{targets: [$targets]}]}]
END
    prometheus --config.file="$folder/logs/prometheus.yml" --storage.tsdb.path="$folder/logs/measurements" \
        --web.listen-address="127.0.0.1:$prometheus_port" >"$folder/logs/prometheus.log" 2>&1 &
    started="$started $!"
else
    echo "No Prometheus here: its metrics are at the ports, its alerts in 'courseai alerts'"
fi

echo "$workers workers, review and dashboard at http://127.0.0.1:$server_port/, logs in $folder/logs (Ctrl-C ends all)"
wait
