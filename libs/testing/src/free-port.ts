import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Above the fixed ports of `npm run engines`. */
const LOWEST = 20_000;
/** Linux hands out local ports of outgoing connections from here on, unless told otherwise. */
const USUAL_FLOOR = 32_768;
const ATTEMPTS = 200;
const FOLDER = join(tmpdir(), 'anlan-test-ports');

/**
 * A port on 127.0.0.1 that is free now, and that stays ours until this process ends: what was started on it can be killed and
 * started on it again. It lies below the ports that the system gives to outgoing connections (one of those took the port of a
 * killed broker once), and a file names its owner to the test processes beside this one.
 *
 * @param room how many ports right above it are taken with it, for an engine that listens there too
 * @throws Error when no free port was found
 */
export async function freePort(room = 0): Promise<number> {
  mkdirSync(FOLDER, { recursive: true });
  const highest = ephemeralFloor() - 1 - room;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (highest - LOWEST + 1));
    const wanted = Array.from({ length: room + 1 }, (_, index) => port + index);
    if (wanted.every(claim) && (await Promise.all(wanted.map(nobodyListens))).every(Boolean)) return port;
  }
  throw new Error(`no free port from ${LOWEST} to ${highest} after ${ATTEMPTS} attempts`);
}

function ephemeralFloor(): number {
  try {
    const [floor] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    return floor !== undefined && floor > LOWEST + 1_000 ? floor : USUAL_FLOOR;
  } catch {
    return USUAL_FLOOR;
  }
}

/** False when another living process has it, or this one already. */
function claim(port: number): boolean {
  const file = join(FOLDER, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (lives(Number(readFileSync(file, 'utf8')))) return false;
  writeFileSync(file, String(process.pid));
  return true;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function nobodyListens(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
