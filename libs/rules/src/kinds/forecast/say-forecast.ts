import type { Evidence, EvidenceLine, ForecastRule, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { brief, COLOURS, fine, number } from '../../figures.js';
import { reachOf, type Foretold } from './foretell.js';

const UNITS = [
  { ms: 86_400_000, from: 3 * 86_400_000, step: 1, zh: '天', en: 'd' },
  { ms: 3_600_000, from: 2 * 3_600_000, step: 1, zh: '小时', en: 'h' },
  { ms: 60_000, from: 0, step: 5, zh: '分钟', en: 'min' },
] as const;

/** Never one time: from when to when, in a unit that fits the middle, rounded outwards. An interval that does not close has its earlier end only. */
export function sayInterval({ early, middle, late }: Foretold['crossing']): Said {
  const { ms, step, zh, en } = UNITS.find(({ from }) => (late === null ? early : middle) >= from) ?? UNITS[2];
  const down = Math.floor(early / ms / step) * step;
  if (late === null) {
    const from = Math.max(step, down);
    return { zh: `最早约 ${from} ${zh}后（也可能更晚）`, en: `in ${from} ${en} at the earliest, perhaps later` };
  }
  const up = Math.max(down + step, Math.ceil(late / ms / step) * step);
  return { zh: `约 ${down}–${up} ${zh}后`, en: `in about ${down}–${up} ${en}` };
}

function limitOf({ at, level }: ForecastRule['target'], pointUnit: string): Said {
  const value = `${number(at)} ${pointUnit}`;
  return level
    ? { zh: `${COLOURS[level].zh}限值 ${value}`, en: `the ${COLOURS[level].en} limit of ${value}` }
    : { zh: `限值 ${value}`, en: `the limit of ${value}` };
}

/** Why: when which limit may be reached, and how fast it goes there. */
export function sayForecast({ target }: ForecastRule, last: Foretold | null, { score, pointUnit }: About): Said {
  const limit = limitOf(target, pointUnit);
  if (score <= 0 || !last) return { zh: `已到达${limit.zh}`, en: `has reached ${limit.en}` };
  const when = sayInterval(last.crossing);
  const rate = brief(last.slope * 3_600_000);
  const now = fine(last.level, target.at - last.level);
  return {
    zh: `按当前趋势，${when.zh}可能达到${limit.zh}（现约 ${now} ${pointUnit}，每小时 ${rate}）`,
    en: `at the present trend it may reach ${limit.en} ${when.en} (now about ${now} ${pointUnit}, ${rate} an hour)`,
  };
}

/** The score of a point that is not on its way means nothing to people, so it is not told. */
export function sayAway({ target }: ForecastRule, { pointUnit }: About): Said {
  const limit = limitOf(target, pointUnit);
  return { zh: `不再趋向${limit.zh}`, en: `no longer on its way to ${limit.en}` };
}

/** Points of each line of the forecast. */
const POINTS = 13;

/** The line that was fitted, the way ahead with its interval, and the limit. */
export function drawForecast({ target, horizonMs }: ForecastRule, last: Foretold): Evidence {
  const { t, level, slope, crossing, from, start, end, p, noise } = last;
  const until = Math.max(crossing.late ?? 0, crossing.middle * 1.5, horizonMs / POINTS);
  const edge = (name: EvidenceLine['name'], sign: -1 | 0 | 1): EvidenceLine => ({
    name,
    points: Array.from({ length: POINTS }, (_, i) => {
      const lead = (until * i) / (POINTS - 1);
      return [t + lead, level + slope * lead + sign * reachOf(noise, lead)] as const;
    }),
  });
  return {
    from,
    to: t,
    numbers: {
      slope_per_hour: slope * 3_600_000,
      hours_left: crossing.middle / 3_600_000,
      hours_left_early: crossing.early / 3_600_000,
      ...(crossing.late !== null && { hours_left_late: crossing.late / 3_600_000 }),
      p,
      independent_points: noise.nEff,
    },
    lines: [
      {
        name: 'slope',
        points: [
          [from, start],
          [t, end],
        ],
      },
      edge('forecast', 0),
      edge('forecast_low', -1),
      edge('forecast_high', 1),
      {
        name: 'limit',
        points: [
          [from, target.at],
          [t + until, target.at],
        ],
      },
    ],
  };
}
