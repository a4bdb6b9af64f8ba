import type { AlarmCommand } from '@anlan/alarms';
import type { Actor, Millis } from '@anlan/contracts';
import type { CommandOutcome, RegistryOutcome, RetryOutcome } from '@anlan/flows';
import type { Logger, Meter } from '@anlan/observability';
import type { Readiness } from '@anlan/shell';
import type {
  Accounts,
  AlarmQueries,
  Audit,
  Clock,
  DeadLetterStore,
  Decision,
  DecisionOutcome,
  DeviceStatusStore,
  EntityKind,
  Fanout,
  ImportOptions,
  JobStore,
  Ledger,
  Links,
  Log,
  NotificationStore,
  RegistryStore,
  Series,
  StoredDeadLetter,
} from '@anlan/ports';

/** Registry changes as the registry flow makes them: committed *and* in the readings log when they resolve. */
export type RegistryChanges = Readonly<{
  importBundle(bundle: unknown, by: Actor, options?: ImportOptions): Promise<RegistryOutcome>;
  remove(kind: EntityKind, ids: readonly string[], by: Actor, options?: ImportOptions): Promise<RegistryOutcome>;
  decide(changeId: string, decision: Decision, by: Actor): Promise<RegistryOutcome | DecisionOutcome>;
}>;
/** Numbers that bound what callers may ask for. Each is a setting; these are the defaults (security section 8). */
export type GatewayLimits = Readonly<{
  apiPerMinute: number;
  apiBurst: number;
  importsPerMinute: number;
  importsAtOnce: number;
  loginsPerMinute: number;
  linkMissesPerMinute: number;
  bodyBytes: number;
  importBytes: number;
  jsonDepth: number;
  jsonKeys: number;
  urlChars: number;
  sessionMs: Millis;
  sessionsPerUser: number;
  lockFailures: number;
  lockMs: Millis;
  streamsPerUser: number;
  streams: number;
  streamBufferBytes: number;
  /** Changed alarms sent again to a stream that resumes; beyond them it is told to read the lists afresh. */
  streamCatchUp: number;
  /** Records of the readings log that the ledger reads at most to count what is in flight. */
  inFlightRecords: number;
  /** log2 of scrypt's N for new passwords. */
  scryptLog2N: number;
}>;

export const GATEWAY_LIMITS: GatewayLimits = {
  apiPerMinute: 6_000,
  apiBurst: 300,
  importsPerMinute: 30,
  importsAtOnce: 2,
  loginsPerMinute: 30,
  linkMissesPerMinute: 20,
  bodyBytes: 1_000_000,
  importBytes: 20_000_000,
  jsonDepth: 20,
  jsonKeys: 2_000,
  urlChars: 4_096,
  sessionMs: 12 * 3_600_000,
  sessionsPerUser: 3,
  lockFailures: 5,
  lockMs: 15 * 60_000,
  streamsPerUser: 5,
  streams: 1_000,
  streamBufferBytes: 1_000_000,
  streamCatchUp: 2_000,
  inFlightRecords: 10_000,
  scryptLog2N: 17,
};

export type GatewaySettings = Readonly<{
  /** Address that the listener is bound to (`ANLAN_HOST`). */
  host: string;
  /** What links begin with (`ANLAN_PUBLIC_URL`); null: the loopback address. */
  publicUrl: string | null;
  /** `loopback`, `private`, `any`, addresses or CIDR ranges. */
  metricsAllow: readonly string[];
  /** TLS ends here: tells browsers to stay with https. */
  tls: boolean;
  /** Listening without TLS beyond loopback was accepted: a standing notice. */
  plaintext: boolean;
  /** Folder of the built console; null: none is served. */
  consoleDir: string | null;
  /** SHA-256 of the token that the command line reads from the data folder; null: there is none. Good while this process lives. */
  localTokenHash: string | null;
  limits: GatewayLimits;
}>;

/** Everything the gateway needs, as ports. Whoever composes the process gives it. */
export type GatewayDeps = Readonly<{
  alarms: AlarmQueries;
  command(alarmId: string, command: AlarmCommand, actor: Actor): Promise<CommandOutcome>;
  series: Series;
  ledger: Ledger;
  log: Log;
  registry: RegistryStore;
  changes: RegistryChanges;
  deadLetters: DeadLetterStore;
  retryDeadLetter(letter: StoredDeadLetter): Promise<RetryOutcome>;
  notifications: NotificationStore;
  links: Links;
  accounts: Accounts;
  audit: Audit;
  jobs: JobStore;
  deviceStatus: DeviceStatusStore;
  fanout: Fanout;
  clock: Clock;
  meter: Meter;
  metricsPage: Readonly<{ text(): Promise<string>; contentType: string }>;
  logger: Logger;
  readiness(): Readiness;
  settings: GatewaySettings;
}>;

/** Injection tokens. */
export const DEPS = Symbol('GatewayDeps');
