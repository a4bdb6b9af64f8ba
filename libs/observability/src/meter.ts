/**
 * What the platform counts about itself. Every metric is declared here once; the generated docs and the
 * Prometheus page come from this table, and an undeclared name does not compile.
 */
export const METRICS = {
  anlan_messages_total: { kind: 'counter', help: 'Device messages received', labels: [] },
  anlan_readings_total: {
    kind: 'counter',
    help: 'Readings by outcome (accepted, rejected, quarantined, stored, duplicate, conflict)',
    labels: ['outcome'],
  },
  anlan_dead_letters_total: { kind: 'counter', help: 'Dead letters by code', labels: ['code'] },
  anlan_puback_seconds: { kind: 'histogram', help: 'From arrival of a message to its acknowledgement', labels: [] },
  anlan_connections: { kind: 'gauge', help: 'Device connections open', labels: [] },
  anlan_connects_total: { kind: 'counter', help: 'Connection attempts by outcome', labels: ['outcome'] },
  anlan_broker_connected: { kind: 'gauge', help: 'Connected to the existing MQTT broker (1) or not (0)', labels: [] },
  anlan_broker_connects_total: {
    kind: 'counter',
    help: 'Connections to the existing MQTT broker by how they began or ended',
    labels: ['outcome'],
  },
  anlan_broker_dropped_total: { kind: 'counter', help: 'Messages that the existing MQTT broker says it dropped', labels: [] },
  anlan_broker_stored_bytes: { kind: 'gauge', help: 'Bytes of messages that the existing MQTT broker holds', labels: [] },
  anlan_limit_total: { kind: 'counter', help: 'Inputs refused by a limit', labels: ['entry', 'reason'] },
  anlan_flow_lag: { kind: 'gauge', help: 'Log records a flow has still to read', labels: ['flow'] },
  anlan_flow_partitions: { kind: 'gauge', help: 'Log partitions that a flow of this process works on', labels: ['flow'] },
  anlan_flow_failures_total: { kind: 'counter', help: 'Failures of a flow that were retried', labels: ['flow'] },
  anlan_verdicts_total: { kind: 'counter', help: 'Verdicts by lane and process', labels: ['lane', 'process'] },
  anlan_verdict_seconds: { kind: 'histogram', help: 'From arrival of a reading to its verdict in the log', labels: [] },
  anlan_rule_states: { kind: 'gauge', help: 'Rule states held in memory', labels: [] },
  anlan_rule_warm_ups_total: {
    kind: 'counter',
    help: 'Rules begun anew on a point, by what they found of its past: warmed, nothing, refused',
    labels: ['outcome'],
  },
  anlan_alarms_open: { kind: 'gauge', help: 'Open alarms by level', labels: ['level'] },
  anlan_alarm_events_total: { kind: 'counter', help: 'Alarm events by type', labels: ['type'] },
  anlan_alarm_seconds: { kind: 'histogram', help: 'From arrival of the reading to the alarm being readable', labels: [] },
  anlan_notifications_total: { kind: 'counter', help: 'Notifications by channel and outcome', labels: ['channel', 'outcome'] },
  anlan_notification_first_attempt_seconds: { kind: 'histogram', help: 'From the alarm event to the first attempt', labels: ['level'] },
  anlan_http_requests_total: { kind: 'counter', help: 'HTTP requests by status', labels: ['status'] },
  anlan_http_seconds: { kind: 'histogram', help: 'Duration of HTTP requests', labels: [] },
  anlan_streams: { kind: 'gauge', help: 'Open event streams', labels: [] },
  anlan_logins_total: { kind: 'counter', help: 'Logins by outcome', labels: ['outcome'] },
  anlan_log_append_seconds: { kind: 'histogram', help: 'Duration of a durable append to the log', labels: [] },
  anlan_series_seconds: { kind: 'histogram', help: 'Duration of requests to the series store', labels: ['op'] },
  anlan_series_failures_total: { kind: 'counter', help: 'Failed requests to the series store', labels: ['reason'] },
  anlan_series_refused_total: { kind: 'counter', help: 'Lines that the series store will never take', labels: [] },
  anlan_log_group_size: { kind: 'histogram', help: 'Records in one group commit', labels: [] },
  anlan_log_gap_total: {
    kind: 'counter',
    help: 'Log records that were gone (retention, a log made anew) before they were read',
    labels: ['topic'],
  },
  anlan_trace_spans_total: {
    kind: 'counter',
    help: 'Spans of traces: sent, failed (the collector did not take them), dropped (too many waited)',
    labels: ['outcome'],
  },
} as const satisfies Record<string, { kind: 'counter' | 'gauge' | 'histogram'; help: string; labels: readonly string[] }>;

export type MetricName = keyof typeof METRICS;
type LabelsOf<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string>>;
type NamesOf<K extends string> = { [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never }[MetricName];

/** Where numbers about ourselves go. Never throws, never waits. */
export type Meter = Readonly<{
  count<N extends NamesOf<'counter'>>(name: N, by?: number, ...labels: keyof LabelsOf<N> extends never ? [] : [LabelsOf<N>]): void;
  gauge<N extends NamesOf<'gauge'>>(name: N, value: number, ...labels: keyof LabelsOf<N> extends never ? [] : [LabelsOf<N>]): void;
  observe<N extends NamesOf<'histogram'>>(name: N, value: number, ...labels: keyof LabelsOf<N> extends never ? [] : [LabelsOf<N>]): void;
}>;

/** Counts nothing; for tests and tools. */
export const silentMeter: Meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
