import type { Broadcast, DeviceStatus, DeviceStatusStore, DeviceWord } from '@anlan/ports';
import { statusBoard } from './status-board.js';

const AT = 1_760_000_000_000;
const MINUTE = 60_000;

function rig({ shared = true, before = [] }: Readonly<{ shared?: boolean; before?: readonly DeviceStatus[] }> = {}) {
  let now = AT;
  let fails = false;
  let during: () => void = () => undefined;
  const saved: DeviceWord[] = [];
  const lapses: (readonly (number | undefined)[])[] = [];
  const told: Broadcast[] = [];
  const store: DeviceStatusStore = {
    save: async (words) => {
      await Promise.resolve();
      during();
      if (fails) throw new Error('away');
      saved.push(...words);
    },
    lapse: async (...asked) => lapses.push(asked),
    all: async () => before,
  };
  const fanout = { publish: (broadcast: Broadcast) => void told.push(broadcast), subscribe: () => () => undefined };
  const board = statusBoard({ store, fanout, clock: { now: () => now }, shared });
  let order = 0;
  return {
    board,
    lapses,
    told,
    say: (deviceId: string, online: boolean, held = true) => board.say({ deviceId, online, at: now, order: (order += 1), held }),
    pass: (ms: number) => (now += ms),
    fail: (so: boolean) => (fails = so),
    whileSaving: (what: () => void) => (during = what),
    take: () => saved.splice(0),
  };
}

test('one process alone: nobody is online when it begins', async () => {
  const it = rig({ shared: false });
  await it.board.load();
  expect(it.lapses).toEqual([[AT]]);
});

test('one of several: only connections that nobody has confirmed for a while have lapsed, and others are not spoken of', async () => {
  const it = rig({ before: [{ deviceId: 'd', online: true, since: AT - 5 * MINUTE, lastMessageAt: AT - MINUTE }] });
  await it.board.load();
  expect(it.lapses).toEqual([[AT, AT - 90_000]]);
  await it.board.flush(true);
  expect(it.take()).toEqual([]);
  // What moves here is still online since then: no news.
  it.say('d', true);
  await it.board.flush(false);
  expect(it.take()).toEqual([
    { deviceId: 'd', lastMessageAt: AT - MINUTE, said: { online: true, since: AT - 5 * MINUTE, at: AT, by: AT, connectedAt: AT } },
  ]);
  expect(it.told).toEqual([]);
});

test('connections of this process are said to stand with each whole flush; a device that is merely heard is not', async () => {
  const it = rig();
  it.say('held', true);
  it.say('by-broker', true, false);
  it.board.heard('elsewhere', AT);
  await it.board.flush(true);
  it.take();
  it.pass(30_000);
  await it.board.flush(true);
  expect(it.take()).toEqual([
    { deviceId: 'held', lastMessageAt: null, said: { online: true, since: AT, at: AT + 30_000, by: AT, connectedAt: AT } },
  ]);
  it.board.heard('elsewhere', AT + 30_000);
  it.say('held', false);
  await it.board.flush(true);
  expect(it.take()).toEqual([
    { deviceId: 'held', lastMessageAt: null, said: { online: false, since: AT + 30_000, at: AT + 30_000, by: AT, connectedAt: AT } },
    { deviceId: 'elsewhere', lastMessageAt: AT + 30_000 },
  ]);
  await it.board.flush(true);
  expect(it.take()).toEqual([]);
});

test('what is said while it is being saved is saved the next time, and so is what could not be saved', async () => {
  const it = rig();
  it.say('d', true);
  it.whileSaving(() => it.say('d', false));
  await it.board.flush(false);
  it.whileSaving(() => undefined);
  it.fail(true);
  await expect(it.board.flush(false)).rejects.toThrow('away');
  it.fail(false);
  await it.board.flush(false);
  expect(it.take().map(({ said }) => said?.online)).toEqual([true, false]);
});
