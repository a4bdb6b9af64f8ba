export type Migration =
  | Readonly<{
      kind: 'done';
      applied: readonly string[];
      owner: string;
      /** Account of the apps; null: the owner's own. */ apps: string | null;
    }>
  | Readonly<{ kind: 'failed'; why: string }>;

/** What the commands need of records in PostgreSQL. The command line knows no database, so `bin/anlan.mjs` hands over `migrate` of `@anlan/compose`. */
export type RecordsTool = Readonly<{ migrate(environment: Readonly<Record<string, string | undefined>>): Promise<Migration> }>;
