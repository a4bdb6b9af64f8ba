import { runProcess } from '@anlan/compose';
import { startGateway } from './gateway-process.js';

await runProcess('gateway', startGateway);
