/**
 * Renders the chart with its example values into rendered.yaml, so that what it makes can be read and checked without Helm:
 *
 *   node deploy/helm/render.mjs              (needs `helm` in PATH, or HELM=/path/to/helm)
 *
 * The first line holds a digest of the chart's files; the checks fail when they have changed since.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const CHART = join(HERE, 'anlan');
export const RENDERED = join(HERE, 'rendered.yaml');

const filesOf = (folder) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesOf(path) : [path]))
    .sort();

/** SHA-256 over names and contents of the chart's files. */
export function chartDigest() {
  const hash = createHash('sha256');
  for (const path of filesOf(CHART)) hash.update(`${relative(CHART, path)}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

/** What `helm template` makes of chart and example values; undefined where there is no helm. */
export function render() {
  const args = ['template', 'anlan', CHART, '--namespace', 'anlan', '--kube-version', '1.31.0', '-f', join(CHART, 'example-values.yaml')];
  const { status, stdout, stderr, error } = spawnSync(process.env.HELM ?? 'helm', args, { encoding: 'utf8' });
  if (error?.code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(stderr);
  return `# Made by deploy/helm/render.mjs from chart ${chartDigest()}. Do not edit.\n${stdout}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = render();
  if (text === undefined) {
    console.error('helm is not here: https://helm.sh, or "go install helm.sh/helm/v3/cmd/helm@v3.17.3"; then HELM=/path/to/helm');
    process.exit(1);
  }
  writeFileSync(RENDERED, text);
}
