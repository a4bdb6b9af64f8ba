/** Why a baseline rule said what it said, in words and as lines. */
import type { BaselineRule, Evidence, EvidenceLine, Millis, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { dayClass, hourOfDay, type Usual } from '../../estimate/seasonal.js';
import { brief, duration, fine, number } from '../../figures.js';

/** The last comparison. */
export type Compared = { t: Millis; x: number; centre: number; scale: number; score: number };

const HOUR_MS = 3_600_000;
const DAY_CLASSES: readonly Said[] = [
  { zh: '周日', en: 'Sunday' },
  { zh: '周一', en: 'Monday' },
  { zh: '周二', en: 'Tuesday' },
  { zh: '周三', en: 'Wednesday' },
  { zh: '周四', en: 'Thursday' },
  { zh: '周五', en: 'Friday' },
  { zh: '周六', en: 'Saturday' },
  { zh: '节假日', en: 'a holiday' },
  { zh: '春节', en: 'Spring Festival' },
];

/** `12.3 m³/h，比周二 3 时的常值 8.1 m³/h 高 4.2 m³/h（5.19 倍常态波动，限 4）`. */
export function sayBaseline(rule: BaselineRule, compared: Compared | null, about: About): Said {
  const scales = sayScore(rule, about);
  // A peak or an end of which only the score was kept.
  if (!compared || compared.score !== about.score) return { zh: `偏离常值 ${scales.zh}`, en: `${scales.en} from the usual` };
  const { x, centre, t } = compared;
  const unit = about.pointUnit;
  const shown = (v: number): string => fine(v, x - centre, 6);
  const what = sayWhat(rule, `${shown(x)} ${unit}`);
  const usual = sayUsual(rule, t);
  const off = `${shown(Math.abs(x - centre))} ${unit}`;
  const isAbove = x >= centre;
  const more = rule.excess === 'absolute' ? sayLimit(rule, about) : scales;
  return {
    zh: `${what.zh}，比${usual.zh} ${shown(centre)} ${unit} ${isAbove ? '高' : '低'} ${off}${more.zh && `（${more.zh}）`}`,
    en: `${what.en} is ${off} ${isAbove ? 'above' : 'below'} ${usual.en} ${shown(centre)} ${unit}${more.en && ` (${more.en})`}`,
  };
}

function sayScore(rule: BaselineRule, about: About): Said {
  const score = brief(about.score);
  if (rule.excess === 'absolute') return { zh: `${score} ${about.pointUnit}`, en: `${score} ${about.pointUnit}` };
  const limit = sayLimit(rule, about);
  return { zh: `${score} 倍常态波动${limit.zh && `，${limit.zh}`}`, en: `${score} σ${limit.en && `, ${limit.en}`}` };
}

function sayLimit(rule: BaselineRule, { limit, pointUnit }: About): Said {
  if (limit === undefined) return { zh: '', en: '' };
  const inUnit = rule.excess === 'absolute' ? ` ${pointUnit}` : '';
  return { zh: `限 ${number(limit)}${inUnit}`, en: `limit ${number(limit)}${inUnit || ' σ'}` };
}

function sayWhat({ smooth }: BaselineRule, x: string): Said {
  if (!smooth) return { zh: x, en: x };
  return 'rows' in smooth
    ? { zh: `近 ${smooth.rows} 次平均 ${x}`, en: `the mean of the last ${smooth.rows} readings, ${x},` }
    : { zh: `近 ${duration(smooth.forMs)} 平均 ${x}`, en: `the mean of the last ${duration(smooth.forMs)}, ${x},` };
}

function sayUsual({ band: { season, adapt } }: BaselineRule, t: Millis): Said {
  if (typeof adapt !== 'string')
    return { zh: `近 ${duration(adapt.windowMs)} 本底`, en: `the background of the last ${duration(adapt.windowMs)},` };
  if (season.season === 'none') return { zh: '常值', en: 'the usual' };
  const hour = hourOfDay(t, season.zoneOffsetMs);
  const clock = `${String(hour).padStart(2, '0')}:00`;
  if (season.season === 'hourOfDay') return { zh: ` ${hour} 时的常值`, en: `the usual at ${clock},` };
  const day = DAY_CLASSES[dayClass(t, season)] ?? { zh: '', en: '' };
  return { zh: `${day.zh} ${hour} 时的常值`, en: `the usual of ${day.en} ${clock},` };
}

type Drawing = Readonly<{ rule: BaselineRule; compared: Compared | null; usualAt: (t: Millis) => Usual | undefined }>;

const DRAWN_MS = 24 * HOUR_MS;

/** The centre and, at the limit that was reached, the edges of the band: a day of them, or the trailing window. */
export function drawBaseline({ rule, compared, usualAt }: Drawing, { t, limit }: About): Evidence | undefined {
  if (!compared) return undefined;
  const { x, centre, scale, score } = compared;
  const { adapt, season } = rule.band;
  const from = t - (typeof adapt === 'string' ? DRAWN_MS : adapt.windowMs);
  const times = season.season === 'none' ? [from, t] : hoursOf(from, t);
  const usual = times.flatMap((at) => {
    // The reading itself was judged before it was learned.
    const known = at === compared.t ? compared : usualAt(at);
    return known ? [{ at, centre: known.centre, scale: known.scale }] : [];
  });
  const line = (name: EvidenceLine['name'], of: (one: Usual) => number): EvidenceLine => ({
    name,
    points: usual.map((one) => [one.at, of(one)]),
  });
  const width = (one: Usual): number => (limit ?? 0) * (rule.excess === 'absolute' ? 1 : one.scale);
  const edges =
    limit === undefined
      ? []
      : EDGES[rule.direction].map((edge) => line(edge, (one) => one.centre + (edge === 'upper' ? width(one) : -width(one))));
  return { from, to: t, numbers: { value: x, centre, sigma: scale, score }, lines: [line('centre', (one) => one.centre), ...edges] };
}

const EDGES = { both: ['lower', 'upper'], rise: ['upper'], fall: ['lower'] } as const satisfies Readonly<
  Record<BaselineRule['direction'], readonly EvidenceLine['name'][]>
>;

/** The hours of a stretch, with its two ends. */
function hoursOf(from: Millis, to: Millis): readonly Millis[] {
  const times = [from];
  for (let t = Math.floor(from / HOUR_MS + 1) * HOUR_MS; t < to; t += HOUR_MS) times.push(t);
  return [...times, to];
}
