import { useEffect, useState, type ReactNode } from 'react';
import { ALARM_LEVELS, RULE_KINDS, RULE_STATES, type EntityJson } from '@anlan/contracts';
import { useDomainText } from '../parts/domain.js';
import { LevelShape } from '../parts/level-shape.js';
import { useNarrow } from '../parts/use-narrow.js';
import { useSettled } from '../parts/use-settled.js';
import { useEntries } from './api.js';
import { textOf } from './body.js';
import { filterWith, type RuleFilter } from './filter.js';
import { useSay } from './use-rule-words.js';

const TYPING_MS = 300;

type FilterProps = Readonly<{ filter: RuleFilter; onChange(filter: RuleFilter): void }>;

/** By state and colour with chips, by kind, domain and place with lists, and by text. */
export function RuleFilters({ filter, onChange }: FilterProps): ReactNode {
  const { say } = useSay();
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const put = <K extends keyof RuleFilter>(key: K, value: RuleFilter[K] | undefined): void => onChange(filterWith(filter, key, value));
  return (
    <div className="row-wrap rules-filter">
      <div className="chips" role="group" aria-label={say('rules.byState')}>
        <button type="button" className="chip" aria-pressed={filter.state === undefined} onClick={() => put('state', undefined)}>
          {say('filter.all')}
        </button>
        {RULE_STATES.map((state) => (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={filter.state === state}
            onClick={() => put('state', filter.state === state ? undefined : state)}
          >
            {say(`ruleState.${state}`)}
          </button>
        ))}
      </div>
      {narrow && (
        <button type="button" className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
          {say('rules.moreFilters')}
        </button>
      )}
      {(!narrow || open) && <MoreFilters filter={filter} onChange={onChange} />}
      <SearchField value={filter.q ?? ''} onChange={(q) => put('q', q)} />
      {Object.keys(filter).length > 0 && (
        <button type="button" className="btn btn-plain" onClick={() => onChange({})}>
          {say('filter.clear')}
        </button>
      )}
    </div>
  );
}

function MoreFilters({ filter, onChange }: FilterProps): ReactNode {
  const { say } = useSay();
  const put = <K extends keyof RuleFilter>(key: K, value: RuleFilter[K] | undefined): void => onChange(filterWith(filter, key, value));
  return (
    <>
      <div className="chips" role="group" aria-label={say('rules.byLevel')}>
        {[...ALARM_LEVELS].reverse().map((level) => (
          <button
            key={level}
            type="button"
            className="chip"
            aria-pressed={filter.level === level}
            onClick={() => put('level', filter.level === level ? undefined : level)}
          >
            <LevelShape level={level} size={14} />
            {say(`level.short.${level}`)}
          </button>
        ))}
      </div>
      <KindSelect filter={filter} onChange={onChange} />
      <PlaceSelects filter={filter} onChange={onChange} />
    </>
  );
}

function KindSelect({ filter, onChange }: FilterProps): ReactNode {
  const { say } = useSay();
  return (
    <select
      className="input rules-select"
      aria-label={say('rules.byKind')}
      value={filter.kind ?? ''}
      onChange={({ target }) =>
        onChange(
          filterWith(
            filter,
            'kind',
            RULE_KINDS.find((kind) => kind === target.value),
          ),
        )
      }
    >
      <option value="">{say('rules.allKinds')}</option>
      {RULE_KINDS.map((kind) => (
        <option key={kind} value={kind}>
          {say(`ruleKind.${kind}`)}
        </option>
      ))}
    </select>
  );
}

function PlaceSelects({ filter, onChange }: FilterProps): ReactNode {
  const { say } = useSay();
  const domainText = useDomainText();
  const sites = useEntries('sites').data ?? [];
  const regions = useEntries('regions').data ?? [];
  const domains = [...new Set(sites.flatMap((site) => textOf(site['domain']) ?? []))].sort();
  const place = filter.siteId === undefined ? (filter.regionCode === undefined ? '' : `r:${filter.regionCode}`) : `s:${filter.siteId}`;
  const go = (value: string): void => {
    const rest = filterWith(filterWith(filter, 'siteId', undefined), 'regionCode', undefined);
    const id = value.slice(2);
    onChange(value === '' ? rest : filterWith(rest, value.startsWith('r:') ? 'regionCode' : 'siteId', id));
  };
  return (
    <>
      <select
        className="input rules-select"
        aria-label={say('filter.domain')}
        value={filter.domain ?? ''}
        onChange={({ target }) => onChange(filterWith(filter, 'domain', target.value))}
      >
        <option value="">{say('filter.allDomains')}</option>
        {withChosen(domains, filter.domain).map((domain) => (
          <option key={domain} value={domain}>
            {domainText(domain)}
          </option>
        ))}
      </select>
      <select className="input rules-select" aria-label={say('rules.byPlace')} value={place} onChange={({ target }) => go(target.value)}>
        <option value="">{say('rules.allPlaces')}</option>
        <optgroup label={say('rules.regions')}>
          {regions.map((region) => (
            <Choice key={String(region['code'])} prefix="r:" id={region['code']} entry={region} />
          ))}
        </optgroup>
        <optgroup label={say('rules.sites')}>
          {sites.map((site) => (
            <Choice key={String(site['id'])} prefix="s:" id={site['id']} entry={site} />
          ))}
        </optgroup>
      </select>
    </>
  );
}

function withChosen(domains: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || domains.includes(chosen) ? domains : [...domains, chosen];
}

function Choice({ prefix, id, entry }: Readonly<{ prefix: string; id: unknown; entry: EntityJson }>): ReactNode {
  return <option value={`${prefix}${String(id)}`}>{textOf(entry['name']) ?? String(id)}</option>;
}

/** Asks only when the typing has paused. */
function SearchField({ value, onChange }: Readonly<{ value: string; onChange(text: string): void }>): ReactNode {
  const { say } = useSay();
  const [text, setText] = useState(value);
  const settled = useSettled(text, TYPING_MS);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (settled === text && settled !== value) onChange(settled);
  }, [settled]);
  return (
    <input
      className="input page-search"
      type="search"
      placeholder={say('rules.search')}
      aria-label={say('rules.search')}
      maxLength={100}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
