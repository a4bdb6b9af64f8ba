import { ALARM_LEVELS, type AlarmJson, type AlarmLevel } from '@anlan/contracts';
import { isOpenJson } from '../data/alarm-store.js';

/** Stages of the board's second filter, in the words of the duty room. */
export const STAGES = ['unacked', 'acked', 'recovered', 'shelved', 'no_data'] as const;
export type Stage = (typeof STAGES)[number];

/** What the board shows; lives in the address so that a view can be sent to the second screen. */
export type BoardFilter = Readonly<{
  levels: readonly AlarmLevel[];
  stage: Stage | null;
  domain: string | null;
  siteId: string | null;
  regionCode: string | null;
  text: string;
}>;
export const NO_FILTER: BoardFilter = { levels: [], stage: null, domain: null, siteId: null, regionCode: null, text: '' };

const OF_STAGE: Readonly<Record<Stage, (alarm: AlarmJson) => boolean>> = {
  unacked: (alarm) => alarm.ack === 'unacked',
  acked: (alarm) => alarm.ack === 'acked' && alarm.process !== 'normal',
  recovered: (alarm) => alarm.process === 'normal',
  shelved: (alarm) => alarm.suppression !== 'none',
  no_data: (alarm) => alarm.quality === 'stale' || alarm.kind === 'stale',
};

export function isInStage(alarm: AlarmJson, stage: Stage): boolean {
  return OF_STAGE[stage](alarm);
}

/** Is the alarm open and wanted by the filter. */
export function matches(alarm: AlarmJson, filter: BoardFilter): boolean {
  return (
    isOpenJson(alarm) &&
    (filter.levels.length === 0 || filter.levels.includes(alarm.level)) &&
    (filter.stage === null || isInStage(alarm, filter.stage)) &&
    (filter.domain === null || alarm.domain === filter.domain) &&
    (filter.siteId === null || alarm.siteId === filter.siteId) &&
    (filter.regionCode === null || alarm.regionCode.startsWith(filter.regionCode.replace(/(00)+$/, ''))) &&
    (filter.text === '' || searched(alarm).includes(filter.text.toLowerCase()))
  );
}

function searched({ no, pointId, ruleId, place, reason }: AlarmJson): string {
  return `${no} ${pointId} ${ruleId} ${place?.site ?? ''} ${place?.asset ?? ''} ${place?.point ?? ''} ${place?.region ?? ''} ${reason}`.toLowerCase();
}

/** The filter as address parameters, only what is set. */
export function filterToSearch(filter: BoardFilter): Readonly<Record<string, string>> {
  const { levels, stage, domain, siteId, regionCode, text } = filter;
  const all = { level: levels.join(','), stage: stage ?? '', domain: domain ?? '', site: siteId ?? '', region: regionCode ?? '', q: text };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** The filter in an address; anything unknown in it is left out. */
export function filterOfSearch(search: Readonly<Record<string, unknown>>): BoardFilter {
  const text = (name: string): string => {
    const value = search[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const wanted = text('level').split(',');
  return {
    levels: ALARM_LEVELS.filter((level) => wanted.includes(level)),
    stage: STAGES.find((stage) => stage === text('stage')) ?? null,
    domain: text('domain') || null,
    siteId: text('site') || null,
    regionCode: text('region') || null,
    text: text('q').slice(0, 100),
  };
}
