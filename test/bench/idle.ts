import { APPS, Platform, sleep, temporaryFolder } from '../rig/platform.js';
import { installation } from '../rig/distributed.js';
import { startChild } from './child.js';
import { costOf } from './process-cost.js';

/** What processes with nothing to do cost: every app, standalone, and a bare process that follows as many partitions of an empty log. */
export type Idle = Readonly<{
  case: 'idle';
  seconds: number;
  cpuMsPerSecond: Readonly<Record<string, number>>;
  rssMb: Readonly<Record<string, number>>;
}>;

const SETTLE_MS = 15_000;
const SECONDS = 60;

/** Measures the distributed form first, then standalone, both without devices. */
export async function idle(): Promise<Idle> {
  const found = [...(await distributed()), ...(await standalone())];
  return {
    case: 'idle',
    seconds: SECONDS,
    cpuMsPerSecond: Object.fromEntries(found.map(({ name, cpu }) => [name, cpu])),
    rssMb: Object.fromEntries(found.map(({ name, rss }) => [name, rss])),
  };
}

type Cost = Readonly<{ name: string; cpu: number; rss: number }>;

async function measured(pids: Readonly<Record<string, number>>): Promise<readonly Cost[]> {
  await sleep(SETTLE_MS);
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, cpu: costOf([pid]).cpuSeconds }));
  await sleep(SECONDS * 1_000);
  return before.map(({ name, pid, cpu }) => {
    const now = costOf([pid]);
    return { name, cpu: Number((((now.cpuSeconds - cpu) * 1_000) / SECONDS).toFixed(1)), rss: Math.round(now.rssMb) };
  });
}

async function distributed(): Promise<readonly Cost[]> {
  const folder = temporaryFolder();
  const platform = await Platform.start({ dataDir: folder.path, distributed: true });
  const follower = await startChild<object>('idle-follower.ts', { dataDir: folder.path, settings: installation(folder.path) });
  try {
    const pids = Object.fromEntries(APPS.map((app) => [app, platform.pidOf(app)]));
    return await measured({ ...pids, 'bare follower': follower.pid });
  } finally {
    await follower.stop();
    await platform.stop();
    folder.remove();
  }
}

async function standalone(): Promise<readonly Cost[]> {
  const folder = temporaryFolder();
  const platform = await Platform.start({ dataDir: folder.path, distributed: false });
  try {
    return await measured({ standalone: platform.process.pid ?? 0 });
  } finally {
    await platform.stop();
    folder.remove();
  }
}
