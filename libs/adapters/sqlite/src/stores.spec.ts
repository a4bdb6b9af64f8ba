import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointsContract, ledgerContract, seriesContract } from '@anlan/ports/contract';
import { type SqliteCheckpoints, sqliteCheckpoints } from './checkpoints.js';
import { type SqliteSeries, sqliteSeries } from './series.js';

const onFatal = (error: Error): never => {
  throw error;
};
const inline = { host: 'inline', onFatal } as const;
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'anlan-store-'));

async function seriesIn(folder: string): Promise<SqliteSeries> {
  return sqliteSeries({ ...inline, file: join(folder, 'series.db') });
}

seriesContract('sqliteSeries', async () => {
  const folder = newFolder();
  let { series } = await seriesIn(folder);
  return {
    series,
    async reopen() {
      await series.close();
      ({ series } = await seriesIn(folder));
      return series;
    },
    async dispose() {
      await series.close();
      rmSync(folder, { recursive: true });
    },
  };
});

ledgerContract('sqliteSeries', async () => {
  const folder = newFolder();
  let both = await seriesIn(folder);
  return {
    ledger: both.ledger,
    async reopen() {
      await both.series.close();
      both = await seriesIn(folder);
      return both.ledger;
    },
    async dispose() {
      await both.series.close();
      rmSync(folder, { recursive: true });
    },
  };
});

const checkpointsIn = (folder: string): Promise<SqliteCheckpoints> => sqliteCheckpoints({ ...inline, file: join(folder, 'state.db') });

checkpointsContract('sqliteCheckpoints', async () => {
  const folder = newFolder();
  let checkpoints = await checkpointsIn(folder);
  return {
    checkpoints,
    async reopen() {
      await checkpoints.close();
      checkpoints = await checkpointsIn(folder);
      return checkpoints;
    },
    async dispose() {
      await checkpoints.close();
      rmSync(folder, { recursive: true });
    },
  };
});
