/** `npm start`: builds if stale, then runs standalone in this very process, so that signals reach it. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
build();
await import(pathToFileURL(join(root, 'apps/standalone/dist/main.js')).href);
