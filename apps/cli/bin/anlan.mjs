#!/usr/bin/env node
// Works in a fresh clone: what is not built yet is built first, once.
import { existsSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);
const cli = at('../dist/index.js');
const simulator = at('../../simulator/dist/index.js');

if (!existsSync(cli) || !existsSync(simulator)) {
  const tools = at('../../../tools/build.mjs');
  if (!existsSync(tools)) {
    console.error('anlan is not built. Run: npm ci && npm run build');
    process.exit(1);
  }
  console.error('anlan is not built yet; building it once (npm run build) …');
  (await import(tools.href)).build();
}

const [{ processIo, runCli }, { simulatorTools }] = await Promise.all([import(cli.href), import(simulator.href)]);
process.exitCode = await runCli(process.argv.slice(2), processIo(), simulatorTools());
