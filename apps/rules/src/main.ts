import { runService } from '@anlan/compose';
import { RulesModule, RULES_STRATEGY } from './rules.module.js';

await runService({ name: 'rules', flow: (make) => make.rules(), host: (flow) => RulesModule.of(flow), token: RULES_STRATEGY });
