/**
 * Keeps package-lock.json usable on every platform.
 *
 * The registry that made the lock may hold only the builds of one platform for packages with binaries
 * (swc, nx, libsql …). npm then leaves the other platforms out of the lock and `npm ci` refuses the file.
 * This adds each missing optional platform package by name and version, marked with its os and cpu, so that
 * nothing foreign is fetched here and nothing is missing there. Such entries carry no integrity hash.
 * `--check` changes nothing and exits 1 when an entry is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const OS_OF = {
  darwin: 'darwin',
  macos: 'darwin',
  linux: 'linux',
  win32: 'win32',
  windows: 'win32',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  android: 'android',
  aix: 'aix',
  sunos: 'sunos',
  openharmony: 'openharmony',
  ohos: 'openharmony',
};
const CPUS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([at, pkg]) =>
  Object.entries(pkg.optionalDependencies ?? {})
    .filter(([name]) => !lock.packages[`${at}/node_modules/${name}`] && !lock.packages[`node_modules/${name}`])
    .map(([name, range]) => ({ name, range, parent: pkg })),
);

const entries = missing.flatMap(({ name, range, parent }) => {
  const words = name.split('/').pop().split('-');
  const os = words.map((word) => OS_OF[word]).find(Boolean);
  const cpu = CPUS.find(
    (word) => words.includes(word) || (word === 'arm' && words.some((w) => w.startsWith('gnueabi') || w.startsWith('musleabi'))),
  );
  if (!os && cpu !== 'wasm32') return [];
  return [
    [
      `node_modules/${name}`,
      {
        version: range.replace(/^[\^~]/, ''),
        ...(parent.dev ? { dev: true } : {}),
        optional: true,
        ...(os ? { os: [os] } : {}),
        ...(cpu ? { cpu: [cpu] } : {}),
        ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      },
    ],
  ];
});

if (process.argv.includes('--check')) {
  if (entries.length > 0) {
    console.error(`package-lock.json lacks ${entries.length} platform packages: run "npm run lock"`);
    process.exit(1);
  }
  console.log('package-lock.json holds every platform package');
} else {
  Object.assign(lock.packages, Object.fromEntries(entries));
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${entries.length} platform packages added`);
}
