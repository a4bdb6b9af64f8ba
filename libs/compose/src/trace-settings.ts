/** Where spans of traces go (decision 25). */
import { fraction, ok, optionalText, optionalUrl, setting } from './setting.js';

export const TRACE_SETTINGS = {
  ANLAN_TRACES_URL: setting({
    fallback: null,
    shown: 'none: nothing is traced',
    help: 'Where traces go: OTLP over HTTP (JSON) with its path, such as http://collector:4318/v1/traces',
    // Compose files cannot leave a variable out: empty is as good as absent.
    parse: (text) => (text === '' ? ok(null) : optionalUrl()(text)),
  }),
  ANLAN_TRACES_AUTHORIZATION: setting({
    fallback: null,
    secret: true,
    help: '`Authorization` there, such as Bearer …',
    parse: optionalText(),
  }),
  ANLAN_TRACES_RATIO: setting({
    fallback: '0.001',
    help: 'Share of messages that are traced though they raise nothing (Kafka only); whatever raises a verdict is always traced',
    parse: fraction(),
  }),
} as const;
