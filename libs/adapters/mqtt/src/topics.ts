import { mqttTopic } from '@anlan/contracts';

/** Device ids as the built-in listener takes them (S-03); the same here, so that no topic text reaches keys or paths unchecked. */
const OWN_TOPIC = /^anlan\/v1\/devices\/([A-Za-z0-9][A-Za-z0-9_.:-]{0,63})\//;

/** Whose topic it is. The broker's access list has checked that only this device may write there. */
export function deviceIdOf(topic: string): string | undefined {
  return OWN_TOPIC.exec(topic)?.[1];
}

/** What devices send; with a group each message goes to one of its members. */
export function deviceFilters(group: string | undefined): readonly string[] {
  const prefix = group === undefined ? '' : `$share/${group}/`;
  return [mqttTopic.telemetry('+'), mqttTopic.events('+'), mqttTopic.status('+')].map((filter) => prefix + filter);
}
