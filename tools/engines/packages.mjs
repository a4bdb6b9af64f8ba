import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { EngineFault } from './supervisor.mjs';

/** Debian asks this file before a package starts its own service; 101 says no. */
const POLICY = '/usr/sbin/policy-rc.d';

const commandOf = (packages) => `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/** Installs Debian packages without letting them start their services; where that is not ours to do, says what to type. */
export function install(packages) {
  if (!existsSync('/usr/bin/apt-get'))
    throw new EngineFault(`this is no Debian or Ubuntu: install by hand what these packages hold: ${packages.join(', ')}`);
  if (process.getuid() !== 0) throw new EngineFault(`packages are missing; run this and try again:\n  sudo ${commandOf(packages)}`);
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    ]) {
      const { status, stdout, stderr } = spawnSync('apt-get', args, {
        encoding: 'utf8',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
      if (status !== 0) throw new EngineFault(`apt-get ${args[0]} failed:\n${stdout.slice(-1_000)}${stderr.slice(-2_000)}`);
    }
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}
