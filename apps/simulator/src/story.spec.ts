import { ALARM_LEVELS, type AlarmLevel } from '@anlan/contracts';
import { demoCity, loadPacks } from '@anlan/packs';
import { fleetOf, SCENARIOS, scenarioNamed, type FleetDevice, type Scenario } from './index.js';
import { historyMessage, liveMessage } from './payload.js';
import { storyOf } from './story.js';

const packs = loadPacks();
const fleet = fleetOf(demoCity(packs), packs.metrics);
const EPOCH = Date.UTC(2026, 0, 5, 2);
const MINUTE = 60_000;

function scenario(name: string): Scenario {
  const found = scenarioNamed(name);
  if (!found) throw new Error(name);
  return found;
}

/** All that a fleet would send in a while, as text. */
function transcript(name: string, seed: number, minutes: number): string {
  const story = storyOf(scenario(name), fleet, { seed, epoch: EPOCH });
  return fleet
    .flatMap((device) =>
      Array.from({ length: minutes }, (_, i) => {
        const moment = story.momentOf(device, i * MINUTE);
        return moment ? liveMessage(device, i, { t: EPOCH + i * MINUTE, moment }) : '-';
      }),
    )
    .join('\n');
}

/** The gravest level a moment's values reach, judged by the limits alone. */
function levelsAt(device: FleetDevice, story: ReturnType<typeof storyOf>, atMs: number): readonly AlarmLevel[] {
  return (story.momentOf(device, atMs)?.values ?? []).flatMap(({ point, value }) => [
    ...point.limits.high.filter(([, at]) => value >= at).map(([level]) => level),
    ...point.limits.low.filter(([, at]) => value <= at).map(([level]) => level),
  ]);
}

test('the same seed gives the same bytes, another seed gives others', () => {
  expect(transcript('demo', 7, 14)).toBe(transcript('demo', 7, 14));
  expect(transcript('demo', 7, 5)).not.toBe(transcript('demo', 8, 5));
});

test.each([0, 6, 12, 18])('a quiet day breaches no limit at hour %i of it', (hour) => {
  const story = storyOf(scenario('quiet'), fleet, { seed: 1, epoch: EPOCH });
  for (let minute = 0; minute < 120; minute += 20) {
    const breaches = fleet.filter((device) => levelsAt(device, story, (hour * 60 + minute) * MINUTE).length > 0);
    expect(breaches.map((device) => device.id)).toEqual([]);
  }
});

test('every value lies in the range of its sensor, whatever happens', () => {
  const story = storyOf(scenario('demo'), fleet, { seed: 3, epoch: EPOCH });
  for (let minute = 0; minute < 40; minute += 4) {
    for (const device of fleet)
      for (const { point, value } of story.momentOf(device, minute * MINUTE)?.values ?? [])
        expect(value >= point.signal.min && value <= point.signal.max).toBe(true);
  }
});

describe('demo', () => {
  const story = storyOf(scenario('demo'), fleet, { seed: 20_260_105, epoch: EPOCH });
  const firstAt = new Map<AlarmLevel, number>();
  for (let atMs = 0; atMs < 10 * MINUTE; atMs += 5_000)
    for (const device of fleet) for (const level of levelsAt(device, story, atMs)) if (!firstAt.has(level)) firstAt.set(level, atMs);

  test('the first limit is passed within 40 s and every colour within ten minutes', () => {
    expect(Math.min(...firstAt.values())).toBeLessThan(40_000);
    expect([...firstAt.keys()].sort()).toEqual([...ALARM_LEVELS].sort());
  });

  test('what rose comes back: no breach outlives its incident', () => {
    expect(fleet.filter((device) => levelsAt(device, story, 10.9 * MINUTE).length > 0).map((device) => device.id)).toEqual([]);
  });

  test('incidents go on for ever', () => {
    const busy = (from: number): boolean =>
      Array.from({ length: 14 }, (_, i) => from + i * 15_000).some((atMs) =>
        fleet.some((device) => levelsAt(device, story, atMs).length > 0),
      );
    expect([30, 60, 24 * 60].map((minute) => busy(minute * MINUTE))).toEqual([true, true, true]);
  });
});

test('sensor-stuck repeats one value, device-silent says nothing, and both end', () => {
  const stuck = storyOf(scenario('sensor-stuck'), fleet, { seed: 1, epoch: EPOCH });
  const methane = (device: FleetDevice, atMs: number): number | undefined =>
    stuck.momentOf(device, atMs)?.values.find(({ point }) => point.metric === 'uspace_ch4_vol')?.value;
  const same = fleet.filter(
    (device) => methane(device, 60_000) !== undefined && new Set([1, 2, 3, 4, 5].map((n) => methane(device, n * MINUTE))).size === 1,
  );
  expect(same).toHaveLength(1);
  expect(same.map((device) => new Set([9, 10, 11].map((n) => methane(device, n * MINUTE))).size)).toEqual([3]);
  const silent = storyOf(scenario('device-silent'), fleet, { seed: 1, epoch: EPOCH });
  expect([0, 1, 2, 4].map((n) => fleet.filter((device) => !silent.momentOf(device, n * MINUTE)).length)).toEqual([0, 1, 1, 0]);
});

test('outage-backfill: 40 devices bring 3 hours, oldest first, with one episode over and one that stands', () => {
  const story = storyOf(scenario('outage-backfill'), fleet, { seed: 1, epoch: EPOCH });
  expect(story.returning).toHaveLength(40);
  expect(story.historyTimes).toHaveLength(180);
  expect(story.historyTimes.at(0)).toBe(-180 * MINUTE);
  expect(story.historyTimes.at(-1)).toBe(-MINUTE);
  const breached = (atMs: number): number => story.returning.filter((device) => levelsAt(device, story, atMs).length > 0).length;
  expect([-170, -115, -60, -15, 10].map((minute) => breached(minute * MINUTE))).toEqual([0, 1, 0, 1, 0]);
});

test('slope-creep: one device brings 40 days in which it moves ever faster, and goes on live', () => {
  const story = storyOf(scenario('slope-creep'), fleet, { seed: 1, epoch: EPOCH });
  const [device] = story.returning;
  if (!device || story.returning.length !== 1) throw new Error('one device should return');
  const at = (days: number): number =>
    story.momentOf(device, days * 24 * 60 * MINUTE)?.values.find(({ point }) => point.metric === 'tsf_disp_h')?.value ?? NaN;
  const [first, second, third] = [at(-26) - at(-39), at(-13) - at(-26), at(-0.1) - at(-13)];
  expect(first).toBeLessThan(8);
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(15);
  expect(at(1)).toBeGreaterThan(at(0) + 4);
});

test('well-neighbours: the second well is of the same street as the first', () => {
  const story = storyOf(scenario('well-neighbours'), fleet, { seed: 5, epoch: EPOCH });
  const risen = fleet.filter((device) => levelsAt(device, story, 100_000).includes('yellow')).map(({ id }) => id);
  const streets = demoCity(packs).groups.map(({ pointIds }) => pointIds);
  expect(risen).toHaveLength(2);
  expect(streets.filter((street) => risen.every((id) => street.includes(`${id}.uspace_ch4_vol`)))).toHaveLength(1);
});

test('messages have the forms of the contract', () => {
  const [device] = fleet;
  if (!device) throw new Error('empty fleet');
  const moment = storyOf(scenario('quiet'), fleet, { seed: 1, epoch: EPOCH }).momentOf(device, 0);
  if (!moment) throw new Error('silent');
  const live = JSON.parse(liveMessage(device, 4, { t: EPOCH, moment })) as { seq: number; readings: { m: string; t: number; q: string }[] };
  expect(live.seq).toBe(4);
  expect(live.readings.map(({ m }) => m)).toEqual(device.points.map((point) => point.metric));
  expect(JSON.parse(historyMessage([{ t: EPOCH, moment }]))).toMatchObject([{ t: EPOCH, values: {} }]);
});

test('scenarios have unique names and words in both languages', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  expect(SCENARIOS.filter(({ zh, en }) => !zh || !en)).toEqual([]);
});
