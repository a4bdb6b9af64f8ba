#!/bin/bash
# Runs once, after InfluxDB has made its organisation and bucket: the bucket of down-sampled readings, kept for ever, and a login
# that can only read both, for Grafana's InfluxQL (which knows bucket "anlan/rollup" as retention policy "rollup" of "anlan").
set -euo pipefail
name="$DOCKER_INFLUXDB_INIT_BUCKET/rollup"
influx bucket create --org "$DOCKER_INFLUXDB_INIT_ORG" --name "$name" --retention 0 >/dev/null
id=$(influx bucket list --org "$DOCKER_INFLUXDB_INIT_ORG" --name "$name" --hide-headers | cut -f 1)
influx v1 auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --username anlan_grafana \
  --password "$(cat /run/secrets/grafana_series_password)" \
  --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --read-bucket "$id" >/dev/null
