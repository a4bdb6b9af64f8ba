import { runService } from '@anlan/compose';
import { RecorderModule, RECORDER_STRATEGY } from './recorder.module.js';

await runService({ name: 'recorder', flow: (make) => make.recorder(), host: (flow) => RecorderModule.of(flow), token: RECORDER_STRATEGY });
