type Failed = Readonly<{ kind: 'failed'; why: string }>;
export type StorageReport = Readonly<{
  kind: 'done';
  folder: string;
  files: readonly Readonly<{ name: string; bytes: number; sha256: string }>[];
  skipped: readonly string[];
}>;

/**
 * What the commands need of the data folder of a stopped server. The command line knows no database, so `bin/anlan.mjs` hands over
 * `storageTools(…)` of `@anlan/adapter-sqlite`.
 */
export type Storage = Readonly<{
  backup(options: Readonly<{ folder: string; target: string }>): Promise<StorageReport | Failed>;
  restore(options: Readonly<{ from: string; folder: string }>): Promise<StorageReport | Failed>;
  check(
    folder: string,
  ): Promise<
    | Readonly<{ kind: 'checked'; files: readonly Readonly<{ name: string; fault: string | null }>[] }>
    | Readonly<{ kind: 'in_use' }>
    | Failed
  >;
}>;
