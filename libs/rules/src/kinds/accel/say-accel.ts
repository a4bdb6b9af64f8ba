/** Why an `accel` rule is at its stage, in words and lines. A time to failure is named only while every gate passes (F1), and never without its bounds. */
import type { AccelRule, Evidence, Millis, Said } from '@anlan/contracts';
import type { About } from '../../detector.js';
import { ALONE } from './stage.js';
import { DAY_MS } from './line.js';
import type { AccelState, Finding, Forecast } from './state.js';

const HOUR_MS = 3_600_000;
/** Bounds below this are said in hours. */
const HOURS_UNTIL = 3 * DAY_MS;

export function sayAccel(rule: AccelRule, state: AccelState, { t, score }: Pick<About, 't' | 'score'>): Said {
  const { now } = state;
  if (!now) return { zh: '目前没有超出匀速阶段的速率', en: 'no velocity above the uniform stage at present' };
  const parts = [sayVelocity(rule, state, now), sayStep(state, now), sayFailure(now.forecast, t), sayConfirmed(now, score)];
  return { zh: parts.map(({ zh }) => zh).join(''), en: parts.map(({ en }) => en).join('') };
}

/** One decimal below ten, none above. */
function short(v: number): string {
  return Math.abs(v) < 10 ? v.toFixed(1) : v.toFixed(0);
}

function sayVelocity(rule: AccelRule, { quiet }: AccelState, { v, uniform, known, angle }: Finding): Said {
  const speed = `${short(v)} mm/d`;
  if (v <= 0) return { zh: `速率 ${speed}，未向滑动方向移动`, en: `velocity ${speed}, not in the direction of a slide` };
  const ratio = short(v / uniform);
  const degrees = angle.toFixed(0);
  const rate = sayUniform(rule, { days: quiet.ms / DAY_MS, uniform, isFloored: known < uniform });
  return {
    zh: `速率 ${speed}，为匀速阶段的 ${ratio} 倍（切线角 ${degrees}°；${rate.zh}）`,
    en: `velocity ${speed}, ${ratio} times the uniform stage (tangent angle ${degrees}°; ${rate.en})`,
  };
}

function sayUniform(
  { uniform: set }: AccelRule,
  { days, uniform, isFloored }: Readonly<{ days: number; uniform: number; isFloored: boolean }>,
): Said {
  const rate = `${uniform.toFixed(2)} mm/d`;
  if (isFloored) return { zh: `匀速速率低于可测下限，按 ${rate} 计`, en: `uniform rate below what can be measured, taken as ${rate}` };
  if (set.setBy !== null) return { zh: `匀速速率 ${rate}，${set.setBy} 设定`, en: `uniform rate ${rate} set by ${set.setBy}` };
  return {
    zh: `匀速速率 ${rate}，由 ${days.toFixed(0)} 天平静期学得`,
    en: `uniform rate ${rate} learned from ${days.toFixed(0)} quiet days`,
  };
}

function sayStep({ step }: AccelState, { jump }: Finding): Said {
  if (jump !== 0)
    return {
      zh: `；最新读数突变 ${short(jump)} mm，待后续读数确认是尖刺、台阶还是滑动`,
      en: `; the newest reading jumped by ${short(jump)} mm: later ones will tell a spike, a step or a slide`,
    };
  if (step)
    return {
      zh: `；位移台阶 ${short(step.mm)} mm 不计入速率，也不作趋势外推`,
      en: `; a step of ${short(step.mm)} mm counts in no velocity and is not extrapolated`,
    };
  return { zh: '', en: '' };
}

function sayConfirmed({ rank }: Finding, score: number): Said {
  if (rank !== ALONE) return { zh: '', en: '' };
  return score > ALONE
    ? { zh: '；另有测点同时达到红色判据', en: '; another point has come to red as well' }
    : { zh: '；本点已达红色判据，待第二个测点印证', en: '; at red here, until a second point confirms it' };
}

function sayFailure(forecast: Forecast | null, t: Millis): Said {
  if (!forecast || forecast.to <= t) return { zh: '', en: '' };
  const unit = forecast.to - t < HOURS_UNTIL ? HOUR_MS : DAY_MS;
  const [zhUnit, enUnit] = unit === HOUR_MS ? ['小时', 'h'] : ['天', 'd'];
  const from = Math.max(0, Math.floor((forecast.from - t) / unit));
  const to = Math.ceil((forecast.to - t) / unit);
  return {
    zh: `，按速度倒数法约 ${from}–${to} ${zhUnit}后可能失稳`,
    en: `; by inverse velocity it may fail in about ${from}–${to} ${enUnit}`,
  };
}

/** The slope on the window, and the inverse velocities with the line that they are on. */
export function accelEvidence({ direction, windowMs }: AccelRule, { now, tail, step, noise, quiet }: AccelState): Evidence | undefined {
  if (!now) return undefined;
  const { t, from, centre, mean, v, se, uniform, angle, forecast } = now;
  const sign = direction === 'fall' ? -1 : 1;
  const on = (at: Millis): readonly [Millis, number] => [at, sign * (mean + (v * (at - centre)) / DAY_MS)];
  const numbers = {
    velocity_mm_per_day: v,
    velocity_error_mm_per_day: se,
    uniform_mm_per_day: uniform,
    tangent_degrees: angle,
    noise_mm: Math.sqrt(noise.square),
    window_days: windowMs / DAY_MS,
    learned_days: quiet.ms / DAY_MS,
    ...(step && { step_mm: sign * step.mm }),
    ...(forecast && {
      r_squared: forecast.r2,
      failure_from_days: (forecast.from - t) / DAY_MS,
      failure_days: (forecast.failure - t) / DAY_MS,
      failure_to_days: (forecast.to - t) / DAY_MS,
    }),
  };
  const slope = { name: 'slope', points: [on(from), on(t)] } as const;
  return { from, to: t, numbers, lines: forecast ? [slope, ...inverseLines(tail, now, forecast)] : [slope] };
}

function inverseLines(tail: readonly number[], { centre, v }: Finding, forecast: Forecast): Evidence['lines'] {
  const points: [Millis, number][] = [];
  for (let i = 0; i < tail.length; i += 2) if ((tail[i] ?? 0) >= forecast.since) points.push([tail[i] ?? 0, 1 / (tail[i + 1] ?? 1)]);
  points.push([centre, 1 / v]);
  return [
    { name: 'inverse_velocity', points },
    {
      name: 'inverse_velocity',
      points: [
        [centre, 1 / v],
        [forecast.failure, 0],
      ],
    },
  ];
}
