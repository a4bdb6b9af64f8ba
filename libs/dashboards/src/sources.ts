/**
 * The data sources that `deploy/grafana/provisioning` declares. Dashboards refer to them by uid; whoever runs a Grafana of his
 * own gives his sources these uids.
 */
export const SOURCES = {
  series: { type: 'influxdb', uid: 'anlan-series' },
  records: { type: 'grafana-postgresql-datasource', uid: 'anlan-records' },
  metrics: { type: 'prometheus', uid: 'anlan-metrics' },
} as const;
export type SourceName = keyof typeof SOURCES;
