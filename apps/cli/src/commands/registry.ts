import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { importJson } from '@anlan/contracts';
import { withLines } from '@anlan/packs';
import { stringify } from 'yaml';
import { api, complaint } from '../api.js';
import { failed, ok, type Io, type Result } from '../io.js';
import { textOf } from '../target.js';

/** `anlan import FILE`: the whole bundle or nothing of it, with every fault at its line. */
export async function importCommand(io: Io, file: string, { url }: Readonly<{ url?: string }>): Promise<Result> {
  const text = file === '-' ? await io.stdin() : await textOf(resolve(io.cwd, file));
  if (text === undefined) return failed(`no such file: ${file}`);
  const server = await api(io, url);
  const contentType = /^\s*[{[]/.test(text) ? 'application/json' : 'application/yaml';
  const answer = await server.call({ method: 'POST', path: '/api/v1/imports', body: text, contentType });
  if (answer.kind === 'refused' && answer.errors.length > 0)
    return failed(`nothing was imported: ${answer.errors.length} faults`, {
      faults: withLines(
        text,
        answer.errors.map(({ line: _line, ...fault }) => fault),
      ),
    });
  if (answer.kind !== 'ok') return complaint(io, server, answer);
  const read = importJson.partial().safeParse(answer.body);
  const { applied = {}, unchanged = 0, warnings = [], pending = [] } = read.success ? read.data : {};
  const counts = Object.entries(applied).filter(([, count]) => count > 0);
  const lines = [
    ...counts.map(([kind, count]) => `${kind.padEnd(10)} ${count}`),
    `unchanged  ${unchanged}`,
    ...warnings.map(({ path, message }) => `warning: ${path} ${message}`),
    ...pending.map(
      ({ ruleId, levels, changeId }) => `waits for a second person: ${ruleId} (${levels.join(', ')}) change ${changeId ?? ''}`,
    ),
  ];
  return ok(answer.body, lines.join('\n'));
}

export type ExportOptions = Readonly<{ url?: string; out?: string; personal?: boolean }>;

/** `anlan export`: the registry as a bundle, to stdout or a file (YAML when its name says so). */
export async function exportCommand(io: Io, { url, out, personal = false }: ExportOptions): Promise<Result> {
  const server = await api(io, url);
  const answer = await server.call({ method: 'GET', path: `/api/v1/exports${personal ? '?personal=true' : ''}` });
  if (answer.kind !== 'ok') return complaint(io, server, answer);
  if (out === undefined) return ok(answer.body, JSON.stringify(answer.body, null, 2));
  const yaml = ['.yaml', '.yml'].includes(extname(out));
  await writeFile(resolve(io.cwd, out), yaml ? stringify(answer.body, { lineWidth: 140 }) : `${JSON.stringify(answer.body, null, 2)}\n`, {
    mode: 0o600,
  });
  return ok({ written: out }, `written: ${out}`);
}
