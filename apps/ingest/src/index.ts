export { IngestModule, INGEST_STRATEGY } from './ingest.module.js';
