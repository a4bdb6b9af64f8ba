import { runService } from '@anlan/compose';
import { IngestModule, INGEST_STRATEGY } from './ingest.module.js';

await runService({ name: 'ingest', flow: (make) => make.ingest(), host: (flow) => IngestModule.of(flow), token: INGEST_STRATEGY });
