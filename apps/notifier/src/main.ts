import { runService } from '@anlan/compose';
import { NotifierModule, NOTIFIER_STRATEGY } from './notifier.module.js';

await runService({ name: 'notifier', flow: (make) => make.notifier(), host: (flow) => NotifierModule.of(flow), token: NOTIFIER_STRATEGY });
