import { Platform, sleep, temporaryFolder } from '../rig/platform.js';
import { costOf } from './process-cost.js';

/** How the demo city starts, rests and stops. Milliseconds and megabytes. */
export type Startup = Readonly<{
  case: 'startup';
  readyMs: number;
  firstAlarmMs: number | null;
  rssAfter60sMb: number;
  peakRssMb: number;
  stopMs: number;
  exitCode: number | null;
  restartReadyMs: number;
}>;

const WATCH_FOR_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Starts the demo on an empty folder, looks at it for a minute, stops it with SIGTERM, and starts it again on what it left. */
export async function startup(): Promise<Startup> {
  const folder = temporaryFolder();
  try {
    const platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_DEMO: 'on' } });
    const readyAt = Date.now();
    let firstAlarmMs: number | null = null;
    while (Date.now() - readyAt < WATCH_FOR_MS) {
      if (firstAlarmMs === null && ((await platform.get('/alarms?limit=1')) as { items: readonly unknown[] }).items.length > 0)
        firstAlarmMs = Date.now() - readyAt;
      await sleep(LOOK_EVERY_MS);
    }
    const { rssMb, peakRssMb } = costOf([platform.process.pid ?? 0]);
    const stopped = await platform.stop();
    const again = await Platform.start({ dataDir: folder.path, env: { ANLAN_DEMO: 'on' } });
    await again.stop();
    return {
      case: 'startup',
      readyMs: platform.readyMs,
      firstAlarmMs,
      rssAfter60sMb: Math.round(rssMb),
      peakRssMb: Math.round(peakRssMb),
      stopMs: stopped.ms,
      exitCode: stopped.code,
      restartReadyMs: again.readyMs,
    };
  } finally {
    folder.remove();
  }
}
