import { runService } from '@anlan/compose';
import { AlarmModule, ALARM_STRATEGY } from './alarm.module.js';

await runService({ name: 'alarm', flow: (make) => make.alarm(), host: (flow) => AlarmModule.of(flow), token: ALARM_STRATEGY });
