import { type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { ALARM_LEVELS, type AlarmJson, type AlarmLevel } from '@anlan/contracts';
import { LevelShape } from '../parts/level-shape.js';
import { countByLevel } from './held-list.js';
import { NO_FILTER, STAGES, isInStage, matches, type BoardFilter } from './filter.js';
import { useDomainText } from '../parts/domain.js';

type BarProps = Readonly<{
  alarms: readonly AlarmJson[];
  filter: BoardFilter;
  search: RefObject<HTMLInputElement | null>;
  onChange(next: BoardFilter): void;
}>;

const GRAVEST_FIRST: readonly AlarmLevel[] = [...ALARM_LEVELS].reverse();

/** Chips with counts: what each would show, the other filters standing. */
export function BoardFilterBar({ alarms, filter, onChange }: Omit<BarProps, 'search'>): ReactNode {
  const { t } = useTranslation();
  const ofLevels = alarms.filter((alarm) => matches(alarm, { ...filter, levels: [] }));
  const counts = countByLevel(ofLevels);
  const ofStages = alarms.filter((alarm) => matches(alarm, { ...filter, stage: null }));
  const toggleLevel = (level: AlarmLevel): void =>
    onChange({
      ...filter,
      levels: filter.levels.includes(level) ? filter.levels.filter((other) => other !== level) : [...filter.levels, level],
    });
  return (
    <div className="board-filter">
      <div className="chips" role="group" aria-label={t('filter.level')}>
        <button
          type="button"
          className="chip"
          aria-pressed={filter.levels.length === 0}
          onClick={() => onChange({ ...filter, levels: [] })}
        >
          {t('filter.all')} <span className="num">{ofLevels.length}</span>
        </button>
        {GRAVEST_FIRST.map((level) => (
          <button
            key={level}
            type="button"
            className="chip"
            aria-pressed={filter.levels.includes(level)}
            onClick={() => toggleLevel(level)}
          >
            <LevelShape level={level} size={14} /> {t(`level.short.${level}`)} <span className="num">{counts[level]}</span>
          </button>
        ))}
      </div>
      <div className="chips" role="group" aria-label={t('filter.stage')}>
        {STAGES.map((stage) => (
          <button
            key={stage}
            type="button"
            className="chip"
            aria-pressed={filter.stage === stage}
            onClick={() => onChange({ ...filter, stage: filter.stage === stage ? null : stage })}
          >
            {t(`stage.${stage}`)} <span className="num">{ofStages.filter((alarm) => isInStage(alarm, stage)).length}</span>
          </button>
        ))}
      </div>
      {(filter.siteId !== null || filter.regionCode !== null) && (
        <button type="button" className="chip" aria-pressed="true" onClick={() => onChange({ ...filter, siteId: null, regionCode: null })}>
          {filter.siteId === null ? filter.regionCode : siteName(alarms, filter.siteId)} ✕
        </button>
      )}
      {filter !== NO_FILTER && Object.values({ ...filter, levels: filter.levels.join('') }).some(Boolean) && (
        <button type="button" className="btn btn-plain" onClick={() => onChange(NO_FILTER)}>
          {t('filter.clear')}
        </button>
      )}
    </div>
  );
}

/** The rest of the filter: domain and words. */
export function BoardSearch({ alarms, filter, search, onChange }: BarProps): ReactNode {
  const { t } = useTranslation();
  const domainText = useDomainText();
  const domains = [...new Set(alarms.map(({ domain }) => domain))].sort();
  return (
    <>
      <select
        className="input board-domain"
        aria-label={t('filter.domain')}
        value={filter.domain ?? ''}
        onChange={({ target }) => onChange({ ...filter, domain: target.value || null })}
      >
        <option value="">{t('filter.allDomains')}</option>
        {domains.map((domain) => (
          <option key={domain} value={domain}>
            {domainText(domain)}
          </option>
        ))}
      </select>
      <input
        ref={search}
        className="input board-search"
        type="search"
        placeholder={`${t('filter.search')}  /`}
        aria-label={t('filter.search')}
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
      />
    </>
  );
}

function siteName(alarms: readonly AlarmJson[], siteId: string): string {
  return alarms.find((alarm) => alarm.siteId === siteId)?.place?.site ?? siteId;
}
