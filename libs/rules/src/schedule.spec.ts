import type { RuleWindow } from '@anlan/contracts';
import { nextOpening, isActive } from './schedule.js';
import { bench, levelOf, pointOf, ruleOf, S, T } from './testing/bench.js';

const HOUR = 3_600_000;
const window = (more: Partial<RuleWindow> = {}): RuleWindow => ({
  days: [1, 2, 3, 4, 5, 6, 7],
  fromMin: 480,
  toMin: 1_080,
  offsetMin: 480,
  ...more,
});
const china = (text: string): number => Date.parse(`${text}+08:00`);

describe('hours', () => {
  test('W1: a window holds from its first minute to before its last, in its own offset', () => {
    const active = [window()];
    const at = (text: string): boolean => isActive({ active }, undefined, china(text));
    expect([at('2026-03-02T07:59:59'), at('2026-03-02T08:00:00'), at('2026-03-02T17:59:59'), at('2026-03-02T18:00:00')]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isActive({ active: [window({ offsetMin: 0 })] }, undefined, china('2026-03-02T08:00:00'))).toBe(false);
  });

  test('W1: over midnight the day is the one on which it begins; equal times are a whole day', () => {
    // 2026-03-06 is a Friday.
    const night = { active: [window({ days: [5], fromMin: 1_320, toMin: 360 })] };
    const at = (text: string): boolean => isActive(night, undefined, china(text));
    expect([at('2026-03-06T21:59:00'), at('2026-03-06T22:00:00'), at('2026-03-07T05:59:00'), at('2026-03-07T06:00:00')]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([at('2026-03-06T05:00:00'), at('2026-03-07T22:30:00')]).toEqual([false, false]);
    const whole = { active: [window({ days: [7], fromMin: 480, toMin: 480 })] };
    expect([isActive(whole, undefined, china('2026-03-08T08:00:00')), isActive(whole, undefined, china('2026-03-09T07:59:00'))]).toEqual([
      true,
      true,
    ]);
    expect(isActive(whole, undefined, china('2026-03-09T08:00:00'))).toBe(false);
  });

  test('the next opening is found, in the week, over modes, and never where there is none', () => {
    const friday = { active: [window({ days: [5] })] };
    expect(nextOpening(friday, undefined, china('2026-03-06T18:00:00'))).toBe(china('2026-03-13T08:00:00'));
    expect(nextOpening(friday, undefined, china('2026-03-06T09:00:00'))).toBe(china('2026-03-06T09:00:00'));
    expect(nextOpening({ active: [window(), window({ fromMin: 1_200, toMin: 1_260 })] }, undefined, china('2026-03-06T19:00:00'))).toBe(
      china('2026-03-06T20:00:00'),
    );
    const mode = { name: 'maintenance', from: china('2026-03-06T09:00:00'), until: china('2026-03-06T20:00:00') };
    expect(nextOpening({ modes: ['normal'] }, mode, china('2026-03-06T10:00:00'))).toBe(mode.until);
    expect(nextOpening({ ...friday, modes: ['normal'] }, mode, china('2026-03-06T10:00:00'))).toBe(china('2026-03-13T08:00:00'));
    expect(nextOpening({ modes: ['maintenance'] }, mode, china('2026-03-06T08:00:00'))).toBe(mode.from);
    expect(nextOpening({ modes: ['maintenance'] }, undefined, 0)).toBe(Infinity);
  });

  test('property: from an opening on it is active, and before it never was', () => {
    const gate = { active: [window({ days: [1, 3], fromMin: 1_300, toMin: 100 }), window({ days: [6], fromMin: 0, toMin: 1_440 })] };
    for (let t = T; t < T + 9 * 24 * HOUR; t += 7 * HOUR + 11_000) {
      const opening = nextOpening(gate, undefined, t);
      expect(isActive(gate, undefined, opening)).toBe(true);
      for (let before = t; before < opening; before += HOUR / 2) expect(isActive(gate, undefined, before)).toBe(false);
    }
  });
});

/** Opens 400 s after T, for 20 minutes. */
const OPENS = window({ offsetMin: 0, fromMin: 540, toMin: 560 });
const gated = (more = {}) => [ruleOf([levelOf('yellow', 2), levelOf('red', 4)], { active: [OPENS], ...more })];
const slow = [pointOf('p', { intervalMs: 1_000 * S })];

describe('S5: a rule outside of its hours', () => {
  test('judges on and tells nothing; what stands when it opens is told at once, with its true beginning', () => {
    const { now, tick } = bench(slow, gated());
    expect([now(100, 5), now(200, 5), now(300, 3)]).toEqual([[], [], []]);
    expect(tick(400)).toEqual([]);
    expect(tick(401)).toEqual(['active yellow t0=100 t=300 n=1 tick']);
    expect(tick(402)).toEqual([]);
    expect(now(410, 0)).toEqual(['normal normal t0=100 t=410 n=1']);
  });

  test('what came and went is nowhere, and the next episode is told as usual', () => {
    const { now, verdicts } = bench(slow, gated());
    now(100, 5);
    now(200, 0);
    now(390, 0);
    expect(verdicts).toEqual([]);
    expect(now(410, 5)).toEqual(['active red t0=410 t=410 n=2']);
  });

  test('a reading that clears after the opening finds it told', () => {
    const { now } = bench(slow, gated());
    now(350, 5);
    expect(now(450, 0)).toEqual(['active red t0=350 t=350 n=1 tick', 'normal normal t0=350 t=450 n=1']);
  });

  test('W2: what was told is followed to its end, also when it gets worse', () => {
    const { now } = bench(slow, gated());
    expect(now(1_590, 3)).toEqual(['active yellow t0=1590 t=1590 n=1']);
    expect(now(1_650, 5)).toEqual(['active red t0=1590 t=1650 n=1']);
    expect(now(1_700, 0)).toEqual(['normal normal t0=1590 t=1700 n=1']);
    expect(now(1_750, 5)).toEqual([]);
  });

  test('a delay that was told and completes after closing is not raised; its end is told', () => {
    const { now, tick } = bench(slow, [ruleOf([levelOf('red', 4, { onDelayMs: 60 * S })], { active: [OPENS] })]);
    expect(now(1_590, 5)).toEqual(['pending normal t0=1590 t=1590 n=1']);
    expect(tick(1_660)).toEqual([]);
    expect(now(1_670, 0)).toEqual(['normal normal t0=1590 t=1670 n=1']);
  });

  test('a sensor that falls silent does not keep the opening from being told, once', () => {
    const { now, tick } = bench([pointOf('p')], gated());
    now(100, 5);
    const told = [200, 401, 402, 500].map((at) => tick(at).filter((text) => text.startsWith('active')));
    expect(told).toEqual([[], ['active red t0=100 t=100 n=1 tick'], [], []]);
  });

  test('red in the reorder buffer does not go ahead while closed, and a late episode of closed hours is no record', () => {
    const { send, now } = bench([pointOf('p', { reorderMs: 20 * S, intervalMs: 1_000 * S })], gated());
    expect(send(100, { t: 100, v: 5 })).toEqual([]);
    expect(send(130, { t: 130, v: 0 }, { t: 160, v: 0 })).toEqual([]);
    expect(send(161, { t: 110, v: 5 }, { t: 120, v: 0 })).toEqual([]);
    expect(now(500, 5)).toEqual(['active red t0=500 t=500 n=2']);
  });

  test('a burst of old readings of closed hours leaves no record, of open hours it does', () => {
    const { send, tick } = bench([pointOf('p', { liveHorizonMs: 10 * S, intervalMs: 1_000 * S })], gated());
    const told = send(2_500, { t: 100, v: 5 }, { t: 200, v: 0 }, { t: 500, v: 5 }, { t: 600, v: 0 }, { t: 2_000, v: 5 });
    expect(told).toEqual(['retro normal normal peak red t0=500 t=600 n=2 ended=600']);
    expect(tick(2_550)).toEqual([]);
  });
});

describe('S5: modes of the asset', () => {
  const mode = { name: 'refuelling', from: T + 100 * S, until: T + 500 * S };

  test('a rule of normal times is quiet during refuelling and speaks when it ends', () => {
    const { now, tick } = bench([pointOf('p', { intervalMs: 100 * S, mode })], gated({ active: undefined, modes: ['normal'] }));
    expect(now(50, 0)).toEqual([]);
    expect([now(150, 5), now(250, 5), now(350, 5), now(450, 5)]).toEqual([[], [], [], []]);
    expect(tick(501)).toEqual(['active red t0=150 t=150 n=1 tick']);
  });

  test('ending the mode early tells at once', () => {
    const { now, activate, tick } = bench([pointOf('p', { intervalMs: 100 * S, mode })], gated({ active: undefined, modes: ['normal'] }));
    now(150, 5);
    expect(activate(200, { points: [pointOf('p', { intervalMs: 100 * S })] })).toEqual([]);
    expect(tick(201)).toEqual(['active red t0=150 t=150 n=1 tick']);
  });

  test('taking hours away keeps what is judged: nothing is forgotten and nothing is faked', () => {
    const { now, activate, tick } = bench(slow, gated());
    now(100, 5);
    expect(activate(150, { rules: gated({ version: 2, active: undefined }) })).toEqual([]);
    expect([...tick(151), ...now(160, 5)]).toEqual(['active red t0=100 t=100 n=1']);
  });
});
