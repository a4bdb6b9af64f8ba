import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineFault, ask, launch, running } from './supervisor.mjs';

export const name = 'mosquitto';
export const packages = ['mosquitto'];
export const parts = ['mosquitto'];

const SERVER = '/usr/sbin/mosquitto';
export const installed = () => existsSync(SERVER);
export const addressOf = ({ port }) => `mqtt://127.0.0.1:${port}`;

const DEPLOY = join(dirname(fileURLToPath(import.meta.url)), '../../deploy/mosquitto');

/** Writes one user and password (PBKDF2) into the broker's password file. */
export function setPassword(file, user, password) {
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 });
  // By standard input and not by argument: arguments can be read by everybody on the machine.
  const { status, stderr } = spawnSync('mosquitto_passwd', [file, user], { input: `${password}\n${password}\n`, encoding: 'utf8' });
  if (status !== 0) throw new EngineFault(`mosquitto: the password file could not be written\n${stderr}`);
}

/** CONNECT without a name: any CONNACK, also a refusal, means that the broker works. */
const CONNECT = Buffer.from([0x10, 0x0d, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 5, 0, 1, 0x61]);

/**
 * Mosquitto with the profile and the access list that deploy/mosquitto ships; listener, paths and users are its own.
 * @param {{folder: string, port: number, users: Record<string, string>, extra?: string, keep?: boolean}} options
 * `users`: user to password; later ones with \`addUser\`. `extra`: lines for the end of the configuration.
 */
export async function start({ folder, port, users, extra = '', keep }) {
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'mosquitto.conf');
  const passwords = join(folder, 'passwords');
  for (const [user, password] of Object.entries(users)) setPassword(passwords, user, password);
  writeFileSync(
    conf,
    [
      `listener ${port} 127.0.0.1`,
      ...(process.getuid() === 0 ? ['user root'] : []),
      'log_dest stderr',
      `persistence_location ${folder}/`,
      `password_file ${passwords}`,
      `acl_file ${join(DEPLOY, 'acl')}`,
      `include_dir ${join(DEPLOY, 'profile')}`,
      extra,
      '',
    ].join('\n'),
  );
  const engine = await launch({
    name,
    folder,
    ports: [port],
    command: SERVER,
    args: ['-c', conf],
    keep,
    ready: async () => (await ask(port, CONNECT)) !== undefined,
  });
  return {
    ...engine,
    address: addressOf({ port }),
    /** Known to the broker from now on. */
    addUser(user, password) {
      setPassword(passwords, user, password);
      const pid = running(folder, name);
      if (pid !== undefined) process.kill(pid, 'SIGHUP');
    },
  };
}
