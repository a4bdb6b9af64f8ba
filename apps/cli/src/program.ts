import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { BacktestOptions } from './commands/backtest.js';
import type { CheckOptions } from './commands/check.js';
import { doctorCommand } from './commands/doctor.js';
import { migrateCommand } from './commands/migrate.js';
import { exportCommand, importCommand, type ExportOptions } from './commands/registry.js';
import {
  loadCommand,
  replayCommand,
  simulateCommand,
  type LoadOptions,
  type ReplayOptions,
  type SimulateOptions,
} from './commands/simulator.js';
import { backupCommand, restoreCommand } from './commands/storage.js';
import { addUser, listUsers, setPassword, type AddUser } from './commands/user.js';
import { failed, show, type Io, type Result } from './io.js';
import type { RecordsTool } from './records-port.js';
import type { Simulator } from './simulator-port.js';
import type { Storage } from './storage-port.js';
import { sentenceOf, systemCode } from './system-error.js';

type Json = Readonly<{ json?: boolean }>;
type WithUrl = Readonly<{ url?: string }>;
/** What other parts of the platform lend to the command line; `storage` and `records` are loaded only by the few commands that need them. */
export type Tools = Readonly<{ simulator: Simulator; storage(): Promise<Storage>; records(): Promise<RecordsTool> }>;
const USAGE = 2;

/** Runs one command line. 0 only on success, 1 when the command failed, 2 when it was not understood. */
export async function runCli(args: readonly string[], io: Io, tools: Tools): Promise<number> {
  const outcome = { code: 0 };
  const program = buildProgram(io, tools, async (work, { json = false }) => {
    outcome.code = show(io, await caught(io, work), json);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what is wrong, or has printed the help that was asked for.
    return error.exitCode === 0 ? 0 : USAGE;
  }
  return outcome.code;
}

/** File-system errors are told as they are; anything else is a bug and keeps its stack. */
async function caught(io: Io, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (systemCode(error) !== undefined) return failed(sentenceOf(error));
    io.err('This is a bug of the command line, not of your input:\n');
    throw error;
  }
}

type Run = (work: () => Promise<Result>, options: Json) => Promise<void>;

function buildProgram(io: Io, { simulator, storage, records }: Tools, run: Run): Command {
  const program = new Command('anlan')
    .description('安澜 Anlan: the command line of a city-lifeline monitoring platform')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', AFTER_HELP);
  registryCommands(program, io, run);
  backtestCommands(program, io, run);
  simulatorCommands(program, io, { simulator, run });
  userCommands(program, io, run);
  storageCommands(program, io, { storage, records, run });
  return program;
}

function storageCommands(program: Command, io: Io, { storage, records, run }: Omit<Tools, 'simulator'> & Readonly<{ run: Run }>): void {
  withShared(program.command('doctor'), 'url', 'json')
    .description('check this machine, the server and the data folder; reads its files through when the server is stopped')
    .action((options: WithUrl & Json) => run(async () => doctorCommand(io, await storage(), options), options));
  withShared(program.command('backup'), 'json')
    .description('copy all that a stopped server keeps (ANLAN_DATA_DIR) into an empty folder, with the hash of each file')
    .argument('<folder>', 'where to; made if it is not there')
    .addHelpText('after', examples('anlan backup /backup/anlan-monday'))
    .action((target: string, options: Json) => run(async () => backupCommand(io, await storage(), target), options));
  withShared(program.command('restore'), 'json')
    .description('put a backup into the empty data folder of a stopped server (ANLAN_DATA_DIR), if every hash is right')
    .argument('<folder>', 'the backup')
    .addHelpText('after', examples('ANLAN_DATA_DIR=./data-new anlan restore /backup/anlan-monday'))
    .action((from: string, options: Json) => run(async () => restoreCommand(io, await storage(), from), options));
  withShared(program.command('migrate'), 'json')
    .description(
      'make or renew the tables in PostgreSQL as their owner (ANLAN_POSTGRES_OWNER_URL), and give the account of the apps (ANLAN_POSTGRES_URL) its rights',
    )
    .addHelpText('after', examples('ANLAN_POSTGRES_OWNER_URL_FILE=./owner-url ANLAN_POSTGRES_URL_FILE=./app-url anlan migrate'))
    .action((options: Json) => run(async () => migrateCommand(io, await records()), options));
}

function registryCommands(program: Command, io: Io, run: Run): void {
  withShared(program.command('import'), 'url', 'json')
    .description('import a registry bundle (JSON or YAML): all of it, or nothing and every fault with its line')
    .argument('<file>', 'the bundle; - reads stdin')
    .addHelpText('after', examples('anlan import city.yaml', 'cat city.json | anlan import - --json'))
    .action((file: string, options: WithUrl & Json) => run(() => importCommand(io, file, options), options));
  withShared(program.command('export'), 'url', 'json')
    .description('write the registry as a bundle, without credentials')
    .option('-o, --out <file>', 'write to a file (.json or .yaml) instead of stdout')
    .option('--personal', 'with telephone numbers and webhooks')
    .addHelpText('after', examples('anlan export -o city.yaml', 'anlan export --json | jq .rules'))
    .action((options: ExportOptions & Json) => run(() => exportCommand(io, options), options));
  withShared(program.command('check'), 'json')
    .description('check bundles, rule files and packs, and run rule tests, without a server')
    .argument('<files...>', 'files; - reads stdin')
    .option('--partial', 'the file refers to what is already in the registry: unknown ids are no fault')
    .addHelpText(
      'after',
      examples(
        'anlan check city.yaml',
        'anlan check --partial new-rules.yaml',
        'anlan check libs/packs/data/*.yaml',
        'anlan check rule-tests.yaml',
      ),
    )
    .action((files: string[], options: CheckOptions & Json) =>
      run(async () => (await checking()).checkCommand(io, files, options), options),
    );
}

// These bring the rule engine, half of what a command takes to start, so they are loaded when they are asked for.
const checking = () => import('./commands/check.js');
const backtesting = () => import('./commands/backtest.js');

function backtestCommands(program: Command, io: Io, run: Run): void {
  withShared(program.command('backtest'), 'url', 'json')
    .description('try a rule over the past: over a table with rules from a file, or over what the server has stored; nothing is sent')
    .argument('[table]', 'CSV with a header line, sorted by time; .csv.gz too')
    .option('--rules <file>', 'with a table: points and rules as in rule tests, or a bundle; columns are named like points')
    .option('--time <column>', 'with a table: the column with the time; the first when absent')
    .option('--zone <offset>', 'with a table: what times without a zone mean', '+08:00')
    .option('--column <column=point...>', 'with a table: columns that are named otherwise than their points')
    .option('--rule <id or file>', 'over the server: a rule that stands, or one in a file, tried beside the one that stands')
    .option('--from <time>', 'over the server: ISO 8601')
    .option('--to <time>', 'over the server: ISO 8601')
    .option('--points <ids>', 'over the server: on these points instead of its own, separated by commas')
    .addHelpText(
      'after',
      examples(
        'anlan backtest well-7.csv --rules rules.yaml',
        'anlan backtest --rule well-7 --from 2026-01-01T00:00:00+08:00 --to 2026-02-01T00:00:00+08:00',
        'anlan backtest --rule draft.yaml --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --json',
      ),
    )
    .action((table: string | undefined, options: BacktestOptions & Json) =>
      run(async () => (await backtesting()).backtestCommand(io, table, options), options),
    );
}

function simulatorCommands(program: Command, io: Io, { simulator, run }: Readonly<{ simulator: Simulator; run: Run }>): void {
  withShared(program.command('simulate'), 'url', 'mqtt', 'credentials', 'json')
    .description('play a scenario with the devices of the registry, until Ctrl-C')
    .argument('[scenario]', 'what happens; without it the scenarios are listed')
    .option('--speed <n>', 'how many times faster the story runs; readings keep the time of the clock', positive, 1)
    .option('--seed <n>', 'same seed, same story', whole, 1)
    .option('--minutes <n>', 'stop after this time', positive)
    .option('--bundle <file>', 'take the devices from a file instead of the server')
    .option('--list', 'list the scenarios')
    .addHelpText('after', SIMULATE_HELP)
    .action((scenario: string | undefined, options: SimulateOptions & Json) =>
      run(() => simulateCommand(io, simulator, scenario, options), options),
    );
  withShared(program.command('replay'), 'mqtt', 'credentials', 'json')
    .description('publish a table of old measurements as the devices would have, moved so that it ends now')
    .argument('<file>', 'CSV with a header line; .csv.gz too')
    .requiredOption('--map <map>', 'which column is what: a YAML or JSON file, or the text itself')
    .option('--speed <n>', '1 = as it happened, 60 = an hour a minute, max = as fast as it goes', speed, 'max' as const)
    .option('--window <n>', 'messages in flight a device, 10 to 1000', whole, 100)
    .addHelpText('after', REPLAY_HELP)
    .action((file: string, options: ReplayOptions & Json) => run(() => replayCommand(io, simulator, file, options), options));
  withShared(program.command('load'), 'url', 'mqtt', 'json')
    .description('offer load by the clock and tell what was acknowledged, lost, and how late')
    .option('--devices <n>', 'connections', whole, 100)
    .option('--rate <n>', 'messages a second over all devices, one reading each', positive, 200)
    .option('--seconds <n>', 'how long', positive, 10)
    .option('--sites <n>', 'sites over which the devices are spread', whole, 64)
    .option('--in-flight <n>', 'messages in flight a device', whole, 1)
    .option('--secret <text>', 'begin of the credentials, at least 16 characters; random when absent')
    .option('--no-register', 'the load devices are in the registry already')
    .option('--bundle-out <file>', 'only write the bundle with the load devices')
    .addHelpText(
      'after',
      examples('anlan load --devices 500 --rate 2000 --seconds 30', 'anlan load --devices 500 --rate 8000 --seconds 20 --json'),
    )
    .action((options: LoadOptions & Json) => run(() => loadCommand(io, simulator, options), options));
}

function userCommands(program: Command, io: Io, run: Run): void {
  const user = program.command('user').description('accounts of the platform');
  withShared(user.command('list'), 'url', 'json')
    .description('list the accounts')
    .action((options: WithUrl & Json) => run(() => listUsers(io, options), options));
  withShared(user.command('add'), 'url', 'json')
    .description('add an account; without --password-stdin a password is made and shown once')
    .argument('<username>')
    .requiredOption('--role <role...>', 'what the account may do')
    .option('--name <name>', 'name of the person')
    .option('--region <code...>', 'only these regions and what lies in them; all when absent')
    .option('--password-stdin', 'read the password from stdin')
    .addHelpText(
      'after',
      examples(
        'anlan user add chen --role duty_officer --name 陈值班 --region 349902',
        'echo "$PW" | anlan user add li --role admin --password-stdin',
      ),
    )
    .action((name: string, options: AddUser & Json) => run(() => addUser(io, name, options), options));
  withShared(user.command('password'), 'url', 'json')
    .description('give an account a new password and end its sessions')
    .argument('<username>')
    .option('--password-stdin', 'read the password from stdin')
    .action((name: string, options: WithUrl & Readonly<{ passwordStdin?: boolean }> & Json) =>
      run(() => setPassword(io, name, options), options),
    );
}

const SHARED = {
  url: new Option('--url <address>', 'API of the server (default: ANLAN_URL, else this machine)'),
  mqtt: new Option('--mqtt <address>', 'broker, mqtt:// or mqtts:// (default: ANLAN_MQTT_URL, else this machine)'),
  credentials: new Option('--credentials <file>', 'JSON map from device id to credential (default: demo-secrets.json in the data folder)'),
  json: new Option('--json', 'print JSON for machines'),
} as const;

/** Adds options that several commands share. */
function withShared(command: Command, ...names: readonly (keyof typeof SHARED)[]): Command {
  for (const name of names) command.addOption(SHARED[name]);
  return command;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number, please.');
  return Number(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('a number above 0, please.');
  return value;
}

function speed(text: string): number | 'max' {
  return text === 'max' ? 'max' : positive(text);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
}

const AFTER_HELP = `
Server:  --url, ANLAN_URL, else http://127.0.0.1:$ANLAN_HTTP_PORT (8080)
Login:   ANLAN_TOKEN, else the file cli-token that the server keeps in its data folder (ANLAN_DATA_DIR, ./data)
Exit:    0 done, 1 failed, 2 not understood
${examples('anlan import city.yaml', 'anlan simulate well-methane', 'anlan replay week.csv.gz --map week-map.yaml --speed 600', 'anlan load --devices 500 --rate 2000 --seconds 30')}`;

const SIMULATE_HELP = `
The demo's own simulator plays the same devices, and two who are one device push each other out. Start the server with ANLAN_DEMO=off:
the demo city and its credentials stay in the data folder after the first start with the demo.
${examples('anlan simulate --list', 'anlan simulate well-methane --speed 4 --minutes 3')}`;

const REPLAY_HELP = `
The map:
  time:    { column: time_utc, format: iso }        # iso, ms or s; utcOffset: "+08:00" for text without a zone
  where:   { station: A }                           # only rows like this (optional)
  columns:
    ch4:   { device: dev-1, metric: uspace_ch4_vol, factor: 0.0001 }   # sent = cell × factor + plus

All times move by one fixed offset such that the last row is published at its own moved time. At --speed N the whole takes 1/N of its
length; earlier rows arrive later than their moved time, never before it, so nothing looks like the future. Give the devices
"liveHorizonMs": null in the registry, or what is older than 15 minutes is kept as history and raises nothing live.
Empty cells and texts are skipped and counted. Every row is acknowledged before the command ends.
${examples('anlan replay week.csv.gz --map week-map.yaml', `anlan replay tank.csv --map '{time: {column: at}, columns: {level: {device: td-1, metric: haz_tank_level}}}' --speed 60`)}`;
