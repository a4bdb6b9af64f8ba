import { type LedgerReader, type LedgerWriter, ledgerReader, ledgerWriter } from './ledger-table.js';
import { type SeriesReader, seriesReader } from './series-reader.js';
import { openSeriesDatabase } from './series-schema.js';
import { type SeriesWriter, seriesWriter } from './series-writer.js';

type Closing = Readonly<{ close(): void }>;
/** The one that writes `series.db`. It answers questions too, for hosts without a second connection. */
export type SeriesFile = SeriesWriter &
  LedgerWriter &
  SeriesReader &
  LedgerReader &
  Closing &
  Readonly<{ tidy(): void; sizeOnDisk(): number }>;
/** A second connection for questions, so that a long one never holds up the recorder. */
export type SeriesQuestions = SeriesReader & LedgerReader & Closing;
export type SeriesFileOptions = Readonly<{ file: string }>;
export type SeriesWriterOptions = SeriesFileOptions & Readonly<{ /** The ledger is not in this file. */ ledgerElsewhere?: boolean }>;

/** 32 MB: readings of many points dirty many pages a transaction. */
const WAL_PAGES = 8_000;

/**
 * The recorder takes up from the position in this file. So a commit need not be on the disk when it returns: what the power takes back
 * is written again from the log, with its readings. Not so where the position is kept elsewhere.
 */
export function openSeriesFile({ file, ledgerElsewhere = false }: SeriesWriterOptions): SeriesFile {
  const db = openSeriesDatabase(file, { walAutocheckpoint: WAL_PAGES, synchronous: ledgerElsewhere ? 'FULL' : 'NORMAL' });
  return {
    ...seriesWriter(db),
    ...ledgerWriter(db),
    ...seriesReader(db),
    ...ledgerReader(db),
    tidy: () => void db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all(),
    sizeOnDisk: () => db.sizeOnDisk(),
    close: () => db.close(),
  };
}

export function openSeriesQuestions({ file }: SeriesFileOptions): SeriesQuestions {
  const db = openSeriesDatabase(file, { readOnly: true });
  return { ...seriesReader(db), ...ledgerReader(db), close: () => db.close() };
}
