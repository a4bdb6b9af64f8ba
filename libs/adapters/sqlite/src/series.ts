import { type Ledger, type Series, SeriesUnavailable } from '@anlan/ports';
import { type Calls, type HostDeps, hostStore } from './host.js';
import type { SeriesFile, SeriesQuestions, SeriesWriterOptions } from './series-file.js';

export type SqliteSeriesDeps = HostDeps & SeriesWriterOptions;
export type SqliteSeries = Readonly<{
  series: Series;
  ledger: Ledger;
  sizeOnDisk(): Promise<number>;
  /** Empties the write-ahead file; for quiet times. */ tidy(): Promise<void>;
}>;

const EXPIRE_AT_ONCE = 5_000;

/** Series and ledger of the standalone form: `series.db`, one writer. `series.close` closes both. */
export async function sqliteSeries(deps: SqliteSeriesDeps): Promise<SqliteSeries> {
  const writer: Calls<SeriesFile> = await hostStore('series', { file: deps.file, ledgerElsewhere: deps.ledgerElsewhere ?? false }, deps);
  const reader: Calls<SeriesQuestions> = deps.host === 'worker' ? await hostStore('seriesQuestions', { file: deps.file }, deps) : writer;
  return {
    series: seriesOver(writer, reader),
    ledger: ledgerOver(writer, reader),
    sizeOnDisk: () => writer.sizeOnDisk(),
    tidy: () => writer.tidy(),
  };
}

function seriesOver(writer: Calls<SeriesFile>, reader: Calls<SeriesQuestions>): Series {
  return {
    write: (rows) => available(writer.write(rows)),
    read: (pointId, window, limit, after) => available(reader.read(pointId, window, limit, after)),
    buckets: (pointId, window, everyMs, limit) => available(reader.buckets(pointId, window, everyMs, limit)),
    newest: (pointIds) => available(reader.newest(pointIds)),
    conflicts: (pointId, window, limit) => available(reader.conflicts(pointId, window, limit)),
    async expire(before) {
      let gone = 0;
      // In slices, so that the recorder gets its turn in between.
      for (let start: number | null = 0; start !== null;) {
        const slice: Readonly<{ gone: number; next: number | null }> = await available(writer.expireSlice(before, start, EXPIRE_AT_ONCE));
        gone += slice.gone;
        start = slice.next;
      }
      return gone;
    },
    async close() {
      if (reader !== writer) await reader.close();
      await writer.close();
    },
  };
}

function ledgerOver(writer: Calls<SeriesFile>, reader: Calls<SeriesQuestions>): Ledger {
  return {
    position: (partition) => available(writer.position(partition)),
    apply: (partition, span, entries) => available(writer.apply(partition, span, entries)),
    items: (from, to, deviceIds) => available(reader.items(from, to, deviceIds)),
    gaps: (deviceId) => available(reader.gaps(deviceId)),
    expire: (before) => available(writer.expireCounts(before)),
  };
}

/** What the file refused as the port's own error, with the cause; mistakes of the caller stay what they are. */
async function available<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError) throw cause;
    throw new SeriesUnavailable(`the series store failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
