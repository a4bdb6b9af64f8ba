import { ALARM_LEVELS, RULE_KINDS, RULE_STATES, type AlarmLevel, type RuleKind, type RuleState } from '@anlan/contracts';

/** What the list is asked for; all of it stands in the address, so any view can be sent on. */
export type RuleFilter = Readonly<{
  q?: string;
  kind?: RuleKind;
  domain?: string;
  level?: AlarmLevel;
  state?: RuleState;
  siteId?: string;
  regionCode?: string;
}>;

/** The filter that an address asks for; what it does not know it leaves out. */
export function filterOf(search: Readonly<Record<string, unknown>>): RuleFilter {
  const text = (key: string): string | undefined => {
    const value = search[key];
    // The router reads `349901` as a number.
    return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
  };
  const one = <W extends string>(words: readonly W[], key: string): W | undefined => words.find((word) => word === search[key]);
  const all = {
    q: text('q'),
    kind: one(RULE_KINDS, 'kind'),
    domain: text('domain'),
    level: one(ALARM_LEVELS, 'level'),
    state: one(RULE_STATES, 'state'),
    siteId: text('siteId'),
    regionCode: text('regionCode'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The filter with another word for one of its keys; undefined takes it away. */
export function filterWith<K extends keyof RuleFilter>(filter: RuleFilter, key: K, value: RuleFilter[K] | undefined): RuleFilter {
  const { [key]: _before, ...rest } = filter;
  return value === undefined || value === '' ? rest : { ...rest, [key]: value };
}
